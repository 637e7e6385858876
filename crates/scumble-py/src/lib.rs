//! The module `scumble._scumble`: losses and scores of the crate `scumble` on NumPy arrays, the jobs of `scumble_jobs`, and the
//! program.
//!
//! It is the private half of the Python package `scumble`, whose typed half in `python/scumble/` has the names that people
//! use and says what each of them does.

#![forbid(unsafe_code)]

mod advice;
mod arrays;
mod classes;
mod counts;
mod files;
mod jobs;
mod joint;
mod judge;
mod loss;
mod metrics;
mod options;
mod pixels;
mod pool;
mod predictor;
mod program;
mod ranks;
mod votes;
mod watched;

/// Losses and scores of soft labels on NumPy arrays, jobs, models, and the program; `scumble` has the names to use.
#[pyo3::pymodule]
mod _scumble {
    #[pymodule_export]
    use crate::counts::beta_binomial_loss;
    #[pymodule_export]
    use crate::files::{read, training_page};
    #[pymodule_export]
    use crate::jobs::{job, train_together};
    #[pymodule_export]
    use crate::judge::Judge;
    #[pymodule_export]
    use crate::loss::loss;
    #[pymodule_export]
    use crate::metrics::{areas, calibration, overlap, proper};
    #[pymodule_export]
    use crate::predictor::Predictor;
    #[pymodule_export]
    use crate::program::program;
    #[pymodule_export]
    use crate::votes::truth;
}
