//! Why a job could not be done, and whose fault that is.

use crate::fault::Fault;
use crate::outputs::OutputError;
use crate::{
    bioimageio, boundary, compare, convert, demo, fuse, held_out, import, judge, loss, predict, predictions,
    products, run_report, web,
};
use scumble::calibrate::CalibrateError;
use scumble_data::DataError;
use scumble_nn::head::ReadingError;
use scumble_nn::onnx::OnnxError;
use scumble_nn::{ConfigError, ModelError, PredictError, TaskError, TrainError, UnknownDevice};
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

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
    /// Something that a model does not tell.
    #[error(transparent)]
    Reading(#[from] ReadingError),
    /// A calibration that does not fit a model.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// A package of a model.
    #[error(transparent)]
    Package(#[from] bioimageio::Error),
    /// A page of a model.
    #[error(transparent)]
    Web(#[from] web::Error),
    /// A model that cannot be exported.
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    /// A training or its run folder.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The observer wanted no more.
    #[error("stopped")]
    Stopped,
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A folder where a model or a run should be.
    #[error("{} is no model file and no run: {source}", path.display())]
    NoModel {
        /// The folder.
        path: PathBuf,
        /// What a run would have.
        source: Box<TrainError>,
    },
    /// A run without a model so far.
    #[error("{}: the run has finished no epoch yet, so there is no model", run.display())]
    NoEpoch {
        /// The run folder.
        run: PathBuf,
    },
    /// Something that is one of many.
    #[error("{what}: {source}")]
    Of {
        /// Which one.
        what: String,
        /// What is wrong.
        source: Box<JobError>,
    },
    /// A fusion of raters' masks.
    #[error(transparent)]
    Fuse(#[from] fuse::Error),
    /// An import of another layout.
    #[error(transparent)]
    Import(#[from] import::Error),
    /// A loss of arrays.
    #[error(transparent)]
    Loss(#[from] loss::Error),
    /// A prediction of many images.
    #[error(transparent)]
    PredictMany(#[from] predict::Error),
    /// A conversion of maps.
    #[error(transparent)]
    Convert(#[from] convert::Error),
    /// What cannot be made of maps.
    #[error(transparent)]
    Products(#[from] products::Error),
    /// Predictions to be judged.
    #[error(transparent)]
    Predictions(#[from] predictions::Error),
    /// A choice of the images to judge.
    #[error(transparent)]
    HeldOut(#[from] held_out::Error),
    /// A judgement.
    #[error(transparent)]
    Judge(#[from] judge::Error),
    /// Parts of a judgement.
    #[error(transparent)]
    Parts(#[from] judge::parts::Error),
    /// A judgement of boundaries.
    #[error(transparent)]
    Boundary(#[from] boundary::Error),
    /// A calibration.
    #[error(transparent)]
    Calibrate(#[from] CalibrateError),
    /// A comparison.
    #[error(transparent)]
    Compare(#[from] compare::Error),
    /// A report of a run.
    #[error(transparent)]
    RunReport(#[from] run_report::Error),
    /// A demonstration.
    #[error(transparent)]
    Demo(#[from] demo::Error),
    /// A place that must not be written to.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Maps that would be replaced.
    #[error("{} holds maps already", folder.display())]
    MapsThere {
        /// Their folder.
        folder: PathBuf,
    },
}

impl JobError {
    /// Wraps an error of the file system with the path that it is about.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    /// Says which of many it is about, unless the message says so already.
    pub(crate) fn of(self, what: impl Display) -> Self {
        let what = what.to_string();
        match self.to_string().starts_with(&format!("{what}: ")) {
            true => self,
            false => Self::Of { what, source: Box::new(self) },
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Data(error) => error.fault().into(),
            Self::Package(error) => error.fault(),
            Self::Fuse(error) => error.fault(),
            Self::Import(error) => error.fault(),
            Self::Loss(error) => error.fault(),
            Self::PredictMany(error) => error.fault(),
            Self::Convert(error) => error.fault(),
            Self::Products(error) => error.fault(),
            Self::Predictions(error) => error.fault(),
            Self::HeldOut(error) => error.fault(),
            Self::Judge(error) => error.fault(),
            Self::Parts(error) => error.fault(),
            Self::Boundary(error) => error.fault(),
            Self::Compare(error) => error.fault(),
            Self::Demo(error) => error.fault(),
            Self::Output(error) => error.fault(),
            Self::Of { source, .. } => source.fault(),
            Self::Config(_)
            | Self::Device(_)
            | Self::Calibrate(CalibrateError::Method { .. })
            | Self::MapsThere { .. }
            | Self::Web(_)
            | Self::Task(TaskError::NoRater { .. })
            | Self::Train(
                TrainError::Config(_)
                | TrainError::Exists { .. }
                | TrainError::Begun { .. }
                | TrainError::ClassWeights { .. }
                | TrainError::SplitStays { .. },
            ) => Fault::Request,
            Self::Model(_)
            | Self::Predict(_)
            | Self::Onnx(_)
            | Self::Reading(_)
            | Self::Task(_)
            | Self::Train(_)
            | Self::Stopped
            | Self::Io { .. }
            | Self::NoModel { .. }
            | Self::NoEpoch { .. }
            | Self::Calibrate(_)
            | Self::RunReport(_) => Fault::Input,
        }
    }
}
