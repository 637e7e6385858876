//! Bad input: one clear message each (what, where, the value, what to do), exit 1 or 2, nothing overwritten.
//! A new way to be wrong is a new test here.

mod common;

use common::{lagoons, refuses, scumble, train};
use ndarray::{Array2, Array3};
use predicates::prelude::*;
use scumble_data::{Raster, Samples, write_png};
use std::path::{Path, PathBuf};

struct Attempt {
    _folder: tempfile::TempDir,
    data: PathBuf,
    run: PathBuf,
}

impl Attempt {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (data, run) = (folder.path().join("data"), folder.path().join("run"));
        lagoons(&data, 3);
        Self { _folder: folder, data, run }
    }

    /// Training fails with this code and a message that says all of `says`; no run is left behind that has a model.
    fn refuses(&self, more: &[&str], code: i32, says: &[&str]) {
        refuses(&mut train(&self.data, &self.run, more), code, says);
        assert!(!self.run.join("model.safetensors").exists());
    }

    /// `check` lists the problem, with exit 1.
    fn check_finds(&self, says: &[&str]) {
        refuses(&mut scumble(&["check", &self.data.display().to_string()]), 1, says);
    }
}

fn npy(path: &Path, values: Array3<f32>) {
    // By hand: the map writer refuses what these tests need.
    let (classes, height, width) = values.dim();
    let header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({height}, {width}, {classes}), }}");
    let padded = format!("{header:<117}\n");
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(padded.as_bytes());
    values.permuted_axes([1, 2, 0]).iter().for_each(|v| bytes.extend(v.to_le_bytes()));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_truncated_png() {
    let attempt = Attempt::new();
    let image = attempt.data.join("images/lagoon-02.png");
    let bytes = std::fs::read(&image).unwrap();
    std::fs::write(&image, &bytes[..bytes.len() / 2]).unwrap();
    attempt.refuses(&[], 1, &["lagoon-02.png", "PNG"]);
    attempt.check_finds(&["lagoon-02.png"]);
}

#[test]
fn a_mask_of_another_size() {
    let attempt = Attempt::new();
    let rater = std::fs::read_dir(attempt.data.join("raters")).unwrap().next().unwrap().unwrap().path();
    let mask = Raster {
        height: 10,
        width: 12,
        channels: 1,
        samples: Samples::U8(vec![0; 120]),
        indexed: Some(1),
        nodata: None,
    };
    write_png(&rater.join("lagoon-01.png"), &mask).unwrap();
    attempt.refuses(&[], 1, &["lagoon-01.png", "12", "48"]);
    attempt.check_finds(&["lagoon-01.png"]);
}

#[test]
fn a_mask_of_unknown_colours() {
    let attempt = Attempt::new();
    std::fs::write(attempt.data.join("dataset.toml"), "[colours]\nwater = \"#ffffff\"\nland = \"#102030\"")
        .unwrap();
    attempt.refuses(&[], 1, &["row 0, column", "#000000", "[colours] of dataset.toml"]);
    attempt.check_finds(&["#000000"]);
}

#[test]
fn annotations_of_an_image_that_is_not_there() {
    let attempt = Attempt::new();
    let image = r#"{"id": 1, "file_name": "lagoon-99.png", "height": 48, "width": 48}"#;
    let text = format!(r#"{{"images": [{image}], "annotations": [], "categories": []}}"#);
    std::fs::write(attempt.data.join("raters/anna.json"), text).unwrap();
    attempt.refuses(&[], 1, &["anna.json", "lagoon-99", "images/"]);
}

#[test]
fn an_image_with_nan() {
    let attempt = Attempt::new();
    std::fs::remove_file(attempt.data.join("images/lagoon-01.png")).unwrap();
    let mut image = Array3::zeros((3, 48, 48));
    image[[1, 7, 9]] = f32::NAN;
    npy(&attempt.data.join("images/lagoon-01.npy"), image);
    attempt.refuses(&[], 1, &["lagoon-01.npy", "row 7, column 9, channel 1"]);
}

#[test]
fn an_empty_folder_and_a_missing_one() {
    let attempt = Attempt::new();
    let empty = tempfile::tempdir().unwrap();
    for (path, says) in [(empty.path().to_path_buf(), "images"), (attempt.data.join("nowhere"), "nowhere")] {
        train(&path, &attempt.run, &[]).assert().code(1).stderr(predicate::str::contains(says));
    }
    assert!(!attempt.run.exists(), "a mistaken path leaves no empty run behind");
}

#[test]
fn another_number_of_channels_than_the_model_has() {
    let attempt = Attempt::new();
    train(&attempt.data, &attempt.run, &["--set", "train.epochs=1"]).assert().success();
    let grey = attempt.data.join("grey.png");
    let image = Raster {
        height: 48,
        width: 48,
        channels: 1,
        samples: Samples::U8(vec![9; 48 * 48]),
        indexed: None,
        nodata: None,
    };
    write_png(&grey, &image).unwrap();
    let maps = attempt.data.join("maps");
    let arguments = ["predict", &attempt.run.display().to_string(), &grey.display().to_string(), "-o"];
    scumble(&arguments).arg(&maps).assert().code(1).stderr(
        predicate::str::contains("grey.png")
            .and(predicate::str::contains("1 channel"))
            .and(predicate::str::contains("3")),
    );
    assert!(!maps.join("grey.npy").exists());
}

#[test]
fn a_label_out_of_range_and_byte_data_declared_as_probabilities() {
    for (value, says) in [(1.5f32, "1.5"), (255.0, "divide it by 255")] {
        let attempt = Attempt::new();
        let mut label = Array3::zeros((1, 48, 48));
        label[[0, 3, 4]] = value;
        for id in ["lagoon-01", "lagoon-02", "lagoon-03"] {
            npy(&attempt.data.join(format!("labels/{id}.npy")), label.clone());
        }
        attempt.refuses(&[], 1, &["lagoon-0", "row 3, column 4", says]);
        attempt.check_finds(&["row 3, column 4", says]);
    }
}

#[test]
fn an_unknown_setting_and_one_out_of_range() {
    let attempt = Attempt::new();
    attempt.refuses(&["--set", "train.epoch=3"], 2, &["train.epoch", "train.epochs"]);
    attempt.refuses(&["--set", "train.patch=17"], 2, &["train.patch = 17", "multiple of 2"]);
    let file = attempt.data.join("my.toml");
    std::fs::write(&file, "[trian]\nepochs = 3\n").unwrap();
    attempt.refuses(&["--config", &file.display().to_string()], 2, &["my.toml", "trian", "train"]);
    attempt.refuses(&["--device", "gpu"], 2, &["gpu"]);
    // Builds for the CPU alone say what to build; either way nothing is left behind.
    if cfg!(not(any(feature = "cuda", feature = "wgpu"))) {
        attempt.refuses(&["--device", "cuda"], 1, &["cuda", "feature"]);
    }
    assert!(!attempt.run.exists());
}

#[test]
fn a_run_is_not_overwritten_unasked() {
    let attempt = Attempt::new();
    train(&attempt.data, &attempt.run, &["--set", "train.epochs=1"]).assert().success();
    let before = std::fs::read(attempt.run.join("model.safetensors")).unwrap();
    train(&attempt.data, &attempt.run, &["--set", "train.epochs=1", "--set", "train.seed=7"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("--resume").and(predicate::str::contains("--overwrite")));
    assert_eq!(std::fs::read(attempt.run.join("model.safetensors")).unwrap(), before);
    train(&attempt.data, &attempt.run, &["--set", "train.epochs=1", "--set", "train.seed=7", "--overwrite"])
        .assert()
        .success();
    assert_ne!(std::fs::read(attempt.run.join("model.safetensors")).unwrap(), before);
    // A folder that is no run is never cleared.
    let other = attempt.data.join("precious");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("thesis.txt"), "years").unwrap();
    train(&attempt.data, &other, &["--overwrite"]).assert().failure();
    assert!(other.join("thesis.txt").exists());
}

#[test]
fn what_predict_does_not_read_is_said() {
    let attempt = Attempt::new();
    train(&attempt.data, &attempt.run, &["--set", "train.epochs=1"]).assert().success();
    let run = attempt.run.display().to_string();
    let images = attempt.data.join("images");
    let predict = |folder: &Path, maps: &str| {
        let maps = attempt.data.join(maps).display().to_string();
        scumble(&["predict", &run, &folder.display().to_string(), "-o", &maps, "--json"])
    };
    predict(&images, "none").assert().success().stdout(predicate::str::contains("not_read").not());
    for name in ["a.dcm", "b.nrrd", "Thumbs.db"] {
        std::fs::write(images.join(name), "").unwrap();
    }
    predict(&images, "some")
        .assert()
        .success()
        .stderr(predicate::str::contains("a.dcm: is not read").and(predicate::str::contains("1 more")))
        .stdout(predicate::str::contains("\"not_read\":[").and(predicate::str::contains("Thumbs").not()));
    let empty = attempt.data.join("scans");
    std::fs::create_dir(&empty).unwrap();
    std::fs::write(empty.join("a.dcm"), "").unwrap();
    refuses(&mut predict(&empty, "more"), 1, &["no image in it", "a.dcm is not read"]);
}

#[test]
fn maps_are_not_overwritten_unasked() {
    let attempt = Attempt::new();
    train(&attempt.data, &attempt.run, &["--set", "train.epochs=1"]).assert().success();
    let maps = attempt.data.join("maps");
    let arguments = |more: &str| {
        let mut list =
            vec!["predict".into(), attempt.run.display().to_string(), attempt.data.display().to_string()];
        list.extend(["-o".into(), maps.display().to_string()]);
        if !more.is_empty() {
            list.push(more.into());
        }
        list
    };
    let run = |more: &str| scumble(&arguments(more).iter().map(String::as_str).collect::<Vec<_>>());
    run("").assert().success();
    run("").assert().code(2).stderr(predicate::str::contains("--overwrite"));
    run("--overwrite").assert().success();
}

#[test]
fn resuming_with_other_data_is_refused() {
    let attempt = Attempt::new();
    train(&attempt.data, &attempt.run, &["--pause-after", "1"]).assert().success();
    let image = Raster {
        height: 48,
        width: 48,
        channels: 3,
        samples: Samples::U8(vec![9; 48 * 48 * 3]),
        indexed: None,
        nodata: None,
    };
    write_png(&attempt.data.join("images/lagoon-01.png"), &image).unwrap();
    attempt.refuses(&["--resume"], 1, &["fingerprint"]);
}

#[test]
fn a_damaged_model_says_so() {
    let attempt = Attempt::new();
    train(&attempt.data, &attempt.run, &["--set", "train.epochs=1"]).assert().success();
    let model = attempt.data.join("cut.safetensors");
    let bytes = std::fs::read(attempt.run.join("model.safetensors")).unwrap();
    std::fs::write(&model, &bytes[..bytes.len() - 100]).unwrap();
    scumble(&["info", &model.display().to_string()])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("cut.safetensors"));
}

#[test]
fn predictions_that_do_not_fit_the_labels() {
    let attempt = Attempt::new();
    let maps = attempt.data.join("maps");
    npy(&maps.join("other.npy"), Array3::zeros((1, 48, 48)));
    let eval =
        |maps: &Path| scumble(&["eval", &maps.display().to_string(), &attempt.data.display().to_string()]);
    eval(&maps)
        .assert()
        .code(1)
        .stderr(predicate::str::contains("other").and(predicate::str::contains("lagoon-01")));
    let small = attempt.data.join("small");
    npy(&small.join("lagoon-01.npy"), Array2::zeros((20, 48)).insert_axis(ndarray::Axis(0)));
    eval(&small)
        .arg("--allow-missing")
        .assert()
        .code(1)
        .stderr(predicate::str::contains("lagoon-01").and(predicate::str::contains("20")));
    let unknown = attempt.data.join("unknown");
    let mut map = Array2::from_elem((48, 48), 0.5);
    map[[7, 9]] = f32::NAN;
    npy(&unknown.join("lagoon-01.npy"), map.insert_axis(ndarray::Axis(0)));
    eval(&unknown).arg("--allow-missing").assert().code(1).stderr(
        predicate::str::contains("lagoon-01").and(predicate::str::contains("row 7, column 9 is NaN")),
    );
}
