//! What every loss stands on: the shape it is folded to, what a pixel weighs, what the sum is divided by.
//!
//! Sigmoid and softmax cross entropy, overlaps, joint families and the beta-binomial likelihood differ in what they make
//! of a pixel. That an array [N, K, H, W] is read as planes, that mask and weight are one number, that a sum becomes a
//! value with floor and excess, and how a place at fault is named, they share.

mod fault;
mod fold;
mod report;
mod terms;
mod weighing;

pub(crate) use fault::Fault;
pub(crate) use fold::{Chunk, Fold, Spread, chunks};
pub use report::Loss;
pub(crate) use weighing::{Weighing, is_weight, kept};

use super::options::Denominator;
use ndarray::Array3;
use scumble_kernels::Real;
use terms::Terms;

/// How the terms of one loss are folded, weighed, counted and divided.
pub(crate) struct Frame<R: Real> {
    pub(crate) fold: Fold,
    /// Mask and pixel weights in one, [outer, 1 or K, inner]; `None`: all 1.
    pub(crate) weights: Option<Array3<R>>,
    terms: Terms,
}

impl<R: Real> Frame<R> {
    /// Of a loss with `questions` terms a pixel: 1, or K for classes that are each a question of its own.
    pub(crate) fn new(fold: Fold, weighing: Weighing<R>, questions: usize, denominator: Denominator) -> Self {
        let all = (fold.count() * questions) as u64;
        let valid = weighing.mask.as_ref().map_or(all, |mask| {
            let counted = mask.iter().filter(|&&on| on).count() as u64;
            counted * (questions / mask.dim().1.max(1)) as u64
        });
        let terms = Terms { denominator, images: fold.images(), all, valid, weight_sum: 0.0 };
        Self { fold, weights: weighing.product(), terms }
    }

    /// Sets the sum of the weights, by `sum` of the weights as they are, if it is what the loss is divided by.
    pub(crate) fn sum_weights(&mut self, sum: impl FnOnce(&Self) -> f64) {
        if self.terms.denominator == Denominator::Weights {
            self.terms.weight_sum = sum(self);
        }
    }

    /// For losses whose terms are not the pixels: how many there are, how many are valid, and what they weigh.
    pub(crate) fn count_terms(&mut self, all: u64, valid: u64, weight_sum: f64) {
        self.terms = self.with_terms(all, valid, weight_sum);
    }

    /// As [`count_terms`](Self::count_terms), beside those that the frame has.
    pub(crate) fn with_terms(&self, all: u64, valid: u64, weight_sum: f64) -> Terms {
        Terms { all, valid, weight_sum, ..self.terms }
    }

    /// Terms in all, masked or not.
    pub(crate) fn all(&self) -> u64 {
        self.terms.all
    }

    /// Mask and pixel weight.
    pub(crate) fn weight(&self, outer: usize, class: usize, inner: usize) -> f64 {
        let Some(weights) = &self.weights else { return 1.0 };
        weights[[outer, if weights.dim().1 == 1 { 0 } else { class }, inner]].to_f64()
    }

    /// What a gradient is multiplied by.
    pub(crate) fn scale(&self) -> f64 {
        self.terms.scale()
    }

    /// The loss of which this is the sum, with the sum of the floors.
    pub(crate) fn report(&self, sum: f64, floor: f64) -> Loss {
        self.terms.report(sum, floor)
    }
}
