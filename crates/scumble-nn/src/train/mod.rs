//! Training: from a data set and settings to a model, in a run folder that can be resumed.

mod batches;
mod cache;
mod checkpoint;
mod error;
mod profile;
mod run;
mod schedule;
mod session;
mod supervision;
mod task;
mod trainer;
mod training_data;
mod validate;

pub use error::TrainError;
pub use profile::Profile;
pub use run::{Run, RunData, RunInfo, Status};
pub use session::{TrainOutcome, TrainRequest, train};
