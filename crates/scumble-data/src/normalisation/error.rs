//! Why images cannot be normalised.

use crate::{Raster, first_non_finite};
use ndarray::ArrayView2;
use thiserror::Error;

/// Why images have no normalisation, or not this one. Pixels are counted from 0.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum NormalisationError {
    /// An image with more or fewer channels than those before it, or than the model knows.
    #[error(
        "the image has {found} channel{}, expected {expected}; all images of a model have the same channels",
        if *found == 1 { "" } else { "s" }
    )]
    Channels {
        /// Channels of the images so far.
        expected: usize,
        /// Channels of this image.
        found: usize,
    },
    /// A float image with a sample that is NaN or infinite.
    #[error(
        "row {row}, column {column}, channel {channel}: {value} is no finite number, and the pixel \
         counts; replace it in the image, or leave the pixel out of the label"
    )]
    NotFinite {
        /// Row of the first such sample.
        row: usize,
        /// Its column.
        column: usize,
        /// Its channel.
        channel: usize,
        /// The sample itself.
        value: f32,
    },
    /// No pixel to take the statistics from.
    #[error("no image to take the mean and deviation of the channels from")]
    Empty,
    /// Means and deviations that make no normalisation.
    #[error(
        "mean {mean:?} and deviation {deviation:?} are no normalisation: \
         one finite mean and one deviation above 0 are needed for each channel"
    )]
    Values {
        /// The means found.
        mean: Vec<f32>,
        /// The deviations found.
        deviation: Vec<f32>,
    },
}

/// [`first_non_finite`] as an error.
///
/// # Errors
/// [`NormalisationError::NotFinite`].
pub fn check_finite(
    raster: &Raster,
    counted: Option<ArrayView2<'_, bool>>,
) -> Result<(), NormalisationError> {
    match first_non_finite(raster, counted) {
        None => Ok(()),
        Some((row, column, channel)) => {
            let value = raster.raw(row, column, channel);
            Err(NormalisationError::NotFinite { row, column, channel, value })
        }
    }
}
