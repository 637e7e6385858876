//! Raters in COCO's JSON. The fixtures are those of scripts/golden_formats.py.

mod files;

use files::{at, grey, marks, mask, npy, runs};
use proptest::prelude::*;
use scumble::labels::{Kind, UNSEEN};
use scumble_data::{Dataset, Target, Wanted};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::{TempDir, tempdir};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

fn fixture(name: &str) -> Value {
    serde_json::from_slice(&fs::read(Path::new(FIXTURES).join(name)).unwrap()).unwrap()
}

#[test]
fn shapes_have_the_pixels_that_pycocotools_gives_them() {
    let expected: BTreeMap<String, Value> = serde_json::from_value(fixture("coco_masks.json")).unwrap();
    let folder = tempdir().unwrap();
    for (id, mask) in &expected {
        let [height, width] = [0, 1].map(|side| mask["size"][side].as_u64().unwrap());
        npy(
            &at(folder.path(), &format!("images/{id}.npy")),
            &[height, width],
            &vec![0_u8; (height * width) as usize],
        );
    }
    fs::copy(Path::new(FIXTURES).join("coco.json"), at(folder.path(), "raters/anna.json")).unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(
        (data.kind(), data.classes(), data.raters()),
        (Kind::Binary, &["shape".to_owned()][..], &["anna".to_owned()][..])
    );
    assert_eq!(data.items().len(), 60);
    let mut wrong = Vec::new();
    for item in data.items() {
        let masks = data.read(item, &Wanted::raters()).unwrap().raters;
        let found = runs(masks[0].1.marks().index_axis(ndarray::Axis(0), 0));
        if json!(found) != expected[item.id()]["runs"] {
            wrong.push(format!("{}: {found:?}, expected {}", item.id(), expected[item.id()]["runs"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        data.check(&|_, _| ()).iter().all(|problem| problem.to_string().contains("the same image twice"))
    );
}

/// Two images of 2 x 3, three categories.
fn document(annotations: Value) -> Value {
    let image = |id, name| json!({"id": id, "file_name": name, "height": 2, "width": 3});
    json!({
        "images": [image(1, "x.png"), image(2, "y.png")],
        "categories": [{"id": 7, "name": "car"}, {"id": 5, "name": "road"}, {"id": 9, "name": "sign"}],
        "annotations": annotations,
    })
}

fn shape(image: u32, category: u32, counts: Value) -> Value {
    json!({"id": 11, "image_id": image, "category_id": category,
        "segmentation": {"size": [2, 3], "counts": counts}})
}

fn set(document: &Value, settings: &str) -> TempDir {
    let folder = tempdir().unwrap();
    for (shade, id) in ["x", "y", "z"].into_iter().enumerate() {
        grey(&at(folder.path(), &format!("images/{id}.png")), (2, 3), &[shade as u8; 6]);
    }
    fs::write(folder.path().join("dataset.toml"), settings).unwrap();
    fs::write(at(folder.path(), "raters/anna.json"), document.to_string()).unwrap();
    folder
}

fn flat(data: &Dataset, item: usize) -> Vec<u16> {
    marks(data, item, None).into_iter().collect()
}

/// Road on the first two columns, and a car on the second and third.
fn overlapping() -> Value {
    document(json!([shape(1, 5, json!([0, 4, 2])), shape(1, 7, json!([2, 4]))]))
}

#[test]
fn an_image_without_annotations_was_judged_and_one_that_is_not_listed_was_not() {
    let folder = set(&overlapping(), "");
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(
        (data.kind(), data.classes()),
        (Kind::Multilabel, &["road", "car", "sign"].map(String::from)[..])
    );
    assert_eq!(flat(&data, 0), [1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(flat(&data, 1), [0; 18]);
    assert_eq!(data.items()[2].raters().count(), 0);
    assert!(
        data.describe_choice().contains("COCO annotations of road, car, sign"),
        "{}",
        data.describe_choice()
    );
    // One file is one file, however many images it is about.
    assert_eq!(data.fingerprint().unwrap().len(), 64);
}

#[test]
fn overlaps_are_united_but_of_exclusive_classes_the_later_wins() {
    let exclusive = "kind = \"multiclass\"\nclasses = [\"nothing\", \"car\", \"road\", \"sign\"]";
    let data = set(&overlapping(), exclusive);
    assert_eq!(flat(&Dataset::open(data.path()).unwrap(), 0), [2, 1, 1, 2, 1, 1]);
    // All classes are categories: nobody has said what the third column is.
    let road = document(json!([shape(1, 5, json!([0, 4, 2]))]));
    let data = set(&road, "kind = \"multiclass\"\nclasses = [\"road\", \"car\", \"sign\"]");
    assert_eq!(flat(&Dataset::open(data.path()).unwrap(), 0), [0, 0, UNSEEN, 0, 0, UNSEEN]);
    let data = set(&overlapping(), "kind = \"binary\"");
    assert_eq!(flat(&Dataset::open(data.path()).unwrap(), 0), [1; 6]);
    let data = set(&overlapping(), "classes = [\"car\"]");
    assert_eq!(flat(&Dataset::open(data.path()).unwrap(), 0), [0, 1, 1, 0, 1, 1]);
    let data = set(&overlapping(), "classes = [\"foreground\"]");
    assert_eq!(flat(&Dataset::open(data.path()).unwrap(), 0), [1; 6]);
}

#[test]
fn categories_of_one_name_are_one_class() {
    let mut twice = overlapping();
    twice["categories"] = json!([{"id": 7, "name": "cell"}, {"id": 5, "name": "cell"}]);
    let folder = set(&twice, "");
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.kind(), data.classes()), (Kind::Binary, &["cell".to_owned()][..]));
    assert_eq!(flat(&data, 0), [1; 6]);
    twice["categories"].as_array_mut().unwrap().push(json!({"id": 11, "name": "dirt"}));
    let folder = set(&twice, "");
    assert_eq!(Dataset::open(folder.path()).unwrap().classes(), ["cell", "dirt"].map(String::from));
}

#[test]
fn annotations_and_masks_of_other_raters_vote_together() {
    let folder = set(&document(json!([shape(1, 5, json!([0, 4, 2]))])), "classes = [\"road\"]");
    mask(&at(folder.path(), "raters/ben/x.png"), (2, 3), &[1, 0, 0, 0, 0, 0]);
    mask(&at(folder.path(), "raters/anna/ignore/x.png"), (2, 3), &[0, 0, 0, 0, 0, 1]);
    let data = Dataset::open(folder.path()).unwrap();
    let label = data.labels(&data.items()[0], Target::Mean).unwrap();
    assert_eq!(label.probabilities().iter().copied().collect::<Vec<_>>(), [1.0, 0.5, 0.0, 0.5, 0.5, 0.0]);
    assert_eq!(label.votes().unwrap().total().iter().copied().collect::<Vec<_>>(), [2, 2, 2, 2, 2, 1]);
}

#[test]
fn what_is_wrong_is_named() {
    let polygon =
        |points: Value| json!([{"id": 11, "image_id": 1, "category_id": 5, "segmentation": [points]}]);
    let mut other_size = overlapping();
    other_size["images"][1]["width"] = json!(4);
    let mut unknown = overlapping();
    unknown["images"][1]["file_name"] = json!("a/b/nobody.png");
    let mut twice = overlapping();
    twice["images"][1]["id"] = json!(1);
    let mut same_name = overlapping();
    same_name["images"][1]["file_name"] = json!("x.jpg");
    let stranger = "kind = \"multilabel\"\nclasses = [\"road\", \"cars\"]";
    for (name, document, settings, parts) in [
        ("no image", document(json!([shape(3, 5, json!([6]))])), "", &["annotation 11", "image_id 3"][..]),
        ("no category", document(json!([shape(1, 6, json!([6]))])), "", &["annotation 11", "category_id 6"]),
        ("runs too short", document(json!([shape(1, 5, json!([1, 2]))])), "", &["3 pixels in all", "2 x 3"]),
        ("text too short", document(json!([shape(1, 5, json!("P"))])), "", &["end within a number"]),
        ("text of nonsense", document(json!([shape(1, 5, json!("\u{e9}"))])), "", &["no run length"]),
        ("line", document(polygon(json!([0, 0, 1, 1]))), "", &["polygon of 4 numbers"]),
        ("odd", document(polygon(json!([0, 0, 1, 1, 2, 2, 3]))), "", &["polygon of 7 numbers"]),
        ("far", document(polygon(json!([0, 0, 1, 1, 2e9, 2]))), "", &["2000000000 is far outside"]),
        ("box", document(json!([{"id": 11, "image_id": 1, "category_id": 5}])), "", &["no segmentation"]),
        ("size", other_size, "", &["anna.json", "2 rows x 4 columns", "y.png"]),
        ("unknown", unknown, "", &["anna.json", "'nobody'", "images/"]),
        ("twice", twice, "", &["two images have the id 1"]),
        ("same name", same_name, "", &["two images are called 'x'"]),
        ("stranger", overlapping(), stranger, &["'car'", "road, cars"]),
        ("no COCO", json!({"images": []}), "", &["anna.json", "COCO", "annotations"]),
    ] {
        let folder = set(&document, settings);
        let message = match Dataset::open(folder.path()) {
            Err(error) => error.to_string(),
            Ok(data) => data.check(&|_, _| ()).first().unwrap_or_else(|| panic!("{name}: sound")).to_string(),
        };
        assert!(parts.iter().all(|part| message.contains(part)), "{name}: {message}");
    }
    let folder = set(&overlapping(), "");
    mask(&at(folder.path(), "raters/anna/x.png"), (2, 3), &[0; 6]);
    let message = Dataset::open(folder.path()).unwrap_err().to_string();
    assert!(message.contains("two files for the id 'x'") && message.contains("anna.json"), "{message}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the bytes are, reading answers and does not panic.
    #[test]
    fn damage_is_no_panic(at_byte in any::<prop::sample::Index>(), value in any::<u8>(), text in "[0-o]{0,20}") {
        let folder = set(&document(json!([
            shape(1, 5, json!([0, 4, 2])),
            shape(1, 5, json!(text)),
            {"image_id": 2, "category_id": 9, "segmentation": [[0, 0, 2.5, 0.5, 1e0, 2]]},
        ])), "");
        let path = folder.path().join("raters/anna.json");
        let mut bytes = fs::read(&path).unwrap();
        let at_byte = at_byte.index(bytes.len());
        bytes[at_byte] = value;
        fs::write(&path, &bytes).unwrap();
        if let Ok(data) = Dataset::open(folder.path()) {
            data.check(&|_, _| ());
        }
    }
}
