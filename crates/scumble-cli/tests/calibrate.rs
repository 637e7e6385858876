//! `scumble calibrate` from outside: what it stores is what predict and eval apply.

mod common;

use common::{lagoons, scumble, train};
use ndarray::Array3;
use predicates::prelude::*;
use scumble::labels::Kind;
use scumble_data::{MapFormat, MapWriter};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn json(arguments: &[&str]) -> Value {
    common::json(scumble(arguments).arg("--json"))
}

fn loss(scores: &Value) -> f64 {
    scores["all"]["cross_entropy"]["value"].as_f64().unwrap()
}

/// A run of a few steps, whose probabilities are far from true, and other images of its kind.
struct Job {
    folder: tempfile::TempDir,
}

impl Job {
    fn new() -> Self {
        let job = Self { folder: tempfile::tempdir().unwrap() };
        lagoons(&job.path("seen"), 3);
        lagoons(&job.path("data"), 6);
        train(&job.path("seen"), &job.path("run"), &[]).assert().success();
        job
    }

    /// Labels made of the model's own logits, `sharpened` times as large: the temperature is 1 / `sharpened`.
    fn sharpen(&self, sharpened: f32) {
        let (raw, labels) = (self.path("raw"), self.path("data/labels"));
        scumble(&["predict", &self.text("run"), &self.text("data"), "-o", &self.text("raw")])
            .assert()
            .success();
        std::fs::remove_dir_all(self.path("data/raters")).unwrap();
        for entry in std::fs::read_dir(raw).unwrap() {
            let path = entry.unwrap().path();
            let id = path.file_stem().unwrap().to_string_lossy().into_owned();
            if path.extension().unwrap() != "npy" {
                continue;
            }
            let map = scumble_data::read_raster(&path).unwrap();
            let p = Array3::from_shape_fn((1, map.height, map.width), |(_, row, column)| {
                let q = map.raw(row, column, 0);
                1.0 / (1.0 + ((1.0 - q) / q).powf(sharpened))
            });
            let class = ["water".to_string()];
            let mut writer =
                MapWriter::create(&labels, &id, MapFormat::Npy, Kind::Binary, &class, map.height, map.width)
                    .unwrap();
            writer.write_rows(p.view()).unwrap();
            writer.finish().unwrap();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn model(&self) -> Vec<u8> {
        std::fs::read(self.path("run/model.safetensors")).unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).unwrap();
}

#[test]
fn what_is_stored_is_applied_everywhere() {
    let job = Job::new();
    job.sharpen(3.0);
    let (run, data, maps) = (job.text("run"), job.text("data"), job.text("maps"));
    let before = json(&["eval", &run, &data]);
    let original = job.model();
    let page = |name: &str, more: &[&str]| {
        let file = job.text(name);
        scumble(&["eval", &run, &data, "--report", &file]).args(more).assert().success();
        std::fs::read_to_string(file).unwrap()
    };
    let page_before = page("before.html", &[]);
    copy(&job.path("run/model.safetensors"), &job.path("copy.safetensors"));
    let dry = json(&["calibrate", &run, &data, "--dry-run"]);
    assert_eq!((&dry["stored"], job.model() == original), (&Value::from(false), true));
    assert_eq!(scumble_card(&run)["calibration"], Value::Null);

    let found = json(&["calibrate", &run, &data]);
    assert_eq!((&found["gains"], &found["stored"]), (&Value::from(true), &Value::from(true)), "{found}");
    let held_out = &found["held_out"];
    assert!(held_out["interval"]["low"].as_f64().unwrap() > 0.0);
    // All six images gain: 2 of 64 exchanges.
    assert_eq!(held_out["chance"], 2.0 / 64.0);
    // Small images are taken whole: the loss before is the one that eval finds.
    let whole = held_out["before"]["cross_entropy"]["value"].as_f64().unwrap();
    assert!((whole - loss(&before)).abs() < 1e-6, "{whole} {}", loss(&before));
    assert_eq!(scumble_card(&run)["calibration"], found["calibration"]);
    let temperature = found["calibration"]["temperature"][0].as_f64().unwrap();
    assert!((temperature - 1.0 / 3.0).abs() < 1e-4, "{temperature}");

    let after = json(&["eval", &run, &data]);
    assert!(after["all"]["cross_entropy"]["excess"].as_f64().unwrap() < 1e-6);
    assert_eq!(json(&["eval", &run, &data, "--uncalibrated"])["all"], before["all"]);
    // The pictures are of what was judged, too.
    assert!(
        page("uncalibrated.html", &["--uncalibrated"]) == page_before,
        "the report of the model as it was"
    );
    assert!(page("after.html", &[]).contains("temperature"));
    scumble(&["predict", &run, &data, "-o", &maps]).assert().success();
    assert_eq!(json(&["eval", &maps, &data])["all"], after["all"]);
    let raw = job.text("raw-again");
    scumble(&["predict", &run, &data, "-o", &raw, "--uncalibrated"]).assert().success();
    assert_eq!(json(&["eval", &raw, &data])["all"], before["all"]);
    scumble(&["info", &run]).assert().success().stdout(predicate::str::contains("calibration: temperature"));

    // The same again gives the same bytes; it starts from the logits, not from what is stored.
    let stored = job.model();
    let again = json(&["calibrate", &run, &data]);
    assert_eq!((again["calibration"].clone(), job.model()), (found["calibration"].clone(), stored.clone()));
    json(&["calibrate", &job.text("copy.safetensors"), &data]);
    assert_eq!(std::fs::read(job.path("copy.safetensors")).unwrap(), stored);
}

fn scumble_card(run: &str) -> Value {
    json(&["info", &format!("{run}/model.safetensors")])
}

#[test]
fn every_method_for_binary_maps_is_stored_and_read_back() {
    let job = Job::new();
    job.sharpen(3.0);
    let (run, data) = (job.text("run"), job.text("data"));
    let raw = loss(&json(&["eval", &run, &data]));
    let mut losses = Vec::new();
    for method in ["temperature", "platt", "isotonic"] {
        let found = json(&["calibrate", &run, &data, "--method", method, "--folds", "3"]);
        assert_eq!(
            (&found["calibration"]["method"], &found["held_out"]["folds"]),
            (&method.into(), &3.into())
        );
        losses.push(loss(&json(&["eval", &run, &data])));
    }
    assert!(
        losses.iter().all(|after| *after < raw - 1e-3 && (after - losses[0]).abs() < 1e-3),
        "{raw} {losses:?}"
    );
}

#[test]
fn nothing_is_stored_without_a_reason() {
    let job = Job::new();
    let (run, data, seen) = (job.text("run"), job.text("data"), job.text("seen"));
    let original = job.model();
    // Of its own data only what the run held out: one image.
    scumble(&["calibrate", &run, &seen])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("1 image, 5 folds"));
    scumble(&["calibrate", &run, &data, "--method", "vector"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("vector is not for binary labels"));
    scumble(&["calibrate", &job.text("maps"), &data]).assert().code(1);
    assert_eq!(job.model(), original);
    let forced = json(&["calibrate", &run, &seen, "--force"]);
    assert_eq!(
        (&forced["stored"], &forced["held_out"], &forced["trained_on"]),
        (&true.into(), &Value::Null, &0.into())
    );
    // Images learnt from are named as such.
    let asked = json(&["calibrate", &run, &seen, "--images", "lagoon-*", "--dry-run"]);
    assert_eq!((&asked["trained_on"], asked["images"].as_array().unwrap().len()), (&2.into(), 3));
}

/// Labels that are the predictions themselves: nothing can be gained, and nothing is stored.
#[test]
fn no_gain_is_refused_unless_forced() {
    let job = Job::new();
    job.sharpen(1.0);
    let (run, data, original) = (job.text("run"), job.text("data"), job.model());
    scumble(&["calibrate", &run, &data])
        .assert()
        .success()
        .stdout(predicate::str::contains("no gain").and(predicate::str::contains("nothing stored")));
    assert_eq!(job.model(), original);
    let forced = json(&["calibrate", &run, &data, "--force"]);
    assert_eq!((&forced["gains"], &forced["stored"]), (&false.into(), &true.into()));
    assert!((forced["calibration"]["temperature"][0].as_f64().unwrap() - 1.0).abs() < 1e-4, "{forced}");
}

/// What gains in all of five images might do so by chance: a verdict needs six.
#[test]
fn few_images_show_no_gain() {
    let job = Job::new();
    job.sharpen(3.0);
    let (run, data, original) = (job.text("run"), job.text("data"), job.model());
    let few = ["calibrate", &run, &data, "--images", "lagoon-0[1-5]"];
    scumble(&few).assert().success().stdout(
        predicate::str::contains("too few images to say (5; a verdict needs 6)")
            .and(predicate::str::contains("nothing stored (--force would)")),
    );
    assert_eq!(job.model(), original);
    let found = json(&few);
    assert_eq!((&found["held_out"]["chance"], &found["gains"]), (&Value::Null, &false.into()));
    assert!(found["held_out"]["gain"].as_f64().unwrap() > 0.0 && found["held_out"]["interval"].is_object());
    scumble(&[&few[..], &["--force"]].concat())
        .assert()
        .success()
        .stdout(predicate::str::contains("stored in"));
    assert_ne!(job.model(), original);
}

/// A calibration is one of the logits without the shift: it comes after it is taken off, and goes where it stays.
#[test]
fn the_shift_of_class_weights_is_taken_off_before() {
    let job = Job::new();
    let (run, data) = (job.text("run"), job.text("data"));
    let more = ["task.kind=multiclass", "train.class_weights=[1, 8]", "train.steps=60"]
        .into_iter()
        .flat_map(|set| ["--set", set]);
    let more: Vec<&str> = more.chain(["--overwrite"]).collect();
    train(&job.path("seen"), &job.path("run"), &more).assert().success();
    let predicted = |name: &str, flag: &[&str]| {
        let maps = job.text(name);
        scumble(&["predict", &run, &data, "-o", &maps]).args(flag).assert().success();
        std::fs::read(job.path(name).join("lagoon-02.npy")).unwrap()
    };
    let (plain, kept) = (predicted("a", &[]), predicted("b", &["--keep-shift"]));
    assert_ne!(plain, kept);
    for (i, method) in ["temperature", "vector", "isotonic"].into_iter().enumerate() {
        let found = json(&["calibrate", &run, &data, "--method", method, "--force"]);
        let before = found["held_out"]["before"]["cross_entropy"]["value"].as_f64().unwrap();
        assert!((before - loss(&json(&["eval", &run, &data, "--uncalibrated"]))).abs() < 1e-6);
        assert!(loss(&json(&["eval", &run, &data])) < before, "in sample: {method}");
        assert_eq!(predicted(&format!("c{i}"), &["--keep-shift"]), kept);
        assert_ne!(predicted(&format!("d{i}"), &[]), plain);
    }
}

/// Judged by the labels that eval has.
#[test]
fn a_calibration_is_to_any_target() {
    let job = Job::new();
    let (run, data) = (job.text("run"), job.text("data"));
    for target in ["mean", "staple", "dawid-skene"] {
        let more = ["--target", target];
        let found = json(&[["calibrate", &run, &data, "--dry-run"].as_slice(), &more].concat());
        let scores = json(&[["eval", &run, &data].as_slice(), &more].concat());
        let before = found["held_out"]["before"]["cross_entropy"]["value"].as_f64().unwrap();
        assert!((before - loss(&scores)).abs() < 1e-6, "{target}: {before} {}", loss(&scores));
    }
}
