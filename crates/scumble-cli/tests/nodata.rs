//! Images with pixels that say nothing, and images unlike those that a model was trained on, from outside.

mod common;

use common::{json, lagoons, refuses, scumble, text, train};
use ndarray::{Array2, Array3, ArrayView3, s};
use scumble_data::{Raster, read_image, write_array};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Rows of each image that nothing counts in.
const EMPTY: usize = 8;

/// An array [C, H, W] as an image file.
fn write(path: &Path, planes: ArrayView3<'_, f32>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let interleaved = planes.permuted_axes([1, 2, 0]).as_standard_layout().into_owned();
    write_array(path, interleaved.view()).unwrap();
}

/// Lagoons as float images of which the first rows are `nothing` (None: as they are) and count for nobody.
fn set(folder: &Path, name: &str, nothing: Option<f32>) -> PathBuf {
    let (made, data) = (folder.join("made"), folder.join(name));
    if !made.exists() {
        lagoons(&made, 4);
    }
    for entry in fs::read_dir(made.join("images")).unwrap() {
        let path = entry.unwrap().path();
        let id = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut planes = read_image(&path).unwrap().to_unit();
        let grey = planes.index_axis(ndarray::Axis(0), 1).mapv(|v| if v > 0.5 { 1.0 } else { 0.0 });
        let mut label: Array2<f32> = grey;
        label.slice_mut(s![..EMPTY, ..]).fill(f32::NAN);
        if let Some(nothing) = nothing {
            planes.slice_mut(s![.., ..EMPTY, ..]).fill(nothing);
        }
        write(&data.join(format!("images/{id}.npy")), planes.view());
        write(&data.join(format!("labels/{id}.npy")), label.insert_axis(ndarray::Axis(0)).view());
    }
    data
}

/// Header and weights of a model file.
fn parts(run: &Path) -> (Vec<u8>, Vec<u8>) {
    let bytes = common::model(run);
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    (bytes[8..8 + length].to_vec(), bytes[8 + length..].to_vec())
}

fn weights(run: &Path) -> Vec<u8> {
    parts(run).1
}

/// The description in a model file.
fn card(run: &Path) -> Value {
    let header: Value = serde_json::from_slice(&parts(run).0).unwrap();
    serde_json::from_str(header["__metadata__"]["scumble"].as_str().unwrap()).unwrap()
}

fn map(path: &Path) -> Raster {
    scumble_data::read_raster(path).unwrap()
}

/// Maps are NaN in the first rows and nowhere else.
fn is_empty_above(map: &Raster) {
    for (y, x) in [(0, 0), (EMPTY - 1, 40), (EMPTY, 0), (47, 47)] {
        assert_eq!(map.raw(y, x, 0).is_nan(), y < EMPTY, "row {y}");
    }
}

#[test]
fn what_counts_for_nothing_changes_nothing_that_is_learnt() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    let clean = set(p, "clean", None);
    train(&clean, &p.join("run"), &[]).assert().success();
    let expected = card(&p.join("run"));
    let mut models = Vec::new();
    for (name, nothing, toml) in [
        ("nan", f32::NAN, ""),
        ("inf", f32::INFINITY, ""),
        ("found", -9999.0, ""),
        ("said", -9999.0, "nodata = -9999"),
    ] {
        let data = set(p, name, Some(nothing));
        fs::write(data.join("dataset.toml"), toml).unwrap();
        let run = p.join(format!("run-{name}"));
        let trained = train(&data, &run, &[]).assert().success();
        let said = String::from_utf8_lossy(&trained.get_output().stderr).into_owned();
        let found = card(&run);
        for key in ["mean", "deviation"] {
            assert_eq!(found["normalisation"][key], expected["normalisation"][key], "{name}");
        }
        assert_eq!(
            found["normalisation"]["nodata"].as_f64(),
            (nothing == -9999.0).then_some(-9999.0),
            "{name}"
        );
        // Of three training images, 8 rows of 48 pixels.
        let tells = if name == "found" { "-9999 at" } else { "no data" };
        assert!(said.contains(tells), "{name}: {said}");
        models.push(weights(&run));
        // eval leaves the same pixels out, and judges what is left.
        let judged = json(&mut scumble(&["eval", &text(&run), &text(&data), "--json"]));
        let pixels = judged["all"]["pixels"].as_f64().unwrap();
        assert_eq!(pixels % f64::from(40 * 48), 0.0, "{name}");
        assert!(judged["all"]["cross_entropy"]["value"].as_f64().is_some_and(f64::is_finite), "{name}");
    }
    // However it is said, the weights are the same.
    assert!(models.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn maps_know_nothing_where_the_image_has_no_data() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    let clean = set(p, "clean", None);
    let run = p.join("run");
    train(&clean, &run, &[]).assert().success();
    let gaps = set(p, "gaps", Some(f32::NAN));
    let images = gaps.join("images");
    let maps = p.join("maps");
    let done =
        scumble(&["predict", &text(&run), &text(&images), "-o", &text(&maps), "--json"]).assert().success();
    let lines = String::from_utf8(done.get_output().stdout.clone()).unwrap();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(
        (first["without_data"].as_u64(), first["unlike_training"].as_bool()),
        (Some(8 * 48), Some(false))
    );
    is_empty_above(&map(&maps.join("lagoon-01.npy")));
    // Maps with gaps are judged as the model is, where the label has the same gaps.
    let scores = |predictions: &Path| {
        json(&mut scumble(&["eval", &text(predictions), &text(&gaps), "--images", "*", "--json"]))["all"]["brier"].clone()
    };
    assert_eq!(scores(&maps), scores(&run));
    // PNG cannot say it; nothing is written.
    let png = p.join("png");
    let mut predict =
        scumble(&["predict", &text(&run), &text(&images), "-o", &text(&png), "--format", "png16"]);
    refuses(&mut predict, 1, &["no data at 384 pixels", "png16", "npy"]);
    // An image of nothing is a problem, and the others are done.
    let ids: Vec<PathBuf> = fs::read_dir(&images).unwrap().map(|entry| entry.unwrap().path()).collect();
    write(&ids[0], Array3::from_elem((3, 48, 48), f32::NAN).view());
    let mut predict = scumble(&["predict", &text(&run), &text(&images), "-o", &text(&maps), "--overwrite"]);
    let name = ids[0].file_name().unwrap().to_str().unwrap();
    refuses(&mut predict, 1, &[name, "no pixel has data"]);
}

#[test]
fn nan_where_a_label_counts_is_an_error_with_its_pixel() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    let clean = set(p, "clean", None);
    let run = p.join("run");
    train(&clean, &run, &[]).assert().success();
    let path = clean.join("images/lagoon-01.npy");
    let mut planes = read_image(&path).unwrap().to_unit();
    planes[[1, 20, 7]] = f32::NAN;
    write(&path, planes.view());
    let says = ["images", "row 20, column 7"];
    refuses(&mut scumble(&["eval", &text(&run), &text(&clean), "--images", "*"]), 1, &says);
    let check = scumble(&["check", &text(&clean)]).assert().code(1);
    assert!(
        String::from_utf8_lossy(&check.get_output().stdout).contains("row 20, column 7")
            || String::from_utf8_lossy(&check.get_output().stderr).contains("row 20, column 7")
    );
    refuses(&mut train(&clean, &p.join("again"), &["--set", r#"data.validation=["lagoon-04"]"#]), 1, &says);
}

#[test]
fn an_image_unlike_the_training_is_warned_of_once() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    let clean = set(p, "clean", None);
    let run = p.join("run");
    train(&clean, &run, &[]).assert().success();
    let predict = |images: &Path, maps: &str| {
        let done = scumble(&["predict", &text(&run), &text(images), "-o", &text(&p.join(maps)), "--json"])
            .assert()
            .success();
        let output = done.get_output().clone();
        let told = String::from_utf8_lossy(&output.stderr)
            .matches("far outside of what the model was trained on")
            .count();
        let lines = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let unlike = lines.iter().filter(|image| image["unlike_training"] == true).count();
        (told, unlike, lines.len())
    };
    assert_eq!(predict(&clean.join("images"), "same"), (0, 0, 4));
    let other = p.join("other");
    for entry in fs::read_dir(clean.join("images")).unwrap() {
        let path = entry.unwrap().path();
        let planes = read_image(&path).unwrap().to_unit().mapv(|v| 255.0 * v);
        write(&other.join("images").join(path.file_name().unwrap()), planes.view());
    }
    assert_eq!(predict(&other.join("images"), "grey"), (1, 4, 4));
    fs::rename(clean.join("labels"), other.join("labels")).unwrap();
    let judged = json(&mut scumble(&["eval", &text(&run), &text(&other), "--images", "*", "--json"]));
    assert_eq!(judged["unlike_training"].as_array().unwrap().len(), 4);
}
