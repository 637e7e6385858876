//! The likelihood of counted opinions that go together.

use crate::arrays::{Computed, Float, Logits, Outcome, refused};
use crate::options::Options;
use crate::pool;
use ndarray::ArrayViewD;
use numpy::PyReadonlyArrayDyn;
use pyo3::prelude::*;
use scumble::loss;

/// The loss of beta-binomial predictions of counts, as `(value, floor, excess, divisor, valid, gradient, map)`.
///
/// `options` is that of `loss`; there is no map.
#[pyfunction]
pub(crate) fn beta_binomial_loss<'py>(
    py: Python<'py>,
    logits: Logits<'py>,
    yes: &Bound<'py, PyAny>,
    total: &Bound<'py, PyAny>,
    options: &Bound<'py, PyAny>,
) -> PyResult<Outcome<'py>> {
    match logits {
        Logits::F32(logits) => {
            taken(py, logits.as_array(), &yes.extract()?, &total.extract()?, &options.extract()?)
        }
        Logits::F64(logits) => {
            taken(py, logits.as_array(), &yes.extract()?, &total.extract()?, &options.extract()?)
        }
    }
}

fn taken<'py, R: Float>(
    py: Python<'py>,
    logits: ArrayViewD<'_, R>,
    yes: &PyReadonlyArrayDyn<'py, R>,
    total: &PyReadonlyArrayDyn<'py, R>,
    options: &Options<'py, R>,
) -> PyResult<Outcome<'py>> {
    let (plain, weighing) = (options.plain()?, options.weighing());
    let (yes, total) = (yes.as_array(), total.as_array());
    let axis = plain.axis(logits.ndim())?.unwrap_or(1);
    let of = || {
        let options = plain.with(&weighing).class_axis(axis);
        let (loss, gradient) = match plain.gradient {
            true => loss::beta_binomial_loss_gradient(logits, yes, total, &options)
                .map(|(loss, gradient)| (loss, Some(gradient)))?,
            false => (loss::beta_binomial_loss(logits, yes, total, &options)?, None),
        };
        Ok(Computed { loss, gradient, map: None })
    };
    let computed: Result<Computed<R>, loss::LossError> = py.detach(|| pool::within(of));
    let computed = computed.map_err(refused)?;
    if plain.finite && !computed.loss.value.is_finite() {
        return Err(refused("the loss is not finite: logits of mean and correlation are finite numbers"));
    }
    Ok(computed.into_python(py))
}
