use super::blame;
use super::inputs::{Inputs, is_float, numbers};
use crate::arguments::Loss;
use crate::failure::Usage;
use anyhow::bail;
use ndarray::{ArrayD, Axis};
use scumble::loss::{Classes, LossKind, Real, one_hot};
use scumble_data::NumberArray;

/// How the targets are to be read.
pub(super) struct Labels {
    pub(super) axis: usize,
    pub(super) classes: Classes,
    /// Arrays without an axis for the classes get one at their end: one class.
    pub(super) added_axis: bool,
    /// The targets are the class of each pixel.
    indices: bool,
}

impl Labels {
    pub(super) fn of(arguments: &Loss, kind: LossKind, inputs: &Inputs) -> Result<Self, Usage> {
        let indices = !is_float(&inputs.targets) && inputs.targets.shape() != inputs.logits.shape();
        let default = if indices { Classes::Exclusive } else { Classes::Independent };
        let classes = kind.classes(arguments.classes.unwrap_or(default));
        if arguments.classes.is_some_and(|asked| asked != classes) {
            return Err(Usage(format!("{kind} has no choice of --classes; leave it out")));
        }
        let rank = inputs.logits.shape().len();
        let axis = arguments.class_axis.unwrap_or(1);
        let added_axis = arguments.class_axis.is_none() && classes == Classes::Independent && rank <= axis;
        let axis = if added_axis { rank } else { axis };
        Ok(Self { axis, classes, added_axis, indices: indices && classes == Classes::Exclusive })
    }

    /// The targets as probabilities, and the value among them that stands for "ignore".
    pub(super) fn targets<R: Real>(
        &self,
        arguments: &Loss,
        array: NumberArray,
        logits: &ArrayD<R>,
    ) -> anyhow::Result<(ArrayD<R>, Option<R>)> {
        let ignore = arguments.weighting.ignore_value;
        let indices = match array {
            NumberArray::Integer(indices) if self.indices => indices,
            NumberArray::Bool(indices) if self.indices => indices.mapv(i64::from),
            other => return Ok((numbers(other), ignore.map(R::from_f64))),
        };
        let whole = |value: f64| {
            let message = || Usage(format!("--ignore-value {value}: class indices are whole numbers"));
            if value.fract() == 0.0 { Ok(value as i64) } else { Err(message()) }
        };
        let made = one_hot(indices.view(), logits.view(), self.axis, ignore.map(whole).transpose()?);
        let (mut targets, counted) = made.map_err(|error| blame(arguments, error))?;
        // NaN is the value that stands for "ignore" now.
        let nan = R::from_f64(f64::NAN);
        for (mut pixel, &on) in targets.lanes_mut(Axis(self.axis)).into_iter().zip(&counted) {
            if !on {
                pixel.fill(nan);
            }
        }
        Ok((targets, ignore.map(|_| nan)))
    }

    /// Says why integers are no labels where somebody may have meant shares of 255.
    pub(super) fn check_integers(&self, arguments: &Loss, inputs: &Inputs) -> anyhow::Result<()> {
        let NumberArray::Integer(targets) = &inputs.targets else { return Ok(()) };
        let ignore = arguments.weighting.ignore_value;
        let odd = |n: i64| !(0..=1).contains(&n) && ignore != Some(n as f64);
        if !self.indices
            && !arguments.weighting.unchecked
            && inputs.mask.is_none()
            && let Some(n) = targets.iter().find(|n| odd(**n))
        {
            let file = arguments.targets.display();
            bail!(
                "{file}: a target is {n}; integers in the logits' shape are 0 or 1, so divide shares of 255 or \
                 65535 and store floats, or give one class index a pixel, without the class axis"
            );
        }
        Ok(())
    }
}
