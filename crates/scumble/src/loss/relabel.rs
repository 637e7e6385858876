//! Smoothed labels and weights of a label's two sides, as labels and weights that the plain losses take.

use super::balance::Balance;
use super::options::{Classes, LossOptions};
use ndarray::{Array3, CowArray, Ix3};
use rayon::prelude::*;
use scumble_kernels::Real;

/// Mixes the labels with even ones: over exclusive classes with 1/K, else with 1/2.
pub(super) fn smooth<R: Real>(targets: &mut CowArray<'_, R, Ix3>, classes: Classes, share: f64) {
    let even = match classes {
        Classes::Independent => 0.5,
        Classes::Exclusive => 1.0 / targets.dim().1 as f64,
    };
    let (keep, add) = (R::from_f64(1.0 - share), R::from_f64(share * even));
    targets.mapv_inplace(|t| keep * t + add);
}

/// The weights of the labels' sides, for [image][class]; empty: all even.
pub(super) fn sides<R: Real>(options: &LossOptions<'_, R>, images: usize, k: usize) -> Vec<Balance> {
    if options.balance.is_empty() && options.positive_weights.is_empty() {
        return Vec::new();
    }
    let entry = |image: usize, class: usize| {
        let side = match options.balance.len() {
            0 => Balance::EVEN,
            1 => options.balance[0],
            // Of each class, whatever the image; or of every image.
            n if n == k => options.balance[class],
            _ => options.balance[image * k + class],
        };
        let more = match options.positive_weights {
            [] => 1.0,
            [one] => one.to_f64(),
            each => each[class].to_f64(),
        };
        Balance { positive: side.positive * more, ..side }
    };
    (0..images).flat_map(|image| (0..k).map(move |class| (image, class))).map(|(i, c)| entry(i, c)).collect()
}

/// `-(a t ln s + b (1-t) ln(1-s))` is `w` times the loss of the label `a t / w` with w = a t + b (1-t): gives the
/// labels that, and returns the weights times `w`.
pub(super) fn weigh<R: Real>(
    targets: &mut CowArray<'_, R, Ix3>,
    weights: Option<&Array3<R>>,
    side: impl Fn(usize, usize) -> Balance + Sync,
) -> Array3<R> {
    // Stands for a weight of 0 where labels outside 0..1 make the two sides cancel, but not what they say of x.
    const NEXT_TO_NOTHING: f64 = 1e-30;
    let (_, classes, inner) = targets.dim();
    let shared = weights.map(|w| w.broadcast(targets.dim()).expect("class axis of 1 or K"));
    let mut result = shared.map_or_else(|| Array3::from_elem(targets.dim(), R::ONE), |w| w.to_owned());
    let rows = targets.as_slice_mut().expect("planes are in memory order").par_chunks_mut(inner.max(1));
    let weights = result.as_slice_mut().expect("just made").par_chunks_mut(inner.max(1));
    rows.zip(weights).with_min_len(64).enumerate().for_each(|(row, (targets, weights))| {
        let Balance { positive, negative } = side(row / classes, row % classes);
        let (positive, negative) = (R::from_f64(positive), R::from_f64(negative));
        for (t, w) in targets.iter_mut().zip(weights) {
            let (yes, no) = (positive * *t, negative * (R::ONE - *t));
            let both = yes + no;
            let both = if both == R::ZERO && yes != R::ZERO { R::from_f64(NEXT_TO_NOTHING) } else { both };
            if *w != R::ZERO {
                *t = if both == R::ZERO { *t } else { yes / both };
                *w = *w * both;
            }
        }
    });
    result
}
