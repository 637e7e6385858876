//! Families, parameters and distributions for the tests of joint families.

use ndarray::{Array, Array3, Axis};
use proptest::prelude::*;
use proptest::test_runner::{TestRng, TestRunner};
use scumble::joint::{JointFamily, JointTargets, joint_cross_entropy, joint_cross_entropy_gradient};
use scumble::loss::{Denominator, LossOptions};

/// More than fit side by side, and no multiple of them.
pub(crate) const PIXELS: usize = 19;

pub(crate) fn families(labels: usize) -> Vec<JointFamily> {
    vec![
        JointFamily::independent(labels).unwrap(),
        JointFamily::pairwise(labels).unwrap(),
        JointFamily::mixture(labels, 3).unwrap(),
        JointFamily::chain(labels).unwrap(),
        JointFamily::powerset(labels).unwrap(),
    ]
}

/// Numbers of one case, drawn from a stream with a fixed seed.
pub(crate) struct Draw(TestRng);

impl Default for Draw {
    fn default() -> Self {
        Self(TestRunner::deterministic().new_rng())
    }
}

impl Draw {
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / f64::from(u32::MAX)
    }

    /// [1, rows, PIXELS] of numbers in -size..size.
    pub(crate) fn parameters(&mut self, rows: usize, size: f64) -> Array3<f64> {
        Array::from_shape_simple_fn((1, rows, PIXELS), || size * (2.0 * self.unit() - 1.0))
    }

    /// Distributions over 2^labels states; uneven, and sometimes exactly 0.
    pub(crate) fn distribution(&mut self, labels: usize) -> Array3<f64> {
        let mut raw = Array::from_shape_simple_fn((1, 1 << labels, PIXELS), || {
            let u = self.unit();
            if u < 0.1 { 0.0 } else { u * u * u + 1e-6 }
        });
        // Not all of them 0.
        raw.index_axis_mut(Axis(1), 0).mapv_inplace(|p| p + 1e-3);
        let sum = raw.sum_axis(Axis(1)).insert_axis(Axis(1));
        raw / sum
    }

    pub(crate) fn positive_distribution(&mut self, labels: usize) -> Array3<f64> {
        let raw = Array::from_shape_simple_fn((1, 1 << labels, PIXELS), || 0.01 + self.unit());
        let sum = raw.sum_axis(Axis(1)).insert_axis(Axis(1));
        raw / sum
    }
}

pub(crate) fn sum_of() -> LossOptions<'static, f64> {
    LossOptions::default().denominator(Denominator::None)
}

pub(crate) fn value(family: &JointFamily, x: &Array3<f64>, p: &Array3<f64>) -> scumble::loss::Loss {
    joint_cross_entropy(family, x.view(), JointTargets::Distribution(p.view()), &sum_of()).unwrap()
}

pub(crate) fn slopes(family: &JointFamily, x: &Array3<f64>, p: &Array3<f64>) -> Array3<f64> {
    joint_cross_entropy_gradient(family, x.view(), JointTargets::Distribution(p.view()), &sum_of()).unwrap().1
}

pub(crate) fn apart<'a>(a: impl IntoIterator<Item = &'a f64>, b: impl IntoIterator<Item = &'a f64>) -> f64 {
    let (mut a, mut b) = (a.into_iter(), b.into_iter());
    let mut worst = 0.0f64;
    loop {
        match (a.next(), b.next()) {
            (Some(a), Some(b)) => worst = worst.max((a - b).abs()),
            (None, None) => return worst,
            _ => return f64::INFINITY,
        }
    }
}

/// Rows `range` of the class axis.
pub(crate) fn rows(x: &Array3<f64>, range: std::ops::Range<usize>) -> Array3<f64> {
    x.select(Axis(1), &range.collect::<Vec<_>>())
}

/// The derivative by a five-point formula: its error is of the fourth power of the step.
pub(crate) fn derivative(mut f: impl FnMut(f64) -> f64) -> f64 {
    let h = 1e-3;
    (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
}

pub(crate) fn at(x: &Array3<f64>, pixel: usize) -> Vec<f64> {
    x.index_axis(Axis(2), pixel).iter().copied().collect()
}
