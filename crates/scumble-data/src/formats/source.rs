//! An open file, what its header may promise, and what can be wrong with it.

use super::SliceAxis;
use super::address::file_and_slice;
use crate::{DataError, Raster, Samples, TooLarge, admit, open_file};
use std::fs::File;
use std::io::ErrorKind::{InvalidData, InvalidInput};
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

/// An open file and how many bytes it has: the bound for what its header may promise.
pub(super) struct Source {
    pub(super) reader: BufReader<File>,
    pub(super) bytes: Bytes,
    /// The slice that is asked for, where one is.
    pub(super) slice: Option<usize>,
    /// The axis along which slices are counted, where it is not the file's own.
    pub(super) axis: Option<SliceAxis>,
    /// The file.
    pub(super) path: PathBuf,
}

/// The length of a file in bytes.
#[derive(Clone, Copy)]
pub(super) struct Bytes(pub(super) u64);

/// The most that compression makes of one byte: deflate 1032, LZW with 12-bit codes 1365, JPEG 1024 (a bit for
/// each block of 4:2:0 in the first progressive scan). The next power of two is the limit for all.
const MOST_FROM_A_BYTE: u64 = 2048;

impl Source {
    /// Opens the file; `path` may name a slice of it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let (file, slice) = file_and_slice(path);
        let path = file.to_owned();
        let file = open_file(file)?;
        let bytes = Bytes(file.metadata()?.len());
        let (axis, slice) = (slice.and_then(|slice| slice.axis), slice.map(|slice| slice.number));
        Ok(Self { reader: BufReader::with_capacity(1 << 16, file), bytes, slice, axis, path })
    }

    /// The first bytes; the position stays at 0.
    pub(super) fn head(&mut self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.reader.by_ref().take(16).read_to_end(&mut head)?;
        self.reader.rewind()?;
        Ok(head)
    }
}

impl Bytes {
    /// The most bytes that a compressed file of this length can hold.
    pub(super) fn most(self) -> u64 {
        self.most_packed(MOST_FROM_A_BYTE)
    }

    fn most_packed(self, most_from_a_byte: u64) -> u64 {
        self.0.saturating_mul(most_from_a_byte).saturating_add(1 << 16)
    }

    /// Refuses sizes that no file of this length can hold: a header may lie, and memory is asked for on its word. Refuses
    /// those, too, for which one file may not take the memory.
    ///
    /// Returns the number of samples.
    pub(super) fn believe(
        self,
        size: (usize, usize, usize),
        sample_bytes: usize,
    ) -> Result<usize, DecodeError> {
        self.believe_packed(size, sample_bytes, MOST_FROM_A_BYTE)
    }

    /// The same where a byte may become more than usual.
    pub(super) fn believe_packed(
        self,
        size: (usize, usize, usize),
        sample_bytes: usize,
        most_from_a_byte: u64,
    ) -> Result<usize, DecodeError> {
        let samples = self.possible(size, sample_bytes, most_from_a_byte)?;
        admit_pixels(size, sample_bytes)?;
        Ok(samples)
    }

    /// The same of pixels that are not in memory all at once.
    pub(super) fn possible(
        self,
        (height, width, channels): (usize, usize, usize),
        sample_bytes: usize,
        most_from_a_byte: u64,
    ) -> Result<usize, DecodeError> {
        let most = self.most_packed(most_from_a_byte.max(MOST_FROM_A_BYTE));
        if height == 0 || width == 0 || channels == 0 {
            return Err(DecodeError::Broken(format!(
                "the header says {height} x {width} pixels with {channels} channels"
            )));
        }
        let samples = height.checked_mul(width).and_then(|n| n.checked_mul(channels));
        let bytes = samples.and_then(|n| n.checked_mul(sample_bytes)).and_then(|n| u64::try_from(n).ok());
        match (samples, bytes) {
            (Some(samples), Some(bytes)) if bytes <= most => Ok(samples),
            _ => Err(DecodeError::Broken(format!(
                "the header says {height} x {width} pixels with {channels} channels, more than a file of {} \
                 bytes can hold",
                self.0
            ))),
        }
    }
}

/// Refuses pixels that would take more memory than one file may.
pub(super) fn admit_pixels(
    (height, width, channels): (usize, usize, usize),
    sample_bytes: usize,
) -> Result<(), DecodeError> {
    let bytes =
        [height, width, channels, sample_bytes].iter().fold(1, |all: u64, &n| all.saturating_mul(n as u64));
    let what = || match channels {
        1 => format!("{height} x {width} pixels"),
        _ => format!("{height} x {width} pixels with {channels} channels"),
    };
    admit(bytes).map_err(|source| DecodeError::TooLarge(what(), source))
}

/// What went wrong, before the file's name is known.
pub(super) enum DecodeError {
    Io(io::Error),
    Broken(String),
    Unsupported(String),
    /// What would take too much memory.
    TooLarge(String, TooLarge),
}

impl DecodeError {
    pub(super) fn at(self, path: &Path, format: &'static str) -> DataError {
        let path = path.to_owned();
        match self {
            DecodeError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                DataError::Broken { path, format, reason: "the file ends too early".to_owned() }
            }
            // What a decompressor says of damaged bytes.
            DecodeError::Io(error) if matches!(error.kind(), InvalidData | InvalidInput) => {
                DataError::Broken { path, format, reason: error.to_string() }
            }
            DecodeError::Io(source) => DataError::Io { path, source },
            DecodeError::Broken(reason) => DataError::Broken { path, format, reason },
            DecodeError::Unsupported(reason) => DataError::Unsupported { path, reason },
            DecodeError::TooLarge(what, source) => DataError::TooLarge { path, what, source },
        }
    }
}

impl From<io::Error> for DecodeError {
    fn from(error: io::Error) -> Self {
        DecodeError::Io(error)
    }
}

/// Integers of any width, for labels: as 16 bits where all of them fit, else as f64. Whoever knows which value means
/// "unlabelled" says of the others what is wrong.
pub(super) fn narrow<T: Copy + TryInto<u16> + Into<i128>>(values: &[T]) -> Samples {
    let narrowed: Result<Vec<u16>, _> = values.iter().map(|&value| value.try_into()).collect();
    match narrowed {
        Ok(narrow) => Samples::U16(narrow),
        Err(_) => Samples::F64(values.iter().map(|&value| value.into() as f64).collect()),
    }
}

/// The same where it is known whether all integers fit 16 bits.
pub(super) fn narrowed<T: Copy + TryInto<u16> + Into<i128>>(values: &[T], fits: bool) -> Samples {
    match (fits, narrow(values)) {
        (false, Samples::U16(narrow)) => Samples::F64(narrow.into_iter().map(f64::from).collect()),
        (_, samples) => samples,
    }
}

/// Leaves out the channels from `keep` on (alpha).
pub(super) fn keep_channels(raster: Raster, keep: usize) -> Raster {
    fn first<T: Copy>(samples: &[T], of: usize, keep: usize) -> Vec<T> {
        samples.chunks_exact(of).flat_map(|pixel| &pixel[..keep]).copied().collect()
    }
    if keep >= raster.channels {
        return raster;
    }
    let samples = match &raster.samples {
        Samples::U8(v) => Samples::U8(first(v, raster.channels, keep)),
        Samples::U16(v) => Samples::U16(first(v, raster.channels, keep)),
        Samples::F32(v) => Samples::F32(first(v, raster.channels, keep)),
        Samples::F64(v) => Samples::F64(first(v, raster.channels, keep)),
    };
    Raster { channels: keep, samples, ..raster }
}
