use crate::dispatch::vectorised;
use crate::real::Real;

/// Lanes summed side by side, fixed for every instruction set: the order of additions never changes.
pub(crate) const LANES: usize = 16;
/// Elements after which the lanes are emptied into the f64 sum, so that f32 lanes lose nothing that matters.
const BLOCK: usize = 32 * LANES;

vectorised! {
    /// Sum of the sigmoid cross entropy with soft targets over one run of elements, and its gradient.
    ///
    /// For logit x, target t and weight w the element's loss is
    /// `w (|x| (1 - t if x > 0 else t) + ln(1 + exp(-|x|)))`, which equals
    /// `-w ((1-t) ln(1-s) + t ln s)` with `s = 1/(1+exp(-x))`, without overflow or cancellation.
    /// The gradient is `scale w (s - t)`, written over `gradient`.
    ///
    /// An element of weight 0 is left out: whatever its logit and target are (NaN too), it adds 0.
    /// `weights` is empty (all 1) or as long as `logits`; `gradient` is empty (not wanted) or as long.
    ///
    /// # Panics
    /// Slices of different lengths.
    pub fn sigmoid_cross_entropy<R: Real>(
        logits: &[R],
        targets: &[R],
        weights: &[R],
        scale: R,
        gradient: &mut [R],
    ) -> f64 = sum
}

#[inline(always)]
fn sum<R: Real>(logits: &[R], targets: &[R], weights: &[R], scale: R, gradient: &mut [R]) -> f64 {
    assert_eq!(logits.len(), targets.len(), "one target a logit");
    assert!(weights.is_empty() || weights.len() == logits.len(), "one weight a logit, or none");
    assert!(gradient.is_empty() || gradient.len() == logits.len(), "one gradient a logit, or none");
    let mut total = 0.0;
    for start in (0..logits.len()).step_by(BLOCK) {
        let range = start..(start + BLOCK).min(logits.len());
        let weights = if weights.is_empty() { weights } else { &weights[range.clone()] };
        let gradient = if gradient.is_empty() { &mut [][..] } else { &mut gradient[range.clone()] };
        // Four loops rather than branches within: each vectorises.
        total += match (weights.is_empty(), gradient.is_empty()) {
            (true, true) => {
                block::<R, false, false>(&logits[range.clone()], &targets[range], weights, scale, gradient)
            }
            (true, false) => {
                block::<R, false, true>(&logits[range.clone()], &targets[range], weights, scale, gradient)
            }
            (false, true) => {
                block::<R, true, false>(&logits[range.clone()], &targets[range], weights, scale, gradient)
            }
            (false, false) => {
                block::<R, true, true>(&logits[range.clone()], &targets[range], weights, scale, gradient)
            }
        };
    }
    total
}

#[inline(always)]
fn block<R: Real, const WEIGHTED: bool, const GRADIENT: bool>(
    logits: &[R],
    targets: &[R],
    weights: &[R],
    scale: R,
    gradient: &mut [R],
) -> f64 {
    let mut lanes = [R::ZERO; LANES];
    let whole = logits.len() / LANES * LANES;
    for at in (0..whole).step_by(LANES) {
        let x: &[R; LANES] = logits[at..at + LANES].try_into().expect("a full run of lanes");
        let t: &[R; LANES] = targets[at..at + LANES].try_into().expect("a full run of lanes");
        let mut w = [R::ONE; LANES];
        if WEIGHTED {
            w.copy_from_slice(&weights[at..at + LANES]);
        }
        let mut slope = [R::ZERO; LANES];
        for lane in 0..LANES {
            let (loss, slope_here) = element::<R, WEIGHTED>(x[lane], t[lane], w[lane]);
            lanes[lane] = lanes[lane] + loss;
            slope[lane] = slope_here * scale;
        }
        if GRADIENT {
            gradient[at..at + LANES].copy_from_slice(&slope);
        }
    }
    let mut total = 0.0;
    for lane in lanes {
        total += lane.to_f64();
    }
    for at in whole..logits.len() {
        let weight = if WEIGHTED { weights[at] } else { R::ONE };
        let (loss, slope) = element::<R, WEIGHTED>(logits[at], targets[at], weight);
        total += loss.to_f64();
        if GRADIENT {
            gradient[at] = slope * scale;
        }
    }
    total
}

/// Loss and slope of one element; see [`sigmoid_cross_entropy`].
#[inline(always)]
fn element<R: Real, const WEIGHTED: bool>(x: R, t: R, w: R) -> (R, R) {
    let size = x.magnitude();
    let e = (-size).exp_of_negative();
    let positive = x > R::ZERO;
    // The share of the label that the sign of the logit speaks against pays |x|. A hard label on the right
    // side pays exactly ln(1 + exp(-|x|)): the log loss, to the last bit.
    let against = if positive { R::ONE - t } else { t };
    // Nothing against it costs nothing, even at an infinite logit.
    let cost = if against == R::ZERO { R::ZERO } else { size * against };
    let loss = cost + e.ln_1p_of_positive();
    let s = (if positive { R::ONE } else { e }) / (R::ONE + e);
    let slope = s - t;
    if WEIGHTED {
        let out = w == R::ZERO;
        (if out { R::ZERO } else { w * loss }, if out { R::ZERO } else { w * slope })
    } else {
        (loss, slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
            let found = sigmoid_cross_entropy(&logits, &targets, &weights, 0.5, &mut gradient);
            let wanted: f64 = rows.iter().map(|r| f64::from(r.2) * plain(r.0.into(), r.1.into())).sum();
            prop_assert!((found - wanted).abs() <= 1e-6 * wanted.abs().max(1e-6));
            for (g, (x, t, w)) in gradient.iter().zip(&rows) {
                let s = 1.0 / (1.0 + (-f64::from(*x)).exp());
                let wanted = 0.5 * f64::from(*w) * (s - f64::from(*t));
                prop_assert!((f64::from(*g) - wanted).abs() < 4e-7);
            }
        }

        #[test]
        fn every_instruction_set_returns_the_same_bits(
            rows in prop::collection::vec((-100.0f32..100.0, 0.0f32..=1.0), 1..900)
        ) {
            let logits: Vec<f32> = rows.iter().map(|r| r.0).collect();
            let targets: Vec<f32> = rows.iter().map(|r| r.1).collect();
            let mut fast = vec![0.0; rows.len()];
            let mut base = vec![0.0; rows.len()];
            let a = sigmoid_cross_entropy(&logits, &targets, &[], 1.0, &mut fast);
            let b = sum(&logits, &targets, &[], 1.0, &mut base);
            prop_assert_eq!(a.to_bits(), b.to_bits());
            prop_assert_eq!(fast, base);
        }
    }

    #[test]
    fn huge_logits_are_exact() {
        let mut g = [0.0f32; 4];
        let value = sigmoid_cross_entropy(&[1e4, -1e4, 1e4, -1e4], &[1.0, 0.0, 0.0, 0.25], &[], 1.0, &mut g);
        assert_eq!(value, 1e4 + 2500.0);
        assert_eq!(g, [0.0, 0.0, 1.0, -0.25]);
        assert_eq!(
            sigmoid_cross_entropy(&[f32::INFINITY, f32::NEG_INFINITY], &[1.0, 0.0], &[], 1.0, &mut []),
            0.0
        );
    }

    #[test]
    fn weight_zero_leaves_out_even_nan() {
        let mut g = [1.0f32; 3];
        let value = sigmoid_cross_entropy(
            &[f32::NAN, 0.0, f32::INFINITY],
            &[0.5, f32::NAN, 0.5],
            &[0.0, 0.0, 0.0],
            1.0,
            &mut g,
        );
        assert_eq!(value, 0.0);
        assert_eq!(g, [0.0; 3]);
    }
}
