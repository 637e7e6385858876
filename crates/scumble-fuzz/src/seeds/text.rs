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
