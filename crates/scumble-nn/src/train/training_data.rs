//! Everything a training learns from and is judged by, read once.

use super::cache::SampleCache;
use super::choose::Chosen;
use super::supervision::Supervision;
use super::task::{objective, of_raters, task};
use super::without_data::WithoutData;
use super::{RunData, TrainError};
use crate::config::NormalisationChoice;
use crate::head::Objective;
use crate::{Config, Observer, Task};
use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;
use scumble::labels::SoftLabels;
use scumble::loss::ClassMass;
use scumble_data::{Dataset, Extent, Normalisation, NormalisationBuilder, SeenExposures, Split, counted};
use std::sync::Arc;

/// Everything a training learns from and is judged by.
pub(super) struct TrainingData<'d> {
    pub(super) task: Task,
    pub(super) objective: Objective,
    pub(super) supervision: Arc<Supervision<'d>>,
    pub(super) normalisation: Normalisation,
    /// Training images with their labels, by their place in `split.train`.
    pub(super) samples: SampleCache<'d>,
    /// Pixels of each training image.
    pub(super) areas: Vec<u64>,
    /// The shorter side of the largest training image, in pixels.
    pub(super) side: usize,
    /// Weighted mean of each class (of each label set where these are learnt) over the training pixels: where an
    /// untrained network should start.
    pub(super) frequencies: Vec<f64>,
    /// Training pixels that have a label.
    pub(super) pixels: u64,
    pub(super) split: Split,
    /// Names of the images without a label.
    pub(super) unlabelled: Vec<String>,
}

impl<'d> TrainingData<'d> {
    /// Reads every training image once, and keeps those that fit (validation images are read when they are judged).
    /// Which images these are is said before; of a run that goes on, it is `recorded`.
    pub(super) fn load(
        dataset: &'d Dataset,
        config: &'d Config,
        recorded: Option<&RunData>,
        observer: &dyn Observer,
    ) -> Result<Self, TrainError> {
        let task = task(dataset, config)?;
        let chosen = Chosen::choose(dataset, config, &task.head(), recorded)?;
        let what = format!("{} labels ({})", task.kind(), task.classes().join(", "));
        chosen.tell(dataset, &what, observer);
        let unlabelled = recorded.map_or_else(|| chosen.left_out(), |record| record.unlabelled.clone());
        let split = chosen.split;
        let learnt = split.train.iter().map(|&at| &dataset.items()[at]);
        let task = if config.task.raters { of_raters(task, dataset, learnt)? } else { task };
        let supervision = Arc::new(Supervision::new(dataset, config, task.clone(), split.clone())?);
        let samples = SampleCache::new((config.train.memory * 1e9) as usize, {
            let supervision = supervision.clone();
            move |at| Ok(supervision.learnt(at, |(): &mut (), _| ())?.1)
        });
        let mut builder = NormalisationBuilder::new();
        let mut without_data = WithoutData::default();
        let mut exposures = Vec::new();
        let mut extents = Vec::new();
        let (mut areas, mut largest) = (Vec::new(), [0; 2]);
        let mut counts = ClassCounts::default();
        // A few at a time: decoding in parallel, but never many decoded beyond what is kept.
        let (all, some) = (split.train.len(), rayon::current_num_threads().max(1));
        for start in (0..all).step_by(some) {
            observer.progress("reading", start as u64, all as u64);
            if observer.stopped() {
                return Err(TrainError::Stopped);
            }
            let range = start..(start + some).min(all);
            let by_raters = supervision.by_raters();
            let look = |seen: &mut Seen, labels: &SoftLabels| seen.add(labels, by_raters);
            let read = |at| supervision.learnt(at, look);
            let decoded: Vec<_> = range.clone().into_par_iter().map(read).collect::<Result<_, _>>()?;
            for (at, (seen, sample)) in range.zip(decoded) {
                let path = || supervision.path(supervision.training(at));
                let image = sample.image();
                let counted = ArrayView2::from_shape((image.height, image.width), &seen.counted);
                builder
                    .add_counted(image, counted.expect("a label of the image's size"))
                    .map_err(|source| TrainError::Normalisation { path: path(), source })?;
                exposures.push(sample.exposure());
                extents.push(sample.extent());
                without_data.add(image, sample.outlying());
                let area = (image.height * image.width) as u64;
                largest = largest.max([area, image.height.min(image.width) as u64]);
                areas.push(area);
                counts.merge(seen.counts);
                samples.offer(at, sample);
            }
        }
        observer.progress("reading", all as u64, all as u64);
        let nothing = || TrainError::NothingToLearn { path: dataset.root().into() };
        let mass = counts.mass.filter(|_| counts.pixels > 0).ok_or_else(nothing)?;
        let normalisation = builder
            .finish()
            .map_err(|source| TrainError::Normalisation { path: dataset.root().into(), source })?;
        if normalisation.deviation().iter().any(|deviation| !deviation.recip().is_finite()) {
            let path = supervision.path(supervision.training(0));
            return Err(TrainError::Scale { path });
        }
        without_data.tell(observer);
        // One image of plain counts, and nothing is known of the others' units.
        let extents: Option<Vec<Extent>> = extents.into_iter().collect();
        let units = extents.and_then(|all| all.into_iter().reduce(Extent::merge)).and_then(Extent::units);
        let method = config.data.normalisation.method(units);
        if let (NormalisationChoice::Auto, Some(units)) = (config.data.normalisation, units) {
            observer.note(&format!(
                "normalisation: {method}, for the images look like {units}, which mean the same in every image"
            ));
        }
        let normalisation = normalisation
            .with_nodata(without_data.nodata())
            .with_method(method)
            .with_seen(SeenExposures::of(&exposures));
        let objective = objective(&task, config, &mass);
        let task = task.with_shift(objective.shift()).expect("a shift a class");
        let (frequencies, pixels) = (frequencies(&mass), counts.pixels);
        Ok(Self {
            task,
            objective,
            supervision,
            normalisation,
            samples,
            areas,
            side: largest[1] as usize,
            frequencies,
            pixels,
            split,
            unlabelled,
        })
    }
}

impl TrainingData<'_> {
    /// The error of a training image whose values are none for a network.
    pub(super) fn wrong_scale(&self, at: usize) -> TrainError {
        TrainError::Scale { path: self.supervision.path(self.supervision.training(at)) }
    }
}

/// What is known of the labels of one image.
#[derive(Default)]
struct Seen {
    /// Where they count, in memory order.
    counted: Vec<bool>,
    counts: ClassCounts,
}

impl Seen {
    /// The label of the next rows.
    fn add(&mut self, labels: &SoftLabels, by_raters: bool) {
        self.counted.extend(counted(labels));
        self.counts.add(labels, by_raters);
    }
}

/// Sums over training pixels.
#[derive(Default)]
struct ClassCounts {
    mass: Option<ClassMass>,
    pixels: u64,
}

impl ClassCounts {
    fn merge(&mut self, other: Self) {
        self.pixels += other.pixels;
        match (&mut self.mass, other.mass) {
            (Some(mass), Some(more)) => mass.merge(&more),
            (mass, more) => *mass = mass.take().or(more),
        }
    }

    fn add(&mut self, labels: &SoftLabels, by_raters: bool) {
        let weights = labels.effective_weights(by_raters);
        let groups = weights.dim().0;
        self.pixels += (weights.iter().filter(|w| **w > 0.0).count() / groups) as u64;
        let mass = self.mass.get_or_insert_with(|| ClassMass::new(labels.classes()));
        for (k, map) in labels.probabilities().outer_iter().enumerate() {
            let weights = weights.index_axis(Axis(0), if groups > 1 { k } else { 0 });
            for (p, w) in map.iter().zip(weights).filter(|(_, w)| **w > 0.0) {
                mass.add(k, f64::from(*p), f64::from(*w));
            }
        }
    }
}

fn frequencies(mass: &ClassMass) -> Vec<f64> {
    let sides = mass.positive.iter().zip(&mass.negative);
    sides.map(|(yes, no)| if yes + no > 0.0 { yes / (yes + no) } else { 0.5 }).collect()
}
