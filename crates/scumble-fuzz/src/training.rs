//! Readers of what trainings write: settings, models, checkpoints, records.

use crate::place::Place;
use crate::readable;
use scumble_data::{Raster, Samples};
use scumble_nn::{Device, Model, Precision, Predictor, Run, load_config};
use std::path::Path;

thread_local! {
    static MODEL: Place = Place::with(&[]);
    static RUN: Place = Place::with(&[("run.json", b"{}"), ("config.toml", b"")]);
}

/// A model file; a small model predicts.
pub(crate) fn model(bytes: &[u8]) {
    let path = MODEL.with(|place| place.put("model.safetensors", bytes));
    match Model::read(&path) {
        Ok(model) => predict(model),
        Err(error) => readable(&error),
    }
}

fn predict(model: Model) {
    let network = &model.card.network;
    let channels = network.channels();
    // What larger ones need is bounded by the program's budget, not by a fuzzer's.
    if network.stride() > 16 || channels > 8 || network.layers().len() > 64 {
        return;
    }
    let samples = (0..5 * 6 * channels).map(|at| at as u8).collect();
    let (height, width) = (5, 6);
    let image =
        Raster { height, width, channels, samples: Samples::U8(samples), indexed: None, nodata: None };
    let classes = model.card.task.space().classes().len();
    let predictor = Predictor::open(model, &Device::Cpu, Precision::F32);
    let predicted = predictor.and_then(|mut predictor| predictor.predict(&image));
    match predicted {
        Ok(maps) => assert_eq!(maps.dim(), (classes, height, width)),
        Err(error) => readable(&error),
    }
}

/// A checkpoint.
pub(crate) fn checkpoint(bytes: &[u8]) {
    with_run("checkpoints/last.safetensors", bytes, |run| match run.step() {
        Ok(_) => {}
        Err(error) => readable(&error),
    });
}

/// metrics.jsonl.
pub(crate) fn metrics(bytes: &[u8]) {
    with_run("metrics.jsonl", bytes, |run| match run.metrics() {
        Ok(epochs) => assert!(epochs.len() <= bytes.len()),
        Err(error) => readable(&error),
    });
}

/// run.json.
pub(crate) fn run_info(bytes: &[u8]) {
    with_run("run.json", bytes, |run| match run.info() {
        Ok(_) => {}
        Err(error) => readable(&error),
    });
}

/// Settings in TOML; behind a first NUL one assignment a line.
pub(crate) fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (file, assignments) = text.split_once('\0').unwrap_or((&text, ""));
    let assignments: Vec<String> = assignments.lines().map(str::to_owned).collect();
    match load_config(Some(("config.toml", file)), &assignments) {
        Ok(config) => config.check().expect("settings that were checked"),
        Err(error) => readable(&error),
    }
}

fn with_run(file: &str, bytes: &[u8], look: impl FnOnce(&Run)) {
    RUN.with(|place| {
        place.put(file, bytes);
        let open = |root: &Path| Run::open(root).expect("a run folder");
        look(&open(place.root()));
    });
}
