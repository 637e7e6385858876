//! What to do about an error in the words of this program: the libraries know no flags and no commands.

use scumble::calibrate::CalibrateError;
use scumble_jobs::{JobError, boundary, compare, judge, predictions};
use scumble_nn::TrainError;

/// What goes before a message of a job: the flag that it is about.
pub(crate) fn flag(error: &JobError) -> Option<String> {
    match error {
        JobError::Predictions(predictions::Error::NoSets(_)) => Some("--label-sets: ".into()),
        JobError::Predictions(predictions::Error::SetsOfMaps) => Some("--label-sets judges a model: ".into()),
        JobError::Judge(judge::Error::GateClass { gate, .. }) => Some(format!("--fail-if '{gate}': ")),
        JobError::Boundary(boundary::Error::Distance(_)) => Some("--max-distance ".into()),
        JobError::Calibrate(CalibrateError::Method { .. }) => Some("--method: ".into()),
        _ => None,
    }
}

/// What follows a message of a job.
pub(crate) fn of_job(error: &JobError) -> Option<&'static str> {
    match error {
        JobError::Train(error) => of_training(error),
        JobError::Compare(compare::Error::NoData { .. }) => {
            Some(": --data says on which images to compare it")
        }
        JobError::Compare(compare::Error::NothingHeldOut { .. }) => Some("; --images compares them on any"),
        JobError::NoEpoch { .. } => Some("; --resume goes on"),
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
