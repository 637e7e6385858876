//! Maps as TIFF f32, row by row: plain strips that every program reads, or of a large map packed tiles.

use super::sink::{Output, Sink};
use super::tiff_header::{Header, Pixels, Sample};
use super::tiff_tiles::Tiles;
use crate::Location;
use ndarray::ArrayView3;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// TIFF, f32 grey: uncompressed strips.
///
/// Without compression every offset is known beforehand, so the directory is written first and the rows follow as
/// they come. The `tiff` crate's encoder borrows itself, so it cannot be held across bands.
pub(super) struct Tiff {
    output: Output,
    /// What the directory says, until it is written with the first rows.
    header: Option<Header>,
}

/// Bytes of a strip, about; readers take strips whole.
const STRIP: usize = 1 << 16;
/// A map of more pixels has tiles: as floats they take 64 MiB.
const LARGE: usize = 1 << 24;
/// The longest side that the format's numbers can say.
const LONGEST: usize = 1 << 31;

impl Tiff {
    /// Whether TIFF can hold a map of this size.
    pub(super) fn holds(height: usize, width: usize) -> bool {
        height < LONGEST && width < LONGEST && Tiles::count(height, width) < LONGEST
    }

    pub(super) fn create(
        folder: &Path,
        target: &Path,
        height: usize,
        width: usize,
    ) -> io::Result<Box<dyn Sink>> {
        let output = Output::create(folder, target)?;
        let header = Header { height, width, sample: Sample::F32, location: None };
        Ok(match height.saturating_mul(width) > LARGE {
            true => Box::new(Tiles::new(output, header)),
            false => Box::new(Self { output, header: Some(header) }),
        })
    }
}

/// Header and directory of strips.
pub(super) fn strips(header: &Header) -> Vec<u8> {
    let (height, row) = (header.height, header.sample.bytes() * header.width);
    let rows = (STRIP / row).clamp(1, height);
    let lengths: Vec<u64> =
        (0..height).step_by(rows).map(|top| (rows.min(height - top) * row) as u64).collect();
    let offsets = vec![0; lengths.len()];
    let mut pixels = Pixels { compression: 1, predictor: 1, tile: None, rows, offsets, lengths };
    let mut at = header.bytes(&pixels, false).len() as u64;
    for (offset, length) in pixels.offsets.iter_mut().zip(&pixels.lengths) {
        *offset = at;
        at += length;
    }
    header.bytes(&pixels, false)
}

impl Sink for Tiff {
    fn place(&mut self, location: &Location) {
        if let (Some(header), Location::Tags(tags)) = (&mut self.header, location) {
            header.location = Some(tags.clone());
        }
    }

    fn write(&mut self, rows: ArrayView3<'_, f32>) -> io::Result<()> {
        if let Some(header) = self.header.take() {
            self.output.out.write_all(&strips(&header))?;
        }
        self.output.write(rows)
    }

    fn finish(self: Box<Self>) -> io::Result<PathBuf> {
        self.output.finish()
    }
}
