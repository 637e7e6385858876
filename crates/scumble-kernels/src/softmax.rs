//! The softmax cross entropy with soft targets: value, gradient and floor in one pass.

use crate::blocks::{ahead, prefetch, read};
use crate::normaliser::{AHEAD, BLOCK, GROUP, Normaliser, over_rows};
use crate::real::Real;
use crate::simd::vectorised;
use crate::sums::{Lanes, Sums};
use crate::target_element::{TargetElement, probabilities};
use std::ops::Range;

vectorised! {
    /// Sums of the softmax cross entropy with soft targets over one run of pixels, and its gradient, in one pass.
    ///
    /// `logits` and `targets` hold one plane a class, all of one length. With a_k = c_k t_k (class weight times
    /// target), A = sum_k a_k and q = softmax(x), the pixel's loss is `-w sum_k a_k ln q_k` and its gradient
    /// `scale w (A q_k - a_k)`, written over `gradient` (a plane a class, or no planes: not wanted). The floor is
    /// the loss at q = a / A, `w (A ln A - sum_k a_k ln a_k)`.
    ///
    /// The log of the normaliser is taken as max + ln(1 + rest), rest being the sum without the largest term:
    /// exact however sure the prediction is, and for two classes the sigmoid cross entropy of their difference.
    ///
    /// A pixel of weight 0 is left out, NaN or not. `weights` and `class_weights` may be empty: all 1. Without
    /// `with_floor` the floor is left 0, which takes up to a third of the time off: where labels are soft.
    ///
    /// # Panics
    /// No class, or slices of different lengths.
    #[allow(clippy::too_many_arguments, reason = "a loop over slices, each of them another thing")]
    pub fn softmax_cross_entropy<R: Real, T: TargetElement<R>>(
        logits: &[&[R]],
        targets: &[&[T]],
        class_weights: &[R],
        weights: &[R],
        scale: R,
        gradient: &mut [&mut [R]],
        with_floor: bool,
    ) -> Sums = sums
}

#[inline(always)]
fn sums<R: Real, T: TargetElement<R>>(
    logits: &[&[R]],
    targets: &[&[T]],
    class_weights: &[R],
    weights: &[R],
    scale: R,
    gradient: &mut [&mut [R]],
    with_floor: bool,
) -> Sums {
    if with_floor {
        pass::<R, T, true>(logits, targets, class_weights, weights, scale, gradient)
    } else {
        pass::<R, T, false>(logits, targets, class_weights, weights, scale, gradient)
    }
}

#[inline(always)]
fn pass<R: Real, T: TargetElement<R>, const FLOOR: bool>(
    logits: &[&[R]],
    targets: &[&[T]],
    class_weights: &[R],
    weights: &[R],
    scale: R,
    gradient: &mut [&mut [R]],
) -> Sums {
    let classes = logits.len();
    let pixels = logits.first().expect("at least one class").len();
    assert_eq!(targets.len(), classes, "one plane of targets a class");
    assert!(logits.iter().all(|plane| plane.len() == pixels), "planes of one length");
    assert!(targets.iter().all(|plane| plane.len() == pixels), "planes of one length");
    assert!(class_weights.is_empty() || class_weights.len() == classes, "one weight a class, or none");
    assert!(weights.is_empty() || weights.len() == pixels, "one weight a pixel, or none");
    assert!(gradient.is_empty() || gradient.len() == classes, "one plane of gradient a class, or none");
    assert!(gradient.iter().all(|plane| plane.len() == pixels), "planes of one length");

    // Planes often lie a power of two apart and would push each other out of the cache. So each is read once, into
    // rows that lie together.
    let rows = || vec![R::ZERO; classes * BLOCK];
    let (mut below, mut powers, mut masses) = (rows(), rows(), rows());
    let mut spare = [R::ZERO; BLOCK];
    let mut w = [R::ONE; BLOCK];
    let mut total = Total { value: Lanes::ZERO, floor: Lanes::ZERO, strange: false, off: R::ZERO };
    for start in (0..pixels).step_by(BLOCK) {
        let range = start..(start + BLOCK).min(pixels);
        let length = range.len();
        if !weights.is_empty() {
            read(&weights[range.clone()], &mut w);
        }
        // Behind the end of a short last block nothing counts.
        w[length..].fill(R::ZERO);
        let rest = Normaliser::new(logits, range.clone(), &mut below, &mut powers).rest;
        let labels = Labels::read::<T, FLOOR>(targets, class_weights, range.clone(), &mut masses);
        // An impossible class (a = 0) costs nothing even where its logit is -infinity.
        let costs = over_rows(&masses, &below, |a, below| if a == R::ZERO { R::ZERO } else { -(a * below) });
        labels.add_to::<FLOOR>(&costs, &rest, &w, &mut total);
        if labels.highest > R::ONE.rank() {
            let strange = |(t, w): (&T, &R)| !t.is_probability() && *w != R::ZERO;
            total.strange |= targets.iter().any(|plane| plane[range.clone()].iter().zip(&w).any(strange));
        }
        let mut factor = [R::ZERO; BLOCK];
        for i in 0..BLOCK {
            factor[i] = labels.mass[i] / (R::ONE + rest[i]);
        }
        let rows = powers.chunks_exact(BLOCK).zip(masses.chunks_exact(BLOCK));
        for (plane, (power, mass)) in gradient.iter_mut().zip(rows) {
            prefetch(ahead(plane, range.start + AHEAD, BLOCK));
            let power: &[R; BLOCK] = power.try_into().expect("a row of a block");
            let mass: &[R; BLOCK] = mass.try_into().expect("a row of a block");
            let write = |derivatives: &mut [R; BLOCK]| {
                for i in 0..BLOCK {
                    let derivative = scale * (w[i] * (factor[i] * power[i] - mass[i]));
                    derivatives[i] = if w[i] == R::ZERO { R::ZERO } else { derivative };
                }
            };
            match <&mut [R; BLOCK]>::try_from(&mut plane[range.clone()]) {
                Ok(plane) => write(plane),
                Err(_) => {
                    write(&mut spare);
                    plane[range.clone()].copy_from_slice(&spare[..length]);
                }
            }
        }
    }
    Sums {
        value: total.value.total(),
        floor: total.floor.total(),
        probabilities: !total.strange,
        off: total.off.to_f64(),
    }
}

/// The sums so far.
struct Total<R> {
    value: Lanes,
    floor: Lanes,
    strange: bool,
    off: R,
}

/// What is known of the labels of a block's pixels.
struct Labels<R> {
    /// sum_k a_k.
    mass: [R; BLOCK],
    /// sum_k t_k.
    sum: [R; BLOCK],
    /// What of the masses' sum was lost in rounding, where there is a floor.
    lost: [f64; BLOCK],
    /// -sum_k a_k ln a_k, where there is a floor.
    entropy: [f64; BLOCK],
    /// The highest rank of a target: whether all are probabilities.
    highest: u32,
}

impl<R: Real> Labels<R> {
    /// Fills `masses` with a_k, a row a class.
    #[inline(always)]
    fn read<T: TargetElement<R>, const FLOOR: bool>(
        targets: &[&[T]],
        class_weights: &[R],
        range: Range<usize>,
        masses: &mut [R],
    ) -> Self {
        let mut highest = [0; BLOCK];
        for (plane, row) in targets.iter().zip(masses.chunks_exact_mut(BLOCK)) {
            let row: &mut [R; BLOCK] = row.try_into().expect("a row of a block");
            prefetch(ahead(plane, range.start + AHEAD, BLOCK));
            probabilities(&plane[range.clone()], row);
            for (highest, t) in highest.iter_mut().zip(&*row) {
                *highest = t.rank().max(*highest);
            }
        }
        let highest = highest.into_iter().fold(0, u32::max);
        let sum = over_rows(masses, masses, |t, _| t);
        let mut mass = sum;
        if !class_weights.is_empty() {
            for (row, c) in masses.chunks_exact_mut(BLOCK).zip(class_weights) {
                row.iter_mut().for_each(|a| *a = *c * *a);
            }
            mass = over_rows(masses, masses, |a, _| a);
        }
        let (mut lost, mut entropy) = ([0.0; BLOCK], [0.0; BLOCK]);
        if FLOOR && add_entropies(masses, &mut entropy) {
            for row in masses.chunks_exact(BLOCK) {
                for i in 0..BLOCK {
                    lost[i] += row[i].to_f64();
                }
            }
            for i in 0..BLOCK {
                lost[i] -= mass[i].to_f64();
            }
        }
        Self { mass, sum, lost, entropy, highest }
    }

    /// Adds the block, given what the logits' distances to the largest cost, and one weight a pixel.
    #[inline(always)]
    fn add_to<const FLOOR: bool>(
        &self,
        costs: &[R; BLOCK],
        rest: &[R; BLOCK],
        w: &[R; BLOCK],
        total: &mut Total<R>,
    ) {
        let mut losses = [R::ZERO; BLOCK];
        let mut logs = [R::ZERO; BLOCK];
        let mut floors = [0.0f64; BLOCK];
        let mut off = [R::ZERO; BLOCK];
        for i in 0..BLOCK {
            let loss = self.mass[i] * rest[i].ln_1p_of_positive() + costs[i];
            losses[i] = if w[i] == R::ZERO { R::ZERO } else { w[i] * loss };
            off[i] = if w[i] == R::ZERO { R::ZERO } else { (self.sum[i] - R::ONE).magnitude() };
        }
        total.value.add(&losses);
        total.off = off.into_iter().fold(total.off, R::larger);
        if FLOOR {
            for (log, mass) in logs.iter_mut().zip(&self.mass) {
                *log = if *mass > R::ZERO { mass.ln_of_positive() } else { R::ZERO };
            }
            for i in 0..BLOCK {
                // A ln A at the rounded A, so that a hard label's floor is exactly 0, and by its derivative what rounding
                // took.
                let lost = self.lost[i] * (logs[i].to_f64() + 1.0);
                let floor = (self.mass[i] * logs[i]).to_f64() + lost + self.entropy[i];
                floors[i] = if w[i] == R::ZERO { 0.0 } else { w[i].to_f64() * floor };
            }
            total.floor.add(&floors);
        }
    }
}

/// Adds -sum_k a_k ln a_k to each pixel's entropy, given a row of masses a class; whether any mass is neither 0 nor 1.
#[inline(always)]
fn add_entropies<R: Real>(masses: &[R], entropy: &mut [f64; BLOCK]) -> bool {
    let mut any_soft = false;
    // Sums of a few classes keep their digits.
    for rows in masses.chunks(GROUP * BLOCK) {
        let mut part = [R::ZERO; BLOCK];
        let mut any = false;
        for row in rows.chunks_exact(BLOCK) {
            let row: &[R; BLOCK] = row.try_into().expect("a row of a block");
            // Most labels are sure: most classes of most blocks have no entropy.
            let soft = |a: &R| u32::from((*a != R::ZERO) & (*a != R::ONE));
            if row.iter().fold(0, |any, a| any | soft(a)) != 0 {
                any = true;
                for i in 0..BLOCK {
                    part[i] = part[i] - row[i].x_ln_x();
                }
            }
        }
        if any {
            any_soft = true;
            for i in 0..BLOCK {
                entropy[i] += part[i].to_f64();
            }
        }
    }
    any_soft
}

#[cfg(test)]
mod tests {
    use crate::{Isa, sigmoid_cross_entropy, softmax_cross_entropy};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn value_and_gradient_equal_the_plain_f64_form(
            rows in prop::collection::vec((prop::array::uniform3(-30.0f32..30.0), prop::array::uniform3(0.01f32..1.0)), 1..150)
        ) {
            let plane = |k: usize| rows.iter().map(|r| r.0[k]).collect::<Vec<_>>();
            let target = |k: usize| rows.iter().map(|r| r.1[k] / r.1.iter().sum::<f32>()).collect::<Vec<_>>();
            let (x, t) = ([plane(0), plane(1), plane(2)], [target(0), target(1), target(2)]);
            let class_weights = [0.5f32, 1.0, 2.0];
            let mut g = vec![vec![0.0f32; rows.len()]; 3];
            let mut planes: Vec<&mut [f32]> = g.iter_mut().map(|p| &mut p[..]).collect();
            let found = softmax_cross_entropy(Isa::best(),
                &[&x[0], &x[1], &x[2]], &[&t[0], &t[1], &t[2]], &class_weights, &[], 1.0, &mut planes, true).value;
            let mut wanted = 0.0f64;
            for i in 0..rows.len() {
                let e: Vec<f64> = (0..3).map(|k| f64::from(x[k][i]).exp()).collect();
                let z: f64 = e.iter().sum();
                let a: Vec<f64> = (0..3).map(|k| f64::from(class_weights[k]) * f64::from(t[k][i])).collect();
                for k in 0..3 {
                    wanted -= a[k] * (e[k] / z).ln();
                    let derivative = a.iter().sum::<f64>() * e[k] / z - a[k];
                    prop_assert!((f64::from(g[k][i]) - derivative).abs() < 1e-6);
                }
            }
            prop_assert!((found - wanted).abs() <= 2e-6 * wanted.max(1e-3), "{found} {wanted}");
        }

        #[test]
        fn two_classes_are_the_sigmoid_of_their_difference(
            rows in prop::collection::vec((-50.0f32..50.0, 0.0f32..=1.0), 1..200)
        ) {
            let x: Vec<f32> = rows.iter().map(|r| r.0).collect();
            let zero = vec![0.0f32; x.len()];
            let t: Vec<f32> = rows.iter().map(|r| r.1).collect();
            let rest: Vec<f32> = t.iter().map(|t| 1.0 - t).collect();
            let mut binary = vec![0.0f32; x.len()];
            let one = sigmoid_cross_entropy(Isa::best(), &x, &t, &[], 1.0, &mut binary, true).value;
            let mut g = vec![vec![0.0f32; x.len()]; 2];
            let mut planes: Vec<&mut [f32]> = g.iter_mut().map(|p| &mut p[..]).collect();
            let two = softmax_cross_entropy(Isa::best(), &[&zero, &x], &[&rest, &t], &[], &[], 1.0, &mut planes, true).value;
            prop_assert!((one - two).abs() <= 1e-6 * one.max(1e-6));
            for (a, b) in binary.iter().zip(&g[1]) {
                prop_assert!((a - b).abs() < 2e-7);
            }
        }
    }

    #[test]
    fn a_sure_prediction_keeps_its_tiny_loss() {
        let value = softmax_cross_entropy(
            Isa::best(),
            &[&[20.0f32][..], &[0.0]],
            &[&[1.0][..], &[0.0]],
            &[],
            &[],
            1.0,
            &mut [],
            true,
        )
        .value;
        assert!((value / (-20.0f64).exp() - 1.0).abs() < 1e-6, "{value}");
    }

    #[test]
    fn huge_and_infinite_logits_are_finite() {
        let mut a = [0.0f32; 1];
        let mut b = [0.0f32; 1];
        let value = softmax_cross_entropy(
            Isa::best(),
            &[&[1e4f32][..], &[-1e4]],
            &[&[0.75][..], &[0.25]],
            &[],
            &[],
            1.0,
            &mut [&mut a[..], &mut b[..]],
            true,
        );
        assert_eq!((value.value, a, b), (5000.0, [0.25], [-0.25]));
        let never = softmax_cross_entropy(
            Isa::best(),
            &[&[0.0f32][..], &[f32::NEG_INFINITY]],
            &[&[1.0][..], &[0.0]],
            &[],
            &[],
            1.0,
            &mut [],
            true,
        );
        assert_eq!(never.value, 0.0);
    }
}
