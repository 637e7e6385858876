//! Fits a calibration to a model's logits and, if it gains anything on images held out, stores it in the model file.

use crate::held_out::{self, Choice, Purpose, Selection, run_of};
use crate::judge::{self, JudgeSettings};
use crate::open::Running;
use crate::predictions::same_labels;
use crate::unusual::Unusual;
use crate::{JobError, Observer, Steps, open, written};
use scumble::calibrate::{CalibrateError, CalibrationMethod, CalibrationPixels, Calibrator, CrossValidation};
use scumble::score::{Groups, PairedDifference, Proper};
use scumble_data::{Averaged, DataError, Dataset, Grouping, Item, Wanted, check_finite, counted};
use scumble_nn::predict::DEFAULT_TILE;
use scumble_nn::{Averaging, Device, Model, PrecisionChoice, Predictor, Reading, Scales, Views};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// A model, images to calibrate it on, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrateRequest {
    /// A model file or a run folder.
    pub model: PathBuf,
    /// The data set: of the one that a run was trained on, only what it held out.
    pub data: PathBuf,
    /// Only images whose id matches one of these globs; none: all that were held out.
    #[serde(default)]
    pub images: Vec<String>,
    /// Which images belong together; the default: as the run or the data set says.
    #[serde(default)]
    pub group: Grouping,
    /// The family of maps of logits.
    #[serde(default)]
    pub method: CalibrationMethod,
    /// The label, the region, and the weight of a pixel.
    #[serde(default)]
    pub settings: JudgeSettings,
    /// How many parts the groups of images are cut into, each judged by a calibration fitted to the others.
    #[serde(default)]
    pub folds: Folds,
    /// What is stored.
    #[serde(default)]
    pub store: Store,
    /// Where to compute.
    #[serde(default)]
    pub device: Device,
    /// The numbers in which a model runs.
    #[serde(default)]
    pub precision: PrecisionChoice,
    /// What a model's predictions are averaged over.
    #[serde(default)]
    pub averaging: Averaging,
    /// Side of the tiles in pixels.
    #[serde(default = "written::tile")]
    pub tile: NonZeroUsize,
}

impl CalibrateRequest {
    /// A temperature, fitted in five folds, stored if it gains anything.
    pub fn new(model: impl Into<PathBuf>, data: impl Into<PathBuf>) -> Self {
        Self {
            model: model.into(),
            data: data.into(),
            images: Vec::new(),
            group: Grouping::default(),
            method: CalibrationMethod::default(),
            settings: JudgeSettings::default(),
            folds: Folds::default(),
            store: Store::default(),
            device: Device::default(),
            precision: PrecisionChoice::default(),
            averaging: Averaging::default(),
            tile: DEFAULT_TILE,
        }
    }
}

/// Whether a calibration is stored in the model file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Store {
    /// If the cross entropy of images held out falls by more than chance.
    #[default]
    IfItGains,
    /// Whatever it does.
    Always,
    /// Not at all.
    Never,
}

/// Parts that groups of images are cut into: two at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Folds(u16);

impl Default for Folds {
    /// Five.
    fn default() -> Self {
        Self(5)
    }
}

impl TryFrom<u16> for Folds {
    type Error = judge::Error;

    fn try_from(count: u16) -> Result<Self, judge::Error> {
        Self::new(count)
    }
}

impl From<Folds> for u16 {
    fn from(folds: Folds) -> Self {
        folds.0
    }
}

impl Folds {
    /// # Errors
    /// Fewer than two.
    pub fn new(count: u16) -> Result<Self, judge::Error> {
        (count >= 2).then_some(Self(count)).ok_or(judge::Error::Setting {
            name: "folds",
            value: count.to_string(),
            must: "there must be at least 2",
        })
    }
}

/// A calibration, and what it gains. As JSON it is what `docs/json.md` describes.
#[derive(Debug, Clone)]
pub struct Calibration {
    /// What was asked.
    pub request: CalibrateRequest,
    /// The model file.
    pub file: PathBuf,
    /// Names of the images that it was fitted to.
    pub images: Vec<String>,
    /// Why these, and what the model has learnt from of them.
    pub selection: Selection,
    /// How many groups they are of.
    pub groups: usize,
    /// Pixels that it was fitted to.
    pub pixels: usize,
    /// What was fitted.
    pub calibrator: Calibrator,
    /// On images held out; `None` for one group, which cannot be, if it is to be stored whatever it does.
    pub validation: Option<CrossValidation>,
    /// By how much the cross entropy of images held out falls, and whether that is more than chance.
    pub gain: Option<PairedDifference>,
    /// What the predictions that it was fitted to are averaged over.
    pub averaged: Averaged,
    /// Whether it is in the model file now.
    pub stored: bool,
    /// The calibration that the model had before.
    pub replaced: Option<Calibrator>,
}

/// Logits kept over all images; an image of many is sampled.
const BUDGET: usize = 1 << 22;
/// No image needs more pixels, and none gets fewer.
const PIXELS: (usize, usize) = (1 << 10, 1 << 16);

/// Fits a calibration, judges it on images held out, and stores it if that was asked for.
///
/// # Errors
/// A method that does not fit the labels, a model of label sets, images that cannot be read or predicted, too few
/// images, a model file that cannot be written.
pub fn calibrate(request: &CalibrateRequest, observer: &dyn Observer) -> Result<Calibration, JobError> {
    // Who trains in this folder would write over what is stored, and the other way round.
    let run = if request.store == Store::Never { None } else { run_of(&request.model)? };
    let _lock = run.map(|run| run.lock()).transpose()?;
    let (mut model, file) = open::model(&request.model)?;
    suits(request, &model)?;
    let dataset = open::dataset(&request.data, &request.images, observer)?;
    same_labels("the model", &model.card.task, &dataset)?;
    let asked = Choice {
        images: !request.images.is_empty(),
        region: request.settings.region,
        target: request.settings.target,
        group: &request.group,
        purpose: Purpose::Fit,
    };
    let (dataset, selection) = held_out::choose(&[&request.model], dataset, &asked, observer)?;
    let running = Running::new(
        &[&request.model],
        (request.device, request.precision),
        &request.averaging,
        request.tile,
        observer,
    );
    // A calibration is fitted to what the model says without the one that it has.
    let predictor = running.of_models(vec![model.clone()], &[&request.model])?.uncalibrated();
    open::tell(&predictor, &request.averaging, observer);
    let (averaged, views) = (predictor.averaged(), predictor.views());
    let scales = predictor.scales_of(predictor.card());
    let images = read(request, predictor, &dataset, &selection, observer)?;
    let groups = Groups::of(dataset.items().iter().map(Item::group));
    let fit = fit(request, &images, &groups).map_err(|error| named(error, model.card.task.classes()))?;
    let stored = match request.store {
        Store::IfItGains => gains(fit.gain),
        Store::Always => true,
        Store::Never => false,
    };
    let replaced = model.card.task.calibrate(fit.calibrator.clone())?;
    if stored {
        model.card.calibrated_views = Some(views).filter(|views| *views != Views::ONE);
        model.card.calibrated_scales = Some(scales).filter(|scales| *scales != Scales::default());
        model.write(&file)?;
    }
    Ok(Calibration {
        request: request.clone(),
        file,
        images: dataset.items().iter().map(|item| item.id().to_string()).collect(),
        selection,
        groups: groups.count(),
        pixels: images.iter().map(CalibrationPixels::len).sum(),
        calibrator: fit.calibrator,
        validation: fit.validation,
        gain: fit.gain,
        averaged,
        stored,
        replaced,
    })
}

/// Whether this model can be calibrated this way.
fn suits(request: &CalibrateRequest, model: &Model) -> Result<(), JobError> {
    let (method, kind) = (request.method, model.card.task.kind());
    if !method.fits(kind) {
        return Err(CalibrateError::Method { method, kind }.into());
    }
    Ok(model.card.task.supports(Reading::Logits)?)
}

/// Logits and labels of every image.
fn read(
    request: &CalibrateRequest,
    mut predictor: Predictor,
    dataset: &Dataset,
    selection: &Selection,
    observer: &dyn Observer,
) -> Result<Vec<CalibrationPixels>, JobError> {
    let task = predictor.card().task.clone();
    let dataset = &dataset.clone().with_context(predictor.card().context);
    let items = dataset.items();
    let most = (BUDGET / (task.outputs() * items.len().max(1))).clamp(PIXELS.0, PIXELS.1);
    let steps = Steps::new(observer, "reading", items.len() as u64);
    let settings = &request.settings;
    let labeller = dataset.labeller(settings.target, items, None)?;
    let (mut images, mut unusual) = (Vec::new(), Unusual::default());
    for (seed, item) in items.iter().enumerate() {
        steps.go_on()?;
        let path = item.image().unwrap_or(dataset.root());
        let read = dataset.read(item, &Wanted { image: true, ..labeller.wanted() })?;
        let image = read.image.as_ref().expect("it was asked for");
        let wrong = |error| JobError::Predict(error).of(path.display());
        let logits = predictor.read(image, &[Reading::Logits]).map_err(wrong)?;
        let labels = labeller.labels(&read)?;
        check_finite(image, Some(counted(&labels).view())).map_err(|error| wrong(error.into()))?;
        let wrong = |source| DataError::Label { path: path.into(), source };
        let mut labels = labels.into_kind(task.kind()).map_err(wrong)?;
        if let Some(empty) = unusual.look(predictor.card(), item.id(), image) {
            labels.ignore(empty.view()).map_err(wrong)?;
        }
        if let Some(region) = &selection.region {
            region.keep(&mut labels);
        }
        let pixels = CalibrationPixels::new(&labels, logits[0].view(), settings.by_raters, most, seed as u64)
            .map_err(|e| JobError::Calibrate(e).of(path.display()))?;
        images.push(pixels);
        steps.step();
    }
    unusual.tell("nothing is fitted there", observer);
    Ok(images)
}

/// Names the class at fault.
fn named(error: CalibrateError, classes: &[String]) -> JobError {
    match error.class().and_then(|class| classes.get(class)).cloned() {
        Some(name) if classes.len() > 1 => JobError::Calibrate(error).of(name),
        _ => error.into(),
    }
}

struct Fit {
    calibrator: Calibrator,
    validation: Option<CrossValidation>,
    gain: Option<PairedDifference>,
}

fn fit(
    request: &CalibrateRequest,
    images: &[CalibrationPixels],
    groups: &Groups,
) -> Result<Fit, CalibrateError> {
    let validation = match groups.count() {
        1 if request.store == Store::Always => None,
        _ => Some(CrossValidation::new(request.method, images, groups, usize::from(request.folds.0))?),
    };
    Ok(Fit {
        calibrator: Calibrator::fit(request.method, &images.iter().collect::<Vec<_>>())?,
        gain: validation.as_ref().and_then(CrossValidation::gain),
        validation,
    })
}

/// Whether the cross entropy falls by more than chance: with fewer than six groups nobody can say, and it does not.
fn gains(gain: Option<PairedDifference>) -> bool {
    gain.is_some_and(|gain| gain.value > 0.0 && gain.shown() == Some(true))
}

/// Means over pixels, `None` without any.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanScores {
    /// Cross entropy in nats.
    pub cross_entropy: Option<f64>,
    /// Of the labels themselves.
    pub floor: Option<f64>,
    /// The difference.
    pub excess: Option<f64>,
    /// Mean squared difference.
    pub brier: Option<f64>,
}

impl MeanScores {
    /// Of sums over pixels.
    pub fn of(sums: &Proper) -> Self {
        let mean = |sum: f64| (sums.weight > 0.0).then(|| sum / sums.weight);
        Self {
            cross_entropy: mean(sums.cross_entropy),
            floor: mean(sums.floor),
            excess: mean(sums.cross_entropy - sums.floor),
            brier: mean(sums.brier),
        }
    }
}

impl Calibration {
    /// Whether the cross entropy of images held out falls by more than chance.
    pub fn gains(&self) -> bool {
        gains(self.gain)
    }
}

impl Serialize for Calibration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let scores = |sums: &Proper| {
            let MeanScores { cross_entropy, floor, excess, brier } = MeanScores::of(sums);
            let cross_entropy = json!({"value": cross_entropy, "floor": floor, "excess": excess});
            json!({"cross_entropy": cross_entropy, "brier": brier})
        };
        let held_out = self.validation.as_ref().map(|validation| {
            json!({
                "folds": validation.folds(),
                "before": scores(&validation.before()),
                "after": scores(&validation.after()),
                "gain": self.gain.map(|gain| gain.value),
                "interval": self.gain.and_then(|gain| gain.interval),
                "chance": self.gain.and_then(|gain| gain.chance),
                "groups_needed": self.gain.and_then(|gain| gain.groups_needed),
            })
        });
        json!({
            "version": 2,
            "model": self.file,
            "data": self.request.data,
            "images": self.images,
            "rule": self.selection.rule,
            "trained_on": self.selection.learnt.len(),
            "learnt_from": self.selection.learnt,
            "unlabelled": self.selection.unlabelled.images,
            "groups": self.groups,
            "pixels": self.pixels,
            "averaged": &self.averaged,
            "calibration": self.calibrator,
            "held_out": held_out,
            "gains": self.gains(),
            "stored": self.stored,
        })
        .serialize(serializer)
    }
}
