//! `scumble eval --objects` from outside: objects found and counted.

mod common;

use common::{json, refuses, scumble};
use ndarray::Array2;
use predicates::prelude::*;
use scumble_data::write_array;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Rows of a mask, and what its pixels are.
fn write(folder: &Path, name: &str, rows: &[&str], on: f32, off: f32) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let map = Array2::from_shape_fn((rows.len(), rows[0].len()), |(y, x)| {
        if rows[y].as_bytes()[x] == b'#' { on } else { off }
    });
    write_array(&path, map.view()).unwrap();
}

/// Two images of which three raters marked nuclei; in the first they differ.
fn nuclei() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let (two, one) = (["##...##", "##...##", "......."], ["##.....", "##.....", "......."]);
    for (rater, rows) in [("anna", two), ("ben", two), ("cleo", one)] {
        write(root, &format!("data/raters/{rater}/a.npy"), &rows, 1.0, 0.0);
        write(root, &format!("data/raters/{rater}/b.npy"), &[".......", ".###...", "......."], 1.0, 0.0);
    }
    // The first object has moved a little, the second is there, and one is made up.
    write(root, "maps/a.npy", &["##...##", "#....##", "...#..."], 0.75, 0.125);
    write(root, "maps/b.npy", &[".......", "....##.", "......."], 0.5, 0.0);
    folder
}

fn judged(folder: &tempfile::TempDir, more: &[&str]) -> Value {
    let mut command = scumble(&["eval", "maps", "data", "--json"]);
    json(command.args(more).current_dir(folder.path()))["objects"].clone()
}

#[test]
fn objects_are_found_missed_and_made_up() {
    let folder = nuclei();
    let found = judged(&folder, &["--objects"]);
    assert_eq!(found["iou"], 0.5);
    let row = |image: &str, against: &str| {
        let rows = found["images"].as_array().unwrap();
        rows.iter().find(|row| row["image"] == image && row["against"] == against).unwrap().clone()
    };
    let counts = |row: &Value| ["found", "missed", "extra"].map(|name| row[name].as_u64().unwrap());
    assert_eq!(counts(&row("a", "label")), [2, 0, 1]);
    assert_eq!(counts(&row("a", "cleo")), [1, 0, 2]);
    assert_eq!(counts(&row("b", "label")), [0, 1, 1]);
    assert_eq!(row("a", "anna")["segmentation_quality"], json!((0.75 + 1.0) / 2.0));
    assert_eq!(row("b", "anna")["segmentation_quality"], Value::Null);
    assert_eq!((&row("a", "cleo")["objects"], &row("a", "cleo")["expected"]), (&json!(1), &json!(2.25)));
    let all = |against: &str| {
        let rows = found["all"].as_array().unwrap();
        rows.iter().find(|row| row["against"] == against).unwrap().clone()
    };
    let label = all("label");
    assert_eq!(counts(&label), [2, 1, 2]);
    assert_eq!((&label["images"], &label["expected"]), (&json!(2), &json!(2.75)));
    assert_eq!((&label["f1"], &label["panoptic_quality"]), (&json!(4.0 / 7.0), &json!(3.5 / 7.0)));
    // 2.25 expected of 2 there are, 0.5 of 1.
    assert_eq!((&label["count_bias"], &label["count_error"]), (&json!(-0.125), &json!(0.375)));
    assert_eq!(all("cleo")["count_bias"], json!((1.25 - 0.5) / 2.0));
    // Of two images little is known.
    let bias = &label["intervals"]["count_bias"];
    assert!(bias["low"].as_f64().unwrap() < -1.0 && bias["high"].as_f64().unwrap() > 1.0, "{bias}");
    let names: Vec<&str> =
        found["all"].as_array().unwrap().iter().map(|row| row["against"].as_str().unwrap()).collect();
    assert_eq!(names, ["anna", "ben", "cleo", "label"]);
}

#[test]
fn the_iou_and_the_threshold_decide() {
    let folder = nuclei();
    let label = |more: &[&str]| {
        let found = judged(&folder, more);
        found["all"].as_array().unwrap().last().unwrap().clone()
    };
    assert_eq!(label(&["--objects", "0.8"])["found"], 1);
    assert_eq!(label(&["--objects", "0.75"])["found"], 1, "above, not at");
    assert_eq!(label(&["--objects", "0"])["found"], 2);
    let strict = label(&["--objects", "--threshold", "0.6"]);
    assert_eq!((&strict["extra"], &strict["missed"]), (&json!(1), &json!(1)), "b has no object at 0.6");
    assert_eq!(judged(&folder, &[]), Value::Null);
    for iou in ["1", "-0.1", "half"] {
        let command = ["eval", "maps", "data", &format!("--objects={iou}")];
        refuses(scumble(&command).current_dir(folder.path()), 2, &["an IoU is a number from 0 to below 1"]);
    }
    scumble(&["eval", "maps", "data", "--objects"])
        .current_dir(folder.path())
        .assert()
        .success()
        .stdout(predicate::str::contains("the IoU is above 0.5").and(predicate::str::contains("PQ")));
}
