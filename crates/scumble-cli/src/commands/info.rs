use super::open_model;
use crate::arguments::Info;
use crate::show::{self, duration, thousands};
use anyhow::Context;
use scumble_data::{Dataset, is_image, read_raster};
use scumble_nn::{Model, Run};
use serde_json::{Value, json};
use std::path::Path;

pub(crate) fn run(arguments: &Info) -> anyhow::Result<()> {
    let path = &arguments.path;
    let (text, value) = if path.is_dir() {
        if path.join("run.json").exists() { of_run(path)? } else { of_dataset(path)? }
    } else if path.extension().is_some_and(|e| e == "safetensors") {
        of_model(&Model::read(path)?)
    } else {
        // A file that is missing is said to be, rather than to have an unknown extension.
        if !is_image(path) {
            std::fs::metadata(path).with_context(|| path.display().to_string())?;
        }
        of_raster(path)?
    };
    if arguments.json {
        show::json(&value)
    } else {
        show::result(&text)
    }
    Ok(())
}

fn of_model(model: &Model) -> (String, Value) {
    let card = &model.card;
    let (task, network, history) = (&card.task, &card.network, &card.history);
    let validation = history.validation.map_or("none".to_string(), |(value, floor)| {
        format!("cross entropy {value:.4} (floor {floor:.4}, excess {:.4})", value - floor)
    });
    let shifts: Vec<String> = task.shift().iter().map(|shift| format!("{shift:+.3}")).collect();
    let shift = if shifts.is_empty() { "none".to_string() } else { shifts.join(", ") };
    let calibration = task.calibration().map_or("none".to_string(), |c| c.to_string());
    let (likelihood, joint) = (task.head().likelihood().name(), task.head().joint());
    let joint = joint.map_or("none".to_string(), |family| family.to_string());
    let text = format!(
        "model: {} ({})\nimages: {} channel(s); size any\nnetwork: {} layers, {} parameters, receptive field {} pixels\n\
         trained: {} epochs, {} steps, seed {}, scumble {}\nvalidation: {validation}\nraters' votes: {likelihood}\nlabel sets: {joint}\nclass weights move the logits by: {shift}\ncalibration: {calibration}\ndata: {:.16}",
        task.kind(),
        task.classes().join(", "),
        network.channels(),
        network.layers().len(),
        thousands(network.parameter_count() as u64),
        2 * network.halo() + 1,
        history.epochs,
        thousands(history.steps),
        history.seed,
        card.scumble,
        history.data,
    );
    let value = json!({
        "version": 1,
        "what": "model",
        "kind": task.kind(),
        "classes": task.classes(),
        "joint": task.head().joint(),
        "likelihood": task.head().likelihood(),
        "shift": task.shift(),
        "calibration": task.calibration(),
        "channels": network.channels(),
        "parameters": network.parameter_count(),
        "layers": network.layers().len(),
        "normalisation": card.normalisation,
        "history": history,
        "scumble": card.scumble,
    });
    (text, value)
}

fn of_run(folder: &Path) -> anyhow::Result<(String, Value)> {
    let run = Run::open(folder)?;
    let (info, metrics) = (run.info()?, run.metrics()?);
    let best = metrics.iter().rfind(|epoch| epoch.best);
    let judged = best.and_then(|epoch| epoch.validation).map_or("no validated epoch yet".to_string(), |v| {
        format!("best validation cross entropy {:.4} (floor {:.4}, excess {:.4})", v.value, v.floor, v.excess)
    });
    let mut text = format!(
        "run: {:?}, {} epochs, {} steps, {}\ndata: {} ({} to train, {} to validate{})\n{judged}",
        info.status,
        info.epochs,
        thousands(info.steps),
        duration(info.seconds),
        info.data.path.display(),
        info.data.train.len(),
        info.data.validation.len(),
        info.data.band.as_ref().map_or(String::new(), |band| format!(" on {band}")),
    );
    if let Ok((model, _)) = open_model(folder) {
        text = format!("{text}\n{}", of_model(&model).0);
    }
    Ok((text, json!({"version": 1, "what": "run", "run": info, "best": best})))
}

fn of_dataset(folder: &Path) -> anyhow::Result<(String, Value)> {
    let dataset = Dataset::open(folder)?;
    let text = format!(
        "data set: {}\n{} images, {} raters; `scumble check {}` looks into every file",
        dataset.describe_choice(),
        dataset.items().len(),
        dataset.raters().len(),
        folder.display(),
    );
    let value = json!({
        "version": 1,
        "what": "dataset",
        "kind": dataset.kind(),
        "classes": dataset.classes(),
        "images": dataset.items().len(),
        "raters": dataset.raters(),
        "understood": dataset.describe_choice(),
    });
    Ok((text, value))
}

fn of_raster(path: &Path) -> anyhow::Result<(String, Value)> {
    let raster = read_raster(path)?;
    let (mut low, mut high, mut nan) = (f32::INFINITY, f32::NEG_INFINITY, 0u64);
    for row in 0..raster.height {
        for column in 0..raster.width {
            for channel in 0..raster.channels {
                let value = raster.raw(row, column, channel);
                nan += u64::from(value.is_nan());
                (low, high) = (low.min(value), high.max(value));
            }
        }
    }
    let numbers = match raster.full_scale() {
        255.0 => "8-bit",
        65535.0 => "16-bit",
        _ => "float",
    };
    let text = format!(
        "image: {} x {} pixels, {} channel(s), {numbers}, values {low} to {high}{}",
        raster.width,
        raster.height,
        raster.channels,
        if nan > 0 { format!(", {} NaN", thousands(nan)) } else { String::new() },
    );
    let value = json!({
        "version": 1,
        "what": "raster",
        "height": raster.height,
        "width": raster.width,
        "channels": raster.channels,
        "numbers": numbers,
        "low": low,
        "high": high,
        "nan": nan,
    });
    Ok((text, value))
}
