//! What each rater would say, from outside: learnt, predicted, judged, and refused where nobody knows.

mod common;

use common::{refuses, scumble, text, train};
use predicates::prelude::*;
use scumble_data::{Raster, Samples, read_raster, write_png};
use std::path::{Path, PathBuf};

/// Six images of a bright bar; `wide` marks all of it, `narrow` its left half, and has not seen the last two images.
fn bars(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    let write = |path: &str, shade: &dyn Fn(usize, usize) -> u8| {
        let path = data.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let samples = Samples::U8((0..48 * 48).map(|at| shade(at / 48, at % 48)).collect());
        let picture = Raster { height: 48, width: 48, channels: 1, samples, indexed: None, nodata: None };
        write_png(&path, &picture).unwrap();
    };
    for image in 0..6 {
        let left = 8 + 3 * image;
        let within = |x: usize, width: usize| (left..left + width).contains(&x);
        // The halves differ, so that a network without a sense of place can tell them apart.
        let shade = |y: usize, x: usize| match (within(x, 8), within(x, 16)) {
            (true, _) => 220,
            (_, true) => 150,
            _ => 20 + ((7 * y + 3 * x) % 11) as u8,
        };
        let mask = |width: usize| move |_: usize, x: usize| if within(x, width) { 255 } else { 0 };
        write(&format!("images/{image}.png"), &shade);
        write(&format!("raters/wide/{image}.png"), &mask(16));
        if image < 4 {
            write(&format!("raters/narrow/{image}.png"), &mask(8));
        }
    }
    data
}

/// The mean probability in the right half of the bar, of an image's map.
fn right_half(map: &Path, image: usize) -> f32 {
    let map = read_raster(map).unwrap().to_unit();
    let left = 16 + 3 * image;
    map.slice(ndarray::s![0, .., left + 1..left + 7]).mean().unwrap()
}

#[test]
fn each_rater_is_learnt_predicted_and_judged_beside_what_they_say_together() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (bars(folder.path()), folder.path().join("run"));
    let learns = ["task.raters=true", "network.widths=[8, 16]", "train.steps=100", "train.epochs=8"];
    let still = ["augment.share=0", "augment.colour=0", "data.validation=[\"3\"]"];
    let settings: Vec<&str> = [&learns[..], &still].concat().iter().flat_map(|set| ["--set", *set]).collect();
    train(&data, &run, &settings).assert().success();
    scumble(&["info", &text(&run)])
        .assert()
        .success()
        .stdout(predicate::str::contains("by themselves: narrow, wide"));

    let predicted = |more: &[&str]| {
        let maps = tempfile::tempdir().unwrap();
        let to = text(maps.path());
        scumble(&[&["predict", &text(&run), &text(&data), "-o", &to, "--overwrite"], more].concat())
            .assert()
            .success();
        let sidecar: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(maps.path().join("maps.json")).unwrap()).unwrap();
        (right_half(&maps.path().join("3.npy"), 3), sidecar["rater"].clone())
    };
    let (together, nobody) = predicted(&[]);
    let (narrow, name) = predicted(&["--rater", "narrow"]);
    let (wide, _) = predicted(&["--rater", "wide"]);
    assert_eq!((nobody, name), (serde_json::Value::Null, "narrow".into()));
    assert!(narrow < 0.25 && wide > 0.75, "{narrow} {wide}");
    assert!(together > narrow + 0.15 && together < wide - 0.15, "{narrow} {together} {wide}");

    // Each is nearer to the rater's own masks than what they say together.
    let judged = |more: &[&str]| {
        let eval = ["eval", &text(&run), &text(&data), "--images", "3", "--json"];
        common::json(&mut scumble(&[&eval[..], more].concat()))
    };
    for rater in ["narrow", "wide"] {
        let own = judged(&["--rater", rater]);
        assert_eq!(own["all"]["cross_entropy"]["floor"], 0.0, "{rater}: {own}");
        let maps = tempfile::tempdir().unwrap();
        scumble(&["predict", &text(&run), &text(&data), "-o", &text(maps.path())]).assert().success();
        let together = common::json(&mut scumble(&[
            "eval",
            &text(maps.path()),
            &text(&data),
            "--images",
            "3",
            "--rater",
            rater,
            "--json",
        ]));
        let value = |of: &serde_json::Value| of["all"]["cross_entropy"]["value"].as_f64().unwrap();
        assert!(value(&own) < value(&together), "{rater}");
    }
    // Who has not seen an image says nothing of it to judge by.
    let unseen = judged(&["--rater", "narrow", "--images", "*"]);
    assert_eq!(unseen["images"].as_array().unwrap().len(), 4, "{unseen}");
}

#[test]
fn a_rater_nobody_knows_is_refused_with_those_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let (data, people, plain) =
        (bars(folder.path()), folder.path().join("people"), folder.path().join("plain"));
    train(&data, &people, &["--set", "task.raters=true"]).assert().success();
    train(&data, &plain, &[]).assert().success();
    let maps = text(&folder.path().join("maps"));
    let [people, plain, data] = [&people, &plain, &data].map(|path| text(path));
    let predict = |run: &str, rater: &str| scumble(&["predict", run, &data, "-o", &maps, "--rater", rater]);
    refuses(&mut predict(&people, "anna"), 2, &["no rater is called 'anna'", "narrow, wide"]);
    refuses(&mut predict(&plain, "wide"), 2, &["'wide' has no say in this model", "task.raters"]);
    assert!(!Path::new(&maps).exists());
    let eval = |run: &str, rater: &str| scumble(&["eval", run, &data, "--images", "*", "--rater", rater]);
    refuses(&mut eval(&people, "anna"), 1, &["no rater is called 'anna'", "narrow, wide"]);
    refuses(&mut eval(&plain, "wide"), 2, &["'wide' has no say in this model"]);
}
