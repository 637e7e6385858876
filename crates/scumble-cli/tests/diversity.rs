//! `scumble eval --diversity` from outside: a prediction as one opinion among the raters.

mod common;

use assert_cmd::Command;
use common::{lagoons, scumble, text, train};
use predicates::prelude::*;
use scumble_data::Dataset;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn judged(predictions: &Path, data: &Path, more: &[&str]) -> Value {
    let mut command = scumble(&["eval", &text(predictions), &text(data), "--json"]);
    let output = command.args(more).assert().success().get_output().stdout.clone();
    let scores: Value = serde_json::from_slice(&output).expect("one JSON object on stdout");
    scores["diversity"].clone()
}

/// The masks of a rater as maps; the rater's folder.
fn one_rater(data: &Path, maps: &Path) -> PathBuf {
    let rater = std::fs::read_dir(data.join("raters")).unwrap().next().unwrap().unwrap().path();
    std::fs::create_dir(maps).unwrap();
    for entry in std::fs::read_dir(&rater).unwrap() {
        let file = entry.unwrap().path();
        // Beside the masks there is a folder of what the rater has not seen.
        if file.is_file() {
            std::fs::copy(&file, maps.join(file.file_name().unwrap())).unwrap();
        }
    }
    rater
}

/// A prediction that is one rater's masks: all its samples are that mask, and it knows this rater best.
#[test]
fn a_rater_as_the_prediction() {
    let folder = tempfile::tempdir().unwrap();
    let (data, maps) = (folder.path().join("data"), folder.path().join("maps"));
    lagoons(&data, 3);
    let rater = one_rater(&data, &maps);
    let found = judged(&maps, &data, &["--diversity", "5"]);
    let energy = &found["energy_distance"]["empty_equal"];
    let part = |name: &str| energy[name].as_f64().unwrap();
    assert_eq!((found["samples"].as_u64(), part("samples")), (Some(5), 0.0));
    assert!((part("distance") - 2.0 * part("between") + part("raters")).abs() < 1e-12);
    // Of three raters one is the prediction: 1 - IoU is that to the two others, over three.
    assert!((found["matched_iou"]["value"].as_f64().unwrap() - 1.0 + part("between")).abs() < 1e-12);
    let dice = &found["standing"]["dice"];
    let name = rater.file_name().unwrap().to_string_lossy().into_owned();
    let (ours, theirs) = (dice["prediction"].as_f64().unwrap(), dice["raters"][&name].as_f64().unwrap());
    assert!(ours > theirs, "it meets itself, too: {dice}");
    // Every ordered pair of the raters that an image has; in a third of the duels it is itself left out, and wins.
    let pairs: usize = Dataset::open(&data)
        .unwrap()
        .items()
        .iter()
        .map(|item| item.raters().count())
        .map(|raters| raters * (raters - 1))
        .sum();
    assert_eq!(dice["duels"].as_u64(), Some(pairs as u64));
    assert!(dice["wins"].as_f64().unwrap() > 1.0 / 3.0, "{dice}");
    assert_eq!(found["images"].as_array().unwrap().len(), 3);
}

#[test]
fn model_and_maps_have_one_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run, maps) =
        (folder.path().join("data"), folder.path().join("run"), folder.path().join("maps"));
    lagoons(&data, 3);
    train(&data, &run, &["--set", "train.epochs=1"]).assert().success();
    scumble(&["predict", &text(&run), &text(&data), "-o", &text(&maps)]).assert().success();
    let by_model = judged(&run, &data, &["--images", "*", "--diversity"]);
    assert_eq!(by_model, judged(&maps, &data, &["--diversity", "16"]));
    assert_eq!(judged(&run, &data, &[]), Value::Null);
    scumble(&["eval", &text(&maps), &text(&data), "--diversity", "4"])
        .assert()
        .success()
        .stdout(predicate::str::contains("energy distance").and(predicate::str::contains("by Dice rank")));
    // Labels without raters have no one to compare with.
    scumble(&["eval", &text(&maps), &text(&maps), "--diversity", "4"])
        .assert()
        .success()
        .stdout(predicate::str::contains("no image has raters"));
    scumble(&["eval", &text(&maps), &text(&data), "--diversity", "0"]).assert().code(2);
}

/// A prediction that is one rater's masks: what it says of amounts, of where raters agree, and of where it errs.
#[test]
fn amounts_consensus_and_uncertainty_are_told_in_few_words() {
    let folder = tempfile::tempdir().unwrap();
    let (data, maps) = (folder.path().join("data"), folder.path().join("maps"));
    lagoons(&data, 3);
    one_rater(&data, &maps);
    let eval = || scumble(&["eval", &text(&maps), &text(&data)]);
    let told = |command: &mut Command| {
        let output = command.assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    };
    let images = "risk where only the surest images count (area below the curve, 3 images): ";
    let (plain, dear) = (told(&mut eval()), told(eval().arg("--uncertainty")));
    for text in [&plain, &dear] {
        for few in ["amount of water: ", " by the raters (means of 3 images); bias ", "raters agree at "] {
            assert!(text.contains(few), "{few}: {text}");
        }
    }
    assert!(dear.contains(images) && !plain.contains(images), "{dear}");
    eval().args(["--uncertainty", "--boundary"]).assert().code(2);
}
