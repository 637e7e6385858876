//! What a prediction is averaged over: the model's own views unasked, others as told, and all that says so.

mod common;

use common::{lagoons, refuses, scumble, text, train};
use predicates::prelude::*;
use scumble_data::{NumberArray, read_array, read_raster};
use scumble_nn::Model;
use serde_json::{Value, json};
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
fn predicted(model: &Path, data: &str, more: &[&str]) -> (Vec<f32>, Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = scumble(&["predict", &text(model), data, "-o", &text(folder.path()), "--overwrite"]);
    let output = command.args(more).assert().success().get_output().stderr.clone();
    let sidecar = std::fs::read_to_string(folder.path().join("maps.json")).unwrap();
    let sidecar: Value = serde_json::from_str(&sidecar).unwrap();
    let map = read_raster(&folder.path().join("lagoon-01.npy")).unwrap().to_unit();
    (map.iter().copied().collect(), sidecar["averaged"].clone(), String::from_utf8(output).unwrap())
}

#[test]
fn the_views_of_the_training_are_the_default() {
    let (_folder, data, run) = trained(&[]);
    let (eight, said, told) = predicted(&run, &data, &[]);
    assert_eq!(said, json!({"views": 8, "flips": true, "turns": true, "scales": [1.0], "models": 1}));
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
    let says = predicate::str::contains("predicts from: 8 views, flipped and turned\n")
        .and(predicate::str::contains("normalisation: both\n"));
    scumble(&["info", &text(&run)]).assert().success().stdout(says);

    // Maps and model are judged the same, and every judgement says what it judged.
    let judge = |more: &[&str]| {
        common::json(scumble(&["eval", &text(&run), &data, "--images", "*", "--json"]).args(more))
    };
    let (many, fast) = (judge(&[]), judge(&["--fast"]));
    assert_eq!(
        (&many["settings"]["averaged"]["views"], &fast["settings"]["averaged"]["views"]),
        (&8.into(), &1.into())
    );
    assert_ne!(many["all"]["cross_entropy"], fast["all"]["cross_entropy"]);
    let maps = tempfile::tempdir().unwrap();
    scumble(&["predict", &text(&run), &data, "-o", &text(maps.path())]).assert().success();
    let of_maps = common::json(&mut scumble(&["eval", &text(maps.path()), &data, "--json"]));
    assert_eq!(of_maps["all"]["cross_entropy"], many["all"]["cross_entropy"]);
    assert_eq!(of_maps["settings"]["averaged"], Value::Null);
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
    assert_eq!(
        predicted(&run, &data, &[]).1,
        json!({"views": 4, "flips": true, "turns": false, "scales": [1.0], "models": 1})
    );
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
        common::json(scumble(&line).args(more))["averaged"]["views"].as_u64()
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
fn sizes_are_averaged_and_belong_to_a_calibration() {
    let (_folder, data, run) = trained(&[]);
    let (own, _, _) = predicted(&run, &data, &["--fast"]);
    assert_eq!(predicted(&run, &data, &["--flips", "off", "--scales", "1"]).0, own);
    let (several, said, _) = predicted(&run, &data, &["--flips", "off", "--scales", ".5,1,1.5"]);
    assert_eq!(said["scales"], json!([0.5, 1.0, 1.5]));
    assert!(several != own && several.len() == own.len());
    let calibrate = ["calibrate", &text(&run), &data, "--images", "*", "--force", "--scales", "0.5,1"];
    scumble(&calibrate).assert().success();
    let (_, said, told) = predicted(&run, &data, &[]);
    assert_eq!(said["scales"], json!([0.5, 1.0]));
    assert!(told.contains("from the mean of 8 views, flipped and turned, at scales 0.5,1"), "{told}");
    let known = predicate::str::contains("predicts from: 8 views, flipped and turned, at scales 0.5,1\n");
    scumble(&["info", &text(&run)]).assert().success().stdout(known);
    let says =
        "fitted to predictions from 8 views, flipped and turned, at scales 0.5,1, these are from 8 views";
    assert!(predicted(&run, &data, &["--scales", "1"]).2.contains(says));
}

#[test]
fn several_models_are_averaged_and_their_disagreement_is_a_map() {
    let (folder, data, run) = trained(&[]);
    let (other, maps) = (folder.path().join("other"), folder.path().join("maps"));
    train(Path::new(&data), &other, &["--set", "train.seed=5", "--set", "network.widths=[4, 4]"])
        .assert()
        .success();
    let (first, second) = (text(&run), text(&other.join("model.safetensors")));
    let each: Vec<_> = [&run, &other].map(|run| predicted(run, &data, &["--fast"]).0).into();
    let predict = |more: &[&str]| {
        let line = ["predict", &first, &second, &data, "-o", &text(&maps), "--overwrite", "--fast"];
        scumble(&line).args(more).assert().success();
        let map = read_raster(&maps.join("lagoon-01.npy")).unwrap().to_unit();
        map.iter().copied().collect::<Vec<f32>>()
    };
    let close = |found: &[f32], expected: &dyn Fn(f64, f64) -> f64| {
        let pairs = each[0].iter().zip(&each[1]).map(|(a, b)| expected(f64::from(*a), f64::from(*b)));
        found.iter().zip(pairs).all(|(found, expected)| (f64::from(*found) - expected).abs() < 1e-5)
    };
    let logit = |q: f64| (q / (1.0 - q)).ln();
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    assert!(close(&predict(&[]), &|a, b| sigmoid((logit(a) + logit(b)) / 2.0)));
    assert!(close(&predict(&["--average", "probability", "--disagreement"]), &|a, b| (a + b) / 2.0));
    let NumberArray::F32(nats) = read_array(&maps.join("disagreement/lagoon-01.npy")).unwrap() else {
        panic!("f32")
    };
    let entropy = |q: f64| -q * q.ln() - (1.0 - q) * (1.0 - q).ln();
    let information = |a: f64, b: f64| entropy((a + b) / 2.0) - (entropy(a) + entropy(b)) / 2.0;
    assert_eq!(nats.shape(), [48, 48]);
    assert!(close(nats.as_slice().unwrap(), &information));
    let sidecar: Value =
        serde_json::from_str(&std::fs::read_to_string(maps.join("maps.json")).unwrap()).unwrap();
    assert_eq!(sidecar["members"], json!([second]));
    assert_eq!(
        (&sidecar["averaged"]["models"], &sidecar["averaged"]["mean"]),
        (&json!(2), &json!("probability"))
    );

    // The mean is judged as its maps are, and whether disagreement tells where it errs.
    let line =
        ["eval", &first, &second, &data, "--images", "*", "--fast", "--average", "probability", "--json"];
    let judged = common::json(scumble(&line).arg("--disagreement"));
    let of_maps = common::json(&mut scumble(&["eval", &text(&maps), &data, "--json"]));
    assert_eq!(judged["all"]["cross_entropy"], of_maps["all"]["cross_entropy"]);
    assert_eq!(judged["members"], json!([second]));
    let found = &judged["disagreement"];
    assert_eq!(found["models"], 2);
    let number = |value: &Value| value.as_f64().unwrap();
    assert!(number(&found["mean"]) > 0.0 && number(&found["mean"]) < std::f64::consts::LN_2);
    let [agreement, confidence] = ["by_agreement", "by_confidence"].map(|order| &found[order]);
    assert!((number(&agreement["risk"]) - number(&confidence["risk"])).abs() < 1e-9);
    assert!(number(&agreement["aurc"]) > 0.0 && number(&agreement["excess_aurc"]) > 0.0);
    let says = predicate::str::contains("2 models disagree by").and(predicate::str::contains("agree most"));
    scumble(&line[..7]).arg("--disagreement").assert().success().stdout(says);
}

#[test]
fn models_that_do_not_go_together_are_refused() {
    let (folder, data, run) = trained(&[]);
    let (first, other) = (text(&run), folder.path().join("other.safetensors"));
    let mut model = Model::read(&run.join("model.safetensors")).unwrap();
    let named = scumble::labels::LabelSpace::new(scumble::Kind::Binary, ["swamp"]).unwrap();
    model.card.task = scumble_nn::Task::new(named);
    model.write(&other).unwrap();
    let maps = text(&folder.path().join("maps"));
    let says = ["other.safetensors: models that are averaged answer the same question", "binary (swamp)"];
    refuses(&mut scumble(&["predict", &first, &text(&other), &data, "-o", &maps]), 1, &says);
    refuses(&mut scumble(&["eval", &first, &text(&other), &data]), 1, &says);
    refuses(&mut scumble(&["predict", &first, &first, "-o", &maps]), 2, &["no image"]);
    let alone = ["predict", &first, &data, "-o", &maps, "--disagreement"];
    refuses(&mut scumble(&alone), 2, &["--disagreement", "does not disagree with itself"]);
    refuses(
        &mut scumble(&["eval", &first, &data, "--disagreement"]),
        2,
        &["--disagreement", "does not disagree"],
    );
    let labels = text(&Path::new(&data).join("images"));
    refuses(&mut scumble(&["eval", &first, &labels, &data]), 2, &["images: neither a model file nor a run"]);
}

#[test]
fn what_cannot_be_is_refused() {
    let predict = ["predict", "run", "images", "-o", "maps"];
    let says = ["--flips", "unknown flips \"twice\": use on, all, flips, turns or off"];
    refuses(scumble(&predict).args(["--flips", "twice"]), 2, &says);
    refuses(scumble(&predict).args(["--flips", "all", "--fast"]), 2, &["--fast", "cannot be used with"]);
    for (scales, says) in [
        ("1,9", "a scale is from 0.1 to 4, not 9"),
        ("1,1", "the scale 1 is named twice"),
        ("half", "\"half\" is no number"),
    ] {
        refuses(scumble(&predict).args(["--scales", scales]), 2, &["--scales", says]);
    }
    refuses(scumble(&predict).args(["--average", "odds"]), 2, &["--average", "use logits or probability"]);
}

#[test]
fn adapted_predictions_say_so_wherever_they_are_told_of() {
    let (folder, data, run) = trained(&[]);
    let (plain, said, _) = predicted(&run, &data, &[]);
    assert_eq!(said["adapted"], Value::Null);
    let (adapted, said, told) = predicted(&run, &data, &["--adapt"]);
    assert_ne!(adapted, plain);
    assert_eq!(said["adapted"], 3);
    assert!(told.contains("half of the way from the training's to those of 3 images to predict"), "{told}");

    // What is judged is what is predicted.
    let maps = folder.path().join("maps");
    scumble(&["predict", &text(&run), &data, "-o", &text(&maps), "--adapt"]).assert().success();
    let judge = |predictions: &Path, more: &[&str]| {
        let mut eval = scumble(&["eval", &text(predictions), &data, "--images", "*", "--json"]);
        common::json(eval.args(more))["all"]["cross_entropy"].clone()
    };
    assert_eq!(judge(&run, &["--adapt"]), judge(&maps, &[]));
    assert_ne!(judge(&run, &["--adapt"]), judge(&run, &[]));

    refuses(&mut scumble(&["eval", &text(&maps), &data, "--adapt"]), 2, &["maps cannot be adapted"]);
    let group = ["--set", "network.norm=group", "--overwrite"];
    train(Path::new(&data), &run, &group).assert().success();
    let mut predict =
        scumble(&["predict", &text(&run), &data, "-o", &text(&folder.path().join("no")), "--adapt"]);
    refuses(&mut predict, 1, &["batch normalisation", "network.norm"]);
}
