//! Why images cannot be split.

use thiserror::Error;

/// Why the images cannot be split into those to learn from and those to judge by.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SplitError {
    /// A text that names no way to split.
    #[error(
        "validation = {0:?} is not understood; write a share of the images (0.2), \
         a list of images ([\"scene-1*\", \"scene-27\"]), a band of each image \
         (\"rows 0.7..1\", \"columns 0..0.3\") or \"none\""
    )]
    Form(String),
    /// A share that leaves nothing on one side.
    #[error("validation = {0}: a share of the images lies between 0 and 1, both excluded, such as 0.2")]
    Share(f64),
    /// A band that is empty, is everything, or leaves the image.
    #[error(
        "validation = \"{axis} {from}..{to}\": a band goes from a smaller to a larger fraction, \
         both in 0 to 1, and is not the whole image"
    )]
    Band {
        /// The axis in words: rows or columns.
        axis: &'static str,
        /// Where it was to begin.
        from: f64,
        /// Where it was to end.
        to: f64,
    },
    /// A pattern that cannot be read.
    #[error("validation: the pattern {pattern:?} cannot be read: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A pattern that fits no image.
    #[error("validation: no image matches {pattern:?}; there are {count} images, such as {examples}")]
    NoMatch {
        /// The pattern.
        pattern: String,
        /// How many images there are.
        count: usize,
        /// The first few names.
        examples: String,
    },
    /// Patterns that fit every image.
    #[error(
        "validation: all {count} images are held out and none is left to train on; \
         name fewer images, or hold out a band of each (\"rows 0.7..1\")"
    )]
    NothingLeft {
        /// How many images there are.
        count: usize,
    },
    /// No image at all.
    #[error("there is no image to split into training and validation")]
    Empty,
}
