//! Soft overlaps of labels and predictions: their sums over pixels, and the gradient of a function of these.

use crate::blocks::{ahead, prefetch, read, whole};
use crate::law::Prediction;
use crate::normaliser::{AHEAD, BLOCK, Normaliser};
use crate::real::Real;
use crate::simd::vectorised;
use crate::sums::Lanes;

/// What the predictions p and targets t of one class have in common over pixels of weights w.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct OverlapSums {
    /// sum w min(p, t), written (|p| + |t| - |p - t|) / 2.
    pub common: f64,
    /// sum w (p - min).
    pub beyond: f64,
    /// sum w (t - min).
    pub missed: f64,
    /// Whether any pixel has a weight other than 0.
    pub counted: bool,
}

impl OverlapSums {
    /// With what another run adds up to.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            common: self.common + other.common,
            beyond: self.beyond + other.beyond,
            missed: self.missed + other.missed,
            counted: self.counted || other.counted,
        }
    }
}

/// The derivative of some function of a class's [`OverlapSums`] by p at a pixel of weight 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OverlapSlopes<R> {
    /// Where p < t.
    pub below: R,
    /// Where p = t: the mean of both sides.
    pub equal: R,
    /// Where p > t.
    pub above: R,
}

vectorised! {
    /// The overlap of the predictions 1/(1+exp(-x)) of one independent class with its targets, over one run of pixels.
    ///
    /// A pixel of weight 0 is left out, NaN or not. `weights` may be empty: all 1. With f32 each of a pixel's parts is good
    /// to 2e-7; the sums are f64.
    ///
    /// # Panics
    /// Slices of different lengths.
    pub fn sigmoid_overlap<R: Real>(logits: &[R], targets: &[R], weights: &[R]) -> OverlapSums = independent_sums
}

vectorised! {
    /// Writes w times the derivatives by the logits over `gradient`, given those by the predictions of
    /// [`sigmoid_overlap`].
    ///
    /// # Panics
    /// Slices of different lengths.
    pub fn sigmoid_overlap_gradient<R: Real>(
        logits: &[R], targets: &[R], weights: &[R], slopes: OverlapSlopes<R>, gradient: &mut [R],
    ) -> () = independent_gradient
}

vectorised! {
    /// Adds the overlaps of the predictions softmax(x) with their targets to `sums`, over one run of pixels.
    ///
    /// Logits and targets have one plane a class, all of one length, and there is one weight a pixel; otherwise as
    /// [`sigmoid_overlap`].
    ///
    /// # Panics
    /// No class, or slices of different lengths.
    pub fn softmax_overlap<R: Real>(
        logits: &[&[R]], targets: &[&[R]], weights: &[R], sums: &mut [OverlapSums],
    ) -> () = exclusive_sums
}

vectorised! {
    /// Writes w times the derivatives by the logits over `gradient`, a plane a class, given those by the predictions of
    /// [`softmax_overlap`].
    ///
    /// # Panics
    /// No class, or slices of different lengths.
    pub fn softmax_overlap_gradient<R: Real>(
        logits: &[&[R]],
        targets: &[&[R]],
        weights: &[R],
        slopes: &[OverlapSlopes<R>],
        gradient: &mut [&mut [R]],
    ) -> () = exclusive_gradient
}

/// Sums of one class, block by block.
struct Parts {
    common: Lanes,
    beyond: Lanes,
    missed: Lanes,
}

impl Parts {
    const ZERO: Self = Self { common: Lanes::ZERO, beyond: Lanes::ZERO, missed: Lanes::ZERO };

    /// Adds a block or the shorter last one, of which `length` pixels are there.
    #[inline(always)]
    fn add<R: Real, const LENGTH: usize>(
        &mut self,
        of: impl Fn(usize) -> Prediction<R>,
        t: &[R; LENGTH],
        w: &[R; LENGTH],
        length: usize,
    ) {
        let zeros = [R::ZERO; LENGTH];
        let (mut common, mut beyond, mut missed) = (zeros, zeros, zeros);
        for i in 0..LENGTH {
            let p = of(i);
            let error = p.error(t[i]);
            // A target below 0, taken as it is, has nothing in common with any prediction.
            let least = if t[i] > R::ZERO { t[i] } else { R::ZERO };
            let less = error < R::ZERO;
            let (shared, lacking) = if less { (p.q, -error) } else { (least, t[i] - least) };
            let more = if less { R::ZERO } else { error + lacking };
            let counts = w[i] != R::ZERO;
            common[i] = if counts { w[i] * shared } else { R::ZERO };
            beyond[i] = if counts { w[i] * more } else { R::ZERO };
            missed[i] = if counts { w[i] * lacking } else { R::ZERO };
        }
        self.common.add(&common[..length]);
        self.beyond.add(&beyond[..length]);
        self.missed.add(&missed[..length]);
    }

    #[inline(always)]
    fn total(&self, counted: bool) -> OverlapSums {
        OverlapSums {
            common: self.common.total(),
            beyond: self.beyond.total(),
            missed: self.missed.total(),
            counted,
        }
    }
}

impl<R: Real> OverlapSlopes<R> {
    /// q times the derivative by q.
    #[inline(always)]
    fn at(&self, p: Prediction<R>, t: R) -> R {
        let error = p.error(t);
        let side = if error > R::ZERO { self.above } else { self.below };
        p.q * if error == R::ZERO { self.equal } else { side }
    }
}

/// Whether any pixel has a weight other than 0.
fn any<R: Real>(pixels: usize, weights: &[R]) -> bool {
    if weights.is_empty() { pixels > 0 } else { weights.iter().any(|w| *w != R::ZERO) }
}

#[inline(always)]
fn independent_sums<R: Real>(logits: &[R], targets: &[R], weights: &[R]) -> OverlapSums {
    let mut parts = Parts::ZERO;
    blocks(logits, targets, weights, |start, length, powers, x, t, w| {
        let _ = start;
        parts.add(|i| Prediction::of_logit(x[i], powers[i]).0, t, w, length);
    });
    parts.total(any(logits.len(), weights))
}

#[inline(always)]
fn independent_gradient<R: Real>(
    logits: &[R],
    targets: &[R],
    weights: &[R],
    slopes: OverlapSlopes<R>,
    gradient: &mut [R],
) {
    assert_eq!(gradient.len(), logits.len(), "one gradient a logit");
    let mut derivatives = [R::ZERO; BLOCK];
    blocks(logits, targets, weights, |start, length, powers, x, t, w| {
        for i in 0..BLOCK {
            let p = Prediction::of_logit(x[i], powers[i]).0;
            let derivative = w[i] * (slopes.at(p, t[i]) * p.rest);
            derivatives[i] = if w[i] == R::ZERO { R::ZERO } else { derivative };
        }
        gradient[start..start + length].copy_from_slice(&derivatives[..length]);
    });
}

/// Hands each block on: where it starts, its length, exp(-|x|), logits, targets and weights.
#[inline(always)]
fn blocks<R: Real>(
    logits: &[R],
    targets: &[R],
    weights: &[R],
    mut work: impl FnMut(usize, usize, &[R; BLOCK], &[R; BLOCK], &[R; BLOCK], &[R; BLOCK]),
) {
    assert_eq!(logits.len(), targets.len(), "one target a logit");
    assert!(weights.is_empty() || weights.len() == logits.len(), "one weight a logit, or none");
    let (mut spare_logits, mut spare_targets) = ([R::ZERO; BLOCK], [R::ZERO; BLOCK]);
    let (mut powers, mut w) = ([R::ZERO; BLOCK], [R::ONE; BLOCK]);
    for start in (0..logits.len()).step_by(BLOCK) {
        let range = start..(start + BLOCK).min(logits.len());
        let length = range.len();
        let x = whole(&logits[range.clone()], &mut spare_logits);
        let t = whole(&targets[range.clone()], &mut spare_targets);
        if !weights.is_empty() {
            read(&weights[range], &mut w);
        }
        for i in 0..BLOCK {
            powers[i] = (-x[i].magnitude()).exp_of_negative();
        }
        work(start, length, &powers, x, t, &w);
    }
}

#[inline(always)]
fn exclusive_sums<R: Real>(logits: &[&[R]], targets: &[&[R]], weights: &[R], sums: &mut [OverlapSums]) {
    let pixels = checked(logits, targets, weights);
    assert_eq!(sums.len(), logits.len(), "one sum a class");
    let mut rows = Rows::new(logits.len());
    let mut w = [R::ONE; BLOCK];
    let mut parts: Vec<Parts> = logits.iter().map(|_| Parts::ZERO).collect();
    for start in (0..pixels).step_by(BLOCK) {
        let range = start..(start + BLOCK).min(pixels);
        let length = range.len();
        if !weights.is_empty() {
            read(&weights[range.clone()], &mut w);
        }
        let normaliser = Normaliser::new(logits, range.clone(), &mut rows.below, &mut rows.powers);
        let shares = normaliser.shares();
        for (class, (parts, plane)) in parts.iter_mut().zip(targets).enumerate() {
            let (below, powers) = rows.of(class);
            let mut spare = [R::ZERO; BLOCK];
            prefetch(ahead(plane, range.start + AHEAD, BLOCK));
            let t = whole(&plane[range.clone()], &mut spare);
            let of = |i: usize| normaliser.prediction(i, powers[i], below[i], &shares);
            parts.add(of, t, &w, length);
        }
    }
    let counted = any(pixels, weights);
    for (sum, parts) in sums.iter_mut().zip(&parts) {
        *sum = sum.and(parts.total(counted));
    }
}

#[inline(always)]
fn exclusive_gradient<R: Real>(
    logits: &[&[R]],
    targets: &[&[R]],
    weights: &[R],
    slopes: &[OverlapSlopes<R>],
    gradient: &mut [&mut [R]],
) {
    let pixels = checked(logits, targets, weights);
    assert_eq!(slopes.len(), logits.len(), "one slope a class");
    assert_eq!(gradient.len(), logits.len(), "one plane of gradient a class");
    assert!(gradient.iter().all(|plane| plane.len() == pixels), "planes of one length");
    let mut rows = Rows::new(logits.len());
    let mut w = [R::ONE; BLOCK];
    for start in (0..pixels).step_by(BLOCK) {
        let range = start..(start + BLOCK).min(pixels);
        if !weights.is_empty() {
            read(&weights[range.clone()], &mut w);
        }
        let normaliser = Normaliser::new(logits, range.clone(), &mut rows.below, &mut rows.powers);
        let shares = normaliser.shares();
        for (class, (slopes, plane)) in slopes.iter().zip(targets).enumerate() {
            let (below, powers) = rows.of_mut(class);
            let mut spare = [R::ZERO; BLOCK];
            prefetch(ahead(plane, range.start + AHEAD, BLOCK));
            let t = whole(&plane[range.clone()], &mut spare);
            for i in 0..BLOCK {
                let p = normaliser.prediction(i, powers[i], below[i], &shares);
                (powers[i], below[i]) = (p.q, slopes.at(p, t[i]));
            }
        }
        normaliser.chain((&rows.powers, &rows.below), &shares, &w, R::ONE, gradient, range);
    }
}

fn checked<R: Real>(logits: &[&[R]], targets: &[&[R]], weights: &[R]) -> usize {
    let pixels = logits.first().expect("at least one class").len();
    assert_eq!(targets.len(), logits.len(), "one plane of targets a class");
    assert!(logits.iter().chain(targets).all(|plane| plane.len() == pixels), "planes of one length");
    assert!(weights.is_empty() || weights.len() == pixels, "one weight a pixel, or none");
    pixels
}

/// A row a class of a block's pixels: x - max and exp(x - max), then what is made of them.
struct Rows<R> {
    below: Vec<R>,
    powers: Vec<R>,
}

impl<R: Real> Rows<R> {
    #[inline(always)]
    fn new(classes: usize) -> Self {
        Self { below: vec![R::ZERO; classes * BLOCK], powers: vec![R::ZERO; classes * BLOCK] }
    }

    #[inline(always)]
    fn of(&self, class: usize) -> (&[R; BLOCK], &[R; BLOCK]) {
        let row = class * BLOCK..(class + 1) * BLOCK;
        let (below, powers) = (&self.below[row.clone()], &self.powers[row]);
        (below.try_into().expect("a block"), powers.try_into().expect("a block"))
    }

    #[inline(always)]
    fn of_mut(&mut self, class: usize) -> (&mut [R; BLOCK], &mut [R; BLOCK]) {
        let row = class * BLOCK..(class + 1) * BLOCK;
        let (below, powers) = (&mut self.below[row.clone()], &mut self.powers[row]);
        (below.try_into().expect("a block"), powers.try_into().expect("a block"))
    }
}
