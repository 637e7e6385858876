//! Why a prediction cannot be judged.

use crate::labels::{Kind, LabelSpace};
use thiserror::Error;

/// Why a prediction cannot be judged.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// Prediction and label of different shapes, [classes, height, width].
    #[error("the prediction is {found:?} (classes, height, width), its label {expected:?}")]
    Shape {
        /// The prediction's shape.
        found: Vec<usize>,
        /// The label's shape.
        expected: Vec<usize>,
    },
    /// A predicted value that is no probability.
    #[error("class {class}, row {row}, column {column}: predicted {}, no probability (0 to 1)", shortest(*.value))]
    NotProbability {
        /// Class (map) of the first bad value.
        class: usize,
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
        /// The value.
        value: f64,
    },
    /// Labels of one kind given to a judge of another.
    #[error("the label is {found} with {found_classes} maps, the judge expects {} with {}", .expected.kind(), .expected.count())]
    Kind {
        /// The label's kind.
        found: Kind,
        /// The label's maps.
        found_classes: usize,
        /// What the judge expects.
        expected: LabelSpace,
    },
    /// Two masks of one rater for one image.
    #[error("two masks of rater {rater}; each rater has one opinion of an image")]
    Twice {
        /// Who.
        rater: String,
    },
    /// A rater's mask of another shape.
    #[error("the mask of rater {rater} is {found:?} (maps, height, width), expected {expected:?}")]
    Rater {
        /// Who.
        rater: String,
        /// The mask's shape.
        found: Vec<usize>,
        /// The shape expected.
        expected: Vec<usize>,
    },
}

/// A number in the digits of the file that it comes from: what an f32 can be, as an f32.
fn shortest(value: f64) -> String {
    let narrow = value as f32;
    if f64::from(narrow) == value { narrow.to_string() } else { value.to_string() }
}
