//! `scumble compare` from outside: settings, training and paired scores of runs and of folders of maps.

mod common;

use common::{lagoons, scumble, text, train};
use predicates::prelude::*;
use scumble::labels::Kind;
use scumble_data::{Dataset, MapFormat, MapWriter, Target};
use serde_json::Value;
use std::path::Path;

fn json(arguments: &[&str]) -> Value {
    common::json(scumble(arguments).arg("--json"))
}

/// The raters' mean itself as a folder of maps: the best prediction there is.
fn perfect(data: &Path, maps: &Path) {
    let dataset = Dataset::open(data).unwrap();
    for item in dataset.items() {
        let labels = dataset.labels(item, Target::Mean).unwrap();
        let (height, width) = labels.size();
        let class = ["water".to_string()];
        let mut writer =
            MapWriter::create(maps, item.id(), MapFormat::Npy, Kind::Binary, &class, height, width).unwrap();
        writer.write_rows(labels.probabilities()).unwrap();
        writer.finish().unwrap();
    }
}

#[test]
fn runs_on_the_same_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    lagoons(&path("data"), 6);
    let (first, second) = (text(&path("first")), text(&path("second")));
    train(&path("data"), &path("first"), &[]).assert().success();
    train(&path("data"), &path("second"), &["--set", "train.learning_rate=0.0001"]).assert().success();
    // In one view, as trainings validate.
    let found = json(&["compare", &first, &second, "--fast"]);
    let settings = found["settings"].as_object().unwrap();
    assert_eq!(settings.keys().collect::<Vec<_>>(), ["train.learning_rate"]);
    assert_eq!(settings["train.learning_rate"][1], 0.0001);
    assert_eq!(found["training"][0]["data"], found["training"][1]["data"]);
    // What the runs held out, and no image that they learnt from.
    let info = json(&["info", &first]);
    let scores = &found["scores"];
    assert_eq!(scores["images"], info["run"]["data"]["validation"]);
    assert_eq!((scores["images"].as_array().unwrap().len(), &scores["trained_on"]), (2, &0.into()));
    let validation = info["best"]["validation"]["excess"].as_f64().unwrap();
    assert!((scores["values"][0]["excess"].as_f64().unwrap() - validation).abs() < 1e-9);
    // On all images, if that is asked for.
    let asked = json(&["compare", &first, &second, "--images", "*"]);
    assert_eq!(
        (asked["scores"]["images"].as_array().unwrap().len(), &asked["scores"]["trained_on"]),
        (6, &4.into())
    );
    scumble(&["compare", &first, &second]).assert().success().stdout(
        predicate::str::contains("train.learning_rate").and(predicate::str::contains("second against first")),
    );
    scumble(&["compare", &first]).assert().code(2);
}

#[test]
fn maps_and_models_meet_on_the_same_images() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    lagoons(&path("seen"), 3);
    lagoons(&path("data"), 6);
    perfect(&path("data"), &path("perfect"));
    train(&path("seen"), &path("run"), &["--set", "train.epochs=1"]).assert().success();
    let (run, data, maps, best) =
        (text(&path("run")), text(&path("data")), text(&path("maps")), text(&path("perfect")));
    scumble(&["predict", &run, &data, "-o", &maps]).assert().success();
    let found = json(&["compare", &run, &maps, &best, "--data", &data]);
    let scores = &found["scores"];
    // The same numbers as eval's.
    let eval = json(&["eval", &run, &data])["all"].clone();
    let near = |a: &Value, b: &Value| (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-12;
    let values = &scores["values"];
    assert!(near(&values[0]["excess"], &eval["cross_entropy"]["excess"]));
    assert!(
        near(&values[0]["brier"], &eval["brier"])
            && near(&values[0]["calibration"], &eval["calibration_error"])
            && near(&values[0]["dice"], &eval["dice"])
    );
    assert!(near(&values[0]["truth_distance"], &eval["truth"]["distance"]));
    for name in ["truth_distance", "excess", "brier", "calibration", "dice"] {
        // A model and the maps that it wrote are one prediction.
        let same = &scores["against_first"][0][name];
        assert_eq!((&same["difference"], &same["verdict"]), (&0.0.into(), &"equal".into()));
        assert_eq!((&same["chance"], &same["groups_needed"]), (&1.0.into(), &Value::Null));
        let better = &scores["against_first"][1][name];
        if name == "calibration" {
            // Gaps of images may cancel each other, so that an exchange changes nothing.
            assert!(better["difference"].as_f64() < Some(0.0), "{better}");
        } else {
            assert_eq!(better["verdict"], "better", "{name}: {better}");
            // In all of six images: 2 of 64 exchanges.
            assert_eq!(better["chance"], 2.0 / 64.0, "{name}: {better}");
        }
        assert!(better["groups_needed"].as_u64().unwrap() >= 6, "{name}: {better}");
        let (low, high) =
            (better["interval"]["low"].as_f64().unwrap(), better["interval"]["high"].as_f64().unwrap());
        let difference = better["difference"].as_f64().unwrap();
        assert!(low <= difference && difference <= high);
    }
    assert_eq!(
        json(&["compare", &best, &maps, "--data", &data])["scores"]["against_first"][0]["dice"]["verdict"],
        "worse"
    );
    let training = found["training"].as_array().unwrap();
    assert!(training[0].is_object() && training[1].is_null());
    let says = |arguments: &[&str]| {
        String::from_utf8(scumble(arguments).assert().success().get_output().stdout.clone()).unwrap()
    };
    let said = says(&["compare", &run, &maps, &best, "--data", &data]);
    assert!(said.contains("maps and run are equal: no image tells them apart."), "{said}");
    let sentence = "perfect against run: better in truth_distance, excess, brier";
    assert!(said.contains(sentence) && said.contains("images needed"), "{said}");
    // Five images are too few for a verdict, whatever the intervals.
    let few = ["--data", &data, "--images", "lagoon-0[1-5]"];
    let said = says(&[&["compare", &run, &best], &few[..]].concat());
    assert!(said.contains("too few images to say (5; a verdict needs 6)."), "{said}");
    let found = json(&[&["compare", &run, &best], &few[..]].concat());
    let excess = &found["scores"]["against_first"][0]["excess"];
    assert_eq!((&excess["chance"], &excess["verdict"]), (&Value::Null, &"too few images to say".into()));
    let apart = |of: &Value| {
        of["interval"]["low"].as_f64() > Some(0.0) || of["interval"]["high"].as_f64() < Some(0.0)
    };
    let scores = found["scores"]["against_first"][0].as_object().unwrap();
    assert_eq!(said.contains("the exact test decides"), scores.values().any(apart), "{said}");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    lagoons(&path("data"), 3);
    perfect(&path("data"), &path("perfect"));
    let (data, run, best) = (text(&path("data")), text(&path("run")), text(&path("perfect")));
    train(&path("data"), &path("run"), &["--set", "train.epochs=1", "--set", "task.kind=multiclass"])
        .assert()
        .success();
    let refused = |arguments: &[&str], code: i32, says: &str| {
        scumble(arguments).assert().code(code).stdout("").stderr(predicate::str::contains(says));
    };
    refused(&["compare", &best, &run], 2, "--data says on which images");
    refused(&["compare", &best, &run, "--data", &data], 1, "different questions");
    refused(&["compare", &best, &text(&path("nowhere")), "--data", &data], 1, "nowhere");
}
