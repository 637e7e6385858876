use rayon::prelude::*;
use scumble_kernels::{AdamW, Isa, Moments, adamw};

use super::Memory;
use super::parameters::Parameters;
use crate::executor::Update;

/// Weights of a task: some ten microseconds.
const PIECE: usize = 1 << 15;

impl Memory {
    /// One step of AdamW and of the moving average.
    pub(super) fn step(&mut self, isa: Isa, layout: &Parameters, gradient: &[f32], update: &Update) {
        let f = update.factors(self.steps + 1);
        let factors = AdamW {
            beta1: f.beta1 as f32,
            rest1: (1.0 - f.beta1) as f32,
            beta2: f.beta2 as f32,
            rest2: (1.0 - f.beta2) as f32,
            epsilon: f.epsilon as f32,
            kept: 1.0,
            step: f.step as f32,
            root: f.root as f32,
            average: f.average as f32,
            rest: (1.0 - f.average) as f32,
        };
        let decayed = AdamW { kept: 1.0 - f.shrink as f32, ..factors };
        for slot in &layout.trainable {
            let factors = if slot.parameter.decays() { decayed } else { factors };
            let range = slot.range.clone();
            let pieces = gradient[range.clone()].par_chunks(PIECE);
            let weights = self.weights[range.clone()].par_chunks_mut(PIECE);
            let first = self.first[range.clone()].par_chunks_mut(PIECE);
            let second = self.second[range.clone()].par_chunks_mut(PIECE);
            let average = self.average[range].par_chunks_mut(PIECE);
            let vectors = pieces.zip(weights).zip(first).zip(second).zip(average);
            vectors.for_each(|((((gradient, weights), first), second), average)| {
                adamw(isa, factors, gradient, Moments { weights, first, second, average });
            });
        }
        for (average, &value) in self.average_statistics.iter_mut().zip(&self.statistics) {
            let mean = *average * factors.average + value * factors.rest;
            *average = if factors.average == 0.0 { value } else { mean };
        }
        self.steps += 1;
    }
}
