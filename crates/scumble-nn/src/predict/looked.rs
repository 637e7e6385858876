//! A large image that is predicted by rows.

use super::PredictError;
use ndarray::{Array2, ArrayView3};
use scumble_data::{HeldRows, ImageLook, Raster};
use std::ops::Range;

/// Takes finished rows [K, rows, W] of each reading, in their order, and where the image has no data there, [rows, W]; `None` where
/// it has some everywhere.
pub type TakeKnown<'t> =
    dyn FnMut(&[ArrayView3<'_, f32>], Option<Array2<bool>>) -> Result<(), PredictError> + 't;

/// An image that is read by rows, once each model knows what it must of all of it ([`Predictor::look`](crate::Predictor::look)).
#[derive(Debug)]
pub struct LookedImage {
    pub(super) held: HeldRows,
    /// One a model.
    pub(super) looks: Vec<ImageLook>,
}

impl LookedImage {
    /// (height, width).
    pub fn size(&self) -> (usize, usize) {
        self.held.size()
    }

    /// What the first model knows of the image: its exposure, how much of it has no data.
    pub fn look(&self) -> &ImageLook {
        &self.looks[0]
    }

    /// Some of its rows.
    ///
    /// # Errors
    /// As [`RasterReader::rows`](scumble_data::RasterReader::rows).
    ///
    /// # Panics
    /// Rows beyond the [size](Self::size).
    pub fn rows(&mut self, rows: Range<usize>) -> Result<Raster, scumble_data::DataError> {
        self.held.reader().rows(rows)
    }
}
