use crate::NormalisationError;
use std::ops::RangeInclusive;
use thiserror::Error;

/// Why the settings of the augmentation cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum AugmentationError {
    /// A number outside its range.
    #[error("augmentation: {name} = {value}; it must be in {} to {}", .allowed.start(), .allowed.end())]
    Range {
        /// The setting.
        name: &'static str,
        /// What it was set to.
        value: f32,
        /// What it may be.
        allowed: RangeInclusive<f32>,
    },
    /// A range of scales that ends before it begins.
    #[error("augmentation: scale = [{low}, {high}]; the first number must not exceed the second")]
    Reversed {
        /// The smallest scale.
        low: f32,
        /// The largest.
        high: f32,
    },
}

/// Why an image and its label make no sample to cut patches from.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SampleError {
    /// An image without pixels.
    #[error("the image has no pixels ({height} rows, {width} columns, {channels} channels)")]
    Empty {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// Samples a pixel.
        channels: usize,
    },
    /// Targets or weights of another size than the image, or that do not belong together.
    #[error(
        "{what} has shape {found:?}, expected {expected:?} \
         (weights have one map, or as many as the targets; all have the size of the image)"
    )]
    Shape {
        /// Which array.
        what: &'static str,
        /// Its shape.
        found: Vec<usize>,
        /// The shape it should have.
        expected: Vec<usize>,
    },
    /// The image has a sample that is no finite number.
    #[error(transparent)]
    Image(#[from] NormalisationError),
}
