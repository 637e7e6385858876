//! Joint families from outside: overlapping labels whose sets are learnt, predicted and judged.

mod common;

use common::{scumble, text, train};
use predicates::prelude::*;
use scumble_data::{Raster, Samples, write_png};
use serde_json::Value;
use std::path::Path;

const SIDE: usize = 32;

fn grey(path: &Path, value: impl Fn(f64) -> u8) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let middle = SIDE as f64 / 2.0;
    let radius = |i: usize| ((i / SIDE) as f64 - middle).hypot((i % SIDE) as f64 - middle);
    let samples = Samples::U8((0..SIDE * SIDE).map(|i| value(radius(i))).collect());
    write_png(path, &Raster { height: SIDE, width: SIDE, channels: 1, samples, indexed: None, nodata: None })
        .unwrap();
}

/// Three images of a disc with a cup inside, and two raters, the second with smaller outlines.
fn fundus(root: &Path, raters: bool) {
    for image in 0..3 {
        let size = 9.0 + f64::from(image);
        let name = format!("eye-{image}.png");
        grey(&root.join("images").join(&name), |r| {
            if r < size / 2.0 {
                250
            } else if r < size {
                150
            } else {
                40
            }
        });
        for (class, share) in [("cup", 0.5), ("disc", 1.0)] {
            let inside = move |r: f64, smaller: f64| r < share * size - smaller;
            if raters {
                for (rater, smaller) in [("anna", 0.0), ("ben", 1.5)] {
                    let path = root.join("raters").join(rater).join(class).join(&name);
                    grey(&path, |r| if inside(r, smaller) { 255 } else { 0 });
                }
            } else {
                let path = root.join("labels").join(class).join(&name);
                grey(&path, |r| 51 * u8::from(inside(r, 0.0)) + 204 * u8::from(inside(r, 1.5)));
            }
        }
    }
}

fn judged(run: &Path, data: &Path) -> (Value, Value) {
    let all = ["--images", "*", "--label-sets", "--json"];
    let command = &mut scumble(&["eval", &text(run), &text(data)]);
    let command = command.args(all);
    let output = command.assert().success().get_output().stdout.clone();
    let scores: Value = serde_json::from_slice(&output).unwrap();
    (scores["all"].clone(), scores["label_sets"].clone())
}

#[test]
fn every_family_is_trained_predicted_and_judged() {
    let folder = tempfile::tempdir().unwrap();
    let (data, maps) = (folder.path().join("data"), folder.path().join("maps"));
    fundus(&data, true);
    for (joint, logits) in
        [("independent", 2), ("pairwise", 3), ("chain", 3), ("mixture", 6), ("powerset", 4)]
    {
        let run = folder.path().join(joint);
        train(&data, &run, &["--set", &format!("task.joint={joint}")]).assert().success();
        let (all, sets) = judged(&run, &data);
        if joint == "chain" {
            let words = [&text(&run), &text(&data), "--images", "*", "--label-sets"];
            let [whole, parts] = common::judged_by_parts(&words, &folder.path().join("sums"));
            assert!(whole == parts, "sets that are judged by parts");
        }
        let [value, floor, excess] = ["value", "floor", "excess"].map(|key| sets[key].as_f64().unwrap());
        assert!(excess > 0.0 && (value - floor - excess).abs() < 1e-12, "{joint}: {sets}");
        // Knowing which labels go together can only take from the entropy of each by itself.
        assert!(floor <= 2.0 * all["cross_entropy"]["floor"].as_f64().unwrap() + 1e-9, "{joint}");
        let model = scumble_nn::Model::read(&run.join("model.safetensors")).unwrap();
        assert_eq!(model.card.network.outputs(), logits, "{joint}");
        let validation = model.card.history.validation.unwrap().0;
        assert!(validation.is_finite(), "{joint}");
        scumble(&["predict", &text(&run), &text(&data), "-o", &text(&maps), "--label-sets", "--overwrite"])
            .assert()
            .success()
            .stdout(predicate::str::contains("label_sets/eye-0.png"));
        let sets = scumble_data::read_raster(&maps.join("label_sets/eye-0.png")).unwrap();
        assert!((0..SIDE * SIDE).all(|i| sets.raw(i / SIDE, i % SIDE, 0) < 4.0));
    }
}

#[test]
fn shares_alone_need_to_be_told_that_classes_are_nested() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    fundus(&data, false);
    train(&data, &run, &["--set", "task.joint=chain"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("raters' masks").and(predicate::str::contains("eye-")));
    std::fs::write(data.join("dataset.toml"), "nested = [\"disc\", \"cup\"]\n").unwrap();
    train(&data, &run, &["--set", "task.joint=chain", "--overwrite"]).assert().success();
    let (all, sets) = judged(&run, &data);
    // The cup's share is 0, 1/5, 4/5 or 1, and so is the disc's, never both between: the sets hold no more than each.
    let floors = [sets["floor"].as_f64().unwrap(), 2.0 * all["cross_entropy"]["floor"].as_f64().unwrap()];
    assert!((floors[0] - floors[1]).abs() < 1e-6, "{floors:?}");
    std::fs::write(data.join("dataset.toml"), "nested = [\"cup\", \"disc\"]\n").unwrap();
    train(&data, &run, &["--set", "task.joint=chain", "--overwrite"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("'disc' lies inside 'cup'"));
    std::fs::write(data.join("dataset.toml"), "nested = [\"disc\"]\n").unwrap();
    scumble(&["check", &text(&data)])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("names every class once"));
}

#[test]
fn a_family_that_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run, lagoons) =
        (folder.path().join("data"), folder.path().join("run"), folder.path().join("lagoons"));
    fundus(&data, true);
    common::lagoons(&lagoons, 3);
    for (data, set, says) in [
        (&lagoons, vec!["task.joint=pairwise"], "overlapping labels"),
        (&data, vec!["task.joint=pairwise", "train.class_weights=[1, 2]"], "its own cross entropy"),
        (&data, vec!["task.joint=pairs"], "pairwise"),
        (&data, vec!["task.joint=mixture", "task.components=0"], "task.components"),
    ] {
        let sets: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
        train(data, &run, &sets).assert().failure().stderr(predicate::str::contains(says));
    }
}

/// Exclusive classes trained as overlapping ones: every set has one label.
#[test]
fn exclusive_classes_are_sets_of_one_label() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    common::lagoons(&data, 3);
    std::fs::write(data.join("dataset.toml"), "kind = \"multiclass\"\nclasses = [\"land\", \"water\"]\n")
        .unwrap();
    let more = ["--set", "task.kind=multilabel", "--set", "task.joint=pairwise", "--set", "data.target=mean"];
    train(&data, &run, &more).assert().success();
    let (_, sets) = judged(&run, &data);
    let command = &mut scumble(&["check", &text(&data), "--json"]);
    let output = command.assert().success().get_output().stdout.clone();
    let survey: Value = serde_json::from_slice(&output).unwrap();
    let floors = [&sets, &survey].map(|value| value["floor"].as_f64().unwrap());
    assert!((floors[0] - floors[1]).abs() < 1e-6, "{floors:?}");
}
