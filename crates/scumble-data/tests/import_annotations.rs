//! What annotation tools export beside their images, brought into the layout of a data set. A new tool is a new test here.

mod files;

use files::{at, npy};
use scumble_data::{Dataset, ForeignLayout, Target, plan_import};
use serde_json::{Value, json};
use std::fs;
use tempfile::tempdir;

/// Images of 2 x 3 pixels and these texts are imported to these places, by these raters; the mean of the image x is this.
fn becomes(images: &[&str], texts: &[(&str, String)], places: &[&str], raters: &[&str], mean: [f32; 6]) {
    let folder = tempdir().unwrap();
    let (root, data) = (folder.path().join("other"), folder.path().join("data"));
    for (shade, image) in images.iter().enumerate() {
        npy(&at(&root, image), &[2, 3], &[shade as u8; 6]);
    }
    for (name, text) in texts {
        fs::write(at(&root, name), text).unwrap();
    }
    // Whoever opens the folder is told what it is.
    let told = Dataset::open(&root).unwrap_err().to_string();
    assert!(told.contains("annotations in"), "{told}");
    let plan = plan_import(&root, None, None).unwrap();
    assert_eq!(plan.layout, ForeignLayout::Annotations);
    let placed: Vec<&str> = plan.files.iter().map(|file| file.to.to_str().unwrap()).collect();
    assert_eq!(placed, places);
    assert!(plan.left_out.is_empty(), "{:?}", plan.left_out);
    plan.carry_out(&data, true, &|| ()).unwrap();
    let data = Dataset::open(&data).unwrap();
    assert_eq!(data.raters(), raters);
    let label = data.labels(&data.items()[0], Target::Mean).unwrap();
    assert_eq!(label.probabilities().iter().copied().collect::<Vec<_>>(), mean);
}

/// What two think of whom the first sees the left column, the second the upper row.
const BOTH: [f32; 6] = [1.0, 0.5, 0.5, 0.5, 0.0, 0.0];
const LEFT: [f32; 6] = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// A task of Label Studio.
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
    becomes(
        &["images/x.npy", "images/y.npy"],
        &[("project-7.json", json!([task(1, "x.npy"), task(2, "y.npy")]).to_string())],
        &["images/x.npy", "images/y.npy", "raters/label-studio.json"],
        &["anna@lab", "ben@lab"],
        BOTH,
    );
}

fn cvat(left: u32, bottom: u32) -> String {
    format!(
        "<annotations><image name='x.npy' width='3' height='2'><box label='cell' xtl='0' ytl='0' xbr='{left}' \
         ybr='{bottom}'/></image><image name='y.npy' width='3' height='2'/></annotations>"
    )
}

#[test]
fn each_annotator_of_cvat_has_an_export() {
    let files = [("anna/annotations.xml", cvat(1, 2)), ("ben/annotations.xml", cvat(3, 1))];
    let places = ["images/x.npy", "images/y.npy", "raters/anna.xml", "raters/ben.xml"];
    becomes(&["x.npy", "y.npy"], &files, &places, &["anna", "ben"], BOTH);
    let one = [("annotations.xml", cvat(1, 2))];
    let places = ["images/x.npy", "images/y.npy", "raters/cvat.xml"];
    becomes(&["images/x.npy", "images/y.npy"], &one, &places, &["cvat"], LEFT);
}

fn labelme(right: u32, bottom: u32) -> String {
    json!({"version": "5.5.0", "imagePath": "x.npy", "imageHeight": 2, "imageWidth": 3, "imageData": null,
        "shapes": [{"label": "cell", "shape_type": "rectangle", "points": [[0, 0], [right, bottom]]}]})
    .to_string()
}

#[test]
fn files_of_labelme_lie_beside_their_images_or_in_a_folder_of_each_annotator() {
    let beside = [("x.json", labelme(1, 2))];
    becomes(&["x.npy"], &beside, &["images/x.npy", "raters/labelme/x.json"], &["labelme"], LEFT);
    let files = [("anna/x.json", labelme(1, 2)), ("ben/x.json", labelme(3, 1))];
    let places = ["images/x.npy", "raters/anna/x.json", "raters/ben/x.json"];
    becomes(&["images/x.npy"], &files, &places, &["anna", "ben"], BOTH);
}

#[test]
fn objects_of_qupath_may_be_called_like_the_file_of_their_image() {
    let ring = json!([[0, 0], [1, 0], [1, 2], [0, 2], [0, 0]]);
    let objects = json!({"type": "FeatureCollection", "features": [{"type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"objectType": "annotation", "classification": {"name": "cell"}}}]});
    let files = [("export/x.npy.geojson", objects.to_string())];
    becomes(&["slides/x.npy"], &files, &["images/x.npy", "raters/qupath/x.geojson"], &["qupath"], LEFT);
}
