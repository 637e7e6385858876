//! What a judgement reads of each image: all of it at once, or by rows.

use super::request::JudgeSettings;
use crate::JobError;
use crate::predictions::{Predicted, Predictions};
use ndarray::{Array2, ArrayView2, ArrayView3};
use scumble::labels::{Kind, RaterMask, SoftLabels};
use scumble_data::{
    Band, DataError, Dataset, Item, ItemRows, Labeller, Prediction, Raster, RasterReader, Wanted,
    check_finite, counted,
};
use scumble_nn::Task;
use std::ops::Range;
use std::path::PathBuf;

/// An image with all that is known of it, once it has been judged.
pub(crate) struct JudgedImage<'a> {
    pub(crate) item: &'a Item,
    /// The image itself, where there is one and it was asked for.
    pub(crate) image: Option<&'a Raster>,
    /// As the prediction's kind; what does not count is ignored.
    pub(crate) labels: &'a SoftLabels,
    /// [K, H, W], as precise as it is known.
    pub(crate) prediction: &'a Prediction,
    /// The same in f32, to be shown.
    pub(crate) shown: ArrayView3<'a, f32>,
    /// The masks that mean the same for the prediction.
    pub(crate) raters: &'a [(String, RaterMask)],
    /// The samples that the prediction is the mean of, if it is that.
    pub(crate) samples: &'a [RaterMask],
    /// How far the models differ, [H, W] in nats, if it is known.
    pub(crate) disagreement: Option<ArrayView2<'a, f32>>,
}

/// What is wanted of an image beside its label and its raters.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    /// The label as a distribution over label sets, too.
    pub(crate) label_sets: bool,
    /// The image itself.
    pub(crate) images: bool,
    /// How far several models differ.
    pub(crate) disagreement: bool,
}

/// All that a judgement needs of an image.
pub(super) struct Known {
    pub(super) image: Option<Raster>,
    pub(super) labels: SoftLabels,
    pub(super) raters: Vec<(String, RaterMask)>,
    pub(super) set_labels: Option<SoftLabels>,
}

impl Known {
    /// Judges nothing where the image is `empty`, [H, W].
    ///
    /// # Errors
    /// A sample that is no number where the label counts, and nobody has said that this stands for no data.
    pub(super) fn leave_out(&mut self, item: &Item, empty: Option<Array2<bool>>) -> Result<(), JobError> {
        let Some(image) = &self.image else { return Ok(()) };
        let name = |item: &Item| {
            item.image().map_or_else(|| item.id().to_owned(), |path| path.display().to_string())
        };
        check_finite(image, Some(counted(&self.labels).view()))
            .map_err(|error| JobError::Predict(error.into()).of(name(item)))?;
        let Some(empty) = empty else { return Ok(()) };
        for labels in [&mut self.labels].into_iter().chain(&mut self.set_labels) {
            let wrong = |source| DataError::Label { path: name(item).into(), source };
            labels.ignore(empty.view()).map_err(wrong)?;
        }
        Ok(())
    }

    /// Shows the image with what is predicted of it; of an image with `context` slices on either side it alone.
    pub(super) fn show<T>(
        &self,
        item: &Item,
        predicted: &Predicted,
        context: usize,
        look: impl FnOnce(&JudgedImage<'_>) -> T,
    ) -> T {
        let (prediction, samples) = (&predicted.classes, &predicted.samples[..]);
        let shown = prediction.as_f32();
        let shown = shown.view();
        let own = self.image.as_ref().map(|image| image.own_slice(context));
        let (image, labels, raters) = (own.as_deref(), &self.labels, &self.raters);
        let disagreement = predicted.disagreement.as_ref().map(|map| map.view());
        look(&JudgedImage { item, image, labels, prediction, shown, raters, samples, disagreement })
    }
}

/// Reads what a judgement needs of each image, once.
pub(crate) struct Reader<'d> {
    pub(super) dataset: &'d Dataset,
    kind: Kind,
    region: Option<Band>,
    labeller: Labeller,
    set_labeller: Option<Labeller>,
    images: bool,
    disagreement: bool,
}

impl<'d> Reader<'d> {
    pub(crate) fn new(
        dataset: &'d Dataset,
        task: &Task,
        settings: &JudgeSettings,
        asked: Asked,
    ) -> Result<Self, JobError> {
        let target = settings.target;
        let sets = asked.label_sets.then(|| dataset.set_labeller(target, dataset.items(), None));
        Ok(Self {
            dataset,
            kind: task.kind(),
            region: settings.region,
            labeller: dataset.labeller(target, dataset.items(), None)?,
            set_labeller: sets.transpose()?,
            images: asked.images,
            disagreement: asked.disagreement,
        })
    }

    /// Whether label sets are asked for.
    pub(super) fn sets(&self) -> bool {
        self.set_labeller.is_some()
    }

    /// The same, and whether the disagreement of models is.
    pub(super) fn more(&self) -> (bool, bool) {
        (self.sets(), self.disagreement)
    }

    /// A second look at an image that has been judged.
    pub(crate) fn look_again<T>(
        &self,
        predictions: &mut Predictions,
        id: &str,
        look: impl FnOnce(&JudgedImage<'_>) -> T,
    ) -> Result<T, JobError> {
        let item = self.dataset.items().iter().find(|item| item.id() == id);
        let missing = || DataError::NoImage { id: id.into(), root: self.dataset.root().into() };
        let item = item.ok_or_else(missing)?;
        let mut known = self.read(item)?;
        if let (Some(card), Some(image)) = (predictions.card(), &known.image) {
            let empty = card.normalisation.without_data(&image.own_slice(card.context));
            known.leave_out(item, empty)?;
        }
        let predicted = predictions.predict(
            self.dataset,
            item,
            known.image.as_ref(),
            (false, false),
            Some(&known.labels),
        )?;
        Ok(known.show(item, &predicted, self.dataset.context(), look))
    }

    /// The image, its label as the prediction's kind without what is outside the region, and the raters' masks where
    /// they mean the same for a prediction of this kind.
    pub(super) fn read(&self, item: &Item) -> Result<Known, JobError> {
        let wanted = Wanted {
            image: self.images && item.image().is_some(),
            raters: self.comparable(),
            label_sets: self.set_labeller.as_ref().and_then(|labeller| labeller.wanted().label_sets),
            ..self.labeller.wanted()
        };
        let read = self.dataset.read(item, &wanted)?;
        let path = read.path().to_path_buf();
        let labels = self.labeller.labels(&read)?;
        let labels = labels.into_kind(self.kind).map_err(|source| DataError::Label { path, source })?;
        let set_labels = self.set_labeller.as_ref().map(|labeller| labeller.labels(&read)).transpose()?;
        Ok(Known {
            image: read.image,
            labels: self.within_region(labels),
            raters: if self.comparable() { read.raters } else { Vec::new() },
            set_labels: set_labels.map(|labels| self.within_region(labels)),
        })
    }

    /// The image to be read by rows, if its label can be made so.
    pub(super) fn rows(&self, item: &'d Item) -> Result<Option<ItemRows<'d>>, JobError> {
        if !self.labeller.is_by_pixel() || self.sets() {
            return Ok(None);
        }
        let wanted = Wanted { raters: self.comparable(), ..self.labeller.wanted() };
        Ok(Some(self.dataset.rows(item, &wanted)?))
    }

    /// [`read`](Self::read) of these rows: label and raters.
    pub(super) fn of_rows(
        &self,
        item: &ItemRows<'_>,
        rows: Range<usize>,
    ) -> Result<(SoftLabels, Vec<(String, RaterMask)>), JobError> {
        let read = item.read(rows.clone())?;
        let path = read.path().to_path_buf();
        let labels = self.labeller.labels(&read)?;
        let mut labels = labels.into_kind(self.kind).map_err(|source| DataError::Label { path, source })?;
        if let Some(region) = &self.region {
            region.keep_of_rows(&mut labels, rows, item.size().0);
        }
        Ok((labels, if self.comparable() { read.raters } else { Vec::new() }))
    }

    /// Of masks of these rows what lies within the region that is judged.
    pub(super) fn keep_region(&self, raters: &mut [(String, RaterMask)], rows: Range<usize>, height: usize) {
        if let Some(region) = &self.region {
            raters.iter_mut().for_each(|(_, mask)| region.keep_of_rows(mask, rows.clone(), height));
        }
    }

    /// The image itself.
    pub(super) fn image(&self, item: &Item) -> Result<Raster, JobError> {
        Ok(self.dataset.image(item)?)
    }

    /// The image itself, to be read by rows, if its format can be.
    pub(super) fn image_rows(&self, item: &Item) -> Result<Option<RasterReader>, JobError> {
        Ok(self.dataset.image_rows(item)?)
    }

    /// Where the data set lies.
    pub(super) fn root(&self) -> PathBuf {
        self.dataset.root().to_owned()
    }

    fn within_region(&self, mut labels: SoftLabels) -> SoftLabels {
        if let Some(region) = &self.region {
            region.keep(&mut labels);
        }
        labels
    }

    fn comparable(&self) -> bool {
        match (self.dataset.kind(), self.kind) {
            (a, b) if a == b => true,
            // A mark of 0 or 1 is a class index, too.
            (Kind::Binary, Kind::Multiclass) | (Kind::Multiclass, Kind::Binary) => true,
            _ => false,
        }
    }
}
