use super::{Observer, TrainError};
use crate::{Config, Task};
use rayon::prelude::*;
use scumble::{Kind, SoftLabels};
use scumble_data::{Dataset, Item, Normalisation, NormalisationBuilder, Part, Raster, Sample, Split, split};

/// Everything a training learns from and is judged by.
pub(super) struct Material {
    pub(super) task: Task,
    pub(super) normalisation: Normalisation,
    /// Training images with their labels.
    pub(super) samples: Vec<Sample>,
    /// Weighted mean of each class over the training pixels: where an untrained network should start.
    pub(super) prior: Vec<f64>,
    /// Training pixels that have a label.
    pub(super) pixels: u64,
    pub(super) split: Split,
}

impl Material {
    /// Reads the training images (validation images are read when they are judged).
    pub(super) fn load(
        dataset: &Dataset,
        config: &Config,
        observer: &mut dyn Observer,
    ) -> Result<Self, TrainError> {
        let task = task(dataset, config)?;
        let split = choose(dataset, config)?;
        let mut builder = NormalisationBuilder::new();
        let mut samples = Vec::new();
        let mut sums = vec![0.0; task.outputs()];
        let mut weights = vec![0.0; task.outputs()];
        let mut pixels = 0;
        // A few at a time: decoding in parallel, but never many decoded beyond what is kept.
        for (round, some) in split.train.chunks(rayon::current_num_threads().max(1)).enumerate() {
            observer.prepared(round * rayon::current_num_threads(), split.train.len());
            let read: Vec<_> = some
                .par_iter()
                .map(|&at| read(dataset, &dataset.items()[at], config, &task, &split))
                .collect::<Result<_, _>>()?;
            for ((image, labels), &at) in read.into_iter().zip(some) {
                let path = || dataset.items()[at].image().unwrap_or(dataset.root()).to_path_buf();
                builder.add(&image).map_err(|source| TrainError::Normalisation { path: path(), source })?;
                let weight = labels.effective_weights(config.train.weighting.by_raters());
                pixels += weight.iter().filter(|w| **w > 0.0).count() as u64 / weight.dim().0 as u64;
                count(&labels, &weight, &mut sums, &mut weights);
                let targets = labels.probabilities().to_owned();
                let sample = Sample::new(image, targets, weight)
                    .map_err(|source| TrainError::Image { path: path(), source })?;
                samples.push(sample);
            }
        }
        observer.prepared(split.train.len(), split.train.len());
        if pixels == 0 {
            return Err(TrainError::NothingToLearn { path: dataset.root().into() });
        }
        let normalisation = builder
            .finish()
            .map_err(|source| TrainError::Normalisation { path: dataset.root().into(), source })?;
        let prior =
            sums.iter().zip(&weights).map(|(sum, weight)| if *weight > 0.0 { sum / weight } else { 0.5 });
        Ok(Self { task, normalisation, prior: prior.collect(), samples, pixels, split })
    }
}

/// The task of a data set under these settings.
fn task(dataset: &Dataset, config: &Config) -> Result<Task, TrainError> {
    let kind = config.task.kind.kind().unwrap_or(dataset.kind());
    let mut classes = dataset.classes().to_vec();
    match (dataset.kind(), kind) {
        // One map becomes two exclusive ones, and back.
        (Kind::Binary, Kind::Multiclass) => classes.insert(0, "background".into()),
        (Kind::Multiclass, Kind::Binary) if classes.len() == 2 => drop(classes.remove(0)),
        _ => {}
    }
    let task = Task { kind, classes };
    let found = config.train.class_weights.len();
    if found != 0 && found != task.outputs() {
        let names = task.classes.join(", ");
        return Err(TrainError::ClassWeights { found, classes: task.outputs(), names });
    }
    Ok(task)
}

/// Which images train and which validate: the folders `train` and `val` where they exist, else the settings.
fn choose(dataset: &Dataset, config: &Config) -> Result<Split, TrainError> {
    let items = dataset.items();
    let of =
        |part: Part| -> Vec<usize> { (0..items.len()).filter(|&i| items[i].part() == Some(part)).collect() };
    let (train, validation) = (of(Part::Train), of(Part::Val));
    if !train.is_empty() && !validation.is_empty() {
        return Ok(Split { train, validation, band: None });
    }
    // A test folder is never learnt from.
    let rest: Vec<usize> = (0..items.len()).filter(|&i| items[i].part() != Some(Part::Test)).collect();
    if rest.is_empty() {
        return Err(TrainError::NothingToLearn { path: dataset.root().into() });
    }
    let names: Vec<&str> = rest.iter().map(|&i| items[i].id()).collect();
    let mut split = split(&names, &config.data.validation, config.train.seed)?;
    for index in split.train.iter_mut().chain(&mut split.validation) {
        *index = rest[*index];
    }
    Ok(split)
}

fn read(
    dataset: &Dataset,
    item: &Item,
    config: &Config,
    task: &Task,
    split: &Split,
) -> Result<(Raster, SoftLabels), TrainError> {
    let image = dataset.image(item)?;
    let labels = labels(dataset, item, config, task, split, false)?;
    Ok((image, labels))
}

/// The label of one image as this training sees it: of the task's kind, with the held-out band (or all but it) ignored.
pub(super) fn labels(
    dataset: &Dataset,
    item: &Item,
    config: &Config,
    task: &Task,
    split: &Split,
    validation: bool,
) -> Result<SoftLabels, TrainError> {
    let labels = dataset.labels(item, config.data.target)?;
    let path = || item.image().unwrap_or(dataset.root()).to_path_buf();
    let mut labels = labels
        .into_kind(task.kind)
        .map_err(|source| scumble_data::DataError::Label { path: path(), source })?;
    if let Some(band) = &split.band {
        let (height, width) = labels.size();
        let held_out = band.mask(height, width);
        let ignored = if validation { held_out.mapv(|inside| !inside) } else { held_out };
        labels.ignore(ignored.view()).expect("a mask of the label's own size");
    }
    Ok(labels)
}

/// Adds the weighted sum of each class and the weights.
fn count(labels: &SoftLabels, weight: &ndarray::Array3<f32>, sums: &mut [f64], weights: &mut [f64]) {
    for (k, map) in labels.probabilities().outer_iter().enumerate() {
        let weight = weight.index_axis(ndarray::Axis(0), if weight.dim().0 > 1 { k } else { 0 });
        for (p, w) in map.iter().zip(weight) {
            sums[k] += f64::from(*w) * f64::from(*p);
            weights[k] += f64::from(*w);
        }
    }
}
