use super::TrainError;
use super::samples::Material;
use super::schedule::Schedule;
use crate::{Config, Executor, Network, Task, Tensors, UNet, initial_weights};
use ndarray::{Array4, ArrayView4};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use scumble::{Denominator, Kind, Loss, LossError, LossOptions};
use scumble_data::{Batch, PatchSampler, batch};
use std::num::NonZeroUsize;

/// Makes training steps: draws patches, runs the network, takes the loss, updates the weights.
pub(super) struct Trainer<'m> {
    material: &'m Material,
    sampler: PatchSampler,
    /// Running sums of the images' areas: a patch comes from an image as often as it is large.
    areas: Vec<u64>,
    class_weights: Vec<f32>,
    schedule: Schedule,
    config: Config,
}

impl<'m> Trainer<'m> {
    /// `config` has been checked.
    pub(super) fn new(material: &'m Material, config: &Config) -> Result<Self, TrainError> {
        let augmentation = config.augment.check().map_err(|source| crate::ConfigError::Augment { source })?;
        let size = NonZeroUsize::new(config.train.patch).unwrap_or(NonZeroUsize::MIN);
        let mut area = 0;
        let areas = material.samples.iter().map(|sample| {
            area += (sample.image().height * sample.image().width) as u64;
            area
        });
        Ok(Self {
            sampler: PatchSampler::new(size, augmentation, material.normalisation.clone()),
            areas: areas.collect(),
            class_weights: config.train.class_weights.iter().map(|w| *w as f32).collect(),
            schedule: Schedule { peak: config.train.learning_rate, warmup: config.train.warmup },
            config: config.clone(),
            material,
        })
    }

    /// The network that these settings ask for.
    pub(super) fn network(&self) -> Result<Network, TrainError> {
        let channels = self.material.normalisation.channels();
        let net = &self.config.network;
        let unet = UNet {
            channels,
            outputs: self.material.task.outputs(),
            widths: net.widths.clone(),
            norm: net.norm,
        };
        Ok(unet.network()?)
    }

    /// Random weights that predict the frequency of each class everywhere: the loss starts at its prior, not at ln 2.
    pub(super) fn initial_weights(&self, network: &Network) -> Tensors {
        let mut weights = initial_weights(network, self.config.train.seed);
        if let Some(bias) = weights.get_mut("head.bias") {
            for (b, p) in bias.iter_mut().zip(&self.material.prior) {
                let p = p.clamp(1e-4, 1.0 - 1e-4);
                *b = match self.material.task.kind {
                    Kind::Multiclass => p.ln() as f32,
                    Kind::Binary | Kind::Multilabel => (p / (1.0 - p)).ln() as f32,
                };
            }
        }
        weights
    }

    /// Steps of one epoch.
    pub(super) fn steps_per_epoch(&self) -> u64 {
        if self.config.train.steps > 0 {
            return self.config.train.steps;
        }
        let pixels = (self.config.train.batch * self.config.train.patch * self.config.train.patch) as u64;
        // An epoch of a step or two would spend its time validating.
        self.material.pixels.div_ceil(pixels).clamp(20, 1000)
    }

    /// The patches of a step, a function of seed and step alone: a resumed training draws the same.
    fn draw(&self, step: u64) -> Batch {
        let size = self.config.train.batch as u64;
        let patches: Vec<_> = (0..size)
            .into_par_iter()
            .map(|i| {
                let mut rng = ChaCha8Rng::seed_from_u64(self.config.train.seed);
                rng.set_stream(1 + step * size + i);
                let all = self.areas.last().copied().unwrap_or(1);
                // The bias of the remainder is below 2^-30 for any data set that fits a disk.
                let place = rng.next_u64() % all;
                let image = self.areas.partition_point(|end| *end <= place);
                self.sampler.draw(&self.material.samples[image], &mut rng)
            })
            .collect();
        batch(&patches)
    }

    /// One step; returns the loss and the learning rate. `progress` is how much of the training is done, 0 to 1.
    pub(super) fn step(
        &self,
        executor: &mut dyn Executor,
        step: u64,
        progress: f64,
    ) -> Result<(Loss, f64), TrainError> {
        let Batch { images, targets, weights } = self.draw(step);
        let logits = executor.forward(images.view())?;
        let loss = training_loss(
            &self.material.task,
            logits.view(),
            targets.view(),
            weights.view(),
            &self.class_weights,
        );
        let (loss, gradient) = loss.expect("patches and network have one shape");
        if !loss.value.is_finite() {
            return Err(TrainError::Diverged { step: step + 1, rate: self.config.train.learning_rate });
        }
        executor.backward(gradient.view())?;
        let rate = self.schedule.rate(progress);
        executor.update(&self.config.update(rate))?;
        Ok((loss, rate))
    }
}

/// The loss that training minimises, with its gradient: softmax cross entropy over exclusive classes, else sigmoid.
///
/// Logits and targets are [N, K, H, W], weights [N, 1 or K, H, W] with 0 for ignored pixels. The sum is divided by
/// the sum of the weights, which makes it the mean negative log likelihood of one opinion.
///
/// # Errors
/// Arrays that do not fit each other.
pub fn training_loss(
    task: &Task,
    logits: ArrayView4<'_, f32>,
    targets: ArrayView4<'_, f32>,
    weights: ArrayView4<'_, f32>,
    class_weights: &[f32],
) -> Result<(Loss, Array4<f32>), LossError> {
    let mask = weights.mapv(|w| w > 0.0);
    // Labels were checked when they were made; interpolation keeps them probabilities.
    let options = LossOptions::default()
        .mask(mask.view())
        .weights(weights)
        .class_weights(class_weights)
        .denominator(Denominator::Weights)
        .unchecked();
    match task.kind {
        Kind::Multiclass => scumble::softmax_cross_entropy_gradient(logits, targets, &options),
        Kind::Binary | Kind::Multilabel => scumble::sigmoid_cross_entropy_gradient(logits, targets, &options),
    }
}
