//! Why a boundary map cannot be judged.

use thiserror::Error;

/// Why a boundary map cannot be judged.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum BoundaryError {
    /// Maps of different sizes.
    #[error(
        "rater {rater} (counted from 0) marked {found:?} pixels (rows, columns), the prediction has {expected:?}"
    )]
    Shape {
        /// Which of the raters.
        rater: usize,
        /// Size of the rater's map.
        found: (usize, usize),
        /// Size of the prediction.
        expected: (usize, usize),
    },
    /// A value that is no boundary strength.
    #[error("row {row}, column {column}: predicted {value}, no probability (0 to 1)")]
    NotProbability {
        /// Row of the first bad value.
        row: usize,
        /// Its column.
        column: usize,
        /// The value.
        value: f32,
    },
    /// Nobody to compare with.
    #[error("no rater marked this image")]
    NoRaters,
    /// No threshold to judge at.
    #[error("0 thresholds: there must be at least 1")]
    NoThresholds,
    /// A reach that is none.
    #[error("a reach of {0}: it must be a finite number above 0 and, as a share of the diagonal, at most 1")]
    Reach(f64),
}
