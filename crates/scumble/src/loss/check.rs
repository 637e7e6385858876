//! What labels, weights and settings must be.

use super::problem::Problem;
use super::{Balance, Classes, LossError, LossOptions};
use ndarray::{Array3, ArrayD, Axis, CowArray, Dimension, Ix3};
use scumble_kernels::{Real, Sums, TargetElement};

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
pub(super) fn kept<R: Real, T: TargetElement<R>>(
    targets: &CowArray<'_, T, Ix3>,
    classes: Classes,
    ignore: R,
) -> Array3<bool> {
    let same = |t: T| {
        let t = t.probability();
        t == ignore || (t.to_f64().is_nan() && ignore.to_f64().is_nan())
    };
    match classes {
        Classes::Independent => targets.mapv(|t| !same(t)),
        Classes::Exclusive => {
            targets.map_axis(Axis(1), |pixel| !pixel.iter().any(|&t| same(t))).insert_axis(Axis(1))
        }
    }
}

/// Looks for the target at fault where the pass over all of them met one that counts.
pub(super) fn seen<R: Real, T: TargetElement<R>>(
    problem: &Problem<'_, R, T>,
    sums: &Sums,
) -> Result<(), LossError> {
    if sums.probabilities && sums.off <= sum_tolerance::<R, T>(problem.targets.dim().1) {
        return Ok(());
    }
    targets(problem)
}

/// Finds the first target that counts and is no probability, or pixel whose exclusive targets do not sum to 1.
pub(super) fn targets<R: Real, T: TargetElement<R>>(problem: &Problem<'_, R, T>) -> Result<(), LossError> {
    let (outer, classes, inner) = problem.targets.dim();
    let tolerance = sum_tolerance::<R, T>(classes);
    let values = problem.targets.as_slice().expect("problems are in memory order");
    let mut sums = vec![0.0; inner];
    for o in 0..outer {
        sums.fill(0.0);
        for k in 0..classes {
            let row = &values[(o * classes + k) * inner..][..inner];
            for (i, (t, sum)) in row.iter().zip(&mut sums).enumerate() {
                let value = t.probability().to_f64();
                if !t.is_probability() && problem.pixel_weight(o, k, i) != 0.0 {
                    return Err(LossError::Target { index: problem.place(o, Some(k), i), value });
                }
                *sum += value;
            }
        }
        if problem.classes == Classes::Exclusive {
            for (i, &sum) in sums.iter().enumerate() {
                if (sum - 1.0).abs() > tolerance && problem.pixel_weight(o, 0, i) != 0.0 {
                    return Err(LossError::Sum { pixel: problem.place(o, None, i), sum });
                }
            }
        }
    }
    Ok(())
}

/// Each of K steps may have been rounded by half a step.
fn sum_tolerance<R: Real, T: TargetElement<R>>(classes: usize) -> f64 {
    SUM_TOLERANCE.max(0.5 * T::STEP * classes as f64)
}
