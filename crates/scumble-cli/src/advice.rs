//! What to do about an error in the words of this program: the libraries know no flags and no commands.

use scumble_jobs::{JobError, check, predict};
use scumble_jobs::fuse::{self, MethodError};
use scumble_nn::TrainError;

/// What goes before a message of a job: the flag that it is about.
pub(crate) fn flag(error: &JobError) -> Option<&'static str> {
    match error {
        JobError::Fuse(fuse::Error::Method(MethodError::NoRater { .. })) => Some("--weights: "),
        JobError::Fuse(fuse::Error::Method(MethodError::Prior(_))) => Some("--prior: "),
        JobError::Prediction(predict::Error::NoSets(_)) => Some("--label-sets: "),
        _ => None,
    }
}

/// What follows a message of a job.
pub(crate) fn of_job(error: &JobError) -> Option<&'static str> {
    match error {
        JobError::Train(error) => of_training(error),
        JobError::NoEpoch { .. } => Some("; --resume goes on"),
        JobError::Check(check::Error::PicturesThere { .. }) => {
            Some("; --overwrite replaces it, or choose another folder")
        }
        JobError::MapsThere { .. } => Some("; --overwrite replaces them, or choose another folder"),
        _ => None,
    }
}

/// What follows a message of a training.
pub(crate) fn of_training(error: &TrainError) -> Option<&'static str> {
    match error {
        TrainError::Exists { .. } => {
            Some("; --resume goes on with a run, --overwrite starts it again, or choose another folder")
        }
        TrainError::NothingToLearn { .. } => Some("; `scumble check` shows what is there"),
        _ => None,
    }
}
