//! `scumble export` from outside: what other programs run gives what `predict` writes.

mod common;

use common::{json, lagoons, refuses, scumble, text, train};
use ndarray::Array3;
use predicates::prelude::*;
use scumble_data::{Raster, read_image, read_raster};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A run of a few steps, and images of its kind.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        lagoons(&place.path("data"), 3);
        train(&place.path("data"), &place.path("run"), &[]).assert().success();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        text(&self.path(name))
    }
}

/// The probabilities [K, H, W] that an exported model gives of an image, by another runtime.
fn run(file: &Path, image: &Raster) -> Array3<f32> {
    let model = rten::Model::load(std::fs::read(file).unwrap()).unwrap();
    let shape = [1, image.channels, image.height, image.width];
    let samples: Vec<f32> = image.to_unit().iter().copied().collect();
    let input = rten::Value::from_shape(&shape, samples).unwrap();
    let output = model.run_one(input.into(), None).unwrap();
    let ([_, maps, rows, columns], values) = output.into_shape_vec::<f32, 4>().unwrap();
    Array3::from_shape_vec((maps, rows, columns), values).unwrap()
}

#[test]
fn another_program_gives_the_maps_that_predict_writes() {
    let place = Place::new();
    let (model, file) = (place.text("run"), place.text("model.onnx"));
    let maps = place.text("maps");
    let images = place.text("data/images");
    for calibrated in [false, true] {
        if calibrated {
            let data = place.text("data");
            let line = ["calibrate", &model, &data, "--images", "*", "--force", "--fast"];
            scumble(&line).assert().success();
        }
        let exported = json(&mut scumble(&["export", &model, "-o", &file, "--overwrite", "--json"]));
        assert_eq!(exported["version"], 1);
        assert_eq!(exported["bytes"], std::fs::metadata(&file).unwrap().len());
        assert_eq!(exported["model"], place.text("run/model.safetensors"));
        assert_eq!(exported["classes"], serde_json::json!(["water"]));
        assert_eq!((&exported["stride"], &exported["normalisation"]), (&2.into(), &"both".into()));
        let line = ["predict", &model, &images, "-o", &maps, "--fast", "--precision", "f32", "--overwrite"];
        scumble(&line).assert().success();
        let map = read_raster(&place.path("maps/lagoon-01.npy")).unwrap().to_unit();
        let found = run(file.as_ref(), &read_image(&place.path("data/images/lagoon-01.png")).unwrap());
        assert_eq!(found.dim(), map.dim());
        assert!(found.iter().zip(&map).all(|(a, b)| (a - b).abs() < 1e-5), "calibrated: {calibrated}");
    }
}

#[test]
fn it_says_what_was_written_and_of_how_many_views_a_calibration_is() {
    let place = Place::new();
    let (model, file, data) = (place.text("run"), place.text("model.onnx"), place.text("data"));
    let views = predicate::str::contains("mean of 8 views");
    let written = predicate::str::contains("model.onnx: ONNX of").and(predicate::str::contains("water"));
    scumble(&["export", &model, "-o", &file]).assert().success().stdout(written).stderr(views.clone().not());
    scumble(&["calibrate", &model, &data, "--images", "*", "--force"]).assert().success();
    scumble(&["export", &model, "-o", &file, "--overwrite"]).assert().success().stderr(views);
}

#[test]
fn nothing_is_written_of_what_is_no_model() {
    let folder = tempfile::tempdir().unwrap();
    let file = text(&folder.path().join("model.onnx"));
    refuses(&mut scumble(&["export", &text(folder.path()), "-o", &file]), 1, &["no model file and no run"]);
    refuses(&mut scumble(&["export", &file, "-o", &file]), 1, &["model.onnx"]);
    refuses(&mut scumble(&["export", &file]), 2, &["--output"]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
