//! The loss of a kind that has a name.

use crate::arrays::{Float, Logits, Outcome, Targets, refused};
use crate::classes::{self, Choice};
use crate::joint;
use crate::options::{Options, named};
use crate::pool;
use ndarray::ArrayViewD;
use pyo3::prelude::*;
use scumble::joint::JointKind;
use scumble::{JointFamily, LossKind};
use serde_json::{Map, Value};

/// The loss of logits against targets, as `(value, floor, excess, divisor, valid, gradient, map)`.
///
/// `options` has every key that `scumble.loss` has as a keyword, and beside these `floor` and `finite`.
#[pyfunction]
pub(crate) fn loss<'py>(
    py: Python<'py>,
    kind: &str,
    logits: Logits<'py>,
    targets: &Bound<'py, PyAny>,
    options: &Bound<'py, PyAny>,
) -> PyResult<Outcome<'py>> {
    match logits {
        Logits::F32(logits) => taken(py, kind, logits.as_array(), targets.extract()?, options.extract()?),
        Logits::F64(logits) => taken(py, kind, logits.as_array(), targets.extract()?, options.extract()?),
    }
}

fn taken<'py, R: Float>(
    py: Python<'py>,
    kind: &str,
    logits: ArrayViewD<'_, R>,
    targets: Targets<'py, R>,
    mut options: Options<'py, R>,
) -> PyResult<Outcome<'py>> {
    let plain = options.plain()?;
    let mut memory = options.gradient.take();
    let (weighing, targets) = (options.weighing(), targets.view());
    let computed = match JointKind::ALL.into_iter().find(|joint| joint.name() == kind) {
        Some(kind) => {
            let family = family(kind, &logits, plain.axis(logits.ndim())?, &options)?;
            py.detach(|| pool::within(|| joint::loss(&family, logits, targets, &plain, &weighing)))
        }
        None => {
            let choice = choice(kind, &options)?;
            let memory = memory.as_mut().map(|memory| memory.as_array_mut());
            py.detach(|| pool::within(|| classes::loss(&choice, logits, targets, &plain, &weighing, memory)))
        }
    };
    Ok(computed?.into_python(py))
}

/// The joint family that so many parameters are of.
fn family<R: Float>(
    kind: JointKind,
    logits: &ArrayViewD<'_, R>,
    axis: Option<usize>,
    options: &Options<'_, R>,
) -> PyResult<JointFamily> {
    let Options { gamma, smooth, alpha, beta, over, classes, balance, .. } = options;
    for (name, given) in [
        ("gamma", gamma.is_some()),
        ("smooth", smooth.is_some()),
        ("alpha", alpha.is_some()),
        ("beta", beta.is_some()),
        ("over", over.is_some()),
        ("classes", classes.is_some()),
        ("balance", balance.is_some()),
    ] {
        if given {
            return Err(refused(format!("{name} is nothing that {kind} has; leave it out")));
        }
    }
    let labels = options.labels.ok_or_else(|| {
        refused(format!("{kind} needs labels, the number of labels whose sets its distributions are over"))
    })?;
    if options.components.is_some() && kind != JointKind::Mixture {
        return Err(refused(format!("components are for mixtures, not for {kind}; leave them out")));
    }
    let axis = axis.unwrap_or(1);
    let family = match (options.components, logits.shape().get(axis)) {
        (_, None) => Err(scumble::joint::JointError::ClassAxis { axis, rank: logits.ndim() }),
        (Some(components), _) => JointFamily::new(kind, labels, components),
        (None, Some(&parameters)) => JointFamily::from_parameters(kind, labels, parameters),
    };
    family.map_err(refused)
}

/// The kind with its settings, read as in a config file so that all refuse the same.
fn choice<R: Float>(kind: &str, options: &Options<'_, R>) -> PyResult<Choice> {
    for (name, given) in [("labels", options.labels.is_some()), ("components", options.components.is_some())]
    {
        if given {
            return Err(refused(format!("{name} is for joint families, not for {kind}; leave it out")));
        }
    }
    let mut spelled = Map::from_iter([("kind".to_owned(), Value::from(kind))]);
    for (name, value) in [
        ("gamma", options.gamma),
        ("smooth", options.smooth),
        ("alpha", options.alpha),
        ("beta", options.beta),
    ] {
        if let Some(value) = value {
            if !value.is_finite() {
                return Err(refused(format!("{name} is {value}; it is a finite number")));
            }
            spelled.insert(name.to_owned(), value.into());
        }
    }
    if let Some(over) = &options.over {
        spelled.insert("over".to_owned(), over.as_str().into());
    }
    let kind: LossKind = serde_json::from_value(Value::Object(spelled)).map_err(refused)?;
    let classes = options.classes.as_deref().map(|name| named("classes", name)).transpose()?;
    let balance = options.balance.as_deref().map(|name| named("balance", name)).transpose()?;
    if classes.is_some_and(|classes| kind.classes(classes) != classes) {
        return Err(refused(format!(
            "{kind} has no choice of what its classes are to each other; leave it out"
        )));
    }
    Ok(Choice { kind, classes, balance })
}
