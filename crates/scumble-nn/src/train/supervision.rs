//! What the network is told of each image: the label to learn from, and the label to validate by.

use super::TrainError;
use crate::config::TrainTarget;
use crate::head::TargetError;
use crate::{Config, Task};
use ndarray::{Array3, Axis, Ix3, concatenate};
use scumble::fusion::mean;
use scumble::joint::set_space;
use scumble::labels::{LabelSpace, RaterMask, SoftLabels};
use scumble_data::{
    DataError, Dataset, Item, ItemData, ItemRows, Labeller, Sample, SampleRows, Split, Target, Wanted,
};
use std::ops::Range;
use std::path::PathBuf;

/// How an image's annotations become what is learnt from, or judged by, under a training's settings.
pub(super) struct Supervision<'d> {
    dataset: &'d Dataset,
    config: &'d Config,
    task: Task,
    split: Split,
    learnt: Labeller,
    judged: Labeller,
}

impl<'d> Supervision<'d> {
    /// Learns what the target needs to know of all training images. Those to validate by have no part in it.
    pub(super) fn new(
        dataset: &'d Dataset,
        config: &'d Config,
        task: Task,
        split: Split,
    ) -> Result<Self, TrainError> {
        let head = task.head();
        let labeller = |target: Target| {
            let items = split.train.iter().map(|&at| &dataset.items()[at]);
            let target = head.distribution().target(target);
            match head.distribution().learns_sets() {
                true => dataset.set_labeller(target, items, split.band.as_ref()),
                false => dataset.labeller(target, items, split.band.as_ref()),
            }
        };
        let learnt_from = config.data.target.label();
        let learnt = labeller(learnt_from)?;
        let target = config.data.validation_target.label(config.data.target);
        let judged = if target == learnt_from { learnt.clone() } else { labeller(target)? };
        Ok(Self { dataset, config, task, split, learnt, judged })
    }

    /// The label of an image to validate by, without what is not held out.
    pub(super) fn judged(&self, item: &Item) -> Result<SoftLabels, TrainError> {
        let read = self.dataset.read(item, &self.judged.wanted())?;
        let mut labels = self.of_kind(item, self.judged.labels(&read)?)?;
        if let Some(band) = &self.split.band {
            band.keep(&mut labels);
        }
        Ok(labels)
    }

    /// An image to validate by that is too large to be judged as a whole, if it can be by rows.
    pub(super) fn judged_rows(&self, item: &'d Item) -> Result<Option<ItemRows<'d>>, TrainError> {
        let rows = self.dataset.rows(item, &self.judged.wanted())?;
        Ok(Some(rows).filter(|rows| self.judged.is_by_pixel() && rows.bands().len() > 1))
    }

    /// [`judged`](Self::judged) of these rows.
    pub(super) fn judged_in(
        &self,
        item: &ItemRows<'_>,
        rows: Range<usize>,
    ) -> Result<SoftLabels, TrainError> {
        let read = item.read(rows.clone())?;
        let mut labels = self.of_kind(read.item(), self.judged.labels(&read)?)?;
        if let Some(band) = &self.split.band {
            band.keep_of_rows(&mut labels, rows, item.size().0);
        }
        Ok(labels)
    }

    /// A training image, by its place among them.
    pub(super) fn training(&self, at: usize) -> &'d Item {
        &self.dataset.items()[self.split.train[at]]
    }

    /// What to learn from a training image: what patches are cut from. Its label, of raters drawn their mean, is shown to
    /// `look`, which adds to what it has seen; of a large image it comes by bands of rows.
    pub(super) fn learnt<T: Default>(
        &self,
        at: usize,
        look: impl Fn(&mut T, &SoftLabels),
    ) -> Result<(T, Sample), TrainError> {
        let item = self.training(at);
        let of_raters = self.config.data.target == TrainTarget::Sample;
        let by_themselves = !self.task.raters().is_empty();
        if !of_raters && !by_themselves && self.learnt.is_by_pixel() {
            let rows = self.dataset.rows(item, &self.learnt.wanted())?;
            // What fails by rows is said, or done, by the image as a whole.
            if rows.bands().len() > 1
                && let Ok(learnt) = self.learnt_by_rows(item, &rows, &look)
            {
                return Ok(learnt);
            }
        }
        let wanted = Wanted { image: true, raters: of_raters || by_themselves, ..self.learnt.wanted() };
        let mut read = self.dataset.read(item, &wanted)?;
        let image = read.image.take().expect("it was asked for");
        let mut labels = self.of_kind(item, self.learnt.labels(&read)?)?;
        if let Some(band) = &self.split.band {
            band.leave_out(&mut labels);
        }
        let by_raters = self.by_raters();
        let sample = if of_raters {
            Sample::of_raters(image, &labels, &self.raters(read)?, by_raters)
        } else {
            let (targets, weights) = self.targets(item, &labels)?;
            let (targets, weights) = match by_themselves {
                true => self.with_raters(&read, &labels, (targets, weights))?,
                false => (targets, weights),
            };
            Sample::new(image, targets, weights)
        };
        let mut seen = T::default();
        look(&mut seen, &labels);
        Ok((seen, sample.map_err(|source| TrainError::Image { path: self.path(item), source })?))
    }

    fn learnt_by_rows<T: Default>(
        &self,
        item: &'d Item,
        rows: &ItemRows<'d>,
        look: &impl Fn(&mut T, &SoftLabels),
    ) -> Result<(T, Sample), TrainError> {
        let (mut seen, mut sample) = (T::default(), SampleRows::new(self.dataset.image(item)?));
        for band in rows.bands() {
            let mut labels = self.of_kind(item, self.learnt.labels(&rows.read(band.clone())?)?)?;
            if let Some(held_out) = &self.split.band {
                held_out.leave_out_of_rows(&mut labels, band, rows.size().0);
            }
            let (targets, weights) = self.targets(item, &labels)?;
            sample.add(targets.view(), weights.view());
            look(&mut seen, &labels);
        }
        let wrong = |source| TrainError::Image { path: self.path(item), source };
        Ok((seen, sample.finish().map_err(wrong)?))
    }

    fn targets(&self, item: &Item, labels: &SoftLabels) -> Result<(Array3<f32>, Array3<f32>), TrainError> {
        let targets = self.task.head().distribution().targets(labels, self.by_raters());
        targets.map_err(|error| self.wrong(item, error))
    }

    /// Whether a pixel weighs as many times as raters have judged it.
    pub(super) fn by_raters(&self) -> bool {
        self.config.train.weighting.by_raters()
    }

    /// The label of each rater alone.
    fn raters(&self, read: ItemData<'_>) -> Result<Vec<SoftLabels>, TrainError> {
        let item = read.item();
        let (masks, space) = match self.task.head().distribution().learns_sets() {
            true => (read.rater_sets()?, set_space(self.task.outputs())?),
            false => (read.raters, self.dataset.space().clone()),
        };
        masks.iter().map(|mask| self.of_rater(item, &space, mask)).collect()
    }

    /// What one rater alone says of an item.
    fn of_rater(
        &self,
        item: &Item,
        space: &LabelSpace,
        mask: &(String, RaterMask),
    ) -> Result<SoftLabels, TrainError> {
        let fusion = |source| DataError::Fusion { id: item.id().to_owned(), source: Box::new(source) };
        self.of_kind(item, mean(space, [mask]).map_err(fusion)?)
    }

    /// Targets and weights of the label, [K, H, W] and [1 or K, H, W], and after them what each of the task's raters marked,
    /// [(1 + R) K, H, W] both: 0 weighs what the rater has not seen, or the label leaves out.
    fn with_raters(
        &self,
        read: &ItemData<'_>,
        labels: &SoftLabels,
        (targets, weights): (Array3<f32>, Array3<f32>),
    ) -> Result<(Array3<f32>, Array3<f32>), TrainError> {
        let (item, dim, space) = (read.item(), targets.raw_dim(), self.dataset.space());
        let counts = labels.effective_weights(false);
        let (mut targets, mut weights) = (vec![targets], vec![for_each_class(weights, dim)]);
        for name in self.task.raters() {
            let Some(mask) = read.raters.iter().find(|(rater, _)| rater == name) else {
                targets.push(Array3::zeros(dim));
                weights.push(Array3::zeros(dim));
                continue;
            };
            let own = self.of_rater(item, space, mask)?;
            weights.push(for_each_class(own.effective_weights(false) * &counts, dim));
            targets.push(own.probabilities().to_owned());
        }
        let [targets, weights] = [targets, weights].map(|maps| {
            let maps: Vec<_> = maps.iter().map(|maps| maps.view()).collect();
            concatenate(Axis(0), &maps).expect("maps of one size")
        });
        Ok((targets, weights))
    }

    /// Of the task's kind, where it is not of label sets.
    fn of_kind(&self, item: &Item, labels: SoftLabels) -> Result<SoftLabels, TrainError> {
        if self.task.head().distribution().learns_sets() {
            return Ok(labels);
        }
        let wrong = |source| DataError::Label { path: self.path(item), source };
        Ok(labels.into_kind(self.task.kind()).map_err(wrong)?)
    }

    /// What a message about an item names.
    pub(super) fn path(&self, item: &Item) -> PathBuf {
        item.image().unwrap_or(self.dataset.root()).to_path_buf()
    }

    /// A label of an item that the head cannot take.
    pub(super) fn wrong(&self, item: &Item, error: TargetError) -> TrainError {
        let path = self.path(item);
        match error {
            TargetError::NoCounts => TrainError::NoCounts { path },
            TargetError::Score(source) => TrainError::Judge { path, source },
            TargetError::Labels(error) => error.into(),
            TargetError::Joint(error) => error.into(),
        }
    }
}

/// Weights of all classes, [1, H, W], as those of each, [K, H, W].
fn for_each_class(weights: Array3<f32>, dim: Ix3) -> Array3<f32> {
    weights.broadcast(dim).expect("weights of one class or of each").to_owned()
}
