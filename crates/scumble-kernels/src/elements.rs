//! Losses of independent classes besides the cross entropy: value and gradient in one pass.

use crate::blocks::{read, whole};
use crate::law::{Brier, Focal, Law, Power, Prediction, Square};
use crate::real::Real;
use crate::simd::vectorised;
use crate::sums::Lanes;

/// Elements handled together.
const BLOCK: usize = 256;

vectorised! {
    /// Sum of the Brier score w (s - t)^2 over one run of elements, s = 1/(1+exp(-x)), and its gradient.
    ///
    /// The gradient, `scale` times the derivative, is written over `gradient` (empty: not wanted). An element of weight
    /// 0 is left out, NaN or not; `weights` may be empty: all 1. With f32 a squared error is good to 1e-6 of itself and
    /// 1e-7 of the error, a derivative to 2e-7; the sum is f64.
    ///
    /// # Panics
    /// Slices of different lengths.
    pub fn sigmoid_brier<R: Real>(
        logits: &[R], targets: &[R], weights: &[R], scale: R, gradient: &mut [R],
    ) -> f64 = brier
}

vectorised! {
    /// Sum of the focal loss -w (t (1-s)^gamma ln s + (1-t) s^gamma ln(1-s)), and its gradient; otherwise as
    /// [`sigmoid_brier`]. With f32 a loss is good to 1e-6 of itself where gamma is 0 or 2, and to 1e-6
    /// (1 - gamma ln(1-s)) else.
    ///
    /// # Panics
    /// Slices of different lengths.
    pub fn sigmoid_focal<R: Real>(
        gamma: R, logits: &[R], targets: &[R], weights: &[R], scale: R, gradient: &mut [R],
    ) -> f64 = focal
}

#[inline(always)]
fn brier<R: Real>(logits: &[R], targets: &[R], weights: &[R], scale: R, gradient: &mut [R]) -> f64 {
    pass(&Brier, logits, targets, weights, scale, gradient)
}

#[inline(always)]
fn focal<R: Real>(gamma: R, logits: &[R], targets: &[R], weights: &[R], scale: R, gradient: &mut [R]) -> f64 {
    if gamma == R::ONE + R::ONE {
        pass(&Focal(Square), logits, targets, weights, scale, gradient)
    } else {
        pass(&Focal(Power(gamma)), logits, targets, weights, scale, gradient)
    }
}

#[inline(always)]
fn pass<R: Real, L: Law<R>>(
    law: &L,
    logits: &[R],
    targets: &[R],
    weights: &[R],
    scale: R,
    gradient: &mut [R],
) -> f64 {
    assert_eq!(logits.len(), targets.len(), "one target a logit");
    assert!(weights.is_empty() || weights.len() == logits.len(), "one weight a logit, or none");
    assert!(gradient.is_empty() || gradient.len() == logits.len(), "one gradient a logit, or none");
    let (mut spare_logits, mut spare_targets) = ([R::ZERO; BLOCK], [R::ZERO; BLOCK]);
    let (mut powers, mut w) = ([R::ZERO; BLOCK], [R::ONE; BLOCK]);
    let (mut losses, mut derivatives) = ([R::ZERO; BLOCK], [R::ZERO; BLOCK]);
    let mut value = Lanes::ZERO;
    for start in (0..logits.len()).step_by(BLOCK) {
        let range = start..(start + BLOCK).min(logits.len());
        let length = range.len();
        let x = whole(&logits[range.clone()], &mut spare_logits);
        let t = whole(&targets[range.clone()], &mut spare_targets);
        if !weights.is_empty() {
            read(&weights[range.clone()], &mut w);
        }
        for i in 0..BLOCK {
            powers[i] = (-x[i].magnitude()).exp_of_negative();
        }
        for i in 0..BLOCK {
            let (yes, no) = Prediction::of_logit(x[i], powers[i]);
            let (loss, derivative) = law.element(yes, no, t[i]);
            let counts = w[i] != R::ZERO;
            losses[i] = if counts { w[i] * loss } else { R::ZERO };
            derivatives[i] = if counts { scale * (w[i] * derivative) } else { R::ZERO };
        }
        // Behind the end of a short last block stands something that is not looked at.
        value.add(&losses[..length]);
        if !gradient.is_empty() {
            gradient[range].copy_from_slice(&derivatives[..length]);
        }
    }
    value.total()
}
