//! Texts about data sets.

use super::FIXTURES;
use serde_json::{Value, json};
use std::path::Path;

/// dataset.toml with every key.
pub(crate) fn settings() -> Vec<Vec<u8>> {
    [
        "kind = \"binary\"\nclasses = [\"vessel\"]\nignore_index = 255\n",
        "kind = \"multiclass\"\nclasses = [\"sky\", \"road\", \"tree\"]\nlabels = \"index\"\n",
        "kind = \"multilabel\"\nclasses = [\"cup\", \"disc\"]\nnested = [\"disc\", \"cup\"]\nlabels = \"soft\"\n",
        "pages = \"slices\"\naffine_tolerance = 0.5\nnodata = -9999\ngroup = \"^(\\\\w)\"\n",
        "colours = { sky = \"#0000ff\", road = [255, 0, 0], tree = \"00ff00\" }\nignore_colour = [0, 0, 0]\n",
    ]
    .map(Vec::from)
    .to_vec()
}

/// maps.json of each kind.
pub(crate) fn sidecars() -> Vec<Vec<u8>> {
    [
        json!({"version": 1, "kind": "multiclass", "classes": ["land", "water"], "format": "npy", "model": "a/b"}),
        json!({"version": 1, "kind": "multilabel", "classes": ["cup", "disc"], "format": "npy"}),
        json!({"version": 1, "kind": "binary", "classes": ["vessel"], "format": "png16"}),
    ]
    .map(|value| value.to_string().into_bytes())
    .to_vec()
}

/// COCO's JSON: the shapes of the fixtures two by two, on the images that [`data_sets`](crate::data_sets) has, and one
/// by hand.
pub(crate) fn annotations() -> Vec<Vec<u8>> {
    let fixture = std::fs::read(Path::new(FIXTURES).join("coco.json")).expect("a fixture");
    let fixture: Value = serde_json::from_slice(&fixture).expect("JSON");
    let list = fixture["annotations"].as_array().expect("annotations");
    let images = json!([
        {"id": 1, "file_name": "a.npy", "height": 6, "width": 5},
        {"id": 2, "file_name": "b.npy", "height": 6, "width": 5},
    ]);
    let document = |annotations: Value| {
        json!({"images": images, "categories": [{"id": 7, "name": "shape"}], "annotations": annotations})
            .to_string()
    };
    let shapes = |pair: &[Value]| {
        let shape = |(image, annotation): (usize, &Value)| json!({"id": image, "image_id": image, "category_id": 7, "segmentation": annotation["segmentation"]});
        (1..).zip(pair).map(shape).collect::<Value>()
    };
    let by_hand = json!([
        {"id": 1, "image_id": 1, "category_id": 7, "segmentation": [[0.5, 0.5, 4, 1, 3.5, 5, 1, 4]]},
        {"id": 2, "image_id": 1, "category_id": 7, "segmentation": {"size": [6, 5], "counts": [3, 4, 10, 13]}},
        {"id": 3, "image_id": 2, "category_id": 7, "segmentation": {"size": [6, 5], "counts": "34:="}},
    ]);
    let made = list.chunks(2).take(12).map(shapes).chain([by_hand]);
    made.map(|annotations| document(annotations).into_bytes()).collect()
}

/// Exports of Label Studio: one of every shape by hand, and the fixture's first tasks, whose images are others.
pub(crate) fn exports() -> Vec<Vec<u8>> {
    let region = |id: &str, kind: &str, value: Value| json!({"id": id, "type": kind, "original_width": 5, "original_height": 6, "image_rotation": 0, "value": value});
    let ring = json!([[10, 10], [90.5, 20], [50, 80]]);
    let by_hand = json!([
        region("p", "polygonlabels", json!({"points": ring, "polygonlabels": ["x"]})),
        region(
            "q",
            "rectanglelabels",
            json!({"x": 20, "y": 10, "width": 50, "height": 40.5, "rotation": 30,
            "rectanglelabels": ["y"]})
        ),
        region(
            "e",
            "ellipselabels",
            json!({"x": 50, "y": 50, "radiusX": 30, "radiusY": 20, "rotation": 10,
            "ellipselabels": ["x", "y"]})
        ),
        // Of the tool's own encoder.
        region(
            "b",
            "brushlabels",
            json!({"format": "rle", "brushlabels": ["x"],
            "rle": [0, 0, 0, 120, 57, 27, 254, 23, 0, 183, 255, 56, 5, 191, 249, 192, 45, 255, 226, 176, 0]})
        ),
        region("k", "keypointlabels", json!({"x": 1, "y": 2, "width": 1, "keypointlabels": ["x"]})),
    ]);
    let data = |image: &str| json!({"image": format!("/data/upload/1/0a1b2c3d-{image}.npy")});
    let made = json!([
        {"id": 1, "data": data("a"), "predictions": [], "annotations": [
            {"id": 2, "completed_by": 1, "was_cancelled": false, "result": by_hand},
            {"id": 3, "completed_by": {"id": 4, "email": "b@c.de"}, "result": []},
            {"id": 5, "completed_by": 1, "was_cancelled": true, "result": []},
        ]},
        {"id": 6, "data": data("b"), "annotations": [{"id": 7, "completed_by": null, "result": []}]},
    ]);
    let fixture =
        std::fs::read(Path::new(FIXTURES).join("annotations/label_studio.json")).expect("a fixture");
    let fixture: Vec<Value> = serde_json::from_slice(&fixture).expect("JSON");
    let first = json!(fixture[..2]).to_string().replace("s00", "a").replace("s01", "b");
    vec![made.to_string().into_bytes(), first.into_bytes()]
}

/// CVAT's XML: one of every shape.
pub(crate) fn cvat() -> Vec<Vec<u8>> {
    let file = r#"<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><job><labels><label><name>x</name></label><label><name>y</name></label></labels>
</job></meta><image id="0" name="a/a.npy" width="5" height="6">
<box label="x" xtl="1.5" ytl="0" xbr="4" ybr="5" rotation="20.5" z_order="1"></box>
<polygon label="y" points="0.5,0.5;4,1;3.5,5;1,4" z_order="0"></polygon>
<ellipse label="x" cx="2" cy="3" rx="2" ry="1.5" rotation="10" z_order="2"></ellipse>
<mask label="y" rle="1, 2, 3" left="1" top="2" width="3" height="2" z_order="0"></mask>
<points label="x" points="1,1"/></image><image id="1" name="b.npy" width="5" height="6"></image></annotations>"#;
    vec![file.into()]
}

/// A file of labelme: one of every shape; its mask is a PNG of 2 x 2 pixels.
pub(crate) fn labelme() -> Vec<Vec<u8>> {
    let picture =
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGNgYGRgZAAAAAwAAzi4CA8AAAAASUVORK5CYII=";
    let shape =
        |kind: &str, points: Value| json!({"label": "x", "shape_type": kind, "points": points, "mask": null});
    let mut mask = shape("mask", json!([[1, 2], [2, 3]]));
    mask["mask"] = json!(picture);
    let shapes = json!([
        shape("polygon", json!([[0.5, 0.5], [4, 1], [3.5, 5]])),
        shape("rectangle", json!([[4, 5], [1, 1]])),
        shape("circle", json!([[2, 3], [3, 4]])),
        shape("line", json!([[2, 3], [3, 4]])),
        mask,
    ]);
    let file =
        json!({"version": "5.5.0", "shapes": shapes, "imageHeight": 6, "imageWidth": 5, "imageData": null});
    vec![file.to_string().into_bytes()]
}

/// Objects of QuPath, with a hole, of two parts and without a class.
pub(crate) fn objects() -> Vec<Vec<u8>> {
    let ring = json!([[0, 0], [5, 0], [5, 6], [0, 6], [0, 0]]);
    let hole = json!([[1, 1], [3, 1], [3, 4.5], [1, 1]]);
    let object = |class: Value, kind: &str, coordinates: Value| {
        json!({"type": "Feature", "properties": {"classification": class},
            "geometry": {"type": kind, "coordinates": coordinates}})
    };
    let features = json!([
        object(json!({"name": "x"}), "Polygon", json!([ring, hole])),
        object(json!({"names": ["x", "y"]}), "MultiPolygon", json!([[hole], [ring]])),
        object(json!(null), "Polygon", json!([ring])),
        object(json!({"name": "x"}), "Point", json!([1, 2])),
    ]);
    let collection = json!({"type": "FeatureCollection", "features": features});
    [collection, features.clone(), features[0].clone()].map(|file| file.to_string().into_bytes()).to_vec()
}
