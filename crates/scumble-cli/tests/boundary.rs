//! `eval --boundary` and `eval --surface` from outside.

mod common;

use common::{json, lagoons, refuses, scumble, train};
use ndarray::Array3;
use predicates::prelude::*;
use scumble_data::{Raster, Samples, write_png};
use serde_json::Value;
use std::path::{Path, PathBuf};

const SIDE: usize = 40;

/// A grey picture of `SIDE` x `SIDE` pixels: `value` where `on(row, column)`.
fn draw(path: &Path, value: u8, on: impl Fn(usize, usize) -> bool) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let at = |i: usize| if on(i / SIDE, i % SIDE) { value } else { 0 };
    let samples = Samples::U8((0..SIDE * SIDE).map(at).collect());
    // Marks are on/off, maps are grey.
    let indexed = (value == 1).then_some(1);
    write_png(path, &Raster { height: SIDE, width: SIDE, channels: 1, samples, indexed, nodata: None })
        .unwrap();
}

/// Two images of an upright line, each with two raters who put it at columns 10 and 12.
struct UprightLines {
    folder: tempfile::TempDir,
}

impl UprightLines {
    fn new() -> Self {
        let lines = Self { folder: tempfile::tempdir().unwrap() };
        for id in ["one", "two"] {
            draw(&lines.path(&format!("data/images/{id}.png")), 200, |row, _| row > 20);
            for (rater, column) in [("ann", 10), ("ben", 12)] {
                draw(&lines.path(&format!("data/raters/{rater}/{id}.png")), 1, |_, c| c == column);
            }
        }
        lines
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn eval(&self, more: &[&str]) -> assert_cmd::Command {
        let (maps, data) = (self.path("maps"), self.path("data"));
        let mut command = scumble(&["eval", &maps.display().to_string(), &data.display().to_string()]);
        command.args(more);
        command
    }

    fn refuses(&self, more: &[&str], code: i32, says: &[&str]) {
        refuses(&mut self.eval(more), code, says);
    }
}

#[test]
fn maps_are_judged_as_boundaries() {
    let lines = UprightLines::new();
    // Weak values alone: not to be mistaken for class indices. A second line far from the raters'.
    draw(&lines.path("maps/one.png"), 60, |_, column| column == 11 || column == 30);
    draw(&lines.path("maps/two.png"), 60, |_, column| column == 11);
    let arguments = ["--boundary", "--max-distance", "0.02", "--json"];
    let judged = json(&mut lines.eval(&arguments));
    let boundary = &judged["boundary"];
    assert_eq!(judged["version"], 1);
    // Thinning shortens no line of 40 pixels; both raters' 2 x 80 pixels are found by 80 of 120.
    assert_eq!(boundary["ods"]["recall"], 1.0);
    assert!((boundary["ods"]["precision"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(
        (&boundary["ois"]["recall"], &boundary["ods"]["f"]),
        (&Value::from(1.0), &boundary["ois"]["f"])
    );
    assert_eq!(boundary["ods"]["threshold"], 0.01);
    assert!(boundary["ap"].is_number());
    let images = boundary["images"].as_array().unwrap();
    assert_eq!((&images[0]["image"], &images[0]["precision"]), (&"one".into(), &0.5.into()));
    assert_eq!((&images[1]["image"], &images[1]["f"]), (&"two".into(), &1.0.into()));
    assert_eq!(boundary["curve"].as_array().unwrap().len(), 99);
    assert_eq!(boundary["counts"][22]["found"], 160); // 0.23 of 60 / 255 = 0.235
    assert_eq!(boundary["counts"][23]["found"], 0);

    // Nearer than a pixel nothing is found.
    let near =
        json(&mut lines.eval(&["--boundary", "--max-distance", "0.01", "--thresholds", "9", "--json"]));
    assert_eq!(
        (&near["boundary"]["ods"]["f"], &near["boundary"]["counts"][0]["predicted"]),
        (&0.0.into(), &120.into())
    );

    lines.eval(&["--boundary"]).assert().success().stdout(
        predicate::str::contains("ODS")
            .and(predicate::str::contains("OIS"))
            .and(predicate::str::contains("two")),
    );
}

#[test]
fn wide_maps_need_suppression() {
    let lines = UprightLines::new();
    let ramp = Array3::from_shape_fn((1, SIDE, SIDE), |(_, _, x)| 0.9 - 0.09 * x.abs_diff(11).min(9) as f32);
    std::fs::create_dir_all(lines.path("maps")).unwrap();
    for id in ["one", "two"] {
        scumble_data::write_array(
            &lines.path(&format!("maps/{id}.npy")),
            ramp.index_axis(ndarray::Axis(0), 0).into_dyn(),
        )
        .unwrap();
    }
    let f = |more: &[&str]| {
        let judged = json(lines.eval(&["--boundary", "--json", "--max-distance", "0.03"]).args(more));
        judged["boundary"]["counts"][9]["predicted"].as_u64().unwrap()
    };
    // At 0.1 a line, or a broad band thinned: the frame fades out under suppression.
    assert!(f(&["--nms"]) > 0 && f(&["--nms"]) <= 80);
    let region = json(&mut lines.eval(&["--boundary", "--json", "--nms", "--region", "rows 0.25..0.75"]));
    assert_eq!(region["boundary"]["counts"][0]["marked"], 2 * 2 * 20);
}

#[test]
fn a_model_and_the_maps_that_it_wrote_are_judged_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let text = |name: &str| folder.path().join(name).display().to_string();
    lagoons(&folder.path().join("data"), 3);
    train(&folder.path().join("data"), &folder.path().join("run"), &[]).assert().success();
    scumble(&["predict", &text("run"), &text("data"), "-o", &text("maps")]).assert().success();
    let told = predicate::str::contains("the model was trained on 2 of these 3 images");
    scumble(&["eval", &text("run"), &text("data"), "--images", "*"]).assert().success().stderr(told);
    let all = ["--images", "*"];
    for judgement in [&["--boundary", "--thin-raters"][..], &["--surface"]] {
        let judge = |predictions: &str| {
            let judged = json(
                scumble(&["eval", &text(predictions), &text("data"), "--json"]).args(judgement).args(all),
            );
            (judged["boundary"].clone(), judged["surface"].clone())
        };
        let (by_model, by_maps) = (judge("run"), judge("maps"));
        assert_eq!(by_model, by_maps);
        assert_ne!(by_model, (Value::Null, Value::Null));
    }
}

#[test]
fn outlines_are_measured_in_the_unit_of_the_spacing() {
    let lines = UprightLines::new();
    draw(&lines.path("maps/one.png"), 255, |_, column| column == 15);
    draw(&lines.path("maps/two.png"), 255, |_, _| false);
    let judged = json(&mut lines.eval(&["--surface", "--spacing", "1,0.5", "--json"]));
    let rows = judged["surface"].as_array().unwrap();
    // Two raters and the label (where half of them agree: nowhere else than on both lines), for each image.
    assert_eq!(rows.len(), 6);
    assert_eq!((&rows[0]["image"], &rows[0]["against"]), (&"one".into(), &"ann".into()));
    assert_eq!((&rows[0]["hausdorff"], &rows[1]["average"]), (&2.5.into(), &1.5.into()));
    assert_eq!((&rows[2]["against"], &rows[2]["hausdorff"]), (&"label".into(), &2.5.into()));
    assert!(rows[3].get("hausdorff").is_none() && rows[3]["image"] == "two");
    // Over both images: of a class against each rater and the label, where all have a distance or not.
    let summary = judged["surface_summary"].as_array().unwrap();
    assert_eq!(summary.len(), 3);
    for one in summary {
        let of = rows.iter().filter(|row| row["against"] == one["against"]);
        let known: Vec<f64> = of.filter_map(|row| row["hausdorff"].as_f64()).collect();
        assert_eq!((&one["images"], one["undefined"].as_u64()), (&2.into(), Some(2 - known.len() as u64)));
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        assert_eq!(one["hausdorff"]["mean"].as_f64(), (!known.is_empty()).then_some(mean));
        // Of two values the quartiles lie a quarter of the way.
        if let [a, b] = known[..] {
            let at = |name: &str| one["hausdorff"][name].as_f64().unwrap();
            assert!((at("lower_quartile") - (0.75 * a.min(b) + 0.25 * a.max(b))).abs() < 1e-12);
            assert!((at("median") - mean).abs() < 1e-12);
        }
    }
    lines
        .eval(&["--surface"])
        .assert()
        .success()
        .stdout(predicate::str::contains("Hausdorff").and(predicate::str::contains("over images")));
    // A line of 204/255 = 0.8 is drawn up to that threshold, and then no more.
    draw(&lines.path("maps/one.png"), 204, |_, column| column == 15);
    let first = |threshold: &str| {
        let judged = json(&mut lines.eval(&["--surface", "--threshold", threshold, "--json"]));
        judged["surface"][0]["hausdorff"].clone()
    };
    assert_eq!((first("0.8"), first("0.81")), (5.0.into(), Value::Null));
    lines.refuses(&["--surface", "--spacing", "0.5"], 2, &["--spacing", "0.5,0.5"]);
    lines.refuses(&["--surface", "--spacing", "0,1"], 2, &["above 0"]);
}

#[test]
fn bad_input_is_refused() {
    let lines = UprightLines::new();
    std::fs::create_dir_all(lines.path("maps")).unwrap();
    lines.refuses(&["--boundary"], 1, &["maps", "no map of any image", "one.png"]);
    draw(&lines.path("maps/one.png"), 255, |row, _| row == 3);
    lines.refuses(&["--boundary", "--thresholds", "0"], 2, &["--thresholds 0"]);
    lines.refuses(&["--boundary", "--max-distance=-1"], 2, &["--max-distance"]);
    lines.refuses(&["--boundary", "--max-distance", "nan"], 2, &["--max-distance"]);
    lines.refuses(&["--nms"], 2, &["--boundary"]);
    // Nothing that is about the scores of pixels is passed over in silence.
    for more in
        [["--fail-if", "dice < 0.5"], ["--report", "page.html"], ["--diversity", "4"], ["--csv", "page.csv"]]
    {
        lines.refuses(&["--boundary", more[0], more[1]], 2, &["--boundary", more[0], "cannot be used with"]);
    }
    lines.refuses(&["--boundary"], 1, &["no prediction of 1 of 2 images: two", "--allow-missing"]);
    let allowed = ["--boundary", "--allow-missing"];
    assert_eq!(json(lines.eval(&allowed).arg("--json"))["without_prediction"][0], "two");
    lines.eval(&allowed).assert().success().stdout(predicate::str::contains("no map of two"));

    let (colour, wrong) = (vec![7; 3 * SIDE * SIDE], vec![7; 20]);
    let write = |name: &str, height, width, channels, samples| {
        let raster =
            Raster { height, width, channels, samples: Samples::U8(samples), indexed: None, nodata: None };
        write_png(&lines.path(name), &raster).unwrap();
    };
    write("maps/two.png", SIDE, SIDE, 3, colour);
    lines.refuses(&["--boundary"], 1, &["two.png", "3 channels", "grey"]);
    write("maps/two.png", 5, 4, 1, wrong);
    lines.refuses(&["--boundary"], 1, &["two", "4 x 5", "40 x 40"]);
    draw(&lines.path("maps/two.png"), 255, |row, _| row == 3);
    let mut values = ndarray::Array2::from_elem((SIDE, SIDE), 0.5_f32);
    values[[2, 1]] = 1.5;
    scumble_data::write_array(&lines.path("maps/two.npy"), values.view().into_dyn()).unwrap();
    lines.refuses(&["--boundary"], 1, &["two.png", "two.npy", "remove one"]);
    std::fs::remove_file(lines.path("maps/two.png")).unwrap();
    lines.refuses(&["--boundary"], 1, &["two", "row 2, column 1", "1.5"]);

    std::fs::remove_dir_all(lines.path("data/raters")).unwrap();
    draw(&lines.path("data/labels/one.png"), 255, |row, _| row == 3);
    lines.refuses(&["--boundary"], 1, &["raters/NAME"]);
}

/// The counts of `scripts/golden_boundaries.py`: the first rater's lines against all raters'.
#[test]
#[allow(clippy::print_stderr, reason = "a skipped test must say so")]
fn real_images_are_counted_as_the_reference_counts() {
    let data = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/bsds500/val"));
    if !data.is_dir() {
        eprintln!("skipped: no bsds500 beside the project");
        return;
    }
    let data = data.display().to_string();
    let maps = format!("{data}/raters/1");
    for (id, counts) in [
        ("101085", [18488, 20915, 3904, 3904]),
        ("101087", [14277, 17277, 3275, 3275]),
        ("102061", [7569, 9631, 1625, 1625]),
    ] {
        let judged = json(&mut scumble(&[
            "eval",
            &maps,
            &data,
            "--boundary",
            "--thresholds",
            "1",
            "--images",
            id,
            "--json",
        ]));
        let found = &judged["boundary"]["counts"][0];
        let found = ["found", "marked", "right", "predicted"].map(|name| found[name].as_u64().unwrap());
        assert_eq!(found, counts, "{id}");
    }
}
