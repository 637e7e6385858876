//! From what annotation tools export to soft labels: `scumble import`, `check`, `fuse`. A new tool is a new test here.

mod common;

use common::{json, refuses, scumble, text};
use scumble_data::{Raster, Samples, read_raster, write_png};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};

/// A folder `other` with these texts and with images of 2 x 3 pixels; the data set made of it is `data`.
struct Export(TempDir);

impl Export {
    fn new(images: &[&str], files: &[(&str, String)]) -> Self {
        let export = Self(tempdir().unwrap());
        for (shade, image) in images.iter().enumerate() {
            let samples = Samples::U8((0..6).map(|at| at * 40 + shade as u8).collect());
            let picture = Raster { height: 2, width: 3, channels: 1, samples, indexed: None, nodata: None };
            write_png(&export.made(&format!("other/{image}")), &picture).unwrap();
        }
        for (file, content) in files {
            fs::write(export.made(&format!("other/{file}")), content).unwrap();
        }
        export
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn made(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn import(&self) -> Value {
        let (from, to) = (text(&self.path("other")), text(&self.path("data")));
        json(&mut scumble(&["import", &from, "-o", &to, "--json"]))
    }

    /// Imports into these places, finds these raters, and the label of the image x is this after fusing.
    fn becomes(&self, files: &[&str], raters: &[&str], label: [u8; 6]) {
        let made = self.import();
        assert_eq!(made["layout"], "annotations", "{made}");
        let placed: Vec<&str> =
            made["files"].as_array().unwrap().iter().map(|file| file["to"].as_str().unwrap()).collect();
        assert_eq!(placed, files);
        assert_eq!(made["problem"], json!(null));
        let data = text(&self.path("data"));
        let check = json(&mut scumble(&["check", &data, "--json"]));
        let found: Vec<&str> =
            check["raters"].as_array().unwrap().iter().map(|rater| rater["name"].as_str().unwrap()).collect();
        assert_eq!((found, &check["problems"]), (raters.to_vec(), &json!([])));
        let labels = self.path("labels");
        scumble(&["fuse", &data, "-o", &text(&labels), "--method", "mean", "--format", "png8"])
            .assert()
            .success();
        let Samples::U8(fused) = read_raster(&labels.join("x.png")).unwrap().samples else {
            panic!("8 bits")
        };
        assert_eq!(fused, label);
    }
}

/// A task of Label Studio with a rectangle of the image's left or upper part by each of two.
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
fn one_export_of_label_studio_holds_every_rater() {
    let export = json!([task(1, "x.png"), task(2, "y.png")]).to_string();
    let export = Export::new(&["images/x.png", "images/y.png"], &[("project-7.json", export)]);
    refuses(
        &mut scumble(&["check", &text(&export.path("other"))]),
        1,
        &["annotations in the folder itself", "scumble import"],
    );
    export.becomes(
        &["images/x.png", "images/y.png", "raters/label-studio.json"],
        &["anna@lab", "ben@lab"],
        [255, 128, 128, 128, 0, 0],
    );
}

fn cvat(left: u32, bottom: u32) -> String {
    format!(
        "<annotations><image name='x.png' width='3' height='2'><box label='cell' xtl='0' ytl='0' xbr='{left}' \
         ybr='{bottom}'/></image><image name='y.png' width='3' height='2'/></annotations>"
    )
}

#[test]
fn each_annotator_of_cvat_has_an_export() {
    let files = [("anna/annotations.xml", cvat(1, 2)), ("ben/annotations.xml", cvat(3, 1))];
    Export::new(&["x.png", "y.png"], &files).becomes(
        &["images/x.png", "images/y.png", "raters/anna.xml", "raters/ben.xml"],
        &["anna", "ben"],
        [255, 128, 128, 128, 0, 0],
    );
    let one = [("annotations.xml", cvat(1, 2))];
    Export::new(&["images/x.png", "images/y.png"], &one).becomes(
        &["images/x.png", "images/y.png", "raters/cvat.xml"],
        &["cvat"],
        [255, 0, 0, 255, 0, 0],
    );
}

fn labelme(right: u32, bottom: u32) -> String {
    json!({"version": "5.5.0", "imagePath": "x.png", "imageHeight": 2, "imageWidth": 3, "imageData": null,
        "shapes": [{"label": "cell", "shape_type": "rectangle", "points": [[0, 0], [right, bottom]]}]})
    .to_string()
}

#[test]
fn files_of_labelme_lie_beside_their_images_or_in_a_folder_of_each_annotator() {
    Export::new(&["x.png"], &[("x.json", labelme(1, 2))]).becomes(
        &["images/x.png", "raters/labelme/x.json"],
        &["labelme"],
        [255, 0, 0, 255, 0, 0],
    );
    let files = [("anna/x.json", labelme(1, 2)), ("ben/x.json", labelme(3, 1))];
    Export::new(&["images/x.png"], &files).becomes(
        &["images/x.png", "raters/anna/x.json", "raters/ben/x.json"],
        &["anna", "ben"],
        [255, 128, 128, 128, 0, 0],
    );
}

#[test]
fn objects_of_qupath_may_be_called_like_the_file_of_their_image() {
    let ring = json!([[0, 0], [1, 0], [1, 2], [0, 2], [0, 0]]);
    let objects = json!({"type": "FeatureCollection", "features": [{"type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"objectType": "annotation", "classification": {"name": "cell"}}}]});
    Export::new(&["slides/x.png"], &[("export/x.png.geojson", objects.to_string())]).becomes(
        &["images/x.png", "raters/qupath/x.geojson"],
        &["qupath"],
        [255, 0, 0, 255, 0, 0],
    );
}

#[test]
fn a_bad_annotation_is_named_and_replaces_nothing() {
    let mut bad = task(1, "x.png");
    bad["annotations"][1]["result"][0]["value"]["x"] = json!("left");
    let export = json!([bad]).to_string();
    let data = Export::new(&["images/x.png"], &[("raters/all.json", export)]);
    let folder = text(&data.path("other"));
    let says = ["all.json: task 1, annotation 2, region 'r': its x is the text 'left'"];
    refuses(&mut scumble(&["check", &folder]), 1, &says);
    refuses(&mut scumble(&["fuse", &folder, "-o", &text(&data.path("labels"))]), 1, &says);
    assert!(!Path::new(&data.path("labels")).exists());
}
