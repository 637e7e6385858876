//! The losses whose targets are probabilities of classes.

use super::inputs::{Computed, Inputs, Weights, is_float, numbers};
use super::{Error, LossRequest, axis, output};
use crate::JobError;
use ndarray::{ArrayD, ArrayViewD, Axis};
use scumble::loss::{Balance, ClassMass, Classes, Extent, LossError, Real, balance, loss_map, one_hot};
use scumble::{LossKind, LossOptions, loss, loss_gradient};
use scumble_data::{ArrayNumber, NumberArray};

/// A loss of classes, as asked for.
pub(super) struct Choice {
    pub(super) kind: LossKind,
    pub(super) classes: Option<Classes>,
    pub(super) balance: Option<Extent>,
}

/// Computes the loss in `R` and writes the arrays asked for.
pub(super) fn run<R: Real + ArrayNumber>(
    request: &LossRequest,
    choice: &Choice,
    inputs: Inputs,
) -> Result<scumble::Loss, JobError> {
    let labels = Labels::of(request, choice, &inputs)?;
    labels.check_integers(request, &inputs)?;
    let mut logits: ArrayD<R> = numbers(inputs.logits);
    let (mut targets, ignore) = labels.targets::<R>(request, inputs.targets, &logits)?;
    if labels.added_axis {
        logits.insert_axis_inplace(Axis(logits.ndim()));
        targets.insert_axis_inplace(Axis(targets.ndim()));
    }

    let weights = Weights::new(request, inputs.weights, inputs.mask);
    let mut options = weights.options(request).class_axis(labels.axis).classes(labels.classes);
    if let Some(ignore) = ignore {
        options = options.ignore_value(ignore);
    }
    let (sides, balanced) = match choice.balance {
        Some(over) => balances(request, over, labels.classes, &targets, &options)?,
        None => (Vec::new(), weights.classes.clone()),
    };
    let options = options.balance(&sides).class_weights(&balanced);
    let (loss, gradient, map) =
        compute(request, choice.kind, labels.classes, logits.view(), targets.view(), &options)?;

    let as_given = |mut array: ArrayD<R>| {
        if labels.added_axis {
            array.index_axis_inplace(Axis(array.ndim() - 1), 0);
        }
        array
    };
    output::write(request, gradient.map(as_given), map.map(as_given))?;
    Ok(loss)
}

/// How the targets are to be read.
struct Labels {
    axis: usize,
    classes: Classes,
    /// Arrays without an axis for the classes get one at their end: one class.
    added_axis: bool,
    /// The targets are the class of each pixel.
    indices: bool,
}

impl Labels {
    fn of(request: &LossRequest, choice: &Choice, inputs: &Inputs) -> Result<Self, Error> {
        let indices = !is_float(&inputs.targets) && inputs.targets.shape() != inputs.logits.shape();
        let default = if indices { Classes::Exclusive } else { Classes::Independent };
        let classes = choice.kind.classes(choice.classes.unwrap_or(default));
        let rank = inputs.logits.shape().len();
        let asked = axis(request, rank)?;
        let axis = asked.unwrap_or(1);
        let added_axis = asked.is_none() && classes == Classes::Independent && rank <= axis;
        let axis = if added_axis { rank } else { axis };
        Ok(Self { axis, classes, added_axis, indices: indices && classes == Classes::Exclusive })
    }

    /// The targets as probabilities, and the value among them that stands for "ignore".
    fn targets<R: Real>(
        &self,
        request: &LossRequest,
        array: NumberArray,
        logits: &ArrayD<R>,
    ) -> Result<(ArrayD<R>, Option<R>), Error> {
        let ignore = request.weighting.ignore_value;
        let indices = match array {
            NumberArray::Integer(indices) if self.indices => indices,
            NumberArray::Bool(indices) if self.indices => indices.mapv(i64::from),
            other => return Ok((numbers(other), ignore.map(R::from_f64))),
        };
        let whole = |value: f64| {
            if value.fract() == 0.0 { Ok(value as i64) } else { Err(Error::IgnoredIndex(value)) }
        };
        let made = one_hot(indices.view(), logits.view(), self.axis, ignore.map(whole).transpose()?);
        let (mut targets, counted) = made.map_err(|error| blame(request, error))?;
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
    fn check_integers(&self, request: &LossRequest, inputs: &Inputs) -> Result<(), Error> {
        let NumberArray::Integer(targets) = &inputs.targets else { return Ok(()) };
        let ignore = request.weighting.ignore_value;
        let odd = |n: i64| !(0..=1).contains(&n) && ignore != Some(n as f64);
        if self.indices || request.weighting.unchecked || inputs.mask.is_some() {
            return Ok(());
        }
        let Some(n) = targets.iter().find(|n| odd(**n)) else { return Ok(()) };
        let problem = format!(
            "a target is {n}; integers in the logits' shape are 0 or 1, so divide shares of 255 or 65535 and store \
             floats, or give one class index a pixel, without the class axis"
        );
        Err(Error::Array { path: request.targets.clone(), problem })
    }
}

/// Weights that give classes the same mass: of each independent class's two sides, or of exclusive classes.
fn balances<R: Real>(
    request: &LossRequest,
    over: Extent,
    classes: Classes,
    targets: &ArrayD<R>,
    options: &LossOptions<'_, R>,
) -> Result<(Vec<Balance>, Vec<R>), Error> {
    let weights = &request.weighting.class_weights;
    let given = |class: usize| weights.get(class).copied().unwrap_or(1.0);
    let fail = |error| blame(request, error);
    let narrow = |weights: Vec<f64>| -> Vec<R> { weights.into_iter().map(R::from_f64).collect() };
    match (classes, over) {
        (Classes::Independent, _) => {
            let sides = balance(targets.view(), over, options).map_err(fail)?;
            Ok((sides, narrow(weights.clone())))
        }
        (Classes::Exclusive, Extent::Batch) => {
            let weights = ClassMass::of(targets.view(), options).map_err(fail)?.class_weights();
            let both = weights.into_iter().enumerate().map(|(class, w)| w * given(class));
            Ok((Vec::new(), narrow(both.collect())))
        }
        (Classes::Exclusive, Extent::Image) => Err(Error::BalanceOfImage),
    }
}

/// Loss, gradient and map, as far as they are wanted.
fn compute<R: Real>(
    request: &LossRequest,
    kind: LossKind,
    classes: Classes,
    logits: ArrayViewD<'_, R>,
    targets: ArrayViewD<'_, R>,
    options: &LossOptions<'_, R>,
) -> Result<Computed<R>, Error> {
    let fail = |error| blame(request, error);
    let map = match &request.map {
        Some(_) => Some(loss_map(kind, logits.clone(), targets.clone(), options).map_err(fail)?.1),
        None => None,
    };
    let (loss, gradient) = if request.gradient.is_some() {
        let (loss, gradient) = loss_gradient(kind, logits.clone(), targets.clone(), options).map_err(fail)?;
        (loss, Some(gradient))
    } else {
        (loss(kind, logits.clone(), targets.clone(), options).map_err(fail)?, None)
    };
    if loss.value.is_finite() {
        return Ok((loss, gradient, map));
    }
    // The map of the cross entropy, which both readings of the classes have, says which pixel it is.
    let cross_entropy = match classes {
        Classes::Independent => LossKind::Sigmoid,
        Classes::Exclusive => LossKind::Softmax,
    };
    let (_, map) = loss_map(cross_entropy, logits, targets, options).map_err(fail)?;
    let rule = "a logit may be infinite only where the target agrees with it, and is never NaN";
    Err(Error::infinite(request, loss.value, &map, "logits", rule))
}

/// A loss's error as the user's: options at fault are the request's, arrays are bad input.
fn blame(request: &LossRequest, error: LossError) -> Error {
    match error {
        LossError::ClassAxis { .. }
        | LossError::ClassWeights { .. }
        | LossError::IgnoreValue { .. }
        | LossError::IgnoreIndex { .. }
        | LossError::Setting { .. }
        | LossError::NotFor { .. }
        | LossError::NoMap(_) => Error::Option(error),
        error => {
            let (logits, targets) = (request.logits.clone(), request.targets.clone());
            Error::Arrays { logits, targets, source: Box::new(error) }
        }
    }
}
