use crate::{ExecutorError, ModelError};
use scumble_data::DataError;
use thiserror::Error;

/// Why an image cannot be predicted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PredictError {
    /// An image with another number of channels than the network was trained on.
    #[error("the image has {found} channel(s), the model was trained on {expected}")]
    Channels {
        /// The image's channels.
        found: usize,
        /// The network's.
        expected: usize,
    },
    /// An image with a sample that is no number.
    #[error("row {row}, column {column}, channel {channel}: not a finite number; mend the image or mark no-data pixels with a number")]
    NotFinite {
        /// Row of the first bad sample.
        row: usize,
        /// Its column.
        column: usize,
        /// Its channel.
        channel: usize,
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
