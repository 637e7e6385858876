//! The module `scumble._scumble`: losses and scores of the crate `scumble` on NumPy arrays, and the program.
//!
//! It is the private half of the Python package `scumble`, whose typed half in `python/scumble/` has the names that people
//! use and says what each of them does.

#![forbid(unsafe_code)]

mod arrays;
mod classes;
mod counts;
mod joint;
mod judge;
mod loss;
mod metrics;
mod options;
mod pixels;
mod pool;
mod program;
mod votes;

/// Losses of soft labels on NumPy arrays, and the program; `scumble` has the names to use.
#[pyo3::pymodule]
mod _scumble {
    #[pymodule_export]
    use crate::counts::beta_binomial_loss;
    #[pymodule_export]
    use crate::judge::Judge;
    #[pymodule_export]
    use crate::loss::loss;
    #[pymodule_export]
    use crate::metrics::{areas, calibration, overlap, proper};
    #[pymodule_export]
    use crate::program::program;
    #[pymodule_export]
    use crate::votes::truth;
}
