use super::TrainError;
use crate::{Config, Likelihood, Task, TrainTarget};
use ndarray::{Array3, Axis, Zip, concatenate};
use scumble::labels::{Kind, SoftLabels, Votes};
use scumble_data::{DataError, Dataset, Item, Labeller, Sample, Split, Target};
use std::path::PathBuf;

/// How an image becomes what is learnt from, or judged by, under a training's settings.
pub(super) struct Source<'d> {
    dataset: &'d Dataset,
    config: &'d Config,
    task: Task,
    split: Split,
    learnt: Labeller<'d>,
    judged: Labeller<'d>,
}

impl<'d> Source<'d> {
    /// Learns what the target needs to know of all training images. Those to validate by have no part in it.
    pub(super) fn new(
        dataset: &'d Dataset,
        config: &'d Config,
        task: Task,
        split: Split,
    ) -> Result<Self, TrainError> {
        let labeller = |target: Target| {
            let items = split.train.iter().map(|&at| &dataset.items()[at]);
            // Counts are those of the raters' masks, whatever label file lies beside them.
            let counted = task.likelihood == Likelihood::BetaBinomial && target == Target::Auto;
            let target = if counted { Target::Mean } else { target };
            match task.joint {
                Some(_) => dataset.set_labeller(target, items, split.band.as_ref()),
                None => dataset.labeller(target, items, split.band.as_ref()),
            }
        };
        let learnt_from = config.data.target.label();
        let learnt = labeller(learnt_from)?;
        let target = config.data.validation_target.label(config.data.target);
        let judged = if target == learnt_from { learnt.clone() } else { labeller(target)? };
        // Better told now than after an epoch.
        let of_raters = !matches!(target, Target::Auto | Target::Labels);
        let validation = split.validation.iter().map(|&at| &dataset.items()[at]);
        for item in validation.filter(|item| of_raters && item.raters().next().is_none()) {
            judged.labels(item)?;
        }
        Ok(Self { dataset, config, task, split, learnt, judged })
    }

    /// What a message about an item names.
    pub(super) fn path(&self, item: &Item) -> PathBuf {
        item.image().unwrap_or(self.dataset.root()).to_path_buf()
    }

    /// The label of an image to validate by, without what is not held out.
    pub(super) fn judged(&self, item: &Item) -> Result<SoftLabels, TrainError> {
        let mut labels = self.of_kind(item, self.judged.labels(item)?)?;
        self.ignore(&mut labels, |held_out| !held_out);
        Ok(labels)
    }

    /// A training image, by its place among them.
    pub(super) fn training(&self, at: usize) -> &'d Item {
        &self.dataset.items()[self.split.train[at]]
    }

    /// What to learn from a training image: its label, of raters drawn their mean, and what patches are cut
    /// from.
    pub(super) fn learnt(&self, at: usize) -> Result<(SoftLabels, Sample), TrainError> {
        let item = self.training(at);
        let image = self.dataset.image(item)?;
        let mut labels = self.of_kind(item, self.learnt.labels(item)?)?;
        self.ignore(&mut labels, |held_out| held_out);
        let by_raters = self.by_raters();
        let sample = if self.config.data.target == TrainTarget::Sample {
            Sample::of_raters(image, &labels, &self.raters(item)?, by_raters)
        } else if self.task.likelihood == Likelihood::BetaBinomial {
            let (counts, weights) = self.counts(item, &labels)?;
            Sample::new(image, counts, weights)
        } else {
            Sample::new(image, labels.probabilities().to_owned(), labels.effective_weights(by_raters))
        };
        Ok((labels, sample.map_err(|source| TrainError::Image { path: self.path(item), source })?))
    }

    /// Whether a pixel weighs as many times as raters have judged it.
    pub(super) fn by_raters(&self) -> bool {
        self.config.train.weighting.by_raters()
    }

    /// What the beta-binomial likelihood is taken of: counts [2 K, H, W], k of each class, then n of each,
    /// and what they weigh, [1 or 2 K, H, W].
    pub(super) fn counts(
        &self,
        item: &Item,
        labels: &SoftLabels,
    ) -> Result<(Array3<f32>, Array3<f32>), TrainError> {
        let counted = labels.votes().filter(|votes| is_frequency(labels, votes));
        let votes = counted.ok_or_else(|| TrainError::NoCounts { path: self.path(item) })?;
        // k and n interpolate as they are; what a pixel weighs is beside them.
        let counts = concatenate![Axis(0), votes.yes().mapv(f32::from), votes.total().mapv(f32::from)];
        let mut weights = labels.effective_weights(false);
        if !self.by_raters() {
            Zip::from(&mut weights).and(votes.total()).for_each(|w, &n| *w /= f32::from(n.max(1)));
        }
        let weights = if weights.dim().0 == 1 { weights } else { concatenate![Axis(0), weights, weights] };
        Ok((counts, weights))
    }

    /// The label of each rater alone.
    fn raters(&self, item: &Item) -> Result<Vec<SoftLabels>, TrainError> {
        let (masks, kind, classes) = match self.task.joint {
            Some(family) => (self.dataset.rater_sets(item)?, Kind::Multiclass, 1 << family.labels()),
            None => (self.dataset.rater_masks(item)?, self.dataset.kind(), self.dataset.classes().len()),
        };
        let own = |(_, mask)| self.of_kind(item, scumble::fusion::mean(kind, classes, &[mask])?);
        masks.into_iter().map(own).collect()
    }

    /// Of the task's kind, where it is not of label sets.
    fn of_kind(&self, item: &Item, labels: SoftLabels) -> Result<SoftLabels, TrainError> {
        if self.task.joint.is_some() {
            return Ok(labels);
        }
        let wrong = |source| DataError::Label { path: self.path(item), source };
        Ok(labels.into_kind(self.task.kind).map_err(wrong)?)
    }

    /// Ignores pixels by whether they lie in the band that is held out, if any is.
    fn ignore(&self, labels: &mut SoftLabels, ignored: impl Fn(bool) -> bool) {
        if let Some(band) = &self.split.band {
            let (height, width) = labels.size();
            let ignored = band.mask(height, width).mapv(ignored);
            labels.ignore(ignored.view()).expect("a mask of the label's own size");
        }
    }
}

/// Whether a label is k/n of these votes, but for what 8-bit maps round. Another, such as a majority, may be
/// kept beside its votes, and is then not what they say.
fn is_frequency(labels: &SoftLabels, votes: &Votes) -> bool {
    let share = |k: u16, n: u16| f32::from(k) / f32::from(n.max(1));
    let mut pixels =
        labels.probabilities().into_iter().zip(labels.valid()).zip(votes.yes()).zip(votes.total());
    pixels.all(|(((p, valid), k), n)| !valid || (p - share(*k, *n)).abs() < 1e-2)
}
