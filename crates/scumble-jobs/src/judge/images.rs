//! Image by image: what is known of it is read once, predicted once, judged, and shown to whoever looks on.

use super::amounts::{FoundAmounts, JudgedAmounts};
use super::error::Error;
use super::request::{JudgeRequest, JudgeSettings};
use super::uncertainty::{ImageRisk, JudgedUncertainty};
use crate::predictions::{Predicted, Predictions};
use crate::unusual::Unusual;
use crate::{JobError, Observer, Steps};
use ndarray::{Array2, ArrayView3};
use scumble::joint::set_space;
use scumble::labels::{Kind, NO_RATERS, RaterMask, SoftLabels};
use scumble::score::{
    Curve, Groups, Intervals, Judge, JudgeOptions, ScoreError, Scores, Tally, calibration_by_chance,
    intervals,
};
use scumble_data::{
    Band, DataError, Dataset, Item, Labeller, Prediction, Raster, Wanted, check_finite, counted,
};
use scumble_nn::Task;
use std::fmt::Display;

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
}

/// Scores per image and over all.
pub(crate) struct ImageScores {
    pub(crate) task: Task,
    pub(crate) scoring: JudgeOptions,
    /// By name.
    pub(crate) images: Vec<(String, Scores)>,
    /// What the group of each image is called.
    pub(crate) groups: Vec<String>,
    /// The sums behind the images' scores.
    pub(crate) tallies: Vec<Tally>,
    /// Names of the images without a prediction.
    pub(crate) missing: Vec<String>,
    /// Names of the images far outside of what the model was trained on.
    pub(crate) unlike: Vec<String>,
    pub(crate) all: Scores,
    /// How much of each class there is.
    pub(crate) amounts: JudgedAmounts,
    /// If asked for.
    pub(crate) uncertainty: Option<JudgedUncertainty>,
    /// Of the data set's scores, by the jackknife over groups; `None` of fewer than two.
    pub(crate) intervals: Option<Intervals>,
    pub(crate) calibration_by_chance: Option<f64>,
    /// Of each class over the data set.
    pub(crate) curves: Vec<Curve>,
    /// Of the label sets, if asked for.
    pub(crate) sets: Option<Scores>,
}

/// Points of a risk-coverage curve: where the coverage passes a hundredth.
const CURVE_STEPS: usize = 100;

/// Judges every image of the data set that has a prediction, and shows each with its scores to `look`.
pub(crate) fn judge_images(
    predictions: &mut Predictions,
    reader: &Reader<'_>,
    request: &JudgeRequest,
    observer: &dyn Observer,
    look: &mut dyn FnMut(&JudgedImage<'_>, &Scores) -> Result<(), JobError>,
) -> Result<ImageScores, JobError> {
    let (dataset, settings) = (reader.dataset, &request.settings);
    let missing = predictions.missing(dataset, request.allow_missing)?;
    let task = predictions.task(dataset);
    let scoring = settings.scoring(predictions.resolution());
    let scoring = JudgeOptions { uncertainty: request.uncertainty, ..scoring };
    let empty = Judge::new(task.space(), scoring);
    let mut all = empty.clone();
    let mut sets = reader.sets().then(|| set_judge(&task, settings));
    let (mut images, mut groups, mut tallies) = (Vec::new(), Vec::new(), Vec::new());
    let mut amounts = FoundAmounts::default();
    let mut unusual = Unusual::default();
    let steps = Steps::new(observer, "judging", dataset.items().len() as u64);
    for item in dataset.items() {
        if !predictions.have(item) {
            steps.step();
            continue;
        }
        let mut known = reader.read(item)?;
        if let (Some(card), Some(image)) = (predictions.card(), &known.image) {
            let empty = unusual.look(card, item.id(), image);
            known.leave_out(item, empty)?;
        }
        let predicted =
            predictions.predict(dataset, item, known.image.as_ref(), reader.sets(), Some(&known.labels))?;
        let mut judge = empty.clone();
        if let Some(resolution) = predicted.resolution() {
            judge = judge.known_to(resolution);
        }
        let added = match &predicted.classes {
            Prediction::F32(maps) => judge.add(&known.labels, maps.view(), &known.raters),
            Prediction::F64(maps) => judge.add(&known.labels, maps.view(), &known.raters),
        };
        added.map_err(|error| {
            named(error, format_args!("image {} of {}", item.id(), dataset.root().display()))
        })?;
        let scores = judge.scores();
        known.show(item, &predicted, |image| look(image, &scores))?;
        all.merge(&judge);
        amounts.add(item, &judge.amounts());
        images.push((item.id().to_string(), scores));
        groups.push(item.group().to_string());
        tallies.push(judge.tally().clone());
        if let (Some(judge), Some(labels), Some(prediction)) = (&mut sets, &known.set_labels, predicted.sets)
        {
            let path = item.image().unwrap_or(dataset.root());
            judge.add(labels, prediction.view(), NO_RATERS).map_err(|error| named(error, path.display()))?;
        }
        steps.step();
    }
    unusual.tell("nothing is judged there", observer);
    let uncertainty = all.risk_coverage().map(|curve| {
        let sure = images.iter().zip(&tallies).zip(&groups).filter_map(|(((image, _), tally), group)| {
            let (confidence, risk) = tally.confidence_and_risk()?;
            Some((ImageRisk { image: image.clone(), confidence, risk }, group))
        });
        JudgedUncertainty::new(curve.points(CURVE_STEPS), sure)
    });
    let in_groups = Groups::of(&groups);
    Ok(ImageScores {
        amounts: amounts.finish(task.classes()),
        uncertainty,
        unlike: unusual.unlike,
        intervals: intervals(&tallies, &in_groups),
        calibration_by_chance: calibration_by_chance(&tallies, &in_groups),
        curves: all.curves(),
        all: all.scores(),
        sets: sets.map(|sets| sets.scores()),
        task,
        scoring,
        images,
        groups,
        tallies,
        missing,
    })
}

fn named(error: ScoreError, what: impl Display) -> JobError {
    JobError::from(Error::Score(error)).of(what)
}

/// Label sets are exclusive classes of their own, 2^K of them.
fn set_judge(task: &Task, settings: &JudgeSettings) -> Judge {
    let sets = set_space(task.outputs()).expect("sets were asked of labels that have them");
    Judge::new(&sets, JudgeOptions { by_raters: settings.by_raters, ..JudgeOptions::training() })
}

/// What is wanted of an image beside its label and its raters.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    /// The label as a distribution over label sets, too.
    pub(crate) label_sets: bool,
    /// The image itself.
    pub(crate) images: bool,
}

/// All that a judgement needs of an image.
struct Known {
    image: Option<Raster>,
    labels: SoftLabels,
    raters: Vec<(String, RaterMask)>,
    set_labels: Option<SoftLabels>,
}

impl Known {
    /// Judges nothing where the image is `empty`, [H, W].
    ///
    /// # Errors
    /// A sample that is no number where the label counts, and nobody has said that this stands for no data.
    fn leave_out(&mut self, item: &Item, empty: Option<Array2<bool>>) -> Result<(), JobError> {
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

    /// Shows the image with what is predicted of it.
    fn show<T>(&self, item: &Item, predicted: &Predicted, look: impl FnOnce(&JudgedImage<'_>) -> T) -> T {
        let (prediction, samples) = (&predicted.classes, &predicted.samples[..]);
        let shown = prediction.as_f32();
        let shown = shown.view();
        let (image, labels, raters) = (self.image.as_ref(), &self.labels, &self.raters);
        look(&JudgedImage { item, image, labels, prediction, shown, raters, samples })
    }
}

/// Reads what a judgement needs of each image, once.
pub(crate) struct Reader<'d> {
    dataset: &'d Dataset,
    kind: Kind,
    region: Option<Band>,
    labeller: Labeller,
    set_labeller: Option<Labeller>,
    images: bool,
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
        })
    }

    /// Whether label sets are asked for.
    fn sets(&self) -> bool {
        self.set_labeller.is_some()
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
            let empty = card.normalisation.without_data(image);
            known.leave_out(item, empty)?;
        }
        let predicted =
            predictions.predict(self.dataset, item, known.image.as_ref(), false, Some(&known.labels))?;
        Ok(known.show(item, &predicted, look))
    }

    /// The image, its label as the prediction's kind without what is outside the region, and the raters' masks where
    /// they mean the same for a prediction of this kind.
    fn read(&self, item: &Item) -> Result<Known, JobError> {
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
