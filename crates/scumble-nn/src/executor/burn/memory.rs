//! All that training remembers, on the device, and a step of the optimiser over it.

use burn::tensor::{Device, Tensor};

use super::slots::Slots;
use crate::executor::error::ExecutorError;
use crate::executor::muon::{COEFFICIENTS, ITERATIONS, scale};
use crate::executor::state::State;
use crate::executor::update::{Factors, Optimiser, Update};
use crate::network::parameter::Tensors;

/// [`State`] on the device. Trainable tensors are one vector, running statistics another.
pub(super) struct Memory {
    steps: u64,
    pub(super) weights: Tensor<1>,
    pub(super) statistics: Tensor<1>,
    pub(super) average: Tensor<1>,
    pub(super) average_statistics: Tensor<1>,
    first: Tensor<1>,
    second: Tensor<1>,
}

impl Memory {
    /// Sends a state to the device.
    pub(super) fn upload(state: &State, trainable: &Slots, running: &Slots, device: &Device) -> Self {
        Self {
            steps: state.steps,
            weights: trainable.pack(&state.weights, device),
            statistics: running.pack(&state.weights, device),
            average: trainable.pack(&state.average, device),
            average_statistics: running.pack(&state.average, device),
            first: trainable.pack(&state.first_moment, device),
            second: trainable.pack(&state.second_moment, device),
        }
    }

    /// A copy of the state from the device; waits for it.
    pub(super) fn download(&self, trainable: &Slots, running: &Slots) -> Result<State, ExecutorError> {
        let unpack = |values: &Tensor<1>, statistics: Option<&Tensor<1>>| {
            let mut tensors = Tensors::new();
            trainable.unpack(values, &mut tensors)?;
            statistics.map_or(Ok(()), |statistics| running.unpack(statistics, &mut tensors))?;
            Ok::<_, ExecutorError>(tensors)
        };
        Ok(State {
            steps: self.steps,
            weights: unpack(&self.weights, Some(&self.statistics))?,
            average: unpack(&self.average, Some(&self.average_statistics))?,
            first_moment: unpack(&self.first, None)?,
            second_moment: unpack(&self.second, None)?,
        })
    }

    /// One step of the optimiser and of the moving average; `has_statistics` says whether there are running ones.
    pub(super) fn step(
        &mut self,
        gradient: Tensor<1>,
        trainable: &Slots,
        masks: &Masks,
        has_statistics: bool,
        update: &Update,
    ) {
        let factors = update.factors(self.steps + 1);
        let vectors = [self.weights.clone(), self.first.clone(), self.second.clone()];
        [self.weights, self.first, self.second] = match update.optimiser {
            Optimiser::AdamW => adamw(vectors, gradient, &masks.decay, &factors),
            Optimiser::Muon => muon(vectors, gradient, trainable, masks, &factors),
        };
        let average = |held: &Tensor<1>, value| average(held.clone(), value, factors.average);
        self.average = average(&self.average, &self.weights);
        if has_statistics {
            self.average_statistics = average(&self.average_statistics, &self.statistics);
        }
        self.steps += 1;
    }
}

/// Vectors of 1 and 0.
pub(super) struct Masks {
    /// Where a parameter decays.
    pub(super) decay: Tensor<1>,
    /// Where Muon changes it.
    pub(super) muon: Tensor<1>,
}

/// One step of AdamW on vectors: new weights and moments. See [`Update`](crate::executor::Update) for the formula.
///
/// The vectors are taken, so that Burn works in place where nothing else holds them.
fn adamw(
    [weights, first, second]: [Tensor<1>; 3],
    gradient: Tensor<1>,
    decay_mask: &Tensor<1>,
    factors: &Factors,
) -> [Tensor<1>; 3] {
    let Factors { beta1, beta2, epsilon, step, root, .. } = *factors;
    let first = first * beta1 + gradient.clone() * (1.0 - beta1);
    let second = second * beta2 + gradient.square() * (1.0 - beta2);
    let change = first.clone() * step / (second.clone().sqrt() * root + epsilon);
    [kept(weights, decay_mask, factors) - change, first, second]
}

/// One step of Muon where the mask says so, and of AdamW elsewhere.
fn muon(
    [weights, first, second]: [Tensor<1>; 3],
    gradient: Tensor<1>,
    trainable: &Slots,
    masks: &Masks,
    factors: &Factors,
) -> [Tensor<1>; 3] {
    let Factors { momentum, rate, .. } = *factors;
    // Each vector in two: what Muon changes, and the rest.
    let rest = masks.muon.clone() * -1.0 + 1.0;
    let part = |vector: Tensor<1>| (vector.clone() * masks.muon.clone(), vector * rest.clone());
    let ((gradient, other_gradient), (first, others)) = (part(gradient), part(first));
    let held = first * momentum + gradient.clone() * (1.0 - momentum);
    let ahead = held.clone() * momentum + gradient * (1.0 - momentum);
    let step = trainable.of_matrices(&ahead, |matrix| {
        let [rows, columns] = matrix.dims();
        orthogonal(matrix) * (rate * scale(rows, columns))
    });
    let [weights, others, second] = adamw([weights, others, second], other_gradient, &masks.decay, factors);
    [weights - step, held + others, second]
}

/// A matrix with its singular values made alike, as [`muon::orthogonal`](crate::executor::muon::orthogonal).
fn orthogonal(matrix: Tensor<2>) -> Tensor<2> {
    let [a, b, c] = COEFFICIENTS;
    let [rows, _] = matrix.dims();
    // Of zeros it is zeros.
    let norm = matrix.clone().square().sum().sqrt().clamp_min(f32::MIN_POSITIVE);
    let mut unit = matrix / norm.reshape([1, 1]);
    for _ in 0..ITERATIONS {
        let gram = unit.clone().matmul(unit.clone().transpose());
        let identity = Tensor::eye(rows, &unit.device());
        let step = identity * a + gram.clone() * b + gram.clone().matmul(gram) * c;
        unit = step.matmul(unit);
    }
    unit
}

/// Weights after their decay.
fn kept(weights: Tensor<1>, decay_mask: &Tensor<1>, factors: &Factors) -> Tensor<1> {
    match factors.shrink > 0.0 {
        true => weights * (decay_mask.clone() * -factors.shrink + 1.0),
        false => weights,
    }
}

/// The moving average after a step. Without decay it is the new value itself, to the last bit.
fn average(average: Tensor<1>, value: &Tensor<1>, decay: f64) -> Tensor<1> {
    if decay == 0.0 { value.clone() } else { average * decay + value.clone() * (1.0 - decay) }
}
