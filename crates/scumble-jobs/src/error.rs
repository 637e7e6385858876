//! Why a job could not be done, and whose fault that is.

use crate::{check, fuse, loss, predict};
use scumble_data::DataError;
use scumble_nn::{ConfigError, ModelError, PredictError, TrainError, UnknownDevice};
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The request asks for something that cannot be.
    Request,
    /// The files, or the disk they are on.
    Input,
}

/// Why a job could not be done: what, where, the value. What to do in the words of a shell, such as the flag that
/// replaces files, is for the shell to add.
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
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// One of many images.
    #[error("{}: {source}", path.display())]
    Image {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        source: Box<JobError>,
    },
    /// A folder where a model or a run should be.
    #[error("{} is no model file and no run: {source}", path.display())]
    NoModel {
        /// The folder.
        path: PathBuf,
        /// What a run would have.
        source: TrainError,
    },
    /// A run without a model so far.
    #[error("{}: the run has finished no epoch yet, so there is no model", run.display())]
    NoEpoch {
        /// The run folder.
        run: PathBuf,
    },
    /// Maps that would be replaced.
    #[error("{} holds maps already", folder.display())]
    MapsThere {
        /// Their folder.
        folder: PathBuf,
    },
    /// A look at a data set.
    #[error(transparent)]
    Check(#[from] check::Error),
    /// A fusion of raters' masks.
    #[error(transparent)]
    Fuse(#[from] fuse::Error),
    /// A loss of arrays.
    #[error(transparent)]
    Loss(#[from] loss::Error),
    /// A prediction of many images.
    #[error(transparent)]
    Prediction(#[from] predict::Error),
}

impl JobError {
    /// Wraps an error of the file system with the path that it is about.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Check(error) => error.fault(),
            Self::Fuse(error) => error.fault(),
            Self::Loss(error) => error.fault(),
            Self::Prediction(error) => error.fault(),
            Self::Image { source, .. } => source.fault(),
            Self::Config(_)
            | Self::Device(_)
            | Self::MapsThere { .. }
            | Self::Train(
                TrainError::Config(_) | TrainError::Exists { .. } | TrainError::ClassWeights { .. },
            ) => Fault::Request,
            _ => Fault::Input,
        }
    }
}
