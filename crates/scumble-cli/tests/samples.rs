//! `scumble eval --samples` from outside: masks of a sampler as a crowd, and their mean as the map.

mod common;

use common::{json, lagoons, refuses, scumble, text};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

struct Set {
    folder: tempfile::TempDir,
}

impl Set {
    /// Three lagoons, and as samples of each image the masks of its raters.
    fn new() -> Self {
        let set = Self { folder: tempfile::tempdir().unwrap() };
        lagoons(&set.data(), 3);
        for rater in fs::read_dir(set.data().join("raters")).unwrap() {
            let rater = rater.unwrap().path();
            // What a rater has not seen is no part of a sample.
            fs::remove_dir_all(rater.join("ignore")).ok();
            for mask in files(&rater) {
                let folder = set.samples().join(mask.file_stem().unwrap());
                fs::create_dir_all(&folder).unwrap();
                fs::copy(&mask, folder.join(format!("{}.png", rater.file_name().unwrap().display())))
                    .unwrap();
            }
        }
        set
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn samples(&self) -> PathBuf {
        self.folder.path().join("samples")
    }

    fn json(&self, more: &[&str]) -> Value {
        let (samples, data) = (text(&self.samples()), text(&self.data()));
        json(scumble(&["eval", &samples, &data, "--samples", "--json"]).args(more))
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> = all.filter(|path| path.is_file()).collect();
    all.sort();
    all
}

/// The crowds are one: nothing is between them, each finds itself, and the mean is the label.
#[test]
fn the_raters_own_masks_are_perfect_samples() {
    let set = Set::new();
    let found = set.json(&[]);
    let diversity = &found["diversity"];
    for convention in ["empty_equal", "empty_ignored"] {
        let energy = &diversity["energy_distance"][convention];
        assert!(energy["distance"].as_f64().unwrap().abs() < 1e-12, "{energy}");
        assert_eq!(energy["samples"], energy["raters"]);
    }
    let matched = &diversity["matched_iou"];
    assert_eq!((&matched["value"], &matched["empty_ignored"]), (&1.0.into(), &1.0.into()));
    assert_eq!(diversity["drawn"], false);
    assert_eq!(found["all"]["brier"], 0.0);
    assert_eq!(
        found["all"]["cross_entropy"]["excess"].as_f64().map(|excess| excess.abs() < 1e-12),
        Some(true)
    );
    assert_eq!(found["all"]["clipped"], 0);
    for image in diversity["images"].as_array().unwrap() {
        let raters = files(&set.samples().join(image["image"].as_str().unwrap())).len();
        assert_eq!(image["samples"], raters);
        assert_eq!(image["matched_iou_empty_ignored"], 1.0);
    }
}

/// The mean of samples, written as a map, has the scores of the samples; only what a sample never says is known less
/// finely than a float has it.
#[test]
fn their_mean_is_judged_as_the_map() {
    let set = Set::new();
    let maps = set.folder.path().join("maps");
    scumble(&["fuse", &text(&set.data()), "-o", &text(&maps)]).assert().success();
    let by_maps = json(&mut scumble(&["eval", &text(&maps), &text(&set.data()), "--json"]));
    let by_samples = set.json(&[]);
    for key in ["brier", "dice", "calibration", "truth", "decisions"] {
        assert_eq!(by_maps["all"][key], by_samples["all"][key], "{key}");
    }
}

/// A sampler that is one rater leaves out what the others say: a share of 0 of 1 is known to a half.
#[test]
fn images_may_have_different_numbers_of_samples_and_one_is_enough() {
    let set = Set::new();
    let image = files(&set.data().join("images"))[0].file_stem().unwrap().to_string_lossy().into_owned();
    for file in &files(&set.samples().join(&image))[1..] {
        fs::remove_file(file).unwrap();
    }
    let found = set.json(&[]);
    assert_eq!(found["diversity"]["samples"], Value::Null);
    assert_eq!(found["diversity"]["images"][0]["samples"], 1);
    assert_eq!(found["diversity"]["images"][0]["energy_distance"]["empty_equal"]["samples"], 0.0);
    // Where the one sample is on or off and a rater differs, half a probability is left.
    let scores = &found["images"][0]["scores"];
    assert!(scores["clipped"].as_u64().unwrap() > 0);
    assert!(scores["cross_entropy"]["value"].as_f64().unwrap() < 2f64.ln());
    scumble(&["eval", "--samples", &text(&set.samples()), &text(&set.data())])
        .assert()
        .success()
        .stdout(predicates::str::contains("1 to 3 samples of each image"));
}

#[test]
fn what_does_not_fit_is_said() {
    let set = Set::new();
    let (samples, data) = (text(&set.samples()), text(&set.data()));
    refuses(&mut scumble(&["eval", &samples, &data, "--samples", "--diversity"]), 2, &["--diversity"]);
    refuses(&mut scumble(&["eval", &samples, &data, "--samples", "--boundary"]), 2, &["--samples"]);
    let into = text(&set.samples());
    let pictures = ["eval", &samples, &data, "--samples", "--pictures", &into];
    refuses(&mut scumble(&pictures), 2, &["what is read lies in it"]);
    let image = files(&set.data().join("images"))[0].file_stem().unwrap().to_string_lossy().into_owned();
    fs::remove_dir_all(set.samples().join(&image)).unwrap();
    let missing = ["no prediction of 1 of 3 images", &image, "--allow-missing"];
    refuses(&mut scumble(&["eval", &samples, &data, "--samples"]), 1, &missing);
    let found = set.json(&["--allow-missing"]);
    assert_eq!(found["without_prediction"][0], Value::from(image));
    let other = set.folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::rename(set.samples().join(found["images"][0]["image"].as_str().unwrap()), other.join("zebra"))
        .unwrap();
    refuses(&mut scumble(&["eval", &text(&other), &data, "--samples"]), 1, &["nothing in", "zebra"]);
}

#[test]
fn samples_judged_by_parts_are_judged_as_in_one_run() {
    let set = Set::new();
    let words = [&text(&set.samples()), &text(&set.data()), "--samples", "--uncertainty"];
    let [whole, parts] = common::judged_by_parts(&words, &set.folder.path().join("sums"));
    assert!(whole == parts);
}
