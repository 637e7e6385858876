//! Ranks of a training that something in Python brings together.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use scumble_nn::ranks::{Reduce, ReduceError};

/// One of several ranks, whose bytes a function in Python carries.
pub(crate) struct PythonRanks {
    pub(crate) rank: usize,
    pub(crate) ranks: usize,
    pub(crate) exchange: Py<PyAny>,
}

impl Reduce for PythonRanks {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.ranks
    }

    fn exchange(&self, out: &[&[u8]], into: &mut [&mut [u8]]) -> Result<(), ReduceError> {
        let failed = |message: String| ReduceError::Failed { rank: self.rank, message };
        let lengths: Vec<usize> = into.iter().map(|into| into.len()).collect();
        Python::attach(|py| {
            let out: Vec<Bound<'_, PyBytes>> = out.iter().map(|out| PyBytes::new(py, out)).collect();
            let heard =
                self.exchange.call1(py, (out, &lengths)).map_err(|error| failed(error.to_string()))?;
            let heard: Vec<Bound<'_, PyBytes>> =
                heard.extract(py).map_err(|error: PyErr| failed(error.to_string()))?;
            let found: Vec<usize> = heard.iter().map(|heard| heard.as_bytes().len()).collect();
            if found != lengths {
                return Err(failed(format!("{found:?} bytes came where {lengths:?} were to come")));
            }
            into.iter_mut().zip(heard).for_each(|(into, heard)| into.copy_from_slice(heard.as_bytes()));
            Ok(())
        })
    }
}
