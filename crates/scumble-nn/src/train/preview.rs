//! The patches of a training, to look at beforehand.

use super::TrainError;
use super::batches::BatchSampler;
use super::length;
use super::training_data::TrainingData;
use crate::{Config, Observer};
use scumble_data::{Dataset, Normalisation, Patch};

/// The first patches that a training with these settings would draw, and how their images were normalised.
///
/// # Errors
/// Data or settings at fault, as for [`train`](super::train).
pub fn preview(
    dataset: &Dataset,
    config: &Config,
    count: usize,
    observer: &dyn Observer,
) -> Result<(Vec<Patch>, Normalisation), TrainError> {
    config.check()?;
    let dataset = &dataset.clone().with_context(config.data.context);
    let data = TrainingData::load(dataset, config, None, observer)?;
    let config = length::in_numbers(config, &data);
    let sampler = BatchSampler::new(&data, &config, 0..config.train.batch)?;
    let mut patches = Vec::with_capacity(count);
    for step in 0.. {
        if patches.len() >= count {
            break;
        }
        patches.extend(sampler.patches(step)?);
    }
    patches.truncate(count);
    Ok((patches, data.normalisation))
}
