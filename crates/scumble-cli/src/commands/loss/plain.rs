//! The losses whose targets are probabilities of classes.

use super::blame;
use super::inputs::{Inputs, numbers};
use super::labels::Labels;
use super::weighting::Weighting;
use crate::arguments::Loss;
use crate::failure::Usage;
use anyhow::anyhow;
use ndarray::{ArrayD, ArrayViewD, Axis, Dimension};
use scumble::loss::{
    Balance, ClassMass, Classes, Extent, LossKind, LossOptions, Real, balance, loss, loss_gradient, loss_map,
};
use scumble_data::{ArrayNumber, write_array};
use serde_json::{Value, json};

/// Computes the loss in `R` and writes the arrays asked for.
pub(super) fn run<R: Real + ArrayNumber>(
    arguments: &Loss,
    inputs: Inputs,
) -> anyhow::Result<scumble::loss::Loss> {
    let kind = kind(arguments)?;
    let labels = Labels::of(arguments, kind, &inputs)?;
    labels.check_integers(arguments, &inputs)?;
    let mut logits: ArrayD<R> = numbers(inputs.logits);
    let (mut targets, ignore) = labels.targets::<R>(arguments, inputs.targets, &logits)?;
    if labels.added_axis {
        logits.insert_axis_inplace(Axis(logits.ndim()));
        targets.insert_axis_inplace(Axis(targets.ndim()));
    }

    let weighting = Weighting::new(arguments, inputs.weights, inputs.mask);
    let mut options = weighting.options(arguments).class_axis(labels.axis).classes(labels.classes);
    if let Some(ignore) = ignore {
        options = options.ignore_value(ignore);
    }
    let (sides, balanced) = match arguments.weighting.balance {
        Some(over) => balances(arguments, over, labels.classes, &targets, &options)?,
        None => (Vec::new(), weighting.class_weights.clone()),
    };
    let options = options.balance(&sides).class_weights(&balanced);
    let (loss, gradient, map) =
        compute(arguments, kind, labels.classes, logits.view(), targets.view(), &options)?;

    let as_given = |mut array: ArrayD<R>| {
        if labels.added_axis {
            array.index_axis_inplace(Axis(array.ndim() - 1), 0);
        }
        array
    };
    for (path, array) in [(&arguments.output.gradient, gradient), (&arguments.output.map, map)] {
        if let (Some(path), Some(array)) = (path, array) {
            write_array(path, as_given(array).view())?;
        }
    }
    Ok(loss)
}

/// The kind with its settings, spelled as in a config file so that both refuse the same.
fn kind(arguments: &Loss) -> Result<LossKind, Usage> {
    let set = &arguments.settings;
    let numbers =
        [("--gamma", set.gamma), ("--smooth", set.smooth), ("--alpha", set.alpha), ("--beta", set.beta)];
    if let Some((flag, Some(value))) =
        numbers.into_iter().find(|(_, value)| value.is_some_and(|v| !v.is_finite()))
    {
        return Err(Usage(format!("{flag} {value}: it is a finite number")));
    }
    let mut spelled = json!({
        "kind": arguments.kind,
        "gamma": set.gamma,
        "smooth": set.smooth,
        "over": set.over,
        "alpha": set.alpha,
        "beta": set.beta,
    });
    if let Value::Object(settings) = &mut spelled {
        settings.retain(|_, value| !value.is_null());
    }
    serde_json::from_value(spelled).map_err(|error| Usage(error.to_string()))
}

/// Weights that give classes the same mass: of each independent class's two sides, or of exclusive classes.
fn balances<R: Real>(
    arguments: &Loss,
    over: Extent,
    classes: Classes,
    targets: &ArrayD<R>,
    options: &LossOptions<'_, R>,
) -> anyhow::Result<(Vec<Balance>, Vec<R>)> {
    let given = |class: usize| arguments.weighting.class_weight.get(class).copied().unwrap_or(1.0);
    let fail = |error| blame(arguments, error);
    let narrow = |weights: Vec<f64>| -> Vec<R> { weights.into_iter().map(R::from_f64).collect() };
    match (classes, over) {
        (Classes::Independent, _) => {
            let sides = balance(targets.view(), over, options).map_err(fail)?;
            Ok((sides, narrow(arguments.weighting.class_weight.clone())))
        }
        (Classes::Exclusive, Extent::Batch) => {
            let weights = ClassMass::of(targets.view(), options).map_err(fail)?.class_weights();
            let both = weights.into_iter().enumerate().map(|(class, w)| w * given(class));
            Ok((Vec::new(), narrow(both.collect())))
        }
        (Classes::Exclusive, Extent::Image) => {
            let message = "--balance image is for independent classes; exclusive ones have --balance batch";
            Err(Usage(message.to_owned()).into())
        }
    }
}

type Computed<R> = (scumble::loss::Loss, Option<ArrayD<R>>, Option<ArrayD<R>>);

/// Loss, gradient and map, as far as they are wanted.
fn compute<R: Real>(
    arguments: &Loss,
    kind: LossKind,
    classes: Classes,
    logits: ArrayViewD<'_, R>,
    targets: ArrayViewD<'_, R>,
    options: &LossOptions<'_, R>,
) -> anyhow::Result<Computed<R>> {
    let output = &arguments.output;
    let fail = |error| blame(arguments, error);
    let map = match &output.map {
        Some(_) => Some(loss_map(kind, logits.clone(), targets.clone(), options).map_err(fail)?.1),
        None => None,
    };
    let (loss, gradient) = if output.gradient.is_some() {
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
    let at = map.indexed_iter().find(|(_, value)| !value.to_f64().is_finite());
    let place =
        at.map_or(String::new(), |(index, _)| format!(", because of the logits at {:?}", index.slice()));
    let file = arguments.logits.display();
    let rule = "a logit may be infinite only where the target agrees with it, and is never NaN";
    Err(anyhow!("{file}: the loss is {}{place}; {rule}", loss.value))
}
