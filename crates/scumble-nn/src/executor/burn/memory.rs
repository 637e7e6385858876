//! All that training remembers, on the device, and a step of the optimiser over it.

use burn::tensor::{Device, Tensor};

use super::slots::Slots;
use crate::executor::error::ExecutorError;
use crate::executor::state::State;
use crate::executor::update::{Factors, Update};
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

    /// One step of AdamW and of the moving average; `has_statistics` says whether there are running ones.
    pub(super) fn step(
        &mut self,
        gradient: Tensor<1>,
        decay_mask: &Tensor<1>,
        has_statistics: bool,
        update: &Update,
    ) {
        let factors = update.factors(self.steps + 1);
        let vectors = [self.weights.clone(), self.first.clone(), self.second.clone()];
        [self.weights, self.first, self.second] = adamw(vectors, gradient, decay_mask, &factors);
        let average = |held: &Tensor<1>, value| average(held.clone(), value, factors.average);
        self.average = average(&self.average, &self.weights);
        if has_statistics {
            self.average_statistics = average(&self.average_statistics, &self.statistics);
        }
        self.steps += 1;
    }
}

/// One step of AdamW on vectors: new weights and moments. See [`Update`](crate::Update) for the formula.
///
/// The vectors are taken, so that Burn works in place where nothing else holds them.
fn adamw(
    [weights, first, second]: [Tensor<1>; 3],
    gradient: Tensor<1>,
    decay_mask: &Tensor<1>,
    factors: &Factors,
) -> [Tensor<1>; 3] {
    let Factors { beta1, beta2, epsilon, shrink, step, root, .. } = *factors;
    let first = first * beta1 + gradient.clone() * (1.0 - beta1);
    let second = second * beta2 + gradient.square() * (1.0 - beta2);
    let change = first.clone() * step / (second.clone().sqrt() * root + epsilon);
    let weights = if shrink > 0.0 {
        let kept = decay_mask.clone() * -shrink + 1.0;
        weights * kept - change
    } else {
        weights - change
    };
    [weights, first, second]
}

/// The moving average after a step. Without decay it is the new value itself, to the last bit.
fn average(average: Tensor<1>, value: &Tensor<1>, decay: f64) -> Tensor<1> {
    if decay == 0.0 { value.clone() } else { average * decay + value.clone() * (1.0 - decay) }
}
