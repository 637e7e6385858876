//! What to do about an error in the words of this program: the libraries know no flags and no commands.

use scumble_jobs::JobError;
use scumble_nn::TrainError;

/// What follows a message of a job.
pub(crate) fn of_job(error: &JobError) -> Option<&'static str> {
    match error {
        JobError::Train(error) => of_training(error),
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
