//! What labels, weights and settings must be.

use super::balance::Balance;
use super::error::LossError;
use super::frame::{Fault, Frame, is_weight};
use super::options::{Classes, LossOptions};
use ndarray::ArrayView3;
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
    options.ignored_label().map_or(Ok(()), |value| Err(LossError::IgnoreValue { value }))
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

/// Whether the pass over all targets met nothing but probabilities that sum to what they should.
pub(super) fn seen<R: Real, T: TargetElement<R>>(sums: &Sums, classes: usize) -> bool {
    sums.probabilities && sums.off <= sum_tolerance::<R, T>(classes)
}

/// Finds the first target [outer, K, inner] that counts and is no probability, or pixel whose exclusive targets do not
/// sum to 1.
pub(super) fn targets<R: Real, T: TargetElement<R>>(
    targets: &ArrayView3<'_, T>,
    reading: Classes,
    frame: &Frame<R>,
) -> Result<(), Fault> {
    let (outer, classes, inner) = targets.dim();
    let tolerance = sum_tolerance::<R, T>(classes);
    let values = targets.as_slice().expect("planes are in memory order");
    let mut sums = vec![0.0; inner];
    for o in 0..outer {
        sums.fill(0.0);
        for k in 0..classes {
            let row = &values[(o * classes + k) * inner..][..inner];
            for (i, (t, sum)) in row.iter().zip(&mut sums).enumerate() {
                let value = t.probability().to_f64();
                if !t.is_probability() && frame.weight(o, k, i) != 0.0 {
                    return Err(Fault::Target { place: frame.fold.place(o, Some(k), i), value });
                }
                *sum += value;
            }
        }
        if reading == Classes::Exclusive {
            for (i, &sum) in sums.iter().enumerate() {
                if (sum - 1.0).abs() > tolerance && frame.weight(o, 0, i) != 0.0 {
                    return Err(Fault::Sum { place: frame.fold.place(o, None, i), sum });
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
