//! What labels, weights and settings must be.

use super::{Balance, Classes, LossError, LossOptions};
use ndarray::{Array, Array3, ArrayD, ArrayViewD, Axis, CowArray, Dimension, Ix3};
use scumble_kernels::Real;

/// How far exclusive classes may be from 1 in sum; the same as for soft labels.
const SUM_TOLERANCE: f64 = 1e-3;

/// Everything in the options that is no array of the logits' shape.
pub(super) fn settings<R: Real>(
    options: &LossOptions<'_, R>,
    classes: Classes,
    k: usize,
    images: usize,
) -> Result<(), LossError> {
    class_weights("class weight", options.class_weights, k)?;
    if classes == Classes::Exclusive && !(options.positive_weights.is_empty() && options.balance.is_empty()) {
        return Err(LossError::NotFor {
            option: "positive weight",
            kind: "exclusive classes",
            advice: "give each class its weight",
        });
    }
    if options.positive_weights.len() != 1 {
        class_weights("positive weight", options.positive_weights, k)?;
    } else if !is_weight(options.positive_weights[0].to_f64()) {
        let value = options.positive_weights[0].to_f64();
        return Err(LossError::Weight { what: "positive weight", index: vec![0], value });
    }
    let found = options.balance.len();
    if ![0, 1, k, k * images].contains(&found) {
        return Err(LossError::ClassWeights { what: "balances", found, classes: k });
    }
    let bad = |b: &Balance| !(is_weight(b.positive) && is_weight(b.negative));
    if let Some(at) = options.balance.iter().position(bad) {
        let Balance { positive, negative } = options.balance[at];
        let value = if is_weight(positive) { negative } else { positive };
        return Err(LossError::Weight { what: "balance", index: vec![at], value });
    }
    let smoothing = options.label_smoothing;
    if !(0.0..=1.0).contains(&smoothing) {
        return Err(LossError::Setting { name: "label smoothing", value: smoothing, allowed: "0 to 1" });
    }
    match options.ignore_value.map(R::to_f64) {
        Some(value) if (0.0..=1.0).contains(&value) => Err(LossError::IgnoreValue { value }),
        _ => Ok(()),
    }
}

fn class_weights<R: Real>(what: &'static str, weights: &[R], classes: usize) -> Result<(), LossError> {
    if !weights.is_empty() && weights.len() != classes {
        let what = if what == "class weight" { "class weights" } else { "positive weights" };
        return Err(LossError::ClassWeights { what, found: weights.len(), classes });
    }
    match weights.iter().position(|w| !is_weight(w.to_f64())) {
        Some(at) => Err(LossError::Weight { what, index: vec![at], value: weights[at].to_f64() }),
        None => Ok(()),
    }
}

pub(super) fn pixel_weights<R: Real>(weights: &ArrayD<R>) -> Result<(), LossError> {
    match weights.indexed_iter().find(|(_, w)| !is_weight(w.to_f64())) {
        Some((index, w)) => {
            Err(LossError::Weight { what: "pixel weight", index: index.slice().to_vec(), value: w.to_f64() })
        }
        None => Ok(()),
    }
}

fn is_weight(weight: f64) -> bool {
    weight.is_finite() && weight >= 0.0
}

/// Where targets are not the value that stands for "ignore": [outer, K, inner], or one a pixel.
pub(super) fn kept<R: Real>(targets: &CowArray<'_, R, Ix3>, classes: Classes, ignore: R) -> Array3<bool> {
    let same = |t: R| t == ignore || (t.to_f64().is_nan() && ignore.to_f64().is_nan());
    match classes {
        Classes::Independent => targets.mapv(|t| !same(t)),
        Classes::Exclusive => {
            targets.map_axis(Axis(1), |pixel| !pixel.iter().any(|&t| same(t))).insert_axis(Axis(1))
        }
    }
}

/// Probabilities, and over exclusive classes a distribution, wherever the mask is on.
pub(super) fn targets<R: Real>(
    targets: ArrayViewD<'_, R>,
    mask: Option<ArrayViewD<'_, bool>>,
    classes: Classes,
    axis: usize,
) -> Result<(), LossError> {
    let is_probability = |t: R| t >= R::ZERO && t <= R::ONE;
    let mask = mask.as_ref().map(|m| m.broadcast(targets.raw_dim()).expect("spread before"));
    // Nothing wrong anywhere is what is found nearly always, without an index for each element.
    if !targets.iter().all(|&t| is_probability(t)) {
        for (index, &value) in targets.indexed_iter() {
            if !is_probability(value) && mask.as_ref().is_none_or(|m| m[&index]) {
                return Err(LossError::Target { index: index.slice().to_vec(), value: value.to_f64() });
            }
        }
    }
    if classes == Classes::Exclusive {
        let sums: Array<f64, _> = targets.map_axis(Axis(axis), |lane| lane.iter().map(|t| t.to_f64()).sum());
        let mask = mask.map(|m| m.index_axis_move(Axis(axis), 0));
        for (pixel, &sum) in sums.indexed_iter() {
            if (sum - 1.0).abs() > SUM_TOLERANCE && mask.as_ref().is_none_or(|m| m[&pixel]) {
                return Err(LossError::Sum { pixel: pixel.slice().to_vec(), sum });
            }
        }
    }
    Ok(())
}
