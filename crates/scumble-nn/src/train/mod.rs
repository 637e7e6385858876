//! Training: from a data set and settings to a model, in a run folder that can be resumed.

mod agree;
mod batches;
mod cache;
mod checkpoint;
mod choose;
mod claim;
mod content;
mod error;
mod length;
mod lock;
mod preview;
mod prospect;
mod request;
mod resumed;
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

pub use agree::alike;
pub use claim::ClaimedRun;
pub use error::TrainError;
pub use lock::RunLock;
pub use preview::preview;
pub use prospect::Prospect;
pub use request::{Profile, TrainOutcome, TrainRequest};
pub use run::{Run, RunData, RunInfo, Status};
pub use start::train;
