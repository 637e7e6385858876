//! All that training remembers, in the layout of the kernels, and a step of the optimiser over it.

use rayon::prelude::*;
use scumble_kernels::{AdamW, Isa, Moments, adamw};

use super::parameters::{Parameters, pack, unpack};
use crate::executor::state::State;
use crate::executor::update::Update;
use crate::network::Tensors;

/// Weights of a task: some ten microseconds.
const PIECE: usize = 1 << 15;

/// [`State`] in the layout of the kernels.
pub(super) struct Memory {
    pub(super) weights: Vec<f32>,
    pub(super) statistics: Vec<f32>,
    pub(super) average: Vec<f32>,
    pub(super) average_statistics: Vec<f32>,
    steps: u64,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Memory {
    pub(super) fn new(state: &State, layout: &Parameters) -> Self {
        Self {
            steps: state.steps,
            weights: pack(&layout.trainable, &state.weights),
            statistics: pack(&layout.running, &state.weights),
            average: pack(&layout.trainable, &state.average),
            average_statistics: pack(&layout.running, &state.average),
            first: pack(&layout.trainable, &state.first_moment),
            second: pack(&layout.trainable, &state.second_moment),
        }
    }

    /// A copy by the tensors' names.
    pub(super) fn state(&self, layout: &Parameters) -> State {
        let named = |trainable: &[f32], running: Option<&[f32]>| {
            let mut tensors = Tensors::new();
            unpack(&layout.trainable, trainable, &mut tensors);
            if let Some(running) = running {
                unpack(&layout.running, running, &mut tensors);
            }
            tensors
        };
        State {
            steps: self.steps,
            weights: named(&self.weights, Some(&self.statistics)),
            average: named(&self.average, Some(&self.average_statistics)),
            first_moment: named(&self.first, None),
            second_moment: named(&self.second, None),
        }
    }

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
