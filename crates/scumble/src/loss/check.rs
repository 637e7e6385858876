use super::problem::{Classes, spread};
use super::{LossError, LossOptions};
use ndarray::{Array, ArrayD, ArrayView, ArrayViewD, Axis, Dimension, IxDyn};
use scumble_kernels::{Real, Sums, Target};

/// How far exclusive classes may be from 1 in sum; the same as for soft labels.
const SUM_TOLERANCE: f64 = 1e-3;

/// Looks for the target at fault where the pass over all of them met one that counts.
pub(super) fn check<R: Real, T: Target<R>, D: Dimension>(
    sums: &Sums,
    targets: ArrayView<'_, T, D>,
    classes: Classes,
    options: &LossOptions<'_, R>,
) -> Result<(), LossError> {
    let axis = options.class_axis;
    let tolerance = sum_tolerance::<R, T>(targets.shape()[axis]);
    if options.unchecked || (sums.probabilities && sums.off <= tolerance) {
        return Ok(());
    }
    let mask = options.mask.as_ref().map(|m| spread("the mask", m, classes, targets.shape(), axis));
    search(targets.into_dyn(), mask.transpose()?.as_ref(), classes, axis, tolerance)
}

/// Each of K steps may have been rounded by half a step.
fn sum_tolerance<R: Real, T: Target<R>>(classes: usize) -> f64 {
    SUM_TOLERANCE.max(0.5 * T::STEP * classes as f64)
}

fn search<R: Real, T: Target<R>>(
    targets: ArrayViewD<'_, T>,
    mask: Option<&ArrayD<bool>>,
    classes: Classes,
    axis: usize,
    tolerance: f64,
) -> Result<(), LossError> {
    let mask = mask.map(|m| m.broadcast(targets.raw_dim()).expect("spread before"));
    let counted = |index: &IxDyn| mask.as_ref().is_none_or(|m| m[index]);
    for (index, value) in targets.indexed_iter() {
        if !value.is_probability() && counted(&index) {
            let value = value.probability().to_f64();
            return Err(LossError::Target { index: index.slice().to_vec(), value });
        }
    }
    if classes == Classes::Exclusive {
        let sums: Array<f64, _> =
            targets.map_axis(Axis(axis), |lane| lane.iter().map(|t| t.probability().to_f64()).sum());
        for (pixel, &sum) in sums.indexed_iter() {
            let mut index = pixel.slice().to_vec();
            index.insert(axis, 0);
            if (sum - 1.0).abs() > tolerance && counted(&IxDyn(&index)) {
                return Err(LossError::Sum { pixel: pixel.slice().to_vec(), sum });
            }
        }
    }
    Ok(())
}
