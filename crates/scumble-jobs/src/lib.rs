//! What scumble does, job by job: a checked request in, a plain result out, progress and warnings to an [`Observer`].
//!
//! Nothing here prints, knows a flag, a terminal or an exit code: shells (the program, a Python package) do.
#![forbid(unsafe_code)]

mod error;
mod steps;

pub use error::{Fault, JobError};
pub use scumble_nn::Observer;
pub use steps::Steps;
