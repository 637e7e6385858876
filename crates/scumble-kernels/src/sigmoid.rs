use crate::dispatch::vectorised;
use crate::real::Real;
use crate::sums::{Sums, sum};
use crate::target::Target;

/// Elements handled together: their losses stay in the first cache until they are summed.
const BLOCK: usize = 256;

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
    /// `weights` is empty (all 1) or as long as `logits`; `gradient` is empty (not wanted) or as long.
    ///
    /// # Panics
    /// Slices of different lengths.
    pub fn sigmoid_cross_entropy<R: Real, T: Target<R>>(
        logits: &[R],
        targets: &[T],
        weights: &[R],
        scale: R,
        gradient: &mut [R],
    ) -> Sums = sums
}

#[inline(always)]
fn sums<R: Real, T: Target<R>>(
    logits: &[R],
    targets: &[T],
    weights: &[R],
    scale: R,
    gradient: &mut [R],
) -> Sums {
    assert_eq!(logits.len(), targets.len(), "one target a logit");
    assert!(weights.is_empty() || weights.len() == logits.len(), "one weight a logit, or none");
    assert!(gradient.is_empty() || gradient.len() == logits.len(), "one gradient a logit, or none");
    let mut total = Sums::NOTHING;
    for start in (0..logits.len()).step_by(BLOCK) {
        let range = start..(start + BLOCK).min(logits.len());
        let weights = if weights.is_empty() { weights } else { &weights[range.clone()] };
        let gradient = if gradient.is_empty() { &mut [][..] } else { &mut gradient[range.clone()] };
        let (logits, targets) = (&logits[range.clone()], &targets[range]);
        // Four loops rather than branches within: each vectorises.
        total = total.and(match (weights.is_empty(), gradient.is_empty()) {
            (true, true) => block::<R, T, false, false>(logits, targets, weights, scale, gradient),
            (true, false) => block::<R, T, false, true>(logits, targets, weights, scale, gradient),
            (false, true) => block::<R, T, true, false>(logits, targets, weights, scale, gradient),
            (false, false) => block::<R, T, true, true>(logits, targets, weights, scale, gradient),
        });
    }
    total
}

#[inline(always)]
fn block<R: Real, T: Target<R>, const WEIGHTED: bool, const GRADIENT: bool>(
    logits: &[R],
    targets: &[T],
    weights: &[R],
    scale: R,
    gradient: &mut [R],
) -> Sums {
    let length = logits.len();
    let mut losses = [R::ZERO; BLOCK];
    let mut floors = [R::ZERO; BLOCK];
    let mut strange = 0u32;
    for i in 0..length {
        let t = targets[i].probability();
        let (mut loss, mut slope) = element(logits[i], t);
        let mut floor = entropy(t);
        let mut fault = !targets[i].is_probability();
        if WEIGHTED {
            let w = weights[i];
            let out = w == R::ZERO;
            loss = if out { R::ZERO } else { w * loss };
            slope = if out { R::ZERO } else { w * slope };
            floor = if out { R::ZERO } else { w * floor };
            fault &= !out;
        }
        losses[i] = loss;
        floors[i] = floor;
        strange |= u32::from(fault);
        if GRADIENT {
            gradient[i] = slope * scale;
        }
    }
    let (value, floor) = (sum(&losses[..length]), sum(&floors[..length]));
    Sums { value, floor, probabilities: strange == 0, off: 0.0 }
}

/// Loss and slope of one element; see [`sigmoid_cross_entropy`].
#[inline(always)]
fn element<R: Real>(x: R, t: R) -> (R, R) {
    let size = x.magnitude();
    let e = (-size).exp_of_negative();
    let positive = x > R::ZERO;
    // The share of the label that the sign of the logit speaks against pays |x|. A hard label on the right
    // side pays exactly ln(1 + exp(-|x|)): the log loss, to the last bit.
    let against = if positive { R::ONE - t } else { t };
    // Nothing against it costs nothing, even at an infinite logit.
    let cost = if against == R::ZERO { R::ZERO } else { size * against };
    let s = (if positive { R::ONE } else { e }) / (R::ONE + e);
    (cost + e.ln_1p_of_positive(), s - t)
}

/// -t ln t - (1-t) ln(1-t), from the smaller of both: no digits are lost near 1. Outside 0..1, and for NaN, 0.
#[inline(always)]
fn entropy<R: Real>(t: R) -> R {
    let rest = R::ONE - t;
    let less = if t < rest { t } else { rest };
    let less = if less > R::ZERO { less } else { R::ZERO };
    less * (less.entropy_of_rest() - less.ln_of_positive())
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
            let found = sigmoid_cross_entropy(Isa::best(), &logits, &targets, &weights, 0.5, &mut gradient).value;
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
        let value = sigmoid_cross_entropy(Isa::best(), &x, &t, &[], 1.0, &mut g).value;
        assert_eq!(value, 1e4 + 2500.0);
        assert_eq!(g, [0.0, 0.0, 1.0, -0.25]);
        let (x, t) = ([f32::INFINITY, f32::NEG_INFINITY], [1.0f32, 0.0]);
        assert_eq!(sigmoid_cross_entropy(Isa::best(), &x, &t, &[], 1.0, &mut []).value, 0.0);
    }

    #[test]
    fn weight_zero_leaves_out_even_nan() {
        let mut g = [1.0f32; 3];
        let (x, t) = ([f32::NAN, 0.0, f32::INFINITY], [0.5, f32::NAN, 0.5]);
        let sums = sigmoid_cross_entropy(Isa::best(), &x, &t, &[0.0; 3], 1.0, &mut g);
        assert_eq!(sums, crate::Sums::NOTHING);
        assert_eq!(g, [0.0; 3]);
    }
}
