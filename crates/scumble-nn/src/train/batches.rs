//! The patches of each step: a function of seed and step alone.

use super::TrainError;
use super::training_data::TrainingData;
use crate::{Config, ConfigError};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use scumble_data::{Batch, Patch, PatchSampler, batch};
use std::num::NonZeroUsize;
use std::ops::Range;

/// Draws the patches of each step.
pub(super) struct BatchSampler<'d> {
    data: &'d TrainingData<'d>,
    sampler: PatchSampler,
    /// Running sums of the images' areas: a patch comes from an image as often as it is large.
    ends: Vec<u64>,
    batch: u64,
    /// Which patches of a batch this rank draws.
    own: Range<u64>,
    seed: u64,
}

impl<'d> BatchSampler<'d> {
    /// `own` of the patches of a batch are drawn.
    pub(super) fn new(
        data: &'d TrainingData<'d>,
        config: &Config,
        own: Range<usize>,
    ) -> Result<Self, TrainError> {
        let augmentation = config.augment.check().map_err(|source| ConfigError::Augment { source })?;
        let size = NonZeroUsize::new(config.train.patch).unwrap_or(NonZeroUsize::MIN);
        let ends = data.areas.iter().scan(0, |end, area| {
            *end += area;
            Some(*end)
        });
        Ok(Self {
            sampler: PatchSampler::new(size, augmentation, data.normalisation.clone()),
            ends: ends.collect(),
            batch: config.train.batch as u64,
            own: own.start as u64..own.end as u64,
            seed: config.train.seed,
            data,
        })
    }

    /// The patches of a step, stacked.
    ///
    /// # Errors
    /// As [`patches`](Self::patches).
    pub(super) fn draw(&self, step: u64) -> Result<Batch, TrainError> {
        Ok(batch(&self.patches(step)?))
    }

    /// The patches of a step, a function of seed and step alone: a resumed training draws the same.
    ///
    /// # Errors
    /// An image that was let go and cannot be read again, or whose values cannot be scaled.
    pub(super) fn patches(&self, step: u64) -> Result<Vec<Patch>, TrainError> {
        (self.own.clone())
            .into_par_iter()
            .map(|i| {
                let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
                rng.set_stream(1 + step * self.batch + i);
                let all = self.ends.last().copied().unwrap_or(1);
                // The bias of the remainder is below 2^-30 for any data set that fits a disk.
                let place = rng.next_u64() % all;
                let image = self.ends.partition_point(|end| *end <= place);
                let patch = self.sampler.draw(&*self.data.samples.get(image)?, &mut rng);
                match patch.image.iter().all(|value| value.is_finite()) {
                    true => Ok(patch),
                    false => Err(self.data.wrong_scale(image)),
                }
            })
            .collect()
    }
}
