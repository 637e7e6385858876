//! Training: from a data set and settings to a model, in a run folder that can be resumed.

mod cache;
mod checkpoint;
mod drawer;
mod error;
mod objective;
mod observer;
mod profile;
mod run;
mod samples;
mod schedule;
mod session;
mod source;
mod trainer;
mod validate;

pub use error::TrainError;
pub use objective::{Objective, ObjectiveError};
pub use observer::{EpochReport, LossReport, Observer, StepReport};
pub use profile::Profile;
pub use run::{Run, RunData, RunInfo, Status};
pub use session::{Outcome, Request, train};
