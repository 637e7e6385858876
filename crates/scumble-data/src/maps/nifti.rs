//! Maps as NIfTI-1, row by row: images, and volumes slice by slice.

use super::sink::Sink;
use crate::atomic::Pending;
use crate::formats::{NIFTI_LONGEST, NiftiHeader, NiftiPlace};
use crate::{Affine, Location, SliceAxis, Volume};
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use ndarray::ArrayView3;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::mem;
use std::path::{Path, PathBuf};

/// NIfTI-1: the first axis is the column, the second the row, so rows follow one another as they come.
pub(super) struct Nifti {
    pending: Pending,
    out: Out,
    numbers: Stored,
    /// Of an image, what the header says, until it is written with the first rows.
    header: Option<Header>,
    /// Of a volume whose slices do not lie one by one in its file: the volume and what has come of it.
    gathered: Option<(Volume, Vec<f32>)>,
}

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// As they are, in 32 bits.
    F32,
    /// Multiplied by 2^15, in 16 bits: what the header divides by again is a power of two, so that 0 and 1 stay themselves.
    U16,
}

const FULL: f32 = 32_768.0;

struct Header {
    height: usize,
    width: usize,
    affine: Option<Affine>,
}

/// The file behind the header.
enum Out {
    Plain(BufWriter<File>),
    Packed(Box<GzEncoder<BufWriter<File>>>),
}

impl Nifti {
    /// Whether NIfTI can hold a map of this size.
    pub(super) fn holds(height: usize, width: usize) -> bool {
        height <= NIFTI_LONGEST && width <= NIFTI_LONGEST
    }

    pub(super) fn create(
        folder: &Path,
        target: &Path,
        (height, width): (usize, usize),
        numbers: Stored,
    ) -> io::Result<Self> {
        let (pending, file) = Pending::create(folder, target)?;
        let header = Some(Header { height, width, affine: None });
        Ok(Self { pending, out: Out::Plain(buffered(file)), numbers, header, gathered: None })
    }

    /// A packed volume, of which the slices come one after the other.
    pub(super) fn of_volume(
        folder: &Path,
        target: &Path,
        volume: &Volume,
        numbers: Stored,
    ) -> io::Result<Self> {
        let (pending, file) = Pending::create(folder, target)?;
        // Without a time: the same maps are the same bytes.
        let mut packed = GzBuilder::new().mtime(0).write(buffered(file), Compression::fast());
        packed.write_all(&numbers.header(volume.size, NiftiPlace::Space(&volume.space)))?;
        let gathered = (volume.axis() != SliceAxis::Z).then(|| (volume.clone(), Vec::new()));
        Ok(Self { pending, out: Out::Packed(Box::new(packed)), numbers, header: None, gathered })
    }
}

impl Stored {
    fn header(self, size: [usize; 3], place: NiftiPlace<'_>) -> Vec<u8> {
        let (voxel, slope) = match self {
            Self::F32 => ((16, 4), 1.0),
            Self::U16 => ((512, 2), FULL.recip()),
        };
        NiftiHeader { size, voxel, slope, place }.bytes()
    }

    fn write<'p>(self, out: &mut impl Write, mut numbers: impl Iterator<Item = &'p f32>) -> io::Result<()> {
        match self {
            Self::F32 => numbers.try_for_each(|p| out.write_all(&p.to_le_bytes())),
            Self::U16 => numbers.try_for_each(|p| out.write_all(&((p * FULL).round() as u16).to_le_bytes())),
        }
    }
}

impl Sink for Nifti {
    fn place(&mut self, location: &Location) {
        if let (Some(header), Location::Space(affine)) = (&mut self.header, location) {
            header.affine = Some(*affine);
        }
    }

    fn write(&mut self, rows: ArrayView3<'_, f32>) -> io::Result<()> {
        if let Some(Header { height, width, affine }) = self.header.take() {
            let place = affine.as_ref().map_or(NiftiPlace::Nowhere, NiftiPlace::Affine);
            self.out.write_all(&self.numbers.header([width, height, 1], place))?;
        }
        match &mut self.gathered {
            Some((_, slices)) => slices.extend(rows),
            None => self.numbers.write(&mut self.out, rows.iter())?,
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<PathBuf> {
        if let Some((volume, slices)) = mem::take(&mut self.gathered) {
            self.numbers.write(&mut self.out, volume.in_file_order(&slices).iter())?;
        }
        let mut out = match self.out {
            Out::Plain(out) => out,
            Out::Packed(packed) => packed.finish()?,
        };
        out.flush()?;
        let target = self.pending.target().to_owned();
        self.pending.commit(out.get_ref())?;
        Ok(target)
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Out::Plain(out) => out.write(bytes),
            Out::Packed(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Out::Plain(out) => out.flush(),
            Out::Packed(out) => out.flush(),
        }
    }
}

fn buffered(file: File) -> BufWriter<File> {
    BufWriter::with_capacity(1 << 16, file)
}
