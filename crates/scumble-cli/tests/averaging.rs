//! What a prediction is averaged over: the model's own views unasked, others as told, and all that says so.

mod common;

use common::{json, lagoons, refuses, scumble, text, train};
use predicates::prelude::*;
use scumble_data::read_raster;
use scumble_nn::Model;
use std::path::{Path, PathBuf};

/// A folder with a data set and a run trained with more settings.
fn trained(more: &[&str]) -> (tempfile::TempDir, String, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    lagoons(&data, 3);
    train(&data, &run, more).assert().success();
    (folder, text(&data), run)
}

/// The first map that is predicted so, what its folder says that it is averaged over, and what was told.
fn predicted(model: &Path, data: &str, more: &[&str]) -> (Vec<f32>, serde_json::Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = scumble(&["predict", &text(model), data, "-o", &text(folder.path()), "--overwrite"]);
    let output = command.args(more).assert().success().get_output().stderr.clone();
    let sidecar = std::fs::read_to_string(folder.path().join("maps.json")).unwrap();
    let sidecar: serde_json::Value = serde_json::from_str(&sidecar).unwrap();
    let map = read_raster(&folder.path().join("lagoon-01.npy")).unwrap().to_unit();
    (map.iter().copied().collect(), sidecar["averaged"].clone(), String::from_utf8(output).unwrap())
}

#[test]
fn the_views_of_the_training_are_the_default() {
    let (_folder, data, run) = trained(&[]);
    let (eight, said, told) = predicted(&run, &data, &[]);
    assert_eq!(said, serde_json::json!({"views": 8, "flips": true, "turns": true}));
    assert!(told.contains("from the mean of 8 views, flipped and turned, as in training"), "{told}");
    for same in [&["--flips", "on"][..], &["--flips"], &["--flips", "all"]] {
        assert_eq!(predicted(&run, &data, same).0, eight, "{same:?}");
    }
    let (one, said, told) = predicted(&run, &data, &["--fast"]);
    assert_eq!(said["views"], 1);
    assert!(!told.contains("view"), "{told}");
    assert_ne!(one, eight);
    assert_eq!(predicted(&run, &data, &["--flips", "off"]).0, one);
    for four in ["flips", "turns"] {
        let (map, said, _) = predicted(&run, &data, &["--flips", four]);
        assert_eq!((said["views"].as_u64(), said[four].as_bool()), (Some(4), Some(true)));
        assert!(map != one && map != eight);
    }
    let says = predicate::str::contains("predicts from: 8 views, flipped and turned\n");
    scumble(&["info", &text(&run)]).assert().success().stdout(says);

    // Maps and model are judged the same, and every judgement says what it judged.
    let judge =
        |more: &[&str]| json(scumble(&["eval", &text(&run), &data, "--images", "*", "--json"]).args(more));
    let (many, fast) = (judge(&[]), judge(&["--fast"]));
    assert_eq!(
        (&many["settings"]["averaged"]["views"], &fast["settings"]["averaged"]["views"]),
        (&8.into(), &1.into())
    );
    assert_ne!(many["all"]["cross_entropy"], fast["all"]["cross_entropy"]);
    let maps = tempfile::tempdir().unwrap();
    scumble(&["predict", &text(&run), &data, "-o", &text(maps.path())]).assert().success();
    let of_maps = json(&mut scumble(&["eval", &text(maps.path()), &data, "--json"]));
    assert_eq!(of_maps["all"]["cross_entropy"], many["all"]["cross_entropy"]);
    assert_eq!(of_maps["settings"]["averaged"], serde_json::Value::Null);
}

#[test]
fn eight_views_are_the_same_bytes_at_any_number_of_threads() {
    let (folder, data, run) = trained(&[]);
    let [one, three] = ["1", "3"].map(|threads| {
        let maps = folder.path().join(threads);
        let mut predict = scumble(&["predict", &text(&run), &data, "-o", &text(&maps)]);
        predict.env("RAYON_NUM_THREADS", threads).assert().success();
        std::fs::read(maps.join("lagoon-01.npy")).unwrap()
    });
    assert_eq!(one, three);
}

#[test]
fn a_training_without_turns_has_four_and_one_without_both_has_one() {
    let (_folder, data, run) = trained(&["--set", "augment.turns=false"]);
    assert_eq!(predicted(&run, &data, &[]).1, serde_json::json!({"views": 4, "flips": true, "turns": false}));
    let off = ["--set", "augment.turns=false", "--set", "augment.flips=false"];
    let (_folder, data, run) = trained(&off);
    let (_, said, told) = predicted(&run, &data, &[]);
    assert_eq!(said["views"], 1);
    assert!(!told.contains("view"), "{told}");
}

/// A model as one of before has it: its file does not say what its training did.
fn of_before(file: &Path) {
    let mut model = Model::read(file).unwrap();
    model.card.views = None;
    model.write(file).unwrap();
}

#[test]
fn a_model_of_before_takes_the_views_of_its_run_and_alone_one() {
    let (folder, data, run) = trained(&["--set", "augment.turns=false"]);
    let file = run.join("model.safetensors");
    of_before(&file);
    assert_eq!(predicted(&run, &data, &[]).1["views"], 4);
    assert_eq!(predicted(&file, &data, &[]).1["views"], 4);
    let alone = folder.path().join("alone.safetensors");
    std::fs::copy(&file, &alone).unwrap();
    let (_, said, told) = predicted(&alone, &data, &[]);
    assert_eq!(said["views"], 1);
    assert!(told.contains("1 view: the model does not say"), "{told}");
    assert_eq!(predicted(&alone, &data, &["--flips", "all"]).1["views"], 8);
    let says = predicate::str::contains("predicts from: 1 view (its file does not say");
    scumble(&["info", &text(&alone)]).assert().success().stdout(says);
}

#[test]
fn a_calibration_is_applied_to_what_it_was_fitted_to() {
    let (_folder, data, run) = trained(&[]);
    let calibrate = |more: &[&str]| {
        let line = ["calibrate", &text(&run), &data, "--images", "*", "--force", "--json"];
        json(scumble(&line).args(more))["averaged"]["views"].as_u64()
    };
    // Whatever views it is told to take, predictions take the same until told otherwise.
    for (flips, views) in [("flips", 4), ("off", 1), ("on", 8)] {
        assert_eq!(calibrate(&["--flips", flips]), Some(views));
        let (_, said, told) = predicted(&run, &data, &[]);
        assert_eq!(said["views"], views);
        assert_eq!(told.contains("as the model's calibration was fitted to"), flips != "on", "{told}");
        assert!(!told.contains("warning"), "{told}");
    }
    let says =
        "calibration was fitted to predictions from 8 views, flipped and turned, these are from 1 view";
    assert!(predicted(&run, &data, &["--fast"]).2.contains(says));
    assert!(!predicted(&run, &data, &["--fast", "--uncalibrated"]).2.contains("calibration"));

    // A calibration of before was fitted to one view.
    let file = run.join("model.safetensors");
    let mut model = Model::read(&file).unwrap();
    model.card.calibrated_views = None;
    model.write(&file).unwrap();
    assert_eq!(predicted(&run, &data, &[]).1["views"], 1);
    assert_eq!(predicted(&run, &data, &["--uncalibrated"]).1["views"], 8);
}

#[test]
fn what_cannot_be_is_refused() {
    let predict = ["predict", "run", "images", "-o", "maps"];
    let says = ["--flips", "unknown flips \"twice\": use on, all, flips, turns or off"];
    refuses(scumble(&predict).args(["--flips", "twice"]), 2, &says);
    refuses(scumble(&predict).args(["--flips", "all", "--fast"]), 2, &["--fast", "cannot be used with"]);
}
