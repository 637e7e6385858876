//! `scumble eval --csv` from outside: what the table has is what the JSON has.

mod common;

use common::{json, lagoons, refuses, scumble, text};
use scumble_data::write_array;
use serde_json::Value;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The lines of a table by image, class and rater, each a value by column.
type Lines = HashMap<[String; 3], HashMap<String, String>>;

fn read(file: &Path) -> (Vec<String>, Lines) {
    let mut reader = csv::Reader::from_path(file).unwrap();
    let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let mut lines = Lines::new();
    for record in reader.records() {
        let record = record.unwrap();
        let line: HashMap<String, String> =
            head.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
        let key = ["image", "class", "rater"].map(|name| line[name].clone());
        assert!(lines.insert(key, line).is_none(), "a line twice");
    }
    (head, lines)
}

struct Set {
    folder: tempfile::TempDir,
}

impl Set {
    /// Three lagoons with the label itself as the prediction.
    fn new() -> Self {
        let set = Self { folder: tempfile::tempdir().unwrap() };
        lagoons(&set.path("data"), 3);
        scumble(&["fuse", &text(&set.path("data")), "-o", &text(&set.path("maps"))]).assert().success();
        set
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn eval(&self, more: &[&str]) -> assert_cmd::Command {
        let mut command = scumble(&["eval", "maps", "data"]);
        command.args(more).current_dir(self.folder.path());
        command
    }
}

#[test]
fn every_number_of_the_json_is_in_the_table() {
    let set = Set::new();
    let more =
        ["--json", "--csv", "scores.csv", "--surface", "--objects", "--diversity", "4", "--uncertainty"];
    let found = json(&mut set.eval(&more));
    let (head, lines) = read(&set.path("scores.csv"));
    assert_eq!(head[..5], ["image", "group", "class", "rater", "log_loss"]);
    // A number is that of the JSON to the last digit; what is null there is empty.
    let mut compared = 0;
    let mut same = |image: &Value, class: &Value, rater: &Value, column: &str, value: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let line = &lines[&[text(image), text(class), text(rater)]];
        let number = (!line[column].is_empty()).then(|| line[column].parse::<f64>().unwrap());
        assert_eq!(number, value.as_f64(), "{image} {class} {rater} {column}");
        compared += usize::from(number.is_some());
    };
    let none = Value::Null;
    for one in found["images"].as_array().unwrap() {
        let (image, scores) = (&one["image"], &one["scores"]);
        let mut expected = 2 + scores["raters"].as_array().unwrap().len() * 2 + 2;
        for of in std::iter::once(scores).chain(scores["classes"].as_array().unwrap()) {
            let class = &of["class"];
            same(image, class, &none, "log_loss", &of["cross_entropy"]["value"]);
            same(image, class, &none, "truth_distance", &of["truth"]["distance"]);
            same(image, class, &none, "calibration", &of["calibration"]["expected"]);
            same(image, class, &none, "dice_at", &of["decisions"]["hard"]["dice"]);
            same(image, class, &none, "roc_auc", &of["areas"]["roc_auc"]);
            same(image, class, &none, "curvas_dice", &of["curvas_dice"]);
        }
        for rater in scores["raters"].as_array().unwrap().iter().chain([&scores["majority"]]) {
            let name = &rater["rater"];
            same(image, &none, name, "f1", &rater["f1"]);
            same(image, &none, name, "rater_calibration", &rater["calibration_error"]);
            for (of, class) in
                rater["classes"].as_array().unwrap().iter().zip(scores["classes"].as_array().unwrap())
            {
                for column in ["f1", "precision", "recall"] {
                    same(image, &class["class"], name, column, &of[column]);
                }
            }
        }
        expected -= lines.keys().filter(|key| key[0] == *image.as_str().unwrap()).count();
        assert_eq!(
            expected, 0,
            "a line for all classes, for the class, and both of each rater and the majority"
        );
    }
    let against = |row: &Value| if row["against"] == "label" { Value::Null } else { row["against"].clone() };
    for row in found["surface"].as_array().unwrap() {
        for (column, key) in [("hausdorff", "hausdorff"), ("average_surface_distance", "average")] {
            same(&row["image"], &row["class"], &against(row), column, &row[key]);
        }
    }
    for row in found["objects"]["images"].as_array().unwrap() {
        for (column, key) in [
            ("objects", "objects"),
            ("objects_found", "found"),
            ("objects_extra", "extra"),
            ("objects_f1", "f1"),
            ("objects_expected", "expected"),
            ("panoptic_quality", "panoptic_quality"),
        ] {
            same(&row["image"], &row["class"], &against(row), column, &row[key]);
        }
    }
    for row in found["diversity"]["images"].as_array().unwrap() {
        same(
            &row["image"],
            &none,
            &none,
            "energy_distance",
            &row["energy_distance"]["empty_equal"]["distance"],
        );
        same(&row["image"], &none, &none, "matched_iou_empty_ignored", &row["matched_iou_empty_ignored"]);
        same(&row["image"], &none, &none, "samples", &row["samples"]);
    }
    for row in found["amounts"]["images"].as_array().unwrap() {
        for class in row["classes"].as_array().unwrap() {
            let name = &class["class"];
            same(&row["image"], name, &none, "amount", &class["predicted"]);
            same(&row["image"], name, &none, "amount_crps", &class["crps"]);
            for (rater, amount) in class["raters"].as_object().unwrap() {
                same(&row["image"], name, &rater.as_str().into(), "amount", amount);
            }
        }
    }
    assert!(compared > 150, "{compared}");
}

/// Names that a comma or a quote is in come back as they are.
#[test]
fn names_are_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let name = "lake, \"north\"";
    for part in ["maps", "labels"] {
        fs::create_dir(folder.path().join(part)).unwrap();
        let map = ndarray::array![[0.25_f32, 0.5, 1.0]];
        write_array(&folder.path().join(part).join(format!("{name}.npy")), map.view()).unwrap();
    }
    let command = ["eval", "maps", "labels", "--csv", "scores.csv"];
    scumble(&command).current_dir(folder.path()).assert().success();
    let (head, lines) = read(&folder.path().join("scores.csv"));
    assert_eq!(lines.len(), 2, "all classes, and the one there is; no rater");
    let line = &lines[&[name.to_owned(), String::new(), String::new()]];
    assert_eq!((&*line["group"], &*line["brier"], &*line["truth_distance"]), (name, "0.0", ""));
    // What was not asked for has its columns all the same.
    assert!(head.contains(&"hausdorff".to_owned()) && line["hausdorff"].is_empty());
}

#[test]
fn nothing_else_is_written_over() {
    let set = Set::new();
    set.eval(&["--csv", "scores.csv"]).assert().success();
    let before = fs::read(set.path("scores.csv")).unwrap();
    refuses(&mut set.eval(&["--csv", "scores.csv"]), 2, &["scores.csv is there already", "--overwrite"])
        .stdout("");
    set.eval(&["--csv", "scores.csv", "--overwrite"]).assert().success();
    assert_eq!(before, fs::read(set.path("scores.csv")).unwrap());
    let map = fs::read_dir(set.path("maps")).unwrap().map(|entry| entry.unwrap().path());
    let map = map.filter(|path| path.is_file()).min().unwrap();
    let was = fs::read(&map).unwrap();
    let map_name = text(&map);
    for more in [&[][..], &["--overwrite"]] {
        let command = [&["--csv", &map_name[..]], more].concat();
        refuses(&mut set.eval(&command), 2, &["is read", "never written over"]).stdout("");
    }
    assert_eq!(was, fs::read(&map).unwrap());
    refuses(&mut set.eval(&["--csv", "both", "--report", "both"]), 2, &["give each its own file"]);
    refuses(&mut set.eval(&["--csv", "nowhere/scores.csv"]), 1, &["nowhere/scores.csv"]);
    refuses(&mut set.eval(&["--csv", "s.csv", "--boundary"]), 2, &["--boundary"]);
}

/// What is found beside the scores of the pixels can be a gate, too, if it was asked for.
#[test]
fn gates_ask_for_what_was_found_beside() {
    let set = Set::new();
    let gates =
        ["--fail-if", "objects_f1 < 1", "--fail-if", "hausdorff95 > 0", "--fail-if", "matched_iou > 0.99"];
    let asked = ["--objects", "--surface", "--diversity", "3", "--json"];
    let mut command = set.eval(&gates);
    let output = command.args(asked).assert().success().get_output().stdout.clone();
    let found: Value = serde_json::from_slice(&output).unwrap();
    let failed: Vec<&Value> = found["gates"].as_array().unwrap().iter().map(|gate| &gate["failed"]).collect();
    assert_eq!(failed, [false, false, false], "{}", found["gates"]);
    assert_eq!(found["gates"][2]["value"], found["diversity"]["matched_iou"]["value"]);
    refuses(&mut set.eval(&gates[..2]), 2, &["--fail-if 'objects_f1 < 1'", "objects", "--objects"]);
    refuses(&mut set.eval(&["--fail-if", "objects_f2 < 1"]), 2, &["did you mean objects_f1?"]);
}
