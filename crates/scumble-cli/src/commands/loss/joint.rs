//! The losses whose targets are sets of labels.

use super::inputs::{Inputs, is_float, numbers};
use super::weighting::Weighting;
use crate::arguments::Loss;
use crate::failure::Usage;
use anyhow::anyhow;
use ndarray::{ArrayD, ArrayViewD, Dimension, IxDyn};
use scumble::joint::{
    JointError, JointFamily, JointKind, JointTargets, joint_cross_entropy, joint_cross_entropy_gradient,
    joint_cross_entropy_map,
};
use scumble::loss::{LossOptions, Real};
use scumble_data::{ArrayNumber, NumberArray, write_array};

/// The joint family that is asked for, if the kind is one.
pub(super) fn family(arguments: &Loss, inputs: &Inputs) -> anyhow::Result<Option<JointFamily>> {
    let name = &arguments.kind;
    let asked = &arguments.joint;
    let Some(kind) = JointKind::ALL.into_iter().find(|kind| kind.name() == *name) else {
        let given = asked.labels.map(|_| "--labels").or(asked.components.map(|_| "--components"));
        let message = |flag| Usage(format!("{flag} is for joint families, not for {name}; leave it out"));
        return given.map_or(Ok(None), |flag| Err(message(flag).into()));
    };
    refuse_others(arguments)?;
    let labels = asked.labels.ok_or_else(|| {
        Usage(format!("{name} needs --labels K, the number of labels whose sets its distributions are over"))
    })?;
    let axis = axis(arguments);
    let shape = inputs.logits.shape();
    let Some(&parameters) = shape.get(axis) else {
        return Err(blame(arguments, JointError::ClassAxis { axis, rank: shape.len() }));
    };
    let family = match asked.components {
        Some(_) if kind != JointKind::Mixture => {
            return Err(Usage(format!("--components is for mixtures, not for {name}; leave it out")).into());
        }
        Some(components) => JointFamily::new(kind, labels, components),
        None => JointFamily::from_parameters(kind, labels, parameters),
    };
    Ok(Some(family.map_err(|error| blame(arguments, error))?))
}

/// Settings of other kinds; what the library refuses it refuses itself.
fn refuse_others(arguments: &Loss) -> Result<(), Usage> {
    let (set, weighting) = (&arguments.settings, &arguments.weighting);
    let flags = [
        ("--classes", arguments.classes.is_some()),
        ("--balance", weighting.balance.is_some()),
        ("--gamma", set.gamma.is_some()),
        ("--smooth", set.smooth.is_some()),
        ("--over", set.over.is_some()),
        ("--alpha", set.alpha.is_some()),
        ("--beta", set.beta.is_some()),
    ];
    match flags.into_iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(Usage(format!("{flag} is nothing that {} has; leave it out", arguments.kind))),
        None => Ok(()),
    }
}

/// Computes the loss in `R` and writes the arrays asked for.
pub(super) fn run<R: Real + ArrayNumber>(
    arguments: &Loss,
    family: &JointFamily,
    inputs: Inputs,
) -> anyhow::Result<scumble::loss::Loss> {
    let weighting = Weighting::new(arguments, inputs.weights, inputs.mask);
    let mut options = weighting.options(arguments).class_axis(axis(arguments));
    let parameters: ArrayD<R> = numbers(inputs.logits);
    let targets = Targets::read(arguments, family, inputs.targets, parameters.shape())?;
    if let (Some(ignore), Targets::Distribution(_) | Targets::Marginals(_)) =
        (arguments.weighting.ignore_value, &targets)
    {
        options = options.ignore_value(R::from_f64(ignore));
    }
    let (loss, gradient, map) = compute(arguments, family, parameters.view(), &targets, &options)?;
    if let (Some(path), Some(gradient)) = (&arguments.output.gradient, gradient) {
        write_array(path, gradient.view())?;
    }
    if let (Some(path), Some(map)) = (&arguments.output.map, map) {
        write_array(path, map.view())?;
    }
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
        arguments: &Loss,
        family: &JointFamily,
        array: NumberArray,
        parameters: &[usize],
    ) -> anyhow::Result<Self> {
        let axis = axis(arguments);
        let mut pixels = parameters.to_vec();
        pixels.remove(axis);
        match array {
            NumberArray::Integer(sets) if sets.shape() == pixels => {
                Ok(Self::Sets(label_sets(arguments, family, sets)?))
            }
            other if !is_float(&other) && other.shape() == pixels => {
                let file = arguments.targets.display();
                Err(anyhow!("{file}: label sets are integers whose bit i is label i; this array is bool"))
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
    arguments: &Loss,
    family: &JointFamily,
    sets: ArrayD<i64>,
) -> anyhow::Result<ArrayD<Option<u64>>> {
    let ignore = arguments.weighting.ignore_value;
    let labels = family.labels();
    let set = |n: i64| u64::try_from(n).ok().filter(|set| labels >= 64 || set >> labels == 0);
    if let Some(value) = ignore
        && (value.fract() != 0.0 || set(value as i64).is_some())
    {
        let message = format!("--ignore-value {value}: take a whole number that is no label set, such as -1");
        return Err(Usage(message).into());
    }
    let ignored = |n: i64| ignore.is_some_and(|value| n == value as i64);
    if let Some((index, n)) = sets.indexed_iter().find(|(_, n)| set(**n).is_none() && !ignored(**n)) {
        let (file, pixel) = (arguments.targets.display(), index.slice().to_vec());
        return Err(anyhow!("{file}: {n} at {pixel:?} is no set of {labels} labels (0 to 2^{labels} - 1)"));
    }
    Ok(sets.mapv(set))
}

type Computed<R> = (scumble::loss::Loss, Option<ArrayD<R>>, Option<ArrayD<R>>);

/// Loss, gradient and map, as far as they are wanted.
fn compute<R: Real>(
    arguments: &Loss,
    family: &JointFamily,
    parameters: ArrayViewD<'_, R>,
    targets: &Targets<R>,
    options: &LossOptions<'_, R>,
) -> anyhow::Result<Computed<R>> {
    let fail = |error| blame(arguments, error);
    let map = || joint_cross_entropy_map(family, parameters.view(), targets.view(), options).map_err(fail);
    let (loss, gradient) = if arguments.output.gradient.is_some() {
        let (loss, gradient) =
            joint_cross_entropy_gradient(family, parameters.view(), targets.view(), options).map_err(fail)?;
        (loss, Some(gradient))
    } else {
        (joint_cross_entropy(family, parameters.view(), targets.view(), options).map_err(fail)?, None)
    };
    if loss.value.is_finite() {
        let map = if arguments.output.map.is_some() { Some(map()?.1) } else { None };
        return Ok((loss, gradient, map));
    }
    let map = map()?.1;
    let at = map.indexed_iter().find(|(_, value)| !value.to_f64().is_finite());
    let place =
        at.map_or(String::new(), |(index, _)| format!(", because of the pixel at {:?}", index.slice()));
    let file = arguments.logits.display();
    let rule = "a parameter may be infinite only where the targets agree with it, and is never NaN";
    Err(anyhow!("{file}: the loss is {}{place}; {rule}", loss.value))
}

fn axis(arguments: &Loss) -> usize {
    arguments.class_axis.unwrap_or(1)
}

/// A joint loss's error as the user's: options at fault are wrong usage, arrays are bad input.
fn blame(arguments: &Loss, error: JointError) -> anyhow::Error {
    match error {
        JointError::ClassAxis { .. }
        | JointError::Labels { .. }
        | JointError::Components { .. }
        | JointError::NotFor { .. }
        | JointError::IgnoreValue { .. } => Usage(error.to_string()).into(),
        _ => {
            let (parameters, targets) = (arguments.logits.display(), arguments.targets.display());
            anyhow::Error::new(error).context(format!("{parameters} and {targets}"))
        }
    }
}
