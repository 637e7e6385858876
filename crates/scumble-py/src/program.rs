//! The program `scumble`, which a wheel carries along.

use pyo3::prelude::*;
use std::ffi::OsString;

/// Runs the program with these words, of which the first is its own name, and returns what it leaves with.
#[pyfunction]
pub(crate) fn program(py: Python<'_>, words: Vec<OsString>) -> u8 {
    py.detach(|| scumble_cli::main(words))
}
