//! Why a job could not be done, and whose fault that is.

use scumble_data::DataError;
use scumble_nn::{ConfigError, ModelError, PredictError, TrainError, UnknownDevice};
use thiserror::Error;

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The request asks for something that cannot be.
    Request,
    /// The files, or the disk they are on.
    Input,
}

/// Why a job could not be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JobError {
    /// The settings of a training.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A device that is not there.
    #[error(transparent)]
    Device(#[from] UnknownDevice),
    /// A data set or one of its files.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A model file.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A prediction.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// A training or its run folder.
    #[error(transparent)]
    Train(#[from] TrainError),
}

impl JobError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Config(_)
            | Self::Device(_)
            | Self::Train(
                TrainError::Config(_) | TrainError::Exists { .. } | TrainError::ClassWeights { .. },
            ) => Fault::Request,
            _ => Fault::Input,
        }
    }
}
