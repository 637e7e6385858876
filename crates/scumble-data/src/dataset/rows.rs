//! An item by bands of rows: what is too large to become labels as a whole becomes them in parts.

use super::decoded::{Decoded, Rows};
use super::geometry::Geometry;
use super::read::{ItemData, Wanted};
use super::{Dataset, Item};
use crate::DataError;
use std::ops::Range;
use std::sync::Arc;

/// An image of more probabilities is large: as f32 they take 32 MiB.
const LARGE: usize = 1 << 23;
/// Probabilities of a band.
const BAND: usize = 1 << 21;

/// An item whose files are decoded once, kept as their files have them, and made labels of a band of rows at a time.
///
/// A mask of a hundred million pixels takes 100 MB in its file's own bytes, and three times 800 as marks, counts and
/// probabilities; those are there for one band alone.
///
/// ```no_run
/// use scumble_data::{Dataset, Target, Wanted};
///
/// let data = Dataset::open("large".as_ref())?;
/// let rows = data.rows(&data.items()[0], &Wanted::labels(Target::Mean))?;
/// let mut sum = 0.0;
/// for band in rows.bands() {
///     let labels = rows.read(band)?.labels(Target::Mean)?;
///     sum += labels.probabilities().iter().map(|p| f64::from(*p)).sum::<f64>();
/// }
/// # Ok::<(), scumble_data::DataError>(())
/// ```
#[derive(Debug)]
pub struct ItemRows<'d> {
    dataset: &'d Dataset,
    item: &'d Item,
    wanted: Wanted,
    geometry: Geometry,
    decoded: Arc<Decoded>,
}

impl Dataset {
    /// An item to be read by rows.
    ///
    /// # Errors
    /// A broken header of the file that says how large the item is.
    pub fn rows<'d>(&'d self, item: &'d Item, wanted: &Wanted) -> Result<ItemRows<'d>, DataError> {
        let (geometry, decoded) = (self.geometry(item)?, Arc::default());
        Ok(ItemRows { dataset: self, item, wanted: *wanted, geometry, decoded })
    }
}

impl<'d> ItemRows<'d> {
    /// (height, width) of the item.
    pub fn size(&self) -> (usize, usize) {
        self.geometry.size
    }

    /// The rows in bands: one of all rows where the item is not large.
    pub fn bands(&self) -> Vec<Range<usize>> {
        bands(self.size(), self.dataset.classes().len())
    }

    /// What [`Dataset::read`] reads, of these rows alone.
    ///
    /// # Errors
    /// As [`Dataset::read`], with a row that is counted from the first of these, and some more: of what fails by rows
    /// [`Dataset::read`] says what is wrong, or reads it.
    ///
    /// # Panics
    /// Rows beyond the [size](Self::size).
    pub fn read(&self, rows: Range<usize>) -> Result<ItemData<'d>, DataError> {
        if rows == (0..self.geometry.size.0) {
            return self.dataset.read(self.item, &self.wanted);
        }
        let geometry = self.geometry.of_rows(Rows { range: rows, decoded: self.decoded.clone() });
        self.dataset.read_in(self.item, &self.wanted, Some(&geometry))
    }
}

/// The rows of an item of (height, width) in bands: one of all rows where its probabilities are not too many.
pub(super) fn bands((height, width): (usize, usize), classes: usize) -> Vec<Range<usize>> {
    let numbers = width.max(1) * classes.max(1);
    let rows = if height.saturating_mul(numbers) <= LARGE { height } else { BAND / numbers };
    (0..height).step_by(rows.max(1)).map(|top| top..(top + rows.max(1)).min(height)).collect()
}
