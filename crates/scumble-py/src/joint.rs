//! The losses whose targets are sets of labels.

use crate::arrays::{Computed, Float, TargetView, refused};
use crate::options::{Plain, Weighing};
use ndarray::{ArrayD, ArrayViewD, CowArray, Dimension, IxDyn};
use pyo3::PyResult;
use scumble::JointFamily;
use scumble::joint::{
    JointTargets, joint_cross_entropy, joint_cross_entropy_gradient, joint_cross_entropy_map,
};
use scumble::loss::TargetElement;

/// Takes the loss of a joint family's parameters, and gradient and map as far as they are asked for.
pub(crate) fn loss<R: Float>(
    family: &JointFamily,
    parameters: ArrayViewD<'_, R>,
    targets: TargetView<'_, R>,
    plain: &Plain,
    weighing: &Weighing<'_, R>,
) -> PyResult<Computed<R>> {
    let axis = plain.axis(parameters.ndim())?.unwrap_or(1);
    let targets = Sets::read(targets, family, parameters.shape(), axis, plain)?;
    let mut options = plain.with(weighing).class_axis(axis);
    if let (Some(ignore), Sets::Distribution(_) | Sets::Marginals(_)) = (plain.ignore_value, &targets) {
        options = options.ignore_value(R::from_f64(ignore));
    }
    let map = || {
        let map = joint_cross_entropy_map(family, parameters.view(), targets.view(), &options);
        map.map(|(_, map)| map).map_err(refused)
    };
    let (loss, gradient) = match plain.gradient {
        true => joint_cross_entropy_gradient(family, parameters.view(), targets.view(), &options)
            .map(|(loss, gradient)| (loss, Some(gradient))),
        false => {
            joint_cross_entropy(family, parameters.view(), targets.view(), &options).map(|loss| (loss, None))
        }
    }
    .map_err(refused)?;
    let computed = Computed { loss, gradient, map: plain.map.then(&map).transpose()? };
    if plain.finite {
        let rule = "a parameter may be infinite only where the targets agree with it, and is never NaN";
        return computed.finite("pixel", rule, map);
    }
    Ok(computed)
}

/// What is known of the label sets.
enum Sets<'a, R> {
    Distribution(CowArray<'a, R, IxDyn>),
    Marginals(CowArray<'a, R, IxDyn>),
    Given(ArrayD<Option<u64>>),
}

impl<'a, R: Float> Sets<'a, R> {
    /// Tells sets, marginals and distributions over the sets apart by type and shape.
    fn read(
        targets: TargetView<'a, R>,
        family: &JointFamily,
        parameters: &[usize],
        axis: usize,
        plain: &Plain,
    ) -> PyResult<Self> {
        let mut pixels = parameters.to_vec();
        if axis < pixels.len() {
            pixels.remove(axis);
        }
        if targets.shape() == pixels
            && let Some(sets) = targets.integers()
        {
            return label_sets(&sets, family.labels(), plain.ignore_value).map(Self::Given);
        }
        if !plain.unchecked {
            targets.check_steps()?;
        }
        let marginals = targets.shape().get(axis) == Some(&family.labels());
        let floats: CowArray<'a, R, IxDyn> = match targets {
            TargetView::Float(targets) => targets.into(),
            TargetView::U8(targets) => targets.mapv(TargetElement::<R>::probability).into(),
            TargetView::U16(targets) => targets.mapv(TargetElement::<R>::probability).into(),
            TargetView::Integer(targets) => targets.mapv(|n| R::from_f64(n as f64)).into(),
        };
        Ok(if marginals { Self::Marginals(floats) } else { Self::Distribution(floats) })
    }

    fn view(&self) -> JointTargets<'_, R, IxDyn> {
        match self {
            Self::Distribution(array) => JointTargets::Distribution(array.view()),
            Self::Marginals(array) => JointTargets::Marginals(array.view()),
            Self::Given(sets) => JointTargets::Sets(vec![sets.view()]),
        }
    }
}

fn label_sets(sets: &ArrayD<i64>, labels: usize, ignore: Option<f64>) -> PyResult<ArrayD<Option<u64>>> {
    let set = |n: i64| u64::try_from(n).ok().filter(|set| labels >= 64 || set >> labels == 0);
    if let Some(value) = ignore
        && (value.fract() != 0.0 || set(value as i64).is_some())
    {
        let advice = "take a whole number that is no label set, such as -1";
        return Err(refused(format!("ignore_value is {value}; {advice}")));
    }
    let ignored = |n: i64| ignore.is_some_and(|value| n == value as i64);
    match sets.indexed_iter().find(|(_, n)| set(**n).is_none() && !ignored(**n)) {
        Some((index, n)) => {
            let pixel = index.slice();
            Err(refused(format!("{n} at {pixel:?} is no set of {labels} labels (0 to 2^{labels} - 1)")))
        }
        None => Ok(sets.mapv(|n| if ignored(n) { None } else { set(n) })),
    }
}
