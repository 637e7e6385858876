//! Fits a calibration to a model's logits and, if it gains anything on images held out, stores it in the model file.

use super::held_out::HeldOut;
use super::{open_dataset, open_model};
use crate::arguments::Calibrate;
use crate::failure::Usage;
use crate::show::{self, Table, thousands};
use anyhow::Context;
use scumble::{Bootstrap, CalibrateError, CalibrationPixels, Calibrator, CrossValidation, Interval, Proper};
use scumble_data::{DataError, Dataset, Item};
use scumble_nn::{PredictError, Predictor};
use serde_json::{Value, json};

/// Logits kept over all images; an image of many is sampled.
const BUDGET: usize = 1 << 22;
/// No image needs more pixels, and none gets fewer.
const PIXELS: (usize, usize) = (1 << 10, 1 << 16);

pub(crate) fn run(arguments: &Calibrate) -> anyhow::Result<()> {
    let (mut model, file) = open_model(&arguments.model)?;
    let kind = model.card.task.kind;
    if !arguments.method.fits(kind) {
        let error = CalibrateError::Method { method: arguments.method, kind };
        return Err(Usage(format!("--method: {error}")).into());
    }
    if let Some(family) = model.card.task.joint {
        return Err(PredictError::Joint { family }.into());
    }
    let dataset = open_dataset(&arguments.data, &arguments.images.patterns)?;
    let asked = !arguments.images.patterns.is_empty() || arguments.region.is_some();
    let held_out = HeldOut::choose(&[&arguments.model], &dataset, arguments.region, asked);
    let predictor = Predictor::open(model.clone(), &arguments.device.device)?.with_tile(arguments.tile);
    let images = read(arguments, predictor, &dataset, &held_out)?;
    let folds = usize::from(arguments.folds).min(images.len());
    let classes = &model.card.task.classes;
    let validation = match images.len() {
        // One image cannot be held out; --force takes the fit unseen.
        1 if arguments.force => None,
        _ => Some(
            CrossValidation::new(arguments.method, &images, usize::from(arguments.folds))
                .map_err(|error| named(error, classes))?,
        ),
    };
    let all: Vec<&CalibrationPixels> = images.iter().collect();
    let calibrator = Calibrator::fit(arguments.method, &all).map_err(|error| named(error, classes))?;
    let interval = validation.as_ref().and_then(|v| v.gain_interval(&Bootstrap::default()));
    let gains = interval.is_some_and(|interval| interval.low > 0.0);
    let stored = !arguments.dry_run && (gains || arguments.force);
    let pixels: usize = images.iter().map(CalibrationPixels::len).sum();
    let replaced = model.card.task.calibration.replace(calibrator.clone());
    if stored {
        model.write(&file)?;
    }
    if arguments.json {
        let scores = validation.as_ref().map(|validation| {
            json!({
                "folds": folds,
                "before": scores(&validation.before()),
                "after": scores(&validation.after()),
                "gain": validation.gain(),
                "interval": interval,
            })
        });
        show::json(&json!({
            "version": 1,
            "model": file,
            "data": arguments.data,
            "images": held_out.images,
            "trained_on": held_out.seen,
            "pixels": pixels,
            "calibration": calibrator,
            "held_out": scores,
            "gains": gains,
            "stored": stored,
        }));
        return Ok(());
    }
    let (count, pixels) = (images.len(), thousands(pixels as u64));
    show::result(&format!("{calibrator}, fitted to {count} image(s), {pixels} pixels"));
    if let Some(validation) = &validation {
        show::result(&format!("\n{}", table(validation, folds)));
        show::result(&verdict(validation.gain(), interval));
    }
    if held_out.seen > 0 {
        let seen = held_out.seen;
        show::result(&format!("{seen} of these images were trained on: they say little about new ones"));
    }
    let place = file.display();
    show::result(&match (stored, &replaced) {
        (true, None) => format!("stored in {place}: predict and eval apply it"),
        (true, Some(old)) => format!("stored in {place} instead of: {old}"),
        (false, _) if arguments.dry_run => "nothing stored: a dry run".into(),
        (false, None) => "nothing stored (--force would)".into(),
        (false, Some(old)) => format!("nothing stored (--force would); the model keeps: {old}"),
    });
    Ok(())
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
    let mut images = Vec::new();
    for (seed, item) in items.into_iter().enumerate() {
        let path = item.image().unwrap_or(dataset.root());
        let logits = predictor.logits(&dataset.image(item)?).with_context(|| path.display().to_string())?;
        let labels = dataset.labels(item, arguments.target)?;
        let wrong = |source| DataError::Label { path: path.into(), source };
        let mut labels = labels.into_kind(task.kind).map_err(wrong)?;
        if let Some(region) = &held_out.region {
            let (height, width) = labels.size();
            labels.ignore(region.mask(height, width).mapv(|inside| !inside).view())?;
        }
        let pixels = CalibrationPixels::new(&labels, logits.view(), !arguments.unweighted, most, seed as u64)
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

fn scores(proper: &Proper) -> Value {
    let [value, floor, brier] = means(proper);
    let excess = value.zip(floor).map(|(value, floor)| value - floor);
    json!({"cross_entropy": {"value": value, "floor": floor, "excess": excess}, "brier": brier})
}

fn means(proper: &Proper) -> [Option<f64>; 3] {
    let sums = [proper.cross_entropy, proper.floor, proper.brier];
    sums.map(|sum| (proper.weight > 0.0).then(|| sum / proper.weight))
}

fn table(validation: &CrossValidation, folds: usize) -> Table {
    let title = format!("held out, {folds} folds");
    let mut table = Table::new(&[&title, "cross entropy", "floor", "excess", "Brier"]);
    for (name, proper) in [("as it was", validation.before()), ("calibrated", validation.after())] {
        let [value, floor, brier] = means(&proper);
        let excess = value.zip(floor).map(|(value, floor)| value - floor);
        table.row([name.to_string()].into_iter().chain([value, floor, excess, brier].map(show::optional)));
    }
    table
}

fn verdict(gain: Option<f64>, interval: Option<Interval>) -> String {
    let (Some(gain), Some(Interval { low, high })) = (gain, interval) else {
        return "no gain can be told".into();
    };
    let found = match (low > 0.0, high < 0.0) {
        (true, _) => "a gain",
        (_, true) => "a loss",
        _ => "no gain: the interval has 0 in it",
    };
    format!("the cross entropy falls by {gain:.5} [{low:.5}, {high:.5}] nats: {found}")
}
