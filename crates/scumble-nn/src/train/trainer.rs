//! Steps of a training: from a batch to new weights.

use super::TrainError;
use super::length;
use super::request::Profile;
use super::schedule::Schedule;
use super::training_data::TrainingData;
use crate::Config;
use crate::executor::Executor;
use crate::head::ObjectiveError;
use crate::network::{Network, Tensors, UNet, initial_weights};
use crate::ranks::{Reduce, Share, Timed};
use scumble::loss::Loss;
use scumble_data::Batch;
use std::time::{Duration, Instant};

/// Makes training steps of batches: runs the network, takes the loss, updates the weights.
pub(super) struct Trainer<'d> {
    data: &'d TrainingData<'d>,
    schedule: Schedule,
    config: &'d Config,
}

impl<'d> Trainer<'d> {
    /// `config` has been checked.
    pub(super) fn new(data: &'d TrainingData<'d>, config: &'d Config) -> Self {
        Self {
            schedule: Schedule { peak: config.train.learning_rate, warmup: config.train.warmup },
            config,
            data,
        }
    }

    /// What it learns from.
    pub(super) fn data(&self) -> &'d TrainingData<'d> {
        self.data
    }

    /// The network that these settings ask for.
    pub(super) fn network(&self) -> Result<Network, TrainError> {
        let channels = self.data.normalisation.channels();
        let net = &self.config.network;
        let unet =
            UNet { channels, outputs: self.data.task.logits(), widths: net.widths.clone(), norm: net.norm };
        Ok(unet.network()?)
    }

    /// Random weights that predict the frequency of each class everywhere: the loss starts at its prior, not at ln 2.
    pub(super) fn initial_weights(&self, network: &Network) -> Tensors {
        let mut weights = initial_weights(network, self.config.train.seed);
        if let Some(bias) = weights.get_mut("head.bias") {
            let task = &self.data.task;
            let head = task.head();
            let prior = head.distribution().prior(task.kind(), &self.data.frequencies, task.shift());
            bias.iter_mut().zip(prior).for_each(|(b, logit)| *b = logit);
        }
        weights
    }

    /// Steps of one epoch.
    pub(super) fn steps_per_epoch(&self) -> u64 {
        length::steps_per_epoch(&self.config.train, self.data.pixels)
    }

    /// One step on this rank's share of a batch; returns the loss of all of it and the learning rate, `None` if the loss is
    /// no finite number, which nothing is learnt from. `progress` is how much of the training is done, 0 to 1.
    pub(super) fn step(
        &self,
        executor: &mut dyn Executor,
        ranks: &dyn Reduce,
        batch: &Batch,
        progress: f64,
        profile: &mut Profile,
    ) -> Result<Option<(Loss, f64)>, TrainError> {
        let Batch { images, targets, weights } = batch;
        let ranks = Timed::new(ranks);
        let share = Share::new(&ranks, self.config.train.batch);
        let (mut began, mut waited) = (Instant::now(), Duration::ZERO);
        let mut lap = || {
            let lap = std::mem::replace(&mut began, Instant::now()).elapsed();
            let exchanges = ranks.take();
            waited += exchanges;
            lap.saturating_sub(exchanges)
        };
        let logits = executor.forward_share(images.view(), &share)?;
        profile.forward += lap();
        let (logits, targets, weights) = (logits.view(), targets.view(), weights.view());
        let (loss, gradient) = match self.data.objective.share_gradient(logits, targets, weights, &share) {
            Err(ObjectiveError::Ranks(error)) => return Err(error.into()),
            loss => loss.expect("patches and network have one shape"),
        };
        profile.loss += lap();
        if !loss.value.is_finite() {
            return Ok(None);
        }
        executor.backward_share(gradient.view(), &share)?;
        profile.backward += lap();
        let rate = self.schedule.rate(progress);
        executor.update(&self.config.update(rate))?;
        profile.optimiser += lap();
        profile.ranks += waited;
        profile.steps += 1;
        Ok(Some((loss, rate)))
    }
}
