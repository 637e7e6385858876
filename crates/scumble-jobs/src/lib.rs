//! What scumble does, job by job: a checked request in, a plain result out, progress and warnings to an [`Observer`].
//!
//! Nothing here prints, knows a flag, a terminal or an exit code: shells (the program, a Python package) do.
#![forbid(unsafe_code)]

pub mod check;
pub mod fuse;
pub mod info;
pub mod loss;
pub mod numbers;
pub mod open;
pub mod picture;
pub mod predict;
pub mod train;

mod entries;
mod error;
mod steps;

pub use check::check;
pub use entries::Entries;
pub use error::{Fault, JobError};
pub use fuse::fuse;
pub use info::info;
pub use loss::loss;
pub use predict::predict;
pub use scumble_nn::Observer;
pub use steps::Steps;
pub use train::train;
