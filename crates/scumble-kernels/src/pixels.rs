//! Losses of exclusive classes besides the cross entropy: value and gradient in one pass.

use crate::blocks::{ahead, prefetch, read, whole};
use crate::law::{Brier, Focal, Law, Power, Square};
use crate::normaliser::{AHEAD, BLOCK, Normaliser, Shares};
use crate::real::Real;
use crate::simd::vectorised;
use crate::sums::Lanes;

vectorised! {
    /// Sum of the Brier score over one run of pixels, and its gradient.
    ///
    /// `logits` and `targets` hold one plane a class, all of one length. With a_k = c_k t_k (class weight times target),
    /// A = sum_k a_k and q = softmax(x), the pixel's loss is `w A sum_k (q_k - a_k / A)^2`. The gradient, `scale` times
    /// the derivatives, is written over `gradient` (a plane a class, or no planes: not wanted). A pixel of weight 0 is
    /// left out, NaN or not. `weights` and `class_weights` may be empty: all 1. For f32 see
    /// [`sigmoid_brier`](crate::sigmoid_brier).
    ///
    /// # Panics
    /// No class, or slices of different lengths.
    pub fn softmax_brier<R: Real>(
        logits: &[&[R]],
        targets: &[&[R]],
        class_weights: &[R],
        weights: &[R],
        scale: R,
        gradient: &mut [&mut [R]],
    ) -> f64 = brier
}

vectorised! {
    /// Sum of the focal loss `-w sum_k a_k (1 - q_k)^gamma ln q_k`, and its gradient; otherwise as [`softmax_brier`]. For
    /// f32 see [`sigmoid_focal`](crate::sigmoid_focal).
    ///
    /// # Panics
    /// No class, or slices of different lengths.
    #[allow(clippy::too_many_arguments, reason = "a loop over slices, each of them another thing")]
    pub fn softmax_focal<R: Real>(
        gamma: R,
        logits: &[&[R]],
        targets: &[&[R]],
        class_weights: &[R],
        weights: &[R],
        scale: R,
        gradient: &mut [&mut [R]],
    ) -> f64 = focal
}

#[inline(always)]
fn brier<R: Real>(
    logits: &[&[R]],
    targets: &[&[R]],
    class_weights: &[R],
    weights: &[R],
    scale: R,
    gradient: &mut [&mut [R]],
) -> f64 {
    pass(&Brier, logits, targets, class_weights, weights, scale, gradient)
}

#[inline(always)]
fn focal<R: Real>(
    gamma: R,
    logits: &[&[R]],
    targets: &[&[R]],
    class_weights: &[R],
    weights: &[R],
    scale: R,
    gradient: &mut [&mut [R]],
) -> f64 {
    if gamma == R::ONE + R::ONE {
        pass(&Focal(Square), logits, targets, class_weights, weights, scale, gradient)
    } else {
        pass(&Focal(Power(gamma)), logits, targets, class_weights, weights, scale, gradient)
    }
}

#[inline(always)]
fn pass<R: Real, L: Law<R>>(
    law: &L,
    logits: &[&[R]],
    targets: &[&[R]],
    class_weights: &[R],
    weights: &[R],
    scale: R,
    gradient: &mut [&mut [R]],
) -> f64 {
    let classes = logits.len();
    let pixels = logits.first().expect("at least one class").len();
    assert_eq!(targets.len(), classes, "one plane of targets a class");
    assert!(logits.iter().chain(targets).all(|plane| plane.len() == pixels), "planes of one length");
    assert!(class_weights.is_empty() || class_weights.len() == classes, "one weight a class, or none");
    assert!(weights.is_empty() || weights.len() == pixels, "one weight a pixel, or none");
    assert!(gradient.is_empty() || gradient.len() == classes, "one plane of gradient a class, or none");
    assert!(gradient.iter().all(|plane| plane.len() == pixels), "planes of one length");

    let mut rows = Rows::new(classes);
    let mut w = [R::ONE; BLOCK];
    let mut value = Lanes::ZERO;
    for start in (0..pixels).step_by(BLOCK) {
        let range = start..(start + BLOCK).min(pixels);
        let length = range.len();
        if !weights.is_empty() {
            read(&weights[range.clone()], &mut w);
        }
        let normaliser = Normaliser::new(logits, range.clone(), &mut rows.below, &mut rows.powers);
        let mut mass = [R::ZERO; BLOCK];
        for (class, (plane, row)) in targets.iter().zip(rows.masses.chunks_exact_mut(BLOCK)).enumerate() {
            let row: &mut [R; BLOCK] = row.try_into().expect("a row of a block");
            let c = class_weights.get(class).copied().unwrap_or(R::ONE);
            let mut spare = [R::ZERO; BLOCK];
            prefetch(ahead(plane, range.start + AHEAD, BLOCK));
            let t = whole(&plane[range.clone()], &mut spare);
            for i in 0..BLOCK {
                row[i] = c * t[i];
                mass[i] = mass[i] + row[i];
            }
        }
        let shares = normaliser.shares();
        let losses = rows.judge(law, &normaliser, &shares, &mass);
        let mut weighted = [0.0f64; BLOCK];
        for i in 0..BLOCK {
            weighted[i] = if w[i] == R::ZERO { 0.0 } else { w[i].to_f64() * losses[i] };
        }
        value.add(&weighted[..length]);
        normaliser.chain((&rows.powers, &rows.below), &shares, &w, scale, gradient, range);
    }
    value.total()
}

/// A row a class of a block's pixels.
struct Rows<R> {
    /// x - max; then q times the derivative by q.
    below: Vec<R>,
    /// exp(x - max); then q.
    powers: Vec<R>,
    /// c t.
    masses: Vec<R>,
}

impl<R: Real> Rows<R> {
    #[inline(always)]
    fn new(classes: usize) -> Self {
        let zeros = || vec![R::ZERO; classes * BLOCK];
        Self { below: zeros(), powers: zeros(), masses: zeros() }
    }

    /// Each pixel's loss.
    #[inline(always)]
    fn judge<L: Law<R>>(
        &mut self,
        law: &L,
        normaliser: &Normaliser<R>,
        shares: &Shares<R>,
        mass: &[R; BLOCK],
    ) -> [f64; BLOCK] {
        let (mut losses, mut shared) = ([0.0f64; BLOCK], [R::ZERO; BLOCK]);
        for i in 0..BLOCK {
            shared[i] = if mass[i] == R::ZERO { R::ZERO } else { R::ONE / mass[i] };
        }
        let mut values = [R::ZERO; BLOCK];
        let rows = self.below.chunks_exact_mut(BLOCK).zip(self.powers.chunks_exact_mut(BLOCK));
        for ((below, powers), masses) in rows.zip(self.masses.chunks_exact(BLOCK)) {
            let below: &mut [R; BLOCK] = below.try_into().expect("a row of a block");
            let powers: &mut [R; BLOCK] = powers.try_into().expect("a row of a block");
            let masses: &[R; BLOCK] = masses.try_into().expect("a row of a block");
            for i in 0..BLOCK {
                let of = normaliser.prediction(i, powers[i], below[i], shares);
                let (value, slope) = law.class(of, masses[i], mass[i], shared[i]);
                values[i] = value;
                (powers[i], below[i]) = (of.q, slope);
            }
            for i in 0..BLOCK {
                losses[i] += values[i].to_f64();
            }
        }
        losses
    }
}
