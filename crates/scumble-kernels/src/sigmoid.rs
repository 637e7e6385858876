//! The sigmoid cross entropy with soft targets: value, gradient and floor in one pass.

use crate::blocks::{ahead, prefetch, read, whole};
use crate::real::Real;
use crate::simd::vectorised;
use crate::sums::{Lanes, Sums};
use crate::target_element::TargetElement;

/// Elements handled together: their losses stay in the first cache until they are summed.
const BLOCK: usize = 256;

/// How many elements ahead memory is asked for.
const AHEAD: usize = 2 * BLOCK;

vectorised! {
    /// Sums of the sigmoid cross entropy with soft targets over one run of elements, and its gradient, in one pass.
    ///
    /// For logit x, target t and weight w the element's loss is
    /// `w (|x| (1 - t if x > 0 else t) + ln(1 + exp(-|x|)))`, which equals
    /// `-w ((1-t) ln(1-s) + t ln s)` with `s = 1/(1+exp(-x))`, without overflow or cancellation.
    /// The gradient is `scale w (s - t)`, written over `gradient`. The floor is `w` times the entropy of (t, 1-t).
    ///
    /// With f32 a loss and a floor are good to 1e-6 of themselves (losses below 1e-37 are 0) and s - t to 2e-7;
    /// the sums are f64.
    ///
    /// An element of weight 0 is left out: whatever its logit and target are (NaN too), it adds 0.
    /// `weights` is empty (all 1) or as long as `logits`; `gradient` is empty (not wanted) or as long. Without
    /// `with_floor` the floor is left 0, which takes a third of the time off.
    ///
    /// # Panics
    /// Slices of different lengths.
    pub fn sigmoid_cross_entropy<R: Real, T: TargetElement<R>>(
        logits: &[R],
        targets: &[T],
        weights: &[R],
        scale: R,
        gradient: &mut [R],
        with_floor: bool,
    ) -> Sums = sums
}

#[inline(always)]
fn sums<R: Real, T: TargetElement<R>>(
    logits: &[R],
    targets: &[T],
    weights: &[R],
    scale: R,
    gradient: &mut [R],
    with_floor: bool,
) -> Sums {
    if with_floor {
        pass::<R, T, true>(logits, targets, weights, scale, gradient)
    } else {
        pass::<R, T, false>(logits, targets, weights, scale, gradient)
    }
}

#[inline(always)]
fn pass<R: Real, T: TargetElement<R>, const FLOOR: bool>(
    logits: &[R],
    targets: &[T],
    weights: &[R],
    scale: R,
    gradient: &mut [R],
) -> Sums {
    assert_eq!(logits.len(), targets.len(), "one target a logit");
    assert!(weights.is_empty() || weights.len() == logits.len(), "one weight a logit, or none");
    assert!(gradient.is_empty() || gradient.len() == logits.len(), "one gradient a logit, or none");
    let mut scratch = Scratch::new();
    let (mut spare_logits, mut spare_derivatives) = ([R::ZERO; BLOCK], [R::ZERO; BLOCK]);
    let (mut value, mut floor) = (Lanes::ZERO, Lanes::ZERO);
    for start in (0..logits.len()).step_by(BLOCK) {
        let range = start..(start + BLOCK).min(logits.len());
        let length = range.len();
        prefetch(ahead(logits, start + AHEAD, BLOCK));
        prefetch(ahead(targets, start + AHEAD, BLOCK));
        prefetch(ahead(gradient, start + AHEAD, BLOCK));
        let x = whole(&logits[range.clone()], &mut spare_logits);
        for (to, target) in scratch.targets.iter_mut().zip(&targets[range.clone()]) {
            *to = target.probability();
        }
        let in_place = length == BLOCK && !gradient.is_empty();
        let derivatives = if in_place {
            (&mut gradient[range.clone()]).try_into().expect("as long as a block")
        } else {
            &mut spare_derivatives
        };
        if weights.is_empty() {
            scratch.work::<false, FLOOR>(x, scale, derivatives);
        } else {
            read(&weights[range.clone()], &mut scratch.weights);
            scratch.work::<true, FLOOR>(x, scale, derivatives);
        }
        if !in_place && !gradient.is_empty() {
            gradient[range].copy_from_slice(&spare_derivatives[..length]);
        }
        // Behind the end of a short last block stands something that is not looked at.
        scratch.losses[length..].fill(R::ZERO);
        value.add_block(&scratch.losses);
        if FLOOR {
            scratch.floors[length..].fill(R::ZERO);
            floor.add_block(&scratch.floors);
        }
    }
    Sums { value: value.total(), floor: floor.total(), probabilities: !scratch.strange, off: 0.0 }
}

/// Elements handled together, step by step: each step is a short loop that keeps the processor busy, as the whole
/// formula in one loop would wait for itself.
///
/// Behind the end of a short last block stands what was there before, or 0: it is computed and not looked at.
struct Scratch<R> {
    targets: [R; BLOCK],
    weights: [R; BLOCK],
    powers: [R; BLOCK],
    losses: [R; BLOCK],
    floors: [R; BLOCK],
    /// Whether a target of weight other than 0 was no probability.
    strange: bool,
}

impl<R: Real> Scratch<R> {
    #[inline(always)]
    fn new() -> Self {
        let zero = [R::ZERO; BLOCK];
        Self { targets: zero, weights: zero, powers: zero, losses: zero, floors: zero, strange: false }
    }

    /// Loss, derivative (times `scale`) and floor of each element; see [`sigmoid_cross_entropy`].
    #[inline(always)]
    fn work<const WEIGHTED: bool, const FLOOR: bool>(
        &mut self,
        x: &[R; BLOCK],
        scale: R,
        derivatives: &mut [R; BLOCK],
    ) {
        let Self { targets: t, weights: w, powers, losses, floors, strange } = self;
        let weigh = |value: R, w: R| match WEIGHTED {
            true if w == R::ZERO => R::ZERO,
            true => w * value,
            false => value,
        };
        for i in 0..BLOCK {
            powers[i] = (-x[i].magnitude()).exp_of_negative();
        }
        for i in 0..BLOCK {
            let s = (if x[i] > R::ZERO { R::ONE } else { powers[i] }) / (R::ONE + powers[i]);
            derivatives[i] = scale * weigh(s - t[i], w[i]);
            // The share of the label that the sign of the logit speaks against pays |x|. A hard label on the right
            // side pays exactly ln(1 + exp(-|x|)): the log loss.
            let against = if x[i] > R::ZERO { R::ONE - t[i] } else { t[i] };
            // Nothing against it costs nothing, even at an infinite logit.
            let cost = if against == R::ZERO { R::ZERO } else { x[i].magnitude() * against };
            losses[i] = weigh(cost + powers[i].ln_1p_of_fraction(), w[i]);
        }
        let mut highest = 0;
        for i in 0..BLOCK {
            let rank = if !WEIGHTED | (w[i] != R::ZERO) { t[i].rank() } else { 0 };
            highest = if rank > highest { rank } else { highest };
        }
        if highest > R::ONE.rank() {
            let strange_one =
                |(t, w): (&R, &R)| !(*t >= R::ZERO && *t <= R::ONE) && (!WEIGHTED || *w != R::ZERO);
            *strange |= t.iter().zip(w.iter()).any(strange_one);
        }
        // Most labels are sure: where all of a block are, there is no floor, and nothing to compute.
        let soft = |t: R| u32::from((t != R::ZERO) & (t != R::ONE));
        if FLOOR && t.iter().fold(0, |any, t| any | soft(*t)) == 0 {
            *floors = [R::ZERO; BLOCK];
        } else if FLOOR {
            for i in 0..BLOCK {
                // From the smaller of both, no digits are lost near 1.
                let rest = R::ONE - t[i];
                let lesser = if t[i] < rest { t[i] } else { rest };
                let lesser = if lesser > R::ZERO { lesser } else { R::ZERO };
                floors[i] = weigh(lesser.entropy_of_lesser(), w[i]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Isa, sigmoid_cross_entropy};
    use proptest::prelude::*;

    fn plain(x: f64, t: f64) -> f64 {
        x.max(0.0) - x * t + (-x.abs()).exp().ln_1p()
    }

    proptest! {
        #[test]
        fn value_and_gradient_equal_the_plain_f64_form(
            rows in prop::collection::vec((-40.0f32..40.0, 0.0f32..=1.0, 0.0f32..3.0), 1..700)
        ) {
            let logits: Vec<f32> = rows.iter().map(|r| r.0).collect();
            let targets: Vec<f32> = rows.iter().map(|r| r.1).collect();
            let weights: Vec<f32> = rows.iter().map(|r| r.2).collect();
            let mut gradient = vec![f32::NAN; rows.len()];
            let found = sigmoid_cross_entropy(Isa::best(), &logits, &targets, &weights, 0.5, &mut gradient, true).value;
            let wanted: f64 = rows.iter().map(|r| f64::from(r.2) * plain(r.0.into(), r.1.into())).sum();
            prop_assert!((found - wanted).abs() <= 1e-6 * wanted.abs().max(1e-6));
            for (g, (x, t, w)) in gradient.iter().zip(&rows) {
                let s = 1.0 / (1.0 + (-f64::from(*x)).exp());
                let wanted = 0.5 * f64::from(*w) * (s - f64::from(*t));
                prop_assert!((f64::from(*g) - wanted).abs() < 4e-7);
            }
        }
    }

    #[test]
    fn huge_logits_are_exact() {
        let mut g = [0.0f32; 4];
        let (x, t) = ([1e4, -1e4, 1e4, -1e4], [1.0f32, 0.0, 0.0, 0.25]);
        let value = sigmoid_cross_entropy(Isa::best(), &x, &t, &[], 1.0, &mut g, true).value;
        assert_eq!(value, 1e4 + 2500.0);
        assert_eq!(g, [0.0, 0.0, 1.0, -0.25]);
        let (x, t) = ([f32::INFINITY, f32::NEG_INFINITY], [1.0f32, 0.0]);
        assert_eq!(sigmoid_cross_entropy(Isa::best(), &x, &t, &[], 1.0, &mut [], true).value, 0.0);
    }

    #[test]
    fn weight_zero_leaves_out_even_nan() {
        let mut g = [1.0f32; 3];
        let (x, t) = ([f32::NAN, 0.0, f32::INFINITY], [0.5, f32::NAN, 0.5]);
        let sums = sigmoid_cross_entropy(Isa::best(), &x, &t, &[0.0; 3], 1.0, &mut g, true);
        assert_eq!(sums, crate::Sums::NOTHING);
        assert_eq!(g, [0.0; 3]);
    }
}
