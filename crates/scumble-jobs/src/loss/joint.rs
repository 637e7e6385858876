//! The losses whose targets are sets of labels.

use super::inputs::{Computed, Inputs, Weights, is_float, numbers};
use super::{Error, LossRequest, axis, output};
use crate::JobError;
use ndarray::{ArrayD, ArrayViewD, Dimension, IxDyn};
use scumble::joint::{
    JointError, JointKind, JointTargets, joint_cross_entropy, joint_cross_entropy_gradient,
    joint_cross_entropy_map,
};
use scumble::loss::Real;
use scumble::{JointFamily, LossOptions};
use scumble_data::{ArrayNumber, NumberArray};

/// The joint family that is asked for by kind, labels and components.
pub(super) fn family(
    request: &LossRequest,
    (kind, labels, components): (JointKind, usize, Option<usize>),
    inputs: &Inputs,
) -> Result<JointFamily, Error> {
    let shape = inputs.logits.shape();
    let axis = axis(request, shape.len())?.unwrap_or(1);
    let Some(&parameters) = shape.get(axis) else {
        return Err(blame(request, JointError::ClassAxis { axis, rank: shape.len() }));
    };
    let family = match components {
        Some(components) => JointFamily::new(kind, labels, components),
        None => JointFamily::from_parameters(kind, labels, parameters),
    };
    family.map_err(|error| blame(request, error))
}

/// Computes the loss in `R` and writes the arrays asked for.
pub(super) fn run<R: Real + ArrayNumber>(
    request: &LossRequest,
    family: &JointFamily,
    inputs: Inputs,
) -> Result<scumble::Loss, JobError> {
    let weights = Weights::new(request, inputs.weights, inputs.mask);
    let parameters: ArrayD<R> = numbers(inputs.logits);
    let axis = axis(request, parameters.ndim())?.unwrap_or(1);
    let mut options = weights.options(request).class_axis(axis);
    let targets = Targets::read(request, family, inputs.targets, parameters.shape(), axis)?;
    if let (Some(ignore), Targets::Distribution(_) | Targets::Marginals(_)) =
        (request.weighting.ignore_value, &targets)
    {
        options = options.ignore_value(R::from_f64(ignore));
    }
    let (loss, gradient, map) = compute(request, family, parameters.view(), &targets, &options)?;
    output::write(request, gradient, map)?;
    Ok(loss)
}

/// Targets as their file has them.
enum Targets<R> {
    Distribution(ArrayD<R>),
    Marginals(ArrayD<R>),
    Sets(ArrayD<Option<u64>>),
}

impl<R: Real> Targets<R> {
    /// Tells distributions over the label sets, marginals and sets apart by type and shape.
    fn read(
        request: &LossRequest,
        family: &JointFamily,
        array: NumberArray,
        parameters: &[usize],
        axis: usize,
    ) -> Result<Self, Error> {
        let mut pixels = parameters.to_vec();
        pixels.remove(axis);
        match array {
            NumberArray::Integer(sets) if sets.shape() == pixels => {
                Ok(Self::Sets(label_sets(request, family, sets)?))
            }
            other if !is_float(&other) && other.shape() == pixels => {
                let problem = "label sets are integers whose bit i is label i; this array is bool".to_owned();
                Err(Error::Array { path: request.targets.clone(), problem })
            }
            other if other.shape().get(axis) == Some(&family.labels()) => Ok(Self::Marginals(numbers(other))),
            other => Ok(Self::Distribution(numbers(other))),
        }
    }

    fn view(&self) -> JointTargets<'_, R, IxDyn> {
        match self {
            Self::Distribution(array) => JointTargets::Distribution(array.view()),
            Self::Marginals(array) => JointTargets::Marginals(array.view()),
            Self::Sets(array) => JointTargets::Sets(vec![array.view()]),
        }
    }
}

fn label_sets(
    request: &LossRequest,
    family: &JointFamily,
    sets: ArrayD<i64>,
) -> Result<ArrayD<Option<u64>>, Error> {
    let ignore = request.weighting.ignore_value;
    let labels = family.labels();
    let set = |n: i64| u64::try_from(n).ok().filter(|set| labels >= 64 || set >> labels == 0);
    if let Some(value) = ignore
        && (value.fract() != 0.0 || set(value as i64).is_some())
    {
        return Err(Error::IgnoredSet(value));
    }
    let ignored = |n: i64| ignore.is_some_and(|value| n == value as i64);
    if let Some((index, n)) = sets.indexed_iter().find(|(_, n)| set(**n).is_none() && !ignored(**n)) {
        let pixel = index.slice().to_vec();
        let problem = format!("{n} at {pixel:?} is no set of {labels} labels (0 to 2^{labels} - 1)");
        return Err(Error::Array { path: request.targets.clone(), problem });
    }
    Ok(sets.mapv(set))
}

/// Loss, gradient and map, as far as they are wanted.
fn compute<R: Real>(
    request: &LossRequest,
    family: &JointFamily,
    parameters: ArrayViewD<'_, R>,
    targets: &Targets<R>,
    options: &LossOptions<'_, R>,
) -> Result<Computed<R>, Error> {
    let fail = |error| blame(request, error);
    let map = || joint_cross_entropy_map(family, parameters.view(), targets.view(), options).map_err(fail);
    let (loss, gradient) = if request.gradient.is_some() {
        let (loss, gradient) =
            joint_cross_entropy_gradient(family, parameters.view(), targets.view(), options).map_err(fail)?;
        (loss, Some(gradient))
    } else {
        (joint_cross_entropy(family, parameters.view(), targets.view(), options).map_err(fail)?, None)
    };
    if loss.value.is_finite() {
        let map = if request.map.is_some() { Some(map()?.1) } else { None };
        return Ok((loss, gradient, map));
    }
    let rule = "a parameter may be infinite only where the targets agree with it, and is never NaN";
    Err(Error::infinite(request, loss.value, &map()?.1, "pixel", rule))
}

/// A joint loss's error as the user's: options at fault are the request's, arrays are bad input.
fn blame(request: &LossRequest, error: JointError) -> Error {
    match error {
        JointError::ClassAxis { .. }
        | JointError::Labels { .. }
        | JointError::Components { .. }
        | JointError::NotFor { .. }
        | JointError::IgnoreValue { .. } => Error::JointOption(error),
        error => {
            let (logits, targets) = (request.logits.clone(), request.targets.clone());
            Error::JointArrays { logits, targets, source: Box::new(error) }
        }
    }
}
