//! Why augmentation or samples cannot be made.

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
    /// Raters of whom none can be drawn.
    #[error("no rater to draw from")]
    NoRater,
    /// A rater's label that is neither yes nor no.
    #[error(
        "rater {rater}, counted from 0, has a soft label ({value} for class {class}); one is drawn of hard ones"
    )]
    SoftRater {
        /// Which rater.
        rater: usize,
        /// The class of the soft value.
        class: usize,
        /// The value.
        value: f32,
    },
    /// More classes than a byte tells apart.
    #[error("raters can be drawn of up to 255 exclusive classes (label sets: of 7 labels); these are {0}")]
    Classes(usize),
    /// The image has a sample that is no finite number.
    #[error(transparent)]
    Image(#[from] NormalisationError),
}
