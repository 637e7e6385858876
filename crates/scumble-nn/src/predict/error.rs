use crate::{ExecutorError, ModelError};
use scumble::joint::JointFamily;
use scumble::labels::Kind;
use scumble_data::{DataError, NormalisationError};
use thiserror::Error;

/// Why an image cannot be predicted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PredictError {
    /// An image with other channels than the model was trained on, or with a sample that is no number.
    #[error(transparent)]
    Image(#[from] NormalisationError),
    /// Label sets of a task that has none, or too many.
    #[error("label sets are of overlapping labels, up to 8 of them; this model's are {kind}, {labels}")]
    NoSets {
        /// The model's kind.
        kind: Kind,
        /// Its labels.
        labels: usize,
    },
    /// Logits of single labels where there are none.
    #[error(
        "a model of label sets ({family}) has no logits of single labels; only without a joint family can it be \
         calibrated"
    )]
    Joint {
        /// The family of its label sets.
        family: JointFamily,
    },
    /// The network failed.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Whoever takes the maps failed.
    #[error(transparent)]
    Data(#[from] DataError),
}
