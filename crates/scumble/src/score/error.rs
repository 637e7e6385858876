use crate::labels::Kind;
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
    #[error("class {class}, row {row}, column {column}: predicted {value}, no probability (0 to 1)")]
    NotProbability {
        /// Class (map) of the first bad value.
        class: usize,
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
        /// The value.
        value: f32,
    },
    /// Labels of one kind given to a judge of another.
    #[error("the label is {found} with {found_classes} maps, the judge expects {expected} with {classes}")]
    Kind {
        /// The label's kind.
        found: Kind,
        /// The label's maps.
        found_classes: usize,
        /// The judge's kind.
        expected: Kind,
        /// The judge's maps.
        classes: usize,
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
