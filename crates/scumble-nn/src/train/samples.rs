use super::cache::Cache;
use super::objective::Objective;
use super::source::Source;
use super::{Observer, TrainError};
use crate::task::MOST_SET_LABELS;
use crate::{ClassBalance, Config, Likelihood, Task};
use ndarray::Axis;
use rayon::prelude::*;
use scumble::joint::{JointFamily, JointKind};
use scumble::labels::{Kind, SoftLabels};
use scumble::loss::{ClassMass, LossKind};
use scumble_data::{Dataset, Normalisation, NormalisationBuilder, Part, Split, split};
use std::sync::Arc;

/// Everything a training learns from and is judged by.
pub(super) struct Material<'d> {
    pub(super) task: Task,
    pub(super) objective: Objective,
    pub(super) source: Arc<Source<'d>>,
    pub(super) normalisation: Normalisation,
    /// Training images with their labels, by their place in `split.train`.
    pub(super) samples: Cache<'d>,
    /// Pixels of each training image.
    pub(super) areas: Vec<u64>,
    /// Weighted mean of each class over the training pixels: where an untrained network should start.
    pub(super) prior: Vec<f64>,
    /// Training pixels that have a label.
    pub(super) pixels: u64,
    pub(super) split: Split,
}

impl<'d> Material<'d> {
    /// Reads every training image once, and keeps those that fit (validation images are read when they are judged).
    pub(super) fn load(
        dataset: &'d Dataset,
        config: &'d Config,
        observer: &dyn Observer,
    ) -> Result<Self, TrainError> {
        let mut task = task(dataset, config)?;
        let split = choose(dataset, config)?;
        let source = Arc::new(Source::new(dataset, config, task.clone(), split.clone())?);
        let samples = Cache::new((config.train.memory * 1e9) as usize, {
            let source = source.clone();
            move |at| Ok(source.learnt(at)?.1)
        });
        let mut builder = NormalisationBuilder::new();
        let mut areas = Vec::new();
        // With a joint family the classes of the target are the label sets.
        let targets = task.joint.map_or(task.outputs(), |family| 1 << family.labels());
        let mut tally = Tally::new(targets);
        // A few at a time: decoding in parallel, but never many decoded beyond what is kept.
        let (all, some) = (split.train.len(), rayon::current_num_threads().max(1));
        for start in (0..all).step_by(some) {
            observer.progress("reading", start as u64, all as u64);
            let range = start..(start + some).min(all);
            let read = |at| source.learnt(at);
            let decoded: Vec<_> = range.clone().into_par_iter().map(read).collect::<Result<_, _>>()?;
            for (at, (labels, sample)) in range.zip(decoded) {
                let path = || source.path(source.training(at));
                builder
                    .add(sample.image())
                    .map_err(|source| TrainError::Normalisation { path: path(), source })?;
                areas.push((sample.image().height * sample.image().width) as u64);
                tally.add(&labels, source.by_raters());
                samples.offer(at, sample);
            }
        }
        observer.progress("reading", all as u64, all as u64);
        if tally.pixels == 0 {
            return Err(TrainError::NothingToLearn { path: dataset.root().into() });
        }
        let normalisation = builder
            .finish()
            .map_err(|source| TrainError::Normalisation { path: dataset.root().into(), source })?;
        let mut objective = Objective::new(&task)
            .with_terms(&config.train.loss)
            .with_class_weights(&config.train.class_weights);
        if config.train.balance == ClassBalance::Dataset {
            objective = objective.balanced(&tally.mass);
        }
        task.shift = objective.shift();
        let prior = tally.means();
        let pixels = tally.pixels;
        Ok(Self { task, objective, source, normalisation, samples, areas, prior, pixels, split })
    }
}

/// Sums over training pixels.
struct Tally {
    mass: ClassMass,
    pixels: u64,
}

impl Tally {
    fn new(classes: usize) -> Self {
        Self { mass: ClassMass::new(classes), pixels: 0 }
    }

    fn add(&mut self, labels: &SoftLabels, by_raters: bool) {
        let weights = labels.effective_weights(by_raters);
        let groups = weights.dim().0;
        self.pixels += (weights.iter().filter(|w| **w > 0.0).count() / groups) as u64;
        for (k, map) in labels.probabilities().outer_iter().enumerate() {
            let weights = weights.index_axis(Axis(0), if groups > 1 { k } else { 0 });
            for (p, w) in map.iter().zip(weights).filter(|(_, w)| **w > 0.0) {
                self.mass.add(k, f64::from(*p), f64::from(*w));
            }
        }
    }

    fn means(&self) -> Vec<f64> {
        let sides = self.mass.positive.iter().zip(&self.mass.negative);
        sides.map(|(yes, no)| if yes + no > 0.0 { yes / (yes + no) } else { 0.5 }).collect()
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
    let mut task = Task::new(kind, classes);
    let found = config.train.class_weights.len();
    if found != 0 && found != task.outputs() {
        let names = task.classes.join(", ");
        return Err(TrainError::ClassWeights { found, classes: task.outputs(), names });
    }
    if config.task.joint != JointKind::Independent {
        task.joint = Some(family(&task, config)?);
    }
    task.likelihood = config.train.likelihood;
    if task.likelihood == Likelihood::BetaBinomial && kind == Kind::Multiclass {
        return Err(TrainError::LikelihoodKind { kind });
    }
    let instead = if kind == Kind::Multiclass { LossKind::Softmax } else { LossKind::Sigmoid };
    for term in &config.train.loss {
        if matches!(term.kind, LossKind::Sigmoid | LossKind::Softmax) && term.kind != instead {
            return Err(TrainError::OtherLoss { loss: term.kind, kind, instead });
        }
    }
    Ok(task)
}

/// The joint family that the settings ask for.
fn family(task: &Task, config: &Config) -> Result<JointFamily, TrainError> {
    let (joint, train) = (config.task.joint, &config.train);
    if task.kind != Kind::Multilabel {
        return Err(TrainError::JointKind { joint, kind: task.kind });
    }
    if !train.loss.is_empty() || !train.class_weights.is_empty() || train.balance != ClassBalance::None {
        return Err(TrainError::JointLoss { joint });
    }
    let family = JointFamily::new(joint, task.outputs(), config.task.components)?;
    if task.outputs() > MOST_SET_LABELS {
        return Err(TrainError::JointLabels { joint, labels: task.outputs() });
    }
    Ok(family)
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
