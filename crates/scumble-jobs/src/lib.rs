//! What scumble does, job by job: a checked request in, a plain result out, progress and warnings to an [`Observer`].
//!
//! Nothing here prints, knows a flag, a terminal or an exit code: shells (the program, a Python package) do.
#![forbid(unsafe_code)]

pub mod boundary;
pub mod calibrate;
pub mod compare;
pub mod demo;
pub mod judge;
pub mod numbers;
pub mod open;
pub mod picture;
pub mod predictions;
pub mod report;
pub mod run_report;

mod error;
mod fault;
mod held_out;
mod steps;
mod training_record;

pub use boundary::judge_boundaries;
pub use calibrate::calibrate;
pub use compare::compare;
pub use demo::demo;
pub use error::JobError;
pub use fault::Fault;
pub use judge::judge;
pub use report::Report;
pub use run_report::judge_run;
pub use scumble_nn::Observer;
pub use steps::Steps;
pub use training_record::TrainingRecord;
