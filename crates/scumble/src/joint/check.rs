use super::JointError;
use super::fold::Fold;
use super::one_pixel::beyond;
use crate::loss::LossOptions;
use ndarray::{ArrayView3, Axis};
use rayon::prelude::*;
use scumble_kernels::Real;

/// How far a distribution may be from 1 in sum; the same as for soft labels.
const SUM_TOLERANCE: f64 = 1e-3;

/// Refuses what only losses of single classes have.
pub(super) fn check_options<R: Real>(options: &LossOptions<'_, R>) -> Result<(), JointError> {
    let single = "a loss of label sets has no term of a single label; weigh pixels";
    let smoothing =
        "it would make label sets likely that never occur; smooth the distribution as you see fit";
    for (given, option, advice) in [
        (!options.class_weights.is_empty(), "class weight", single),
        (!options.positive_weights.is_empty(), "positive weight", single),
        (!options.balance.is_empty(), "balance", single),
        (options.label_smoothing != 0.0, "label smoothing", smoothing),
    ] {
        if given {
            return Err(JointError::NotFor { option, advice });
        }
    }
    match options.ignore_value.map(R::to_f64) {
        Some(value) if (0.0..=1.0).contains(&value) => Err(JointError::IgnoreValue { value }),
        _ => Ok(()),
    }
}

/// Turns the mask off where any target of the pixel [outer, C, inner] is the value that stands for "ignore".
pub(super) fn hide_ignored<R: Real>(targets: &ArrayView3<'_, R>, ignore: R, mask: &mut [bool]) {
    let same = |t: R| t == ignore || (t.to_f64().is_nan() && ignore.to_f64().is_nan());
    let pixels = targets.lanes(Axis(1)).into_iter();
    mask.iter_mut().zip(pixels).for_each(|(on, pixel)| *on &= !pixel.iter().any(|&t| same(t)));
}

/// Every target [outer, C, inner] is in 0..1 and, for distributions, sums to 1 over C, where the mask is on.
pub(super) fn check_distribution<R: Real>(
    targets: &ArrayView3<'_, R>,
    sums_to_one: bool,
    mask: Option<&[bool]>,
    fold: &Fold,
) -> Result<(), JointError> {
    let (_, classes, inner) = targets.dim();
    let all = targets.as_slice().expect("planes are in memory order");
    let check = |run: &super::fold::Run<'_, u8>| {
        let mut sums = vec![0.0; run.pixels.len()];
        // The first bad pixel of the run, and there the first bad class.
        let mut bad: Option<(usize, usize, f64)> = None;
        for class in 0..classes {
            let plane = &all[(run.image * classes + class) * inner..][run.pixels.clone()];
            for (at, (value, sum)) in plane.iter().zip(&mut sums).enumerate() {
                let value = value.to_f64();
                *sum += value;
                let counted = || mask.is_none_or(|m| m[run.first + at]);
                if !(0.0..=1.0).contains(&value) && counted() && bad.is_none_or(|(first, ..)| at < first) {
                    bad = Some((at, class, value));
                }
            }
        }
        if let Some((at, class, value)) = bad {
            return Some(JointError::Target { index: fold.index(run.first + at, Some(class)), value });
        }
        let wrong = |&(at, sum): &(usize, &f64)| {
            (sum - 1.0).abs() > SUM_TOLERANCE && mask.is_none_or(|m| m[run.first + at])
        };
        let (at, &sum) = sums.iter().enumerate().find(|pair| sums_to_one && wrong(pair))?;
        Some(JointError::Sum { pixel: fold.index(run.first + at, None), sum })
    };
    let runs = fold.runs::<u8>(0, &mut []);
    runs.par_iter().find_map_first(check).map_or(Ok(()), Err)
}

pub(super) fn check_weights(weights: &[f64], fold: &Fold) -> Result<(), JointError> {
    match weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        Some(at) => Err(JointError::Weight { pixel: fold.index(at, None), value: weights[at] }),
        None => Ok(()),
    }
}

/// Label sets within K labels, of at least one rater.
pub(super) fn check_sets(raters: &[Vec<Option<u64>>], labels: usize, fold: &Fold) -> Result<(), JointError> {
    if raters.is_empty() {
        return Err(JointError::NoRater);
    }
    for (rater, sets) in raters.iter().enumerate() {
        for (pixel, set) in sets.iter().enumerate() {
            if let Some(set) = *set
                && beyond(set, labels)
            {
                return Err(JointError::Set { rater, pixel: fold.index(pixel, None), set, labels });
            }
        }
    }
    Ok(())
}
