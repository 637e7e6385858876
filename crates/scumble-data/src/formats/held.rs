//! The rows of a file that are in memory while somebody goes through it from top to bottom.

use super::reader::RasterReader;
use crate::{DataError, Raster};
use std::ops::Range;

/// Rows of a file, one after the other, that move down as others are asked for.
///
/// ```no_run
/// use scumble_data::{HeldRows, RasterReader};
///
/// let reader = RasterReader::image("orthophoto.tif".as_ref())?.expect("a TIFF is read by rows");
/// let mut held = HeldRows::new(reader)?;
/// held.hold(0..256)?;
/// held.hold(200..512)?; // decodes 256..512
/// let (rows, first) = held.rows();
/// assert_eq!((rows.height, first), (312, 200));
/// # Ok::<(), scumble_data::DataError>(())
/// ```
#[derive(Debug)]
pub struct HeldRows {
    reader: RasterReader,
    held: Raster,
    first: usize,
}

/// Rows that are decoded at once, so that they are not in memory twice.
const ROWS: usize = 64;

impl HeldRows {
    /// None yet, of a file that has some.
    ///
    /// # Errors
    /// As [`RasterReader::rows`].
    pub fn new(mut reader: RasterReader) -> Result<Self, DataError> {
        let held = reader.rows(0..0)?;
        Ok(Self { reader, held, first: 0 })
    }

    /// (height, width) of the file.
    pub fn size(&self) -> (usize, usize) {
        self.reader.size()
    }

    /// The file.
    pub fn reader(&mut self) -> &mut RasterReader {
        &mut self.reader
    }

    /// The rows that are held, and the first of them.
    pub fn rows(&self) -> (&Raster, usize) {
        (&self.held, self.first)
    }

    /// Holds these rows, and none above them. What is held of them and below stays, so a row is decoded once where none begins
    /// above those before.
    ///
    /// # Errors
    /// As [`RasterReader::rows`].
    ///
    /// # Panics
    /// Rows beyond the [size](Self::size).
    pub fn hold(&mut self, rows: Range<usize>) -> Result<(), DataError> {
        let end = self.first + self.held.height;
        if rows.start < self.first || rows.start > end {
            self.held = self.reader.rows(0..0)?;
            self.first = rows.start;
        }
        loop {
            let end = self.first + self.held.height;
            let next = (end + ROWS).min(rows.end.max(end));
            let (dropped, more) = (rows.start - self.first, self.reader.rows(end..next)?);
            self.held.move_down(dropped, more);
            self.first = rows.start;
            if next >= rows.end {
                return Ok(());
            }
        }
    }
}
