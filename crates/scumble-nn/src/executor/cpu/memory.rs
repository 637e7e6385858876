//! All that training remembers, in the layout of the kernels, and a step of the optimiser over it.

use rayon::prelude::*;
use scumble_kernels::{AdamW, Isa, Moments, adamw};

use super::parameters::{Parameters, Slot, pack, unpack};
use crate::executor::muon::{orthogonal, scale};
use crate::executor::state::State;
use crate::executor::update::{Factors, Optimiser, Update};
use crate::network::Tensors;

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

    /// Each tensor's gradient and what a step changes.
    fn slots<'m>(
        &'m mut self,
        layout: &'m Parameters,
        gradient: &'m [f32],
    ) -> Vec<(&'m Slot, &'m [f32], Moments<'m>)> {
        let Self { weights, first, second, average, .. } = self;
        let mut rest = [weights, first, second, average].map(|vector| &mut vector[..]);
        let mut next = |len: usize| {
            rest.each_mut().map(|rest| rest.split_off_mut(..len).expect("as long as the layout"))
        };
        let slots = layout.trainable.iter().map(|slot| {
            let [weights, first, second, average] = next(slot.range.len());
            (slot, &gradient[slot.range.clone()], Moments { weights, first, second, average })
        });
        slots.collect()
    }

    /// One step of the optimiser and of the moving average.
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
        self.slots(layout, gradient).into_par_iter().with_max_len(1).for_each(|(slot, gradient, moments)| {
            let kept = if slot.parameter.decays() { 1.0 - f.shrink as f32 } else { 1.0 };
            match update.optimiser {
                Optimiser::Muon if slot.parameter.looks_around() => {
                    muon(slot, gradient, moments, kept, &f);
                }
                _ => adamw(isa, AdamW { kept, ..factors }, gradient, moments),
            }
        });
        follow(&mut self.average_statistics, &self.statistics, &f);
        self.steps += 1;
    }
}

/// One step of Muon on a convolution's weight, and of the moving average.
fn muon(slot: &Slot, gradient: &[f32], moments: Moments<'_>, kept: f32, factors: &Factors) {
    let Moments { weights, first, average, .. } = moments;
    let (momentum, rest) = (factors.momentum as f32, (1.0 - factors.momentum) as f32);
    first.iter_mut().zip(gradient).for_each(|(first, gradient)| *first = *first * momentum + gradient * rest);
    let ahead: Vec<f32> =
        first.iter().zip(gradient).map(|(first, gradient)| first * momentum + gradient * rest).collect();
    let ahead = slot.matrix(&ahead);
    let (rows, columns) = ahead.dim();
    let rate = (factors.rate * scale(rows, columns)) as f32;
    let step = orthogonal(&ahead);
    slot.scatter(&step, weights, |weight, step| *weight = *weight * kept - step * rate);
    follow(average, weights, factors);
}

/// Moves averages towards values; without a decay they are the values.
fn follow(averages: &mut [f32], values: &[f32], factors: &Factors) {
    let (decay, rest) = (factors.average as f32, (1.0 - factors.average) as f32);
    for (average, value) in averages.iter_mut().zip(values) {
        *average = if decay == 0.0 { *value } else { *average * decay + value * rest };
    }
}
