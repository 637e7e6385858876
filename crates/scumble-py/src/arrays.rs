//! Arrays as Python hands them over, read where they lie.

use ndarray::{ArrayD, ArrayViewD};
use numpy::{IntoPyArray, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use scumble::Loss;
use scumble::loss::{Real, TargetElement};

/// A floating-point number of NumPy's in which losses are computed.
pub(crate) trait Float: Real + TargetElement<Self> + numpy::Element {}

impl Float for f32 {}
impl Float for f64 {}

/// Logits, which say in which numbers all is computed.
#[derive(FromPyObject)]
pub(crate) enum Logits<'py> {
    F32(PyReadonlyArrayDyn<'py, f32>),
    F64(PyReadonlyArrayDyn<'py, f64>),
}

/// Targets: floats of the logits' type, steps of a probability, or integers.
#[derive(FromPyObject)]
pub(crate) enum Targets<'py, R: Float> {
    Float(PyReadonlyArrayDyn<'py, R>),
    U8(PyReadonlyArrayDyn<'py, u8>),
    U16(PyReadonlyArrayDyn<'py, u16>),
    Integer(PyReadonlyArrayDyn<'py, i64>),
}

impl<R: Float> Targets<'_, R> {
    /// What may be read without Python.
    pub(crate) fn view(&self) -> TargetView<'_, R> {
        match self {
            Targets::Float(array) => TargetView::Float(array.as_array()),
            Targets::U8(array) => TargetView::U8(array.as_array()),
            Targets::U16(array) => TargetView::U16(array.as_array()),
            Targets::Integer(array) => TargetView::Integer(array.as_array()),
        }
    }
}

/// [`Targets`] without Python.
pub(crate) enum TargetView<'a, R> {
    Float(ArrayViewD<'a, R>),
    U8(ArrayViewD<'a, u8>),
    U16(ArrayViewD<'a, u16>),
    Integer(ArrayViewD<'a, i64>),
}

impl<'a, R: Float> TargetView<'a, R> {
    pub(crate) fn shape(&self) -> &[usize] {
        match self {
            Self::Float(array) => array.shape(),
            Self::U8(array) => array.shape(),
            Self::U16(array) => array.shape(),
            Self::Integer(array) => array.shape(),
        }
    }

    /// Integers as such; `None` for floats.
    pub(crate) fn integers(&self) -> Option<ArrayD<i64>> {
        match self {
            Self::Float(_) => None,
            Self::U8(array) => Some(array.mapv(i64::from)),
            Self::U16(array) => Some(array.mapv(i64::from)),
            Self::Integer(array) => Some(array.to_owned()),
        }
    }

    /// Refuses steps of a probability that somebody may have meant as labels 0 and 1.
    pub(crate) fn check_steps(&self) -> PyResult<()> {
        // All are 0, which is no in both readings, or some are 1 and none is above.
        fn low<T: Copy + Into<u16>>(steps: &ArrayViewD<'_, T>) -> bool {
            let mut ones = false;
            !steps.iter().any(|&step| {
                ones |= step.into() == 1;
                step.into() > 1
            }) && ones
        }
        let (is_low, name, full) = match self {
            Self::U8(steps) => (low(steps), "uint8", 255),
            Self::U16(steps) => (low(steps), "uint16", 65535),
            Self::Float(_) | Self::Integer(_) => return Ok(()),
        };
        if is_low {
            return Err(refused(format!(
                "the targets are {name}, which is read as shares of {full}, but none is above 1; if 1 means yes, \
                 give targets.astype(bool), if it means 1/{full}, targets / numpy.float32({full})"
            )));
        }
        Ok(())
    }
}

/// A loss and the arrays that were asked for, as far as they are not the caller's.
pub(crate) struct Computed<R> {
    pub(crate) loss: Loss,
    pub(crate) gradient: Option<ArrayD<R>>,
    pub(crate) map: Option<ArrayD<R>>,
}

/// What Python gets of it: value, floor, excess, divisor, number of valid terms, gradient (unless it was written to the
/// caller's memory) and map.
pub(crate) type Outcome<'py> =
    (f64, f64, f64, f64, u64, Option<Bound<'py, PyAny>>, Option<Bound<'py, PyAny>>);

impl<R: Float> Computed<R> {
    pub(crate) fn into_python(self, py: Python<'_>) -> Outcome<'_> {
        let Loss { value, floor, excess, divisor, valid, .. } = self.loss;
        let array = |array: Option<ArrayD<R>>| array.map(|array| array.into_pyarray(py).into_any());
        (value, floor, excess, divisor, valid, array(self.gradient), array(self.map))
    }

    /// Refuses a loss that is not finite: `what` lies where the map is not finite, and must be as the `rule` says.
    pub(crate) fn finite(
        self,
        what: &str,
        rule: &str,
        map: impl FnOnce() -> PyResult<ArrayD<R>>,
    ) -> PyResult<Self> {
        if self.loss.value.is_finite() {
            return Ok(self);
        }
        let map = map()?;
        let at = map.indexed_iter().find(|(_, value)| !value.to_f64().is_finite());
        let place = at.map_or(String::new(), |(index, _)| {
            format!(", because of the {what} at {:?}", ndarray::Dimension::slice(&index))
        });
        Err(refused(format!("the loss is {}{place}; {rule}", self.loss.value)))
    }
}

/// The error of arrays or options that a loss cannot be taken of.
pub(crate) fn refused(message: impl ToString) -> PyErr {
    pyo3::exceptions::PyValueError::new_err(message.to_string())
}
