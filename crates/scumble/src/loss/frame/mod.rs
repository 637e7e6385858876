//! What every loss stands on: the shape it is folded to, what a pixel weighs, what the sum is divided by.
//!
//! Sigmoid and softmax cross entropy, overlaps, joint families and the beta-binomial likelihood differ in what they make
//! of a pixel. That an array [N, K, H, W] is read as planes, that mask and weight are one number, that a sum becomes a
//! value with floor and excess, and how a place at fault is named, they share.

mod fault;
mod fold;
mod report;
mod weighing;

pub(crate) use fault::Fault;
pub(crate) use fold::{Chunk, Fold, Spread, chunks};
pub use report::Loss;
pub(crate) use weighing::{Weighing, is_weight, kept};

use super::options::Denominator;
use ndarray::Array3;
use report::factor;
use scumble_kernels::Real;

/// How the terms of one loss are folded, weighed, counted and divided.
pub(crate) struct Frame<R: Real> {
    pub(crate) fold: Fold,
    /// Mask and pixel weights in one, [outer, 1 or K, inner]; `None`: all 1.
    pub(crate) weights: Option<Array3<R>>,
    denominator: Denominator,
    /// Only looked at where it is the denominator.
    weight_sum: f64,
    valid: u64,
    all: u64,
}

impl<R: Real> Frame<R> {
    /// Of a loss with `questions` terms a pixel: 1, or K for classes that are each a question of its own.
    pub(crate) fn new(fold: Fold, weighing: Weighing<R>, questions: usize, denominator: Denominator) -> Self {
        let all = (fold.count() * questions) as u64;
        let valid = weighing.mask.as_ref().map_or(all, |mask| {
            let counted = mask.iter().filter(|&&on| on).count() as u64;
            counted * (questions / mask.dim().1.max(1)) as u64
        });
        Self { fold, weights: weighing.product(), denominator, weight_sum: 0.0, valid, all }
    }

    /// Sets the sum of the weights, by `sum` of the weights as they are, if it is what the loss is divided by.
    pub(crate) fn sum_weights(&mut self, sum: impl FnOnce(&Self) -> f64) {
        if self.denominator == Denominator::Weights {
            self.weight_sum = sum(self);
        }
    }

    /// For losses whose terms are not the pixels: how many there are, how many are valid, and what they weigh.
    pub(crate) fn count_terms(&mut self, all: u64, valid: u64, weight_sum: f64) {
        (self.all, self.valid, self.weight_sum) = (all, valid, weight_sum);
    }

    /// Terms in all, masked or not.
    pub(crate) fn all(&self) -> u64 {
        self.all
    }

    /// Mask and pixel weight.
    pub(crate) fn weight(&self, outer: usize, class: usize, inner: usize) -> f64 {
        let Some(weights) = &self.weights else { return 1.0 };
        weights[[outer, if weights.dim().1 == 1 { 0 } else { class }, inner]].to_f64()
    }

    /// What the sum is divided by.
    fn divisor(&self) -> f64 {
        match self.denominator {
            Denominator::Valid => self.valid as f64,
            Denominator::All => self.all as f64,
            Denominator::Batch => self.fold.images() as f64,
            Denominator::Weights => self.weight_sum,
            Denominator::None => 1.0,
        }
    }

    /// What a gradient is multiplied by.
    pub(crate) fn scale(&self) -> f64 {
        factor(self.divisor(), self.valid)
    }

    /// The loss of which this is the sum, with the sum of the floors.
    pub(crate) fn report(&self, sum: f64, floor: f64) -> Loss {
        Loss::new(sum, floor, self.denominator, self.divisor(), self.valid)
    }
}
