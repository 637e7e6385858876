//! Smoothed labels and weights of a label's two sides, as labels and weights that the plain losses take.

use super::{Balance, Classes, LossOptions};
use ndarray::{Array3, CowArray, Ix3};
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
    side: impl Fn(usize, usize) -> Balance,
) -> Array3<R> {
    // Stands for a weight of 0 where labels outside 0..1 make the two sides cancel, but not what they say of x.
    const NEXT_TO_NOTHING: f64 = 1e-30;
    let mut result = Array3::from_elem(targets.dim(), R::ZERO);
    let shared = weights.map(|w| w.broadcast(targets.dim()).expect("class axis of 1 or K"));
    for ((o, k, i), t) in targets.indexed_iter_mut() {
        let w = shared.as_ref().map_or(R::ONE, |w| w[[o, k, i]]);
        if w == R::ZERO {
            continue;
        }
        let Balance { positive, negative } = side(o, k);
        let (yes, no) = (R::from_f64(positive) * *t, R::from_f64(negative) * (R::ONE - *t));
        let mut both = yes + no;
        if both == R::ZERO && yes != R::ZERO {
            both = R::from_f64(NEXT_TO_NOTHING);
        }
        if both != R::ZERO {
            *t = yes / both;
        }
        result[[o, k, i]] = w * both;
    }
    result
}
