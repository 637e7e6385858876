//! From what an annotation tool exports to soft labels, by `scumble import`, `check` and `fuse`. What each tool's files become
//! is tested in scumble-data.

mod common;

use common::{json, refuses, scumble, text};
use scumble_data::{Raster, Samples, read_raster, write_png};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};

/// Two images of 2 x 3 pixels in other/images/, and a text.
fn export(file: &str, content: &Value) -> TempDir {
    let folder = tempdir().unwrap();
    let made = |name: &str| {
        let path = folder.path().join("other").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    for (shade, image) in ["x", "y"].into_iter().enumerate() {
        let samples = Samples::U8((0..6).map(|at| at * 40 + shade as u8).collect());
        let picture = Raster { height: 2, width: 3, channels: 1, samples, indexed: None, nodata: None };
        write_png(&made(&format!("images/{image}.png")), &picture).unwrap();
    }
    fs::write(made(file), content.to_string()).unwrap();
    folder
}

/// A task of Label Studio: one annotator has seen the left column, the other the upper row.
fn task(id: u32, image: &str) -> Value {
    let region = |width: f64, height: f64| {
        json!({"id": "r", "type": "rectanglelabels", "original_width": 3, "original_height": 2,
            "value": {"x": 0, "y": 0, "width": width, "height": height, "rotation": 0, "rectanglelabels": ["cell"]}})
    };
    json!({"id": id, "data": {"image": format!("/data/upload/7/0a1b2c3d-{image}")}, "predictions": [], "annotations": [
        {"id": 1, "completed_by": {"id": 1, "email": "anna@lab"}, "result": [region(34.0, 100.0)]},
        {"id": 2, "completed_by": {"id": 2, "email": "ben@lab"}, "result": [region(100.0, 50.0)]},
    ]})
}

#[test]
fn an_export_of_label_studio_becomes_soft_labels() {
    let folder = export("project-7.json", &json!([task(1, "x.png"), task(2, "y.png")]));
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    let (other, data, labels) = (text(&path("other")), text(&path("data")), text(&path("labels")));
    refuses(&mut scumble(&["check", &other]), 1, &["annotations in", "scumble import"]);
    let made = json(&mut scumble(&["import", &other, "-o", &data, "--json"]));
    assert_eq!((&made["layout"], &made["problem"]), (&json!("annotations"), &json!(null)), "{made}");
    scumble(&["check", &data]).assert().success();
    scumble(&["fuse", &data, "-o", &labels, "--format", "png8"]).assert().success();
    let Samples::U8(fused) = read_raster(&path("labels/x.png")).unwrap().samples else { panic!("8 bits") };
    let halves = fused.iter().map(|value| (f64::from(*value) / 127.5).round()).collect::<Vec<_>>();
    assert_eq!(halves, [2.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
}

#[test]
fn a_bad_annotation_is_named_and_no_label_is_written() {
    let mut bad = task(1, "x.png");
    bad["annotations"][1]["result"][0]["value"]["x"] = json!("left");
    let folder = export("raters/all.json", &json!([bad]));
    let (data, labels) = (folder.path().join("other"), folder.path().join("labels"));
    let says = ["all.json: task 1, annotation 2, region 'r': its x is the text 'left'"];
    refuses(&mut scumble(&["check", &text(&data)]), 1, &says);
    refuses(&mut scumble(&["fuse", &text(&data), "-o", &text(&labels)]), 1, &says);
    assert!(!Path::new(&labels).join("x.npy").exists());
}
