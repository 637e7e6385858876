//! A file decoded by rows, so that it is never whole in memory.

use super::source::{DecodeError, Source};
use super::{ByRows, Purpose, guarded, open};
use crate::{DataError, Raster};
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A file opened once, whose rows are decoded as they are asked for.
///
/// They are those that the whole file has, in the same type. Memory holds the rows that are asked for, and of a TIFF the
/// strips or tiles that the next rows have a part in; asked for from top to bottom, each is unpacked once. An image that is one
/// packed strip, or that is turned by its orientation and has strips, is unpacked whole.
///
/// ```no_run
/// use scumble_data::RasterReader;
///
/// let mut reader = RasterReader::image("orthophoto.tif".as_ref())?.expect("a TIFF is read by rows");
/// let (height, width) = reader.size();
/// let rows = reader.rows(0..height.min(256))?;
/// assert_eq!(rows.width, width);
/// # Ok::<(), scumble_data::DataError>(())
/// ```
pub struct RasterReader {
    path: PathBuf,
    format: &'static str,
    source: Source,
    file: Box<dyn ByRows>,
    /// What stands for no data where the file does not say it.
    nodata: Option<f64>,
}

impl RasterReader {
    /// Opens a file whose rows are those of [`read_image`](crate::read_image); `None` of a format that is read whole: all but
    /// TIFF.
    ///
    /// # Errors
    /// As [`read_image`](crate::read_image), but for damage to pixels.
    pub fn image(path: &Path) -> Result<Option<Self>, DataError> {
        Self::open(path, Purpose::Picture)
    }

    /// The same of [`read_raster`](crate::read_raster). Integers of 32 and 64 bits, and signed ones, are all looked at, for
    /// their type depends on all of them.
    ///
    /// # Errors
    /// As [`read_raster`](crate::read_raster), but for damage to pixels.
    pub fn raster(path: &Path) -> Result<Option<Self>, DataError> {
        Self::open(path, Purpose::Labels)
    }

    /// The same, but 64-bit floats keep their digits.
    pub(crate) fn wide(path: &Path) -> Result<Option<Self>, DataError> {
        Self::open(path, Purpose::Judging)
    }

    fn open(path: &Path, purpose: Purpose) -> Result<Option<Self>, DataError> {
        let (file, format, source) = open(path, |format, source| format.by_rows(source, purpose))?;
        let (path, format) = (path.to_owned(), format.name());
        Ok(file.map(|file| Self { path, format, source, file, nodata: None }))
    }

    /// The same file, in which this number stands for no data, unless it says another itself.
    pub(crate) fn with_nodata(self, nodata: Option<f64>) -> Self {
        Self { nodata, ..self }
    }

    /// (height, width).
    pub fn size(&self) -> (usize, usize) {
        self.file.size()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Decodes some rows.
    ///
    /// # Errors
    /// Damage to the file; more memory than one file may take.
    ///
    /// # Panics
    /// Rows beyond the [size](Self::size).
    pub fn rows(&mut self, rows: Range<usize>) -> Result<Raster, DataError> {
        assert!(rows.start <= rows.end && rows.end <= self.size().0, "rows of the file");
        let Self { path, format, source, file, nodata } = self;
        let rows = guarded(|| file.rows(source, rows), DecodeError::Broken);
        let rows = rows.map_err(|fault| fault.at(path, format))?;
        Ok(Raster { nodata: rows.nodata.or(*nodata), ..rows })
    }
}

impl fmt::Debug for RasterReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RasterReader").field("path", &self.path).field("size", &self.size()).finish()
    }
}
