//! The executor on [Burn](https://burn.dev): every device that Burn has, with its automatic differentiation.

mod hardware;
mod inference;
mod norm;
mod optimiser;
mod slots;
mod training;
mod transfer;
mod walk;

use burn::tensor::{Device as BurnDevice, Tensor};
use ndarray::{Array4, ArrayView4};

use self::inference::Predictor;
use self::slots::Slots;
use self::training::Tape;
use self::transfer::{read_map, upload_map};
use super::{Device, Executor, ExecutorError, State, Update, check_images};
use crate::network::{Network, Parameter, Tensors};

pub(super) struct BurnExecutor {
    network: Network,
    device: BurnDevice,
    trainable: Slots,
    running: Slots,
    /// First slot of every layer, among the trainable and among the running ones.
    firsts: [Vec<usize>; 2],
    decay_mask: Tensor<1>,
    memory: Memory,
    tape: Option<Tape>,
    gradient: Option<Tensor<1>>,
    /// Made of the averages when first needed after they have changed.
    predictor: Option<Predictor>,
}

/// [`State`] on the device. Trainable tensors are one vector, running statistics another.
struct Memory {
    steps: u64,
    weights: Tensor<1>,
    statistics: Tensor<1>,
    average: Tensor<1>,
    average_statistics: Tensor<1>,
    first: Tensor<1>,
    second: Tensor<1>,
}

impl BurnExecutor {
    /// The state has been checked against the network.
    pub(super) fn open(device: &Device, network: &Network, state: &State) -> Result<Self, ExecutorError> {
        let device = hardware::find(device)?;
        let trainable = Slots::new(network, Parameter::trainable);
        let running = Slots::new(network, |parameter| !parameter.trainable());
        Ok(Self {
            firsts: [trainable.firsts(network), running.firsts(network)],
            decay_mask: trainable.decay_mask(&device),
            memory: Memory::upload(state, &trainable, &running, &device),
            network: network.clone(),
            device,
            trainable,
            running,
            tape: None,
            gradient: None,
            predictor: None,
        })
    }
}

impl Memory {
    fn upload(state: &State, trainable: &Slots, running: &Slots, device: &BurnDevice) -> Self {
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
}

impl Executor for BurnExecutor {
    fn network(&self) -> &Network {
        &self.network
    }

    fn infer(&mut self, images: ArrayView4<f32>) -> Result<Array4<f32>, ExecutorError> {
        check_images(&self.network, &images)?;
        let images = upload_map(images, &self.device);
        let predictor = self.predictor.get_or_insert_with(|| {
            let weights = self.trainable.split(&self.memory.average);
            let statistics = self.running.split(&self.memory.average_statistics);
            Predictor::new(&self.network, &weights, &statistics, [&self.firsts[0], &self.firsts[1]])
        });
        read_map(predictor.run(&self.network, images)?)
    }

    fn forward(&mut self, images: ArrayView4<f32>) -> Result<Array4<f32>, ExecutorError> {
        check_images(&self.network, &images)?;
        // One forward, one backward: Burn 0.22 keeps the maps of an abandoned forward until the next backward.
        self.tape = None;
        let images = upload_map(images, &self.device);
        let weights = self.trainable.split(&self.memory.weights);
        let (tape, batch) = Tape::record(&self.network, images, weights, &self.firsts[0])?;
        let logits = read_map(tape.logits())?;
        if !self.running.is_empty() {
            self.memory.statistics = training::follow(self.memory.statistics.clone(), batch);
        }
        self.tape = Some(tape);
        Ok(logits)
    }

    fn backward(&mut self, gradient: ArrayView4<f32>) -> Result<(), ExecutorError> {
        let tape = self.tape.take().ok_or(ExecutorError::NoForward)?;
        let (expected, found) = (tape.shape(), gradient.dim().into());
        if expected != found {
            self.tape = Some(tape);
            return Err(ExecutorError::Gradient { expected, found });
        }
        self.gradient = Some(tape.backward(upload_map(gradient, &self.device)));
        Ok(())
    }

    fn gradients(&self) -> Result<Tensors, ExecutorError> {
        let gradient = self.gradient.as_ref().ok_or(ExecutorError::NoBackward)?;
        let mut tensors = Tensors::new();
        self.trainable.unpack(gradient, &mut tensors)?;
        Ok(tensors)
    }

    fn update(&mut self, update: &Update) -> Result<(), ExecutorError> {
        update.check()?;
        let gradient = self.gradient.clone().ok_or(ExecutorError::NoBackward)?;
        let memory = &mut self.memory;
        let factors = update.factors(memory.steps + 1);
        let vectors = [memory.weights.clone(), memory.first.clone(), memory.second.clone()];
        [memory.weights, memory.first, memory.second] =
            optimiser::step(vectors, gradient, &self.decay_mask, &factors);
        let average =
            |average: &Tensor<1>, value| optimiser::average(average.clone(), value, factors.average);
        memory.average = average(&memory.average, &memory.weights);
        if !self.running.is_empty() {
            memory.average_statistics = average(&memory.average_statistics, &memory.statistics);
        }
        memory.steps += 1;
        self.predictor = None;
        Ok(())
    }

    fn state(&self) -> Result<State, ExecutorError> {
        let memory = &self.memory;
        let unpack = |trainable: &Tensor<1>, running: Option<&Tensor<1>>| {
            let mut tensors = Tensors::new();
            self.trainable.unpack(trainable, &mut tensors)?;
            running.map_or(Ok(()), |running| self.running.unpack(running, &mut tensors))?;
            Ok::<_, ExecutorError>(tensors)
        };
        Ok(State {
            steps: memory.steps,
            weights: unpack(&memory.weights, Some(&memory.statistics))?,
            average: unpack(&memory.average, Some(&memory.average_statistics))?,
            first_moment: unpack(&memory.first, None)?,
            second_moment: unpack(&memory.second, None)?,
        })
    }

    fn restore(&mut self, state: &State) -> Result<(), ExecutorError> {
        state.check(&self.network)?;
        self.memory = Memory::upload(state, &self.trainable, &self.running, &self.device);
        (self.tape, self.gradient, self.predictor) = (None, None, None);
        Ok(())
    }
}
