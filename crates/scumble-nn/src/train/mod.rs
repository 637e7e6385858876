//! Training: from a data set and settings to a model, in a run folder that can be resumed.

mod batches;
mod cache;
mod checkpoint;
mod choose;
mod error;
mod request;
mod run;
mod schedule;
mod session;
mod start;
mod supervision;
mod task;
mod trainer;
mod training_data;
mod validate;
mod without_data;

pub use error::TrainError;
pub use request::{Profile, TrainOutcome, TrainRequest};
pub use run::{Run, RunData, RunInfo, Status};
pub use start::train;
