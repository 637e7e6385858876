//! Raters in COCO's JSON. The fixtures are those of scripts/golden_formats.py.

mod files;

use files::{at, grey, marks, mask, npy, runs};
use proptest::prelude::*;
use scumble::labels::{Kind, UNSEEN};
use scumble_data::{Dataset, Target, Wanted, check_files};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::{TempDir, tempdir};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

fn fixture(name: &str) -> Value {
    serde_json::from_slice(&fs::read(Path::new(FIXTURES).join(name)).unwrap()).unwrap()
}

/// The document of the fixtures, or the same in other words, has the pixels that pycocotools gives it.
fn golden(document: &str) {
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
    fs::write(at(folder.path(), "raters/anna.json"), document).unwrap();
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

#[test]
fn shapes_have_the_pixels_that_pycocotools_gives_them() {
    golden(&fixture("coco.json").to_string());
}

/// The fixtures with each annotation's polygons in another form; how many annotations that are.
fn rewritten(form: impl Fn(&[Value]) -> Option<Value>) -> (String, usize) {
    let mut document = fixture("coco.json");
    let mut changed = 0;
    for annotation in document["annotations"].as_array_mut().unwrap() {
        let shape = &mut annotation["segmentation"];
        if let Some(new) = shape.as_array().and_then(|parts| form(parts)) {
            *shape = new;
            changed += 1;
        }
    }
    (document.to_string(), changed)
}

#[test]
fn polygons_have_the_same_pixels_in_every_form() {
    let points = |part: &Value| part.as_array().unwrap().chunks(2).map(|point| json!(point)).collect();
    let pairs = |part: &Value| Value::Array(points(part));
    for (document, changed) in [
        rewritten(|parts| Some(parts.iter().map(pairs).collect())),
        rewritten(|parts| (parts.len() == 1).then(|| parts[0].clone())),
        rewritten(|parts| Some(json!([&[json!([])], parts, &[json!([])]].concat()))),
        // One part in points beside others as numbers.
        rewritten(|parts| Some(json!([&[pairs(&parts[0])], &parts[1..]].concat()))),
    ] {
        assert!(changed > 10, "{changed}");
        golden(&document);
    }
}

/// Whole numbers as 24.0.
fn with_points(value: &mut Value) {
    match value {
        Value::Number(number) => *number = serde_json::Number::from_f64(number.as_f64().unwrap()).unwrap(),
        Value::Array(list) => list.iter_mut().for_each(with_points),
        Value::Object(fields) => fields.values_mut().for_each(with_points),
        _ => {}
    }
}

#[test]
fn numbers_may_be_written_with_a_point() {
    let mut document = fixture("coco.json");
    with_points(&mut document);
    assert!(document["images"][0]["height"].is_f64() && document["annotations"][0]["image_id"].is_f64());
    golden(&document.to_string());
    // In one list alone: ids meet all the same.
    let mut document = fixture("coco.json");
    with_points(&mut document["annotations"]);
    golden(&document.to_string());
}

#[test]
fn fields_that_are_not_used_may_hold_anything() {
    for (iscrowd, area) in [
        ("true", "NaN"),
        ("0.0", "-Infinity"),
        ("null", "Infinity"),
        ("\"\\\"NaN\\\\\"", "[NaN, {\"NaN\": [-Infinity]}]"),
    ] {
        let mut document = fixture("coco.json");
        for annotation in document["annotations"].as_array_mut().unwrap() {
            annotation["iscrowd"] = json!("ISCROWD");
            annotation["area"] = json!("AREA");
        }
        let text = document.to_string().replace("\"ISCROWD\"", iscrowd).replace("\"AREA\"", area);
        golden(&text);
        golden(&format!("\u{feff}{text}"));
    }
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
fn categories_of_one_name_are_told() {
    let told = "categories of one name are one class (cell)";
    let mut twice = overlapping();
    twice["categories"] =
        json!([{"id": 7, "name": "cell"}, {"id": 5, "name": "cell"}, {"id": 9, "name": "dirt"}]);
    let folder = set(&twice, "");
    let data = Dataset::open(folder.path()).unwrap();
    assert!(data.describe_choice().contains(told), "{}", data.describe_choice());
    // Also where masks in pixels decide what the set is.
    twice["categories"].as_array_mut().unwrap().pop();
    let folder = set(&twice, "");
    mask(&at(folder.path(), "raters/ben/x.png"), (2, 3), &[1, 0, 0, 0, 0, 0]);
    let data = Dataset::open(folder.path()).unwrap();
    assert!(data.describe_choice().contains(told), "{}", data.describe_choice());
    // Two raters who use one name are no such case.
    let folder = set(&overlapping(), "");
    fs::write(at(folder.path(), "raters/ben.json"), overlapping().to_string()).unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    assert!(!data.describe_choice().contains("one name"), "{}", data.describe_choice());
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
        ("outside", document(polygon(json!([3, 0, 5, 0, 5, 1]))), "", &["wholly outside of 2 x 3 pixels"]),
        ("above", document(polygon(json!([0, -1, 2, -1, 2, 0]))), "", &["wholly outside of 2 x 3 pixels"]),
        ("box", document(json!([{"id": 11, "image_id": 1, "category_id": 5}])), "", &["no segmentation"]),
        ("size", other_size, "", &["anna.json", "2 rows x 4 columns", "y.png"]),
        ("unknown", unknown, "", &["anna.json", "'nobody'", "images/"]),
        ("twice", twice, "", &["image 1:", "another one has this id"]),
        ("same name", same_name, "", &["image 2:", "another image is called 'x'"]),
        ("stranger", overlapping(), stranger, &["'car'", "road, cars"]),
        ("no COCO", json!({"images": []}), "", &["anna.json", "COCO", "annotations"]),
        ("null", json!(null), "", &["anna.json", "COCO (an object with images"]),
    ] {
        let folder = set(&document, settings);
        let found = problems(&folder);
        let message = found.first().unwrap_or_else(|| panic!("{name}: sound"));
        assert!(parts.iter().all(|part| message.contains(part)), "{name}: {message}");
    }
    let folder = set(&overlapping(), "");
    mask(&at(folder.path(), "raters/anna/x.png"), (2, 3), &[0; 6]);
    let message = Dataset::open(folder.path()).unwrap_err().to_string();
    assert!(message.contains("two files for the id 'x'") && message.contains("anna.json"), "{message}");
}

/// Everything that is wrong, found when the set is opened or when it is checked; but that nobody marked z.
fn problems(folder: &TempDir) -> Vec<String> {
    let all: Vec<String> = match Dataset::open(folder.path()) {
        Ok(data) => data.check(&|_, _| ()).iter().map(ToString::to_string).collect(),
        Err(first) => {
            let files = check_files(folder.path());
            let others = files.iter().map(ToString::to_string).filter(|other| *other != first.to_string());
            [first.to_string()].into_iter().chain(others).collect()
        }
    };
    all.into_iter().filter(|problem| !problem.contains("'z' has no label")).collect()
}

fn listed(folder: &TempDir, expected: &[[&str; 2]]) {
    let found = problems(folder);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for parts in expected {
        let named = |message: &String| parts.iter().all(|part| message.contains(part));
        assert!(found.iter().any(named), "{parts:?} is not among {found:#?}");
    }
}

/// A road in the first image.
fn road(id: Value, segmentation: Value) -> Value {
    json!({"id": id, "image_id": 1, "category_id": 5, "segmentation": segmentation})
}

#[test]
fn every_bad_annotation_is_listed_and_the_others_are_looked_at() {
    let folder = set(
        &document(json!([
            road(json!(21), json!([[0, 0, 1, 1]])),
            shape(1, 5, json!([0, 4, 2])),
            road(json!("b"), json!([])),
            road(json!(null), json!({"size": [2, 3], "counts": [1]})),
            road(json!(21), json!([[0, 0, 1, 1]])),
            shape(2, 7, json!([2, 4])),
        ])),
        "",
    );
    let expected = [
        ["anna.json: annotation 21:", "polygon of 4 numbers"],
        ["anna.json: annotation 'b':", "segmentation is empty"],
        ["anna.json: annotations[3]:", "1 pixels in all"],
        ["anna.json: annotation 21:", "polygon of 4 numbers"],
    ];
    listed(&folder, &expected);
    let data = Dataset::open(folder.path()).unwrap();
    // What is sound is looked at: the first two columns are road.
    let found = data.check_item(&data.items()[0]);
    assert_eq!(found.errors.len(), 4);
    assert_eq!(found.masks[0].1.marks().iter().copied().collect::<Vec<_>>()[..6], [1, 1, 0, 1, 1, 0]);
    // Whoever needs the mask is told of the first, and other images can be read.
    let first = data.read(&data.items()[0], &Wanted::raters()).unwrap_err().to_string();
    assert!(first.contains("anna.json: annotation 21: "), "{first}");
    assert!(data.labels(&data.items()[0], Target::Mean).is_err());
    assert_eq!(flat(&data, 1)[6..12], [0, 1, 1, 0, 1, 1]);
    // Neither an image that cannot be read nor another problem of the folder hides them.
    fs::write(at(folder.path(), "images/x.png"), "").unwrap();
    assert_eq!(problems(&folder).len(), 5);
    fs::write(at(folder.path(), "dataset.toml"), "classes = [\"a\", \"a\"]").unwrap();
    let messages: Vec<String> = check_files(folder.path()).iter().map(ToString::to_string).collect();
    assert_eq!(messages.iter().filter(|message| message.contains("anna.json")).count(), 4, "{messages:?}");
}

#[test]
fn annotations_of_no_image_are_listed_once_and_could_be_of_any() {
    let folder = set(
        &document(json!([
            shape(1, 5, json!([0, 4, 2])),
            shape(3, 5, json!([0, 4, 2])),
            {"id": 12, "category_id": 5, "segmentation": [[0, 0, 1, 1, 2, 2]]},
            {"id": 13, "image_id": "1", "category_id": 5, "segmentation": [[0, 0, 1, 1, 2, 2]]},
            17,
        ])),
        "",
    );
    listed(
        &folder,
        &[
            ["annotation 11:", "image_id 3 is no image's"],
            ["annotation 12:", "no image_id"],
            ["annotation 13:", "image_id '1' is no image's"],
            ["annotations[4]:", "no image_id"],
        ],
    );
    let data = Dataset::open(folder.path()).unwrap();
    for item in &data.items()[..2] {
        assert_eq!(data.check_item(item).masks.len(), 1);
        let message = data.read(item, &Wanted::raters()).unwrap_err().to_string();
        assert!(message.contains("annotation 11:"), "{message}");
    }
}

#[test]
fn what_is_wrong_with_an_annotation_is_said() {
    let form = "neither polygons";
    let runs = |size: Value, counts: Value| json!({"size": size, "counts": counts});
    for (segmentation, says) in [
        (json!(null), "no segmentation"),
        (json!("abc"), form),
        (json!([]), "is empty"),
        (json!([[], []]), "is empty"),
        (json!([[0, 0, 1, 1]]), "polygon of 4 numbers"),
        (json!([0, 0, 1, 1, 2]), "polygon of 5 numbers"),
        (json!([[[0, 0], [1, 1]]]), "polygon of 4 numbers"),
        // Three parts of a point each, or the points of a polygon?
        (json!([[0, 0], [1, 1], [2, 0]]), "polygon of 2 numbers"),
        (json!([[[0, 0, 2], [1, 1, 2], [2, 0, 2]]]), form),
        (json!([[[0, 0], 1, 1, [2, 0]]]), form),
        (json!([[[[0, 0], [1, 1], [2, 0]]]]), form),
        (json!([{"x": 1}]), form),
        (json!([[0, 0, 1, 1, 2, null]]), "number at 5 of a polygon, counted from 0, is null"),
        (json!([[0, 0, "1", 1, 2, 2]]), "is the text '1'"),
        (json!([[0, 0, true, 1, 2, 2]]), "is true"),
        (json!([[0, 0, 1, "NAN", 2, 2]]), "number at 3 of a polygon, counted from 0, is NaN or infinite"),
        (
            json!([[[0, 0], [1, "NAN"], [2, 2]]]),
            "number at 3 of a polygon, counted from 0, is NaN or infinite",
        ),
        (json!([[0, 0, 1, 1, -1e300, 2]]), "far outside"),
        (json!({}), form),
        (runs(json!([2]), json!([6])), form),
        (runs(json!(["2", "3"]), json!([6])), form),
        (runs(json!([3, 2]), json!([6])), "[3, 2] pixels"),
        (runs(json!([2, 3]), json!(6)), form),
        (runs(json!([2, 3]), json!([-6, 12])), "-6 is no run length"),
        (runs(json!([2, 3]), json!([0.5, 5.5])), "0.5 is no run length"),
        (runs(json!([2, 3]), json!([5e9])), "is no run length"),
        (runs(json!([2, 3]), json!([4294967295_u32, 4294967295_u32])), "8589934590 pixels in all"),
        (runs(json!([2, 3]), json!([])), "0 pixels in all"),
        (runs(json!([2, 3]), json!("o".repeat(30))), "beyond 32 bits"),
    ] {
        let text = document(json!([
            {"id": 11, "image_id": 1, "category_id": 5, "segmentation": segmentation},
            shape(1, 5, json!([0, 4, 2])),
        ]));
        let folder = set(&text, "");
        let path = at(folder.path(), "raters/anna.json");
        fs::write(&path, text.to_string().replace("\"NAN\"", "NaN")).unwrap();
        listed(&folder, &[["annotation 11:", says]]);
    }
    let category =
        |id: Value| document(json!([{"id": 1.0, "image_id": 1, "category_id": id, "segmentation": [0]}]));
    listed(&set(&category(json!(6)), ""), &[["annotation 1:", "category_id 6 is no"]]);
    listed(&set(&category(json!(true)), ""), &[["annotation 1:", "category_id is true"]]);
}

#[test]
fn all_that_is_wrong_with_images_and_categories_is_listed() {
    let mut text = overlapping();
    text["images"] = json!([
        {"id": 1, "file_name": "x.png", "height": "2", "width": 3},
        {"id": 2, "file_name": "y.png", "height": 2, "width": 3.5},
        {"id": 2, "file_name": "z.png", "height": 2, "width": 3},
        {"id": 4, "file_name": "a/z.jpg", "height": 2, "width": 3},
        {"id": 5, "file_name": 7, "height": 2, "width": 3},
        {"id": 6, "file_name": "b.png", "height": -2, "width": 3},
        {"id": 7, "file_name": "c.png", "width": 3},
        {"id": 1.5, "file_name": "d.png", "height": 2, "width": 3},
        {"file_name": "e.png", "height": 2, "width": 3},
        {"id": 8, "file_name": "", "height": 2, "width": 3},
        {"id": 9, "file_name": "f.png", "height": 1e300, "width": 3},
    ]);
    text["categories"] = json!([
        {"id": 7, "name": "car"}, {"id": 5, "name": "road"}, {"id": 5, "name": "sign"}, {"id": 8}, {"name": "sky"},
    ]);
    listed(
        &set(&text, ""),
        &[
            ["image 1:", "height is the text '2', no whole number"],
            ["image 2:", "width is 3.5, no whole number"],
            ["image 2:", "another one has this id"],
            ["image 4:", "another image is called 'z'"],
            ["image 5:", "file_name is 7, no text"],
            ["image 6:", "height is -2, no whole number"],
            ["image 7:", "no height"],
            ["images[7]:", "id is 1.5; ids are"],
            ["images[8]:", "no id"],
            ["image 8:", "no file_name"],
            ["image 9:", "height is 1e+300, no whole number"],
            ["category 5:", "another one has this id"],
            ["category 8:", "no name"],
            ["categories[4]:", "no id"],
        ],
    );
    text["images"] = json!([]);
    listed(&set(&text, ""), &[["anna.json", "it lists no images"]]);
}

#[test]
fn ids_may_be_any_whole_number_or_text() {
    for id in [json!(-3), json!(0), json!(u64::MAX), json!(i64::MIN), json!("x/y"), json!(""), json!(9e15)] {
        let mut text = overlapping();
        text["images"][0]["id"] = id.clone();
        text["annotations"] = json!([{"image_id": id, "category_id": 5,
            "segmentation": {"size": [2, 3], "counts": [0, 4, 2]}}]);
        let folder = set(&text, "");
        let data = Dataset::open(folder.path()).unwrap();
        assert_eq!(flat(&data, 0)[..6], [1, 1, 0, 1, 1, 0], "{id}");
    }
    // Beyond 64 bits, different ids would become the same.
    let mut text = overlapping();
    text["images"][1]["id"] = json!(1e20);
    listed(&set(&text, ""), &[["images[1]:", "1e+20; ids are text or whole numbers, of 64 bits"]]);
}

#[test]
fn an_empty_list_of_annotations_says_that_nothing_is_there() {
    let folder = set(&document(json!([])), "");
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(flat(&data, 0), [0; 18]);
    assert_eq!(problems(&folder), [""; 0]);
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
            data.items().iter().for_each(|item| drop(data.read(item, &Wanted::raters())));
        }
        check_files(folder.path());
    }
}

#[test]
fn images_that_are_not_there_are_listed_and_the_others_looked_at() {
    let mut listed = overlapping();
    for id in 21..24 {
        listed["images"]
            .as_array_mut()
            .unwrap()
            .push(json!({"id": id, "file_name": format!("gone{id}.jpg"), "height": 2, "width": 3}));
    }
    let folder = set(&listed, "");
    let message = Dataset::open(folder.path()).unwrap_err().to_string();
    assert!(message.contains("'gone21'") && message.contains("2 more that it lists"), "{message}");
    let data = Dataset::open_with_gaps(folder.path()).unwrap();
    assert_eq!(data.raters(), ["anna"]);
    let problems: Vec<String> = data.check(&|_, _| ()).iter().map(ToString::to_string).collect();
    for id in 21..24 {
        assert_eq!(problems.iter().filter(|problem| problem.contains(&format!("'gone{id}'"))).count(), 1);
    }
    // All of them: then the set has no mask, and that is not the message.
    let none =
        json!({"images": [listed["images"][3]], "annotations": [], "categories": listed["categories"]});
    let folder = set(&none, "");
    let message = Dataset::open_with_gaps(folder.path()).unwrap_err().to_string();
    assert!(message.contains("anna.json: lists the image 'gone"), "{message}");
}

#[test]
fn a_polygon_that_is_partly_outside_is_sound() {
    let parts = json!([[-1, 0, 2, 0, 2, 2, -1, 2], [5, 0, 5.5, 0, 5.5, 1]]);
    let annotation = json!([{"id": 11, "image_id": 1, "category_id": 5, "segmentation": parts}]);
    let folder = set(&document(annotation), "");
    assert!(problems(&folder).is_empty(), "{:?}", problems(&folder));
    assert_eq!(marks(&Dataset::open(folder.path()).unwrap(), 0, None).sum(), 4);
}

#[test]
fn a_file_in_utf_16_says_the_same() {
    let expected = marks(&Dataset::open(set(&overlapping(), "").path()).unwrap(), 0, None);
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let folder = set(&overlapping(), "");
        let text = format!("\u{feff}{}", overlapping());
        let file: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
        fs::write(at(folder.path(), "raters/anna.json"), file).unwrap();
        assert_eq!(marks(&Dataset::open(folder.path()).unwrap(), 0, None), expected);
    }
}
