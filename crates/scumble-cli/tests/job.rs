//! The main job from outside: check, train, predict, eval, info on generated data.

mod common;

use common::{json, lagoons, scumble, text, train};
use predicates::prelude::*;
use serde_json::Value;
use std::path::Path;

#[test]
fn masks_become_judged_probability_maps() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run, maps) =
        (folder.path().join("data"), folder.path().join("run"), folder.path().join("maps"));
    lagoons(&data, 3);

    let survey = json(&mut scumble(&["check", &text(&data), "--json"]));
    assert_eq!(survey["kind"], "binary");
    assert_eq!(survey["images"], 3);
    assert!(survey["floor"].as_f64().unwrap() > 0.0 && survey["problems"].as_array().unwrap().is_empty());
    assert_eq!(survey["raters"].as_array().unwrap().len(), 3);

    let outcome = json(&mut train(&data, &run, &["--json"]));
    assert_eq!((&outcome["status"], &outcome["steps"]), (&Value::from("done"), &Value::from(12)));
    for file in
        ["config.toml", "run.json", "metrics.jsonl", "model.safetensors", "checkpoints/best.safetensors"]
    {
        assert!(run.join(file).exists(), "{file}");
    }
    assert_eq!(std::fs::read_to_string(run.join("metrics.jsonl")).unwrap().lines().count(), 4);

    scumble(&["predict", &text(&run), &text(&data), "-o", &text(&maps)])
        .assert()
        .success()
        .stdout(predicate::str::contains("lagoon-01.npy").and(predicate::str::contains("lagoon-03.npy")));

    // The same score from the model and from the maps that it wrote.
    let by_model = json(&mut scumble(&["eval", &text(&run), &text(&data), "--images", "*", "--json"]));
    let by_maps = json(&mut scumble(&["eval", &text(&maps), &text(&data), "--json"]));
    for part in ["all", "images", "intervals", "curves"] {
        assert_eq!(by_model[part], by_maps[part], "{part}");
    }
    assert_eq!(by_model["images"].as_array().unwrap().len(), 3);
    let ce = &by_model["all"]["cross_entropy"];
    assert!(
        (ce["value"].as_f64().unwrap() - ce["floor"].as_f64().unwrap() - ce["excess"].as_f64().unwrap())
            .abs()
            < 1e-12
    );
    assert_eq!(by_model["all"]["raters"].as_array().unwrap().len(), 3);

    let pictures = text(&folder.path().join("pictures"));
    scumble(&["eval", &text(&run), &text(&data), "--images", "*", "--pictures", &pictures])
        .assert()
        .success()
        .stdout(predicate::str::contains("excess").and(predicate::str::contains("majority")));
    assert!(folder.path().join("pictures/lagoon-02.png").exists());

    let info = json(&mut scumble(&["info", &text(&run.join("model.safetensors")), "--json"]));
    assert_eq!(
        (&info["what"], &info["channels"], &info["classes"][0]),
        (&"model".into(), &3.into(), &"water".into())
    );
    scumble(&["info", &text(&run)]).assert().success().stdout(predicate::str::contains("run: Done"));
    scumble(&["info", &text(&data)]).assert().success().stdout(predicate::str::contains("3 images"));
    scumble(&["info", &text(&maps.join("lagoon-01.npy"))])
        .assert()
        .success()
        .stdout(predicate::str::contains("float"));
}

#[test]
fn every_format_holds_the_same_map() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    lagoons(&data, 3);
    train(&data, &run, &["--set", "train.epochs=1"]).assert().success();
    let mut values = Vec::new();
    for format in ["npy", "tiff", "png16", "png8", "nifti"] {
        let maps = folder.path().join(format);
        scumble(&["predict", &text(&run), &text(&data), "-o", &text(&maps), "--format", format])
            .assert()
            .success();
        let scores = json(&mut scumble(&["eval", &text(&maps), &text(&data), "--json"]));
        values.push(scores["all"]["cross_entropy"]["value"].as_f64().unwrap());
    }
    assert_eq!(values[0], values[1], "TIFF is as exact as NPY");
    assert_eq!(values[0], values[4], "so is NIfTI");
    assert!((values[0] - values[2]).abs() < 1e-4, "16 bit: {values:?}");
    assert!((values[0] - values[3]).abs() < 1e-2, "8 bit: {values:?}");
}

#[test]
fn tiles_change_nothing_that_counts() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    lagoons(&data, 3);
    train(&data, &run, &["--set", "train.epochs=1"]).assert().success();
    let score = |tile: &str| {
        let scores = json(&mut scumble(&["eval", &text(&run), &text(&data), "--json", "--tile", tile]));
        scores["all"]["cross_entropy"]["value"].as_f64().unwrap()
    };
    assert!((score("1024") - score("16")).abs() < 1e-6);
}

/// Weights of exclusive classes multiply their odds; prediction divides them again. So does balance.
#[test]
fn class_weights_are_undone_at_prediction() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    lagoons(&data, 3);
    let more =
        ["task.kind=multiclass", "train.class_weights=[1, 4]", "train.balance=dataset", "train.epochs=2"];
    let more: Vec<&str> = more.iter().flat_map(|set| ["--set", set]).collect();
    train(&data, &run, &more).assert().success();
    let info = json(&mut scumble(&["info", &text(&run.join("model.safetensors")), "--json"]));
    let shift = info["shift"][1].as_f64().unwrap() - info["shift"][0].as_f64().unwrap();
    assert!((shift - 4f64.ln()).abs() < 0.1, "water covers about half: {shift}");
    let odds = |folder: &Path, more: &[&str]| -> Vec<f64> {
        let mut arguments = vec!["predict".to_string(), text(&run), text(&data), "-o".into(), text(folder)];
        arguments.extend(more.iter().map(|s| s.to_string()));
        scumble(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).assert().success();
        let map = scumble_data::read_raster(&folder.join("lagoon-02.npy")).unwrap();
        let value = |i: usize, k: usize| f64::from(map.raw(i / 48, i % 48, k));
        (0..48 * 48).map(|i| value(i, 1) / value(i, 0)).collect()
    };
    let (undone, kept) =
        (odds(&folder.path().join("a"), &[]), odds(&folder.path().join("b"), &["--keep-shift"]));
    for (undone, kept) in undone.iter().zip(&kept) {
        assert!(((kept / undone).ln() - shift).abs() < 1e-4, "{kept} / {undone}");
    }
}

/// Any loss can be trained with, alone or in a sum; one that does not fit the labels is refused.
#[test]
fn losses_are_chosen_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    lagoons(&data, 3);
    let sum = r#"train.loss=[{ kind = "sigmoid", weight = 0.25 }, { kind = "jaccard", weight = 0.75, over = "batch" }]"#;
    train(&data, &run, &["--set", "train.epochs=1", "--set", sum]).assert().success();
    let config = std::fs::read_to_string(run.join("config.toml")).unwrap();
    assert!(config.contains("jaccard"), "{config}");
    for (loss, says) in [
        (r#"train.loss=[{ kind = "softmax" }]"#, "use sigmoid"),
        (r#"train.loss=[{ kind = "sigmod" }]"#, "sigmoid"),
        (r#"train.loss=[{ kind = "brier", gamma = 2 }]"#, "gamma"),
    ] {
        let other = folder.path().join("other");
        train(&data, &other, &["--set", loss]).assert().failure().stderr(predicate::str::contains(says));
        assert!(!other.join("model.safetensors").exists());
    }
    let mixed = r#"train.loss=[{ kind = "brier" }]"#;
    train(&data, &run, &["--set", mixed, "--set", "train.balance=dataset"])
        .assert()
        .failure()
        .stderr(predicate::str::contains("train.balance"));
}

#[test]
fn init_writes_settings_that_train_accepts() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run, file) =
        (folder.path().join("data"), folder.path().join("run"), folder.path().join("my.toml"));
    lagoons(&data, 3);
    scumble(&["init", &text(&file)]).assert().success();
    scumble(&["init", &text(&file)]).assert().code(2).stderr(predicate::str::contains("--overwrite"));
    scumble(&["init", &text(&file), "--overwrite"]).assert().success();
    train(&data, &run, &["--config", &text(&file), "--set", "train.epochs=1"]).assert().success();
    scumble(&["completions", "bash"]).assert().success().stdout(predicate::str::contains("scumble"));
}

/// A hard-labelled set is judged by the ordinary log loss: the floor is 0, and the value is the mean of -ln q(label).
#[test]
fn hard_labels_give_the_log_loss() {
    use scumble_data::{MapFormat, MapWriter, Raster, Samples, write_png};
    let folder = tempfile::tempdir().unwrap();
    let (labels, maps) = (folder.path().join("labels"), folder.path().join("maps"));
    std::fs::create_dir(&labels).unwrap();
    let on: Vec<u8> = (0..64).map(|i| u8::from(i % 3 == 0)).collect();
    let mask = Raster {
        height: 8,
        width: 8,
        channels: 1,
        samples: Samples::U8(on.clone()),
        indexed: Some(1),
        nodata: None,
    };
    write_png(&labels.join("a.png"), &mask).unwrap();
    let q = ndarray::Array3::from_shape_fn((1, 8, 8), |(_, y, x)| (8 * y + x) as f32 / 70.0 + 0.05);
    let classes = ["foreground".to_string()];
    let mut writer =
        MapWriter::create(&maps, "a", MapFormat::Npy, scumble::labels::Kind::Binary, &classes, 8, 8).unwrap();
    writer.write_rows(q.view()).unwrap();
    writer.finish().unwrap();
    let scores = json(&mut scumble(&["eval", &text(&maps), &text(&labels), "--json"]));
    let log_loss: f64 =
        q.iter().zip(&on).map(|(&q, &on)| -f64::from(if on == 1 { q } else { 1.0 - q }).ln()).sum();
    let ce = &scores["all"]["cross_entropy"];
    assert_eq!(ce["floor"], 0.0);
    assert!((ce["value"].as_f64().unwrap() - log_loss / 64.0).abs() < 1e-6);
}
