//! Files as arrays.

use crate::arrays::refused;
use ndarray::Array3;
use numpy::IntoPyArray;
use pyo3::prelude::*;
use scumble_data::{Samples, read_image};
use scumble_jobs::{JobError, TrainingRecord, report};
use scumble_nn::Run;
use std::path::PathBuf;

/// The numbers of an image or map, [H, W, C], in the type of its file.
#[pyfunction]
pub(crate) fn read(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyAny>> {
    let raster = py.detach(|| read_image(&path)).map_err(refused)?;
    let size = (raster.height, raster.width, raster.channels);
    fn array<T>(size: (usize, usize, usize), numbers: Vec<T>) -> Array3<T> {
        Array3::from_shape_vec(size, numbers).expect("as many numbers as the raster has")
    }
    Ok(match raster.samples {
        Samples::U8(numbers) => array(size, numbers).into_pyarray(py).into_any(),
        Samples::U16(numbers) => array(size, numbers).into_pyarray(py).into_any(),
        Samples::F32(numbers) => array(size, numbers).into_pyarray(py).into_any(),
        Samples::F64(numbers) => array(size, numbers).into_pyarray(py).into_any(),
    })
}

/// A page of the curves of a run, as its report has them.
#[pyfunction]
pub(crate) fn training_page(run: PathBuf) -> PyResult<String> {
    let record = Run::open(&run).map_err(JobError::from).and_then(|run| TrainingRecord::read(&run));
    Ok(report::training_page(&record.map_err(refused)?))
}
