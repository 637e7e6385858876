//! Errors of jobs in the words of Python: the libraries know no keywords.

use crate::arrays::refused;
use pyo3::PyErr;
use scumble_jobs::outputs::OutputError;
use scumble_jobs::{JobError, compare, held_out, predictions, run_report};
use scumble_nn::TrainError;

/// The `ValueError` of a job: what is wrong, where, the value, and which keyword helps.
pub(crate) fn failure(error: &JobError) -> PyErr {
    let advice = match error {
        JobError::Train(TrainError::Exists { .. } | TrainError::Begun { .. }) => {
            "; resume=True goes on with a run, overwrite=True starts it again, or choose another folder"
        }
        JobError::Train(TrainError::NoCheckpoint { .. }) => "; if it was stopped, resume=True starts it",
        JobError::Train(TrainError::InUse { .. }) => "; wait for its end, or choose another folder",
        JobError::NoEpoch { .. } => "; resume=True goes on",
        JobError::MapsThere { .. } | JobError::Output(OutputError::There { .. }) => {
            "; overwrite=True replaces what is there, or choose another place"
        }
        JobError::Predictions(predictions::Error::Missing { .. }) => "; allow_missing=True leaves them out",
        JobError::HeldOut(held_out::Error::NothingHeldOut { .. }) => "; images=\"*\" takes any",
        JobError::Compare(compare::Error::NoData { .. }) => ": data says on which images to compare it",
        JobError::RunReport(run_report::Error::Gone { source }) => {
            return refused(format!("the run's data set (if it has moved, name it as data): {source}"));
        }
        JobError::RunReport(run_report::Error::Changed { .. }) => {
            "; name a data set as data to judge all of it"
        }
        _ => "",
    };
    refused(format!("{error}{advice}"))
}
