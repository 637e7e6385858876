//! Fits a calibration to a model's logits and, if it gains anything on images held out, stores it in the model file.

use super::held_out::HeldOut;
use super::{open_dataset, open_model};
use crate::arguments::Calibrate;
use crate::failure::Usage;
use crate::show::{self, Table, thousands};
use anyhow::Context;
use scumble::calibrate::{CalibrateError, CalibrationPixels, Calibrator, CrossValidation};
use scumble::score::{Interval, Proper};
use scumble_data::{DataError, Dataset, Item};
use scumble_nn::{Model, Predictor, Reading};
use serde_json::{Value, json};
use std::path::Path;

/// Logits kept over all images; an image of many is sampled.
const BUDGET: usize = 1 << 22;
/// No image needs more pixels, and none gets fewer.
const PIXELS: (usize, usize) = (1 << 10, 1 << 16);

pub(crate) fn run(arguments: &Calibrate) -> anyhow::Result<()> {
    let (mut model, file) = open_model(&arguments.model)?;
    suits(arguments, &model)?;
    let dataset = open_dataset(&arguments.data, &arguments.images.patterns)?;
    let asked = !arguments.images.patterns.is_empty() || arguments.against.region.is_some();
    let held_out = HeldOut::choose(&[&arguments.model], &dataset, arguments.against.region, asked);
    let predictor = Predictor::open(model.clone(), &arguments.device.device)?.with_tile(arguments.tile);
    let images = read(arguments, predictor, &dataset, &held_out)?;
    let found = Found::new(arguments, &images).map_err(|error| named(error, model.card.task.classes()))?;
    let stored = !arguments.dry_run && (found.gains() || arguments.force);
    let replaced = model.card.task.calibrate(found.calibrator.clone())?;
    if stored {
        model.write(&file)?;
    }
    if arguments.json {
        show::json(&json!({
            "version": 1,
            "model": file,
            "data": arguments.data,
            "images": held_out.images,
            "trained_on": held_out.seen,
            "pixels": found.pixels,
            "calibration": found.calibrator,
            "held_out": found.scores(),
            "gains": found.gains(),
            "stored": stored,
        }));
        return Ok(());
    }
    show::result(&found.text());
    if held_out.seen > 0 {
        let seen = held_out.seen;
        show::result(&format!("{seen} of these images were trained on: they say little about new ones"));
    }
    show::result(&fate(&file, arguments.dry_run, stored, replaced.as_ref()));
    Ok(())
}

/// Whether this model can be calibrated this way.
fn suits(arguments: &Calibrate, model: &Model) -> anyhow::Result<()> {
    let (method, kind) = (arguments.method, model.card.task.kind());
    if !method.fits(kind) {
        return Err(Usage(format!("--method: {}", CalibrateError::Method { method, kind })).into());
    }
    Ok(model.card.task.supports(Reading::Logits)?)
}

/// Logits and labels of every image.
fn read(
    arguments: &Calibrate,
    mut predictor: Predictor,
    dataset: &Dataset,
    held_out: &HeldOut,
) -> anyhow::Result<Vec<CalibrationPixels>> {
    let task = predictor.card().task.clone();
    let items: Vec<&Item> =
        dataset.items().iter().filter(|item| held_out.images.iter().any(|id| id == item.id())).collect();
    let most = (BUDGET / (task.outputs() * items.len().max(1))).clamp(PIXELS.0, PIXELS.1);
    let bar = show::Bar::new("reading", items.len() as u64);
    let labeller = dataset.labeller(arguments.against.target, items.iter().copied(), None)?;
    let mut images = Vec::new();
    for (seed, item) in items.into_iter().enumerate() {
        let path = item.image().unwrap_or(dataset.root());
        let logits = predictor
            .read(&dataset.image(item)?, &[Reading::Logits])
            .with_context(|| path.display().to_string())?;
        let labels = labeller.labels(item)?;
        let wrong = |source| DataError::Label { path: path.into(), source };
        let mut labels = labels.into_kind(task.kind()).map_err(wrong)?;
        if let Some(region) = &held_out.region {
            let (height, width) = labels.size();
            labels.ignore(region.mask(height, width).mapv(|inside| !inside).view())?;
        }
        let pixels = CalibrationPixels::new(
            &labels,
            logits[0].view(),
            !arguments.against.unweighted,
            most,
            seed as u64,
        )
        .with_context(|| path.display().to_string())?;
        images.push(pixels);
        bar.step();
    }
    bar.done();
    Ok(images)
}

/// Names the class at fault.
fn named(error: CalibrateError, classes: &[String]) -> anyhow::Error {
    match error.class().and_then(|class| classes.get(class)).cloned() {
        Some(name) if classes.len() > 1 => anyhow::Error::from(error).context(name),
        _ => error.into(),
    }
}

/// A calibration, and what it gains.
struct Found {
    calibrator: Calibrator,
    images: usize,
    pixels: usize,
    folds: usize,
    /// `None` for one image, which cannot be held out, if it is forced.
    validation: Option<CrossValidation>,
    interval: Option<Interval>,
}

impl Found {
    fn new(arguments: &Calibrate, images: &[CalibrationPixels]) -> Result<Self, CalibrateError> {
        let folds = usize::from(arguments.folds);
        let validation = match images.len() {
            1 if arguments.force => None,
            _ => Some(CrossValidation::new(arguments.method, images, folds)?),
        };
        Ok(Self {
            calibrator: Calibrator::fit(arguments.method, &images.iter().collect::<Vec<_>>())?,
            images: images.len(),
            pixels: images.iter().map(CalibrationPixels::len).sum(),
            folds: folds.min(images.len()),
            interval: validation.as_ref().and_then(|v| v.gain_interval(&arguments.intervals.bootstrap())),
            validation,
        })
    }

    fn gains(&self) -> bool {
        self.interval.is_some_and(|interval| interval.low > 0.0)
    }

    fn scores(&self) -> Option<Value> {
        let scores = |proper: &Proper| {
            let [value, floor, excess, brier] = means(proper);
            json!({"cross_entropy": {"value": value, "floor": floor, "excess": excess}, "brier": brier})
        };
        let validation = self.validation.as_ref()?;
        Some(json!({
            "folds": self.folds,
            "before": scores(&validation.before()),
            "after": scores(&validation.after()),
            "gain": validation.gain(),
            "interval": self.interval,
        }))
    }

    fn text(&self) -> String {
        let (images, pixels) = (self.images, thousands(self.pixels as u64));
        let fitted = format!("{}, fitted to {images} image(s), {pixels} pixels", self.calibrator);
        let Some(validation) = &self.validation else { return fitted };
        let title = format!("held out, {} folds", self.folds);
        let mut table = Table::new(&[&title, "cross entropy", "floor", "excess", "Brier"]);
        for (name, proper) in [("as it was", validation.before()), ("calibrated", validation.after())] {
            let cells = means(&proper).map(show::optional);
            table.row([name.to_string()].into_iter().chain(cells));
        }
        format!("{fitted}\n\n{table}\n{}", self.verdict(validation.gain()))
    }

    fn verdict(&self, gain: Option<f64>) -> String {
        let (Some(gain), Some(Interval { low, high })) = (gain, self.interval) else {
            return "no gain can be told".into();
        };
        let found = match (low > 0.0, high < 0.0) {
            (true, _) => "a gain",
            (_, true) => "a loss",
            _ => "no gain: the interval has 0 in it",
        };
        format!("the cross entropy falls by {gain:.5} [{low:.5}, {high:.5}] nats: {found}")
    }
}

/// Mean cross entropy, floor, excess and Brier score.
fn means(sums: &Proper) -> [Option<f64>; 4] {
    let excess = sums.cross_entropy - sums.floor;
    [sums.cross_entropy, sums.floor, excess, sums.brier]
        .map(|sum| (sums.weight > 0.0).then(|| sum / sums.weight))
}

/// What became of the model file.
fn fate(file: &Path, dry_run: bool, stored: bool, replaced: Option<&Calibrator>) -> String {
    let place = file.display();
    match (stored, replaced) {
        (true, None) => format!("stored in {place}: predict and eval apply it"),
        (true, Some(old)) => format!("stored in {place} instead of: {old}"),
        (false, _) if dry_run => "nothing stored: a dry run".into(),
        (false, None) => "nothing stored (--force would)".into(),
        (false, Some(old)) => format!("nothing stored (--force would); the model keeps: {old}"),
    }
}
