//! Which pixels count, and how much: masks and weights as planes.

use super::fault::Fault;
use super::fold::{Fold, Spread};
use crate::loss::options::LossOptions;
use ndarray::{Array3, ArrayView3, Axis, Zip};
use scumble_kernels::{Real, TargetElement};

/// Mask and weights of the options over the pixels, [outer, 1 or K, inner] each; `None`: all true, all 1.
pub(crate) struct Weighing<R> {
    pub(crate) mask: Option<Array3<bool>>,
    pub(crate) weights: Option<Array3<R>>,
}

impl<R: Real> Weighing<R> {
    /// Spread and checked.
    pub(crate) fn new(fold: &Fold, spread: Spread, options: &LossOptions<'_, R>) -> Result<Self, Fault> {
        let mask = options.mask.as_ref().map(|mask| fold.spread("the mask", mask, spread)).transpose()?;
        let weights = options.weights.as_ref();
        let weights = weights.map(|w| fold.spread("the weight array", w, spread)).transpose()?;
        if let Some(weights) = weights.as_ref().filter(|weights| !all_weights(weights)) {
            let bad = weights.indexed_iter().find(|(_, w)| !is_weight(w.to_f64()));
            if let Some(((outer, class, inner), w)) = bad {
                return Err(Fault::Weight {
                    place: fold.place(outer, Some(class), inner),
                    value: w.to_f64(),
                });
            }
        }
        Ok(Self { mask, weights })
    }

    /// Leaves out what `kept`, [outer, 1 or K, inner], does not keep.
    pub(crate) fn keep(&mut self, kept: Array3<bool>) {
        self.mask = Some(match self.mask.take() {
            None => kept,
            Some(mask) => both(&mask, &kept, |&on, &kept| on && kept),
        });
    }

    /// Multiplies the weights by others, [outer, 1 or K, inner].
    pub(crate) fn weigh(&mut self, others: Array3<R>) {
        self.weights = Some(match self.weights.take() {
            None => others,
            Some(weights) => both(&weights, &others, |&a, &b| a * b),
        });
    }

    /// The weights, 0 where the mask is off.
    pub(crate) fn product(self) -> Option<Array3<R>> {
        match (self.mask, self.weights) {
            (None, weights) => weights,
            (Some(mask), None) => Some(mask.mapv(|on| if on { R::ONE } else { R::ZERO })),
            (Some(mask), Some(weights)) => {
                Some(both(&mask, &weights, |&on, &w| if on { w } else { R::ZERO }))
            }
        }
    }
}

/// Whether all may weigh something; without looking where, it is a quick pass.
fn all_weights<R: Real>(weights: &Array3<R>) -> bool {
    let run = |run: &[R]| run.iter().fold(true, |all, w| all & is_weight(w.to_f64()));
    weights.as_slice().is_some_and(|weights| weights.chunks(1024).all(run))
}

/// Whether it may weigh something.
pub(crate) fn is_weight(weight: f64) -> bool {
    weight.is_finite() && weight >= 0.0
}

/// Where targets are not the value that stands for "ignore": [outer, K, inner], or one a pixel.
pub(crate) fn kept<R: Real, T: TargetElement<R>>(
    targets: &ArrayView3<'_, T>,
    spread: Spread,
    ignore: R,
) -> Array3<bool> {
    let same = |t: T| {
        let t = t.probability();
        t == ignore || (t.to_f64().is_nan() && ignore.to_f64().is_nan())
    };
    match spread {
        Spread::Element => targets.mapv(|t| !same(t)),
        Spread::Pixel => {
            targets.map_axis(Axis(1), |pixel| !pixel.iter().any(|&t| same(t))).insert_axis(Axis(1))
        }
    }
}

/// Two planes as one, their class axes 1 or K.
fn both<A, B, C>(a: &Array3<A>, b: &Array3<B>, of: impl Fn(&A, &B) -> C) -> Array3<C>
where
    C: Clone,
{
    if let (true, Some(a_values), Some(b_values)) = (a.dim() == b.dim(), a.as_slice(), b.as_slice()) {
        let both = a_values.iter().zip(b_values).map(|(a, b)| of(a, b)).collect();
        return Array3::from_shape_vec(a.dim(), both).expect("the same elements");
    }
    let (outer, classes, inner) = a.dim();
    // The one that is not 1, which is 0 where there is no class.
    let shape = (outer, if classes == 1 { b.dim().1 } else { classes }, inner);
    let a = a.broadcast(shape).expect("class axes of 1 or K");
    let b = b.broadcast(shape).expect("class axes of 1 or K");
    Zip::from(&a).and(&b).map_collect(of).as_standard_layout().into_owned()
}
