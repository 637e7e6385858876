//! The executor on [Burn](https://burn.dev): every device that Burn has, with its automatic differentiation.

mod device;
mod inference;
mod layers;
mod memory;
mod slots;
mod training;

use burn::tensor::{Device as BurnDevice, Tensor};
use ndarray::{Array4, ArrayView4};

use self::device::{find, read_map, upload_map};
use self::inference::Predictor;
use self::memory::{Masks, Memory};
use self::slots::Slots;
use self::training::{Tape, update_running_statistics};
use super::device::Device;
use super::error::ExecutorError;
use super::interface::{Executor, check_images, check_share};
use super::state::State;
use super::update::Update;
use crate::network::graph::Network;
use crate::network::parameter::{Parameter, Tensors};
use crate::ranks::Share;

/// A network with weights on a device of Burn.
pub(super) struct BurnExecutor {
    network: Network,
    named: Device,
    device: BurnDevice,
    trainable: Slots,
    running: Slots,
    /// First slot of every layer, among the trainable and among the running ones.
    firsts: [Vec<usize>; 2],
    masks: Masks,
    memory: Memory,
    tape: Option<Tape>,
    gradient: Option<Tensor<1>>,
    /// Made of the averages when first needed after they have changed.
    predictor: Option<Predictor>,
}

impl BurnExecutor {
    /// The state has been checked against the network.
    pub(super) fn open(device: &Device, network: &Network, state: &State) -> Result<Self, ExecutorError> {
        let (named, device) = (*device, find(device)?);
        let trainable = Slots::new(network, Parameter::trainable);
        let running = Slots::new(network, |parameter| !parameter.trainable());
        Ok(Self {
            firsts: [trainable.firsts(network), running.firsts(network)],
            masks: Masks { decay: trainable.decay_mask(&device), muon: trainable.muon_mask(&device) },
            memory: Memory::upload(state, &trainable, &running, &device),
            network: network.clone(),
            named,
            device,
            trainable,
            running,
            tape: None,
            gradient: None,
            predictor: None,
        })
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

    fn forward_share(
        &mut self,
        images: ArrayView4<f32>,
        share: &Share<'_>,
    ) -> Result<Array4<f32>, ExecutorError> {
        check_images(&self.network, &images)?;
        check_share(images.dim().0, share)?;
        // Its automatic differentiation sums over all images at once, in an order of its own.
        if !share.is_whole() {
            return Err(ExecutorError::Alone { device: self.named });
        }
        // One forward, one backward: Burn 0.22 keeps the maps of an abandoned forward until the next backward.
        self.tape = None;
        let images = upload_map(images, &self.device);
        let weights = self.trainable.split(&self.memory.weights);
        let (tape, batch) = Tape::record(&self.network, images, weights, &self.firsts[0])?;
        let logits = read_map(tape.logits())?;
        if !self.running.is_empty() {
            self.memory.statistics = update_running_statistics(self.memory.statistics.clone(), batch);
        }
        self.tape = Some(tape);
        Ok(logits)
    }

    fn backward_share(&mut self, gradient: ArrayView4<f32>, _: &Share<'_>) -> Result<(), ExecutorError> {
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
        let has_statistics = !self.running.is_empty();
        self.memory.step(gradient, &self.trainable, &self.masks, has_statistics, update);
        self.predictor = None;
        Ok(())
    }

    fn state(&self) -> Result<State, ExecutorError> {
        self.memory.download(&self.trainable, &self.running)
    }

    fn restore(&mut self, state: &State) -> Result<(), ExecutorError> {
        state.check(&self.network)?;
        self.memory = Memory::upload(state, &self.trainable, &self.running, &self.device);
        (self.tape, self.gradient, self.predictor) = (None, None, None);
        Ok(())
    }
}
