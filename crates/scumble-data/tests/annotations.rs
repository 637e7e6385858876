//! What annotation tools export, as raters' masks. The fixtures are those of scripts/golden_annotations.py; COCO's are in
//! coco.rs.

mod files;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use files::{at, fixture, marks, npy, problem, runs};
use ndarray::Axis;
use scumble::labels::{Kind, UNSEEN};
use scumble_data::{Dataset, Target, Wanted, check_unread};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::{TempDir, tempdir};

fn golden() -> Value {
    serde_json::from_slice(&fs::read(fixture("annotations/masks.json")).unwrap()).unwrap()
}

/// A data set of the fixtures' images.
fn golden_images() -> TempDir {
    let folder = tempdir().unwrap();
    for (number, (id, size)) in golden()["sizes"].as_object().unwrap().iter().enumerate() {
        let [height, width] = [0, 1].map(|side| size[side].as_u64().unwrap());
        let image = vec![number as u8; (height * width) as usize];
        npy(&at(folder.path(), &format!("images/{id}.npy")), &[height, width], &image);
    }
    folder
}

/// A rater's masks of all images are the expected ones: those of `{image: {class: runs}}`.
fn agree(root: &Path, rater: &str, expected: &Value) {
    let data = Dataset::open(root).unwrap();
    assert_eq!(data.kind(), Kind::Multilabel);
    assert_eq!(data.items().len(), 16);
    let mut wrong = Vec::new();
    for item in data.items() {
        let read = data.read(item, &Wanted::raters()).unwrap();
        let (_, mask) = read.raters.iter().find(|(name, _)| name == rater).unwrap();
        for (class, name) in data.classes().iter().enumerate() {
            let (found, expected) =
                (runs(mask.marks().index_axis(Axis(0), class)), &expected[item.id()][name]);
            if json!(found) != *expected {
                wrong.push(format!("{} {name}: {found:?}, expected {expected}", item.id()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let problems: Vec<String> = data.check(&|_, _| ()).iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn label_studio_has_every_annotators_masks() {
    let folder = golden_images();
    fs::copy(fixture("annotations/label_studio.json"), at(folder.path(), "raters/export.json")).unwrap();
    for rater in ["7", "ben@example.org"] {
        agree(folder.path(), rater, &golden()["label_studio"][rater]);
    }
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(data.raters(), ["7", "ben@example.org"]);
    let told = data.describe_choice();
    assert!(told.contains("Label Studio annotations of cell, dirt"), "{told}");
    assert!(told.contains("left out of annotations: cancelled annotations (16)"), "{told}");
}

#[test]
fn cvat_has_one_annotators_masks_of_many_images() {
    let folder = golden_images();
    fs::copy(fixture("annotations/cvat.xml"), at(folder.path(), "raters/anna.xml")).unwrap();
    agree(folder.path(), "anna", &golden()["cvat"]);
    // In the order in which the task lists its labels.
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(data.classes(), ["dirt", "cell"].map(String::from));
}

#[test]
fn labelme_and_qupath_have_a_file_an_image() {
    for (tool, extension) in [("labelme", "json"), ("qupath", "geojson")] {
        let folder = golden_images();
        for id in golden()["sizes"].as_object().unwrap().keys() {
            let name = format!("{id}.{extension}");
            let to = at(folder.path(), &format!("raters/anna/{name}"));
            fs::copy(fixture(&format!("annotations/{tool}/{name}")), to).unwrap();
        }
        agree(folder.path(), "anna", &golden()[tool]);
    }
}

/// Images x and y of 2 x 3, and these files.
fn set(files: &[(&str, &str)]) -> TempDir {
    let folder = tempdir().unwrap();
    for (shade, id) in ["x", "y"].into_iter().enumerate() {
        npy(&at(folder.path(), &format!("images/{id}.npy")), &[2, 3], &[shade as u8; 6]);
    }
    for (name, text) in files {
        fs::write(at(folder.path(), name), text).unwrap();
    }
    folder
}

fn flat(data: &Dataset, item: usize, rater: &str) -> Vec<u16> {
    marks(data, item, Some(rater)).into_iter().collect()
}

/// A rectangle in percent.
fn rectangle(label: &str, [x, y, width, height]: [f64; 4]) -> Value {
    json!({"id": "r1", "type": "rectanglelabels", "original_width": 3, "original_height": 2, "image_rotation": 0,
        "value": {"x": x, "y": y, "width": width, "height": height, "rotation": 0, "rectanglelabels": [label]}})
}

fn task(id: u32, image: &str, annotations: Value) -> Value {
    json!({"id": id, "data": {"image": image}, "annotations": annotations, "predictions": []})
}

fn submitted(id: u32, rater: Value, result: Value) -> Value {
    json!({"id": id, "completed_by": rater, "result": result, "was_cancelled": false})
}

#[test]
fn whoever_submits_nothing_has_seen_nothing_and_whoever_submits_no_annotation_has_not_looked() {
    let left = rectangle("cell", [0.0, 0.0, 33.34, 100.0]);
    let top = rectangle("cell", [0.0, 0.0, 100.0, 50.0]);
    let export = json!([
        task(
            1,
            "x.npy",
            json!([submitted(1, json!(1), json!([left, top])), submitted(2, json!({"id": 2}), json!([]))])
        ),
        task(2, "/data/upload/1/0a1b2c3d-y.npy", json!([submitted(3, json!(1), json!([]))])),
        task(3, "z.npy", json!([])),
    ]);
    let folder = set(&[("raters/all.json", &export.to_string())]);
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.kind(), data.classes()), (Kind::Binary, &["cell".to_owned()][..]));
    assert_eq!(flat(&data, 0, "1"), [1, 1, 1, 1, 0, 0]);
    assert_eq!(flat(&data, 0, "2"), [0; 6]);
    assert_eq!(data.items()[1].raters().collect::<Vec<_>>(), ["1"]);
    let label = data.labels(&data.items()[0], Target::Mean).unwrap();
    assert_eq!(label.probabilities().iter().copied().collect::<Vec<_>>(), [0.5, 0.5, 0.5, 0.5, 0.0, 0.0]);
    assert_eq!(label.votes().unwrap().total().iter().copied().collect::<Vec<_>>(), [2; 6]);
}

#[test]
fn an_area_and_its_label_may_be_results_of_their_own() {
    let mut plain = rectangle("cell", [0.0, 0.0, 100.0, 50.0]);
    plain["type"] = json!("rectangle");
    plain["value"].as_object_mut().unwrap().remove("rectanglelabels");
    let mut labels = rectangle("cell", [0.0, 0.0, 100.0, 50.0]);
    labels["type"] = json!("labels");
    labels["value"]["labels"] = json!(["cell", "dirt"]);
    let choice = json!({"id": "r2", "type": "choices", "value": {"choices": ["blurred"]}});
    let point = json!({"id": "r3", "type": "keypointlabels", "value": {"x": 1, "y": 1, "width": 1}});
    let export =
        |result: Value| json!([task(1, "x.npy", json!([submitted(1, json!(null), result)]))]).to_string();
    let folder = set(&[("raters/anna.json", &export(json!([plain, labels, choice, point])))]);
    let data = Dataset::open(folder.path()).unwrap();
    // Nobody is named, so the file's name is the rater's.
    assert_eq!(flat(&data, 0, "anna"), [1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
    let told = data.describe_choice();
    assert!(told.contains("results of type choices (1), results of type keypointlabels (1)"), "{told}");
    let folder = set(&[("raters/anna.json", &export(json!([plain])))]);
    assert!(problem(folder.path()).contains("has no class"), "{}", problem(folder.path()));
}

/// CVAT's image x with a shape.
fn image(shapes: &str) -> String {
    format!(r#"<annotations><image name="a/x.png" width="3" height="2">{shapes}</image></annotations>"#)
}

#[test]
fn of_exclusive_classes_the_higher_shape_wins() {
    let shapes = r#"<box label="b" xtl="0" ytl="0" xbr="2" ybr="2" z_order="1"/>
        <mask label="a" rle="0, 2, 2" left="1" top="0" width="2" height="2" z_order="0"/><points label="a" points="1,1"/>"#;
    let settings = "kind = \"multiclass\"\nclasses = [\"none\", \"a\", \"b\"]";
    let folder = set(&[("raters/anna.xml", &image(shapes)), ("dataset.toml", settings)]);
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(flat(&data, 0, "anna"), [2, 2, 1, 2, 2, 0]);
    assert!(data.describe_choice().contains("shapes of type points (1)"), "{}", data.describe_choice());
    // Where the first class is marked too, nobody has said what the rest is.
    let settings = "kind = \"multiclass\"\nclasses = [\"a\", \"b\"]";
    fs::write(folder.path().join("dataset.toml"), settings).unwrap();
    assert_eq!(flat(&Dataset::open(folder.path()).unwrap(), 0, "anna"), [1, 1, 0, 1, 1, UNSEEN]);
}

#[test]
fn labels_that_mark_no_area_are_no_classes() {
    let labels = "<meta><job><labels><label><name>b</name><type>any</type></label><label><name>tip</name>\
                  <type>points</type></label><label><name>a</name></label></labels></job></meta><image";
    let file = image("<box label='a' xtl='0' ytl='0' xbr='1' ybr='2'/>").replace("<image", labels);
    let folder = set(&[("raters/anna.xml", &file)]);
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(data.classes(), ["b", "a"].map(String::from));
    assert_eq!(flat(&data, 0, "anna"), [0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0]);
}

fn shapes(shapes: Value) -> String {
    json!({"version": "5.0.1", "shapes": shapes, "imagePath": "x.png", "imageData": "AAAA", "imageHeight": 2,
        "imageWidth": 3})
    .to_string()
}

fn shape(label: &str, kind: &str, points: Value) -> Value {
    json!({"label": label, "shape_type": kind, "points": points})
}

#[test]
fn a_class_is_looked_for_in_the_files_of_all_images() {
    let cell = shapes(json!([shape("cell", "rectangle", json!([[2, 2], [0, 0]]))]));
    let dirt = shapes(json!([
        shape("dirt", "rectangle", json!([[0, 0], [3, 2]])),
        shape("dirt", "line", json!([]))
    ]));
    let files = [
        ("raters/anna/x.json", &cell[..]),
        ("raters/anna/y.json", &dirt),
        ("dataset.toml", "classes = [\"cell\"]"),
    ];
    let folder = set(&files);
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(flat(&data, 0, "anna"), [1, 1, 0, 1, 1, 0]);
    // Of a cell there is nothing in it, though its file has no class of this name.
    assert_eq!(flat(&data, 1, "anna"), [0; 6]);
    assert!(data.describe_choice().contains("shapes of type line (1)"), "{}", data.describe_choice());
}

#[test]
fn objects_without_a_class_are_told() {
    let object = |classification: Value| {
        json!({"type": "Feature", "properties": {"classification": classification},
            "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}})
    };
    let named = object(json!({"names": ["cell", "CD8"]}));
    let folder = set(&[
        ("raters/anna/x.geojson", &named.to_string()),
        (
            "raters/anna/y.geojson",
            &json!({"type": "FeatureCollection", "features": [object(json!(null))]}).to_string(),
        ),
    ]);
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(data.classes(), ["cell: CD8".to_owned()]);
    assert_eq!(flat(&data, 0, "anna"), [1, 1, 0, 1, 1, 0]);
    assert_eq!(flat(&data, 1, "anna"), [0; 6]);
    assert!(data.describe_choice().contains("objects without a class (1)"), "{}", data.describe_choice());
}

#[test]
fn what_says_how_a_mask_was_made_is_no_annotation() {
    let of_mask = "{\"EchoTime\": 0.03}";
    let folder = set(&[("raters/anna/x.json", of_mask), ("raters/anna/mask.aux.xml", "<PAMDataset/>")]);
    files::mask(&at(folder.path(), "raters/anna/x.png"), (2, 3), &[1, 0, 0, 0, 0, 0]);
    fs::write(at(folder.path(), "raters/anna/maps.json"), "{\"version\": 1}").unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(flat(&data, 0, "anna"), [1, 0, 0, 0, 0, 0]);
    let told: Vec<String> = check_unread(folder.path()).iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|told| told.contains("is not read")), "{told:?}");
}

/// A result with another value of a field, in the words of JSON.
fn changed(field: &str, value: &str) -> String {
    let mut result = rectangle("cell", [0.0, 0.0, 50.0, 50.0]);
    let place = if result["value"].get(field).is_some() { &mut result["value"] } else { &mut result };
    place[field] = json!("VALUE");
    let export = json!([task(1, "x.npy", json!([submitted(5, json!(1), json!([result]))]))]);
    export.to_string().replace("\"VALUE\"", value)
}

fn brushed(rle: &str, size: [u64; 2]) -> String {
    let result = json!({"id": "r1", "type": "brushlabels", "original_height": size[0], "original_width": size[1],
        "value": {"format": "rle", "rle": "RLE", "brushlabels": ["cell"]}});
    let export = json!([task(1, "x.npy", json!([submitted(5, json!(1), json!([result]))]))]);
    export.to_string().replace("\"RLE\"", rle)
}

#[test]
fn what_is_wrong_is_named() {
    let export = |task: Value| json!([task]).to_string();
    let twice = json!([submitted(5, json!(1), json!([])), submitted(6, json!(1), json!([]))]);
    let corners = |kind: &str, points: Value| shapes(json!([shape("a", kind, points)]));
    let polygon = |coordinates: Value| {
        json!({"type": "FeatureCollection", "features": [{"type": "Feature",
            "properties": {"classification": {"name": "a"}},
            "geometry": {"type": "Polygon", "coordinates": coordinates}}]})
        .to_string()
    };
    let deep = format!("[{{\"data\": {{}}, \"annotations\": {}", "[".repeat(100_000));
    let entities = "<!DOCTYPE a [<!ENTITY b \"ccc\">]><annotations><image name=\"&b;\"/></annotations>";
    let nested = image(&"<box>".repeat(50_000));
    for (file, text, parts) in [
        // Label Studio.
        (
            "raters/e.json",
            changed("x", "NaN"),
            &["e.json: task 1, annotation 5, region 'r1': its x is NaN"][..],
        ),
        ("raters/e.json", changed("width", "\"5\""), &["its width is the text '5'"]),
        ("raters/e.json", changed("rectanglelabels", "[]"), &["has no class"]),
        ("raters/e.json", changed("original_width", "1e30"), &["original_width is 1e+30, no whole number"]),
        ("raters/e.json", changed("original_width", "7"), &["2 rows x 7 columns", "x.npy"]),
        ("raters/e.json", changed("x", "400"), &["far outside of 2 x 3"]),
        ("raters/e.json", changed("x", "130"), &["wholly outside of 2 x 3"]),
        ("raters/e.json", changed("image_rotation", "90"), &["image_rotation is 90", "turned"]),
        ("raters/e.json", changed("type", "\"bitmask\""), &["type 'bitmask', which is not read"]),
        ("raters/e.json", changed("type", "7"), &["its type is 7, no text"]),
        (
            "raters/e.json",
            brushed("[255, 255, 255, 255]", [1 << 20, 1 << 20]),
            &["annotation 5", "end within a run"],
        ),
        (
            "raters/e.json",
            brushed("[255, 255, 255, 255, 0, 0, 0, 0]", [1 << 20, 1 << 20]),
            &["4294967295 values, but 1048576 x 1048576 pixels"],
        ),
        ("raters/e.json", brushed("[0, 300]", [2, 3]), &["300 among the run lengths is no byte"]),
        ("raters/e.json", brushed("\"abc\"", [2, 3]), &["its rle is the text 'abc'"]),
        (
            "raters/e.json",
            export(task(1, "x.npy", twice)),
            &["annotation 6: task 1, annotation 5 is of the same image"],
        ),
        (
            "raters/e.json",
            export(task(4, "nobody.png", json!([submitted(5, json!(1), json!([]))]))),
            &["'nobody'"],
        ),
        (
            "raters/e.json",
            export(json!({"id": 4, "data": {}, "annotations": [{"result": []}]})),
            &["task 4", "no image"],
        ),
        (
            "raters/e.json",
            export(json!({"data": {"a": "x.npy"}, "annotations": [{"id": 3}]})),
            &["task at 0", "no result"],
        ),
        ("raters/e.json", export(json!({"id": 4, "annotation_id": 3, "image": "x.npy"})), &["JSON-MIN"]),
        ("raters/e.json", export(task(1, "x.npy", json!([]))), &["nobody has submitted an annotation"]),
        ("raters/e.json", deep, &["e.json", "broken"]),
        ("raters/e.json", "[".repeat(100_000), &["e.json", "broken"]),
        (
            "raters/e.json",
            "{\"what\": 1}".into(),
            &["e.json", "COCO", "Label Studio", "CVAT", "labelme", "QuPath"],
        ),
        (
            "raters/a/x.json",
            export(task(1, "x.npy", json!([]))),
            &["Label Studio annotations of many images"],
        ),
        // CVAT.
        (
            "raters/e.xml",
            image("<box label='a' xtl='0' ytl='0' xbr='nan' ybr='1'/>"),
            &["image 'a/x.png', box at 0", "xbr is 'nan'"],
        ),
        ("raters/e.xml", image("<polygon label='a' points='0,0;1,1'/>"), &["polygon of 4 numbers"]),
        ("raters/e.xml", image("<polygon label='a' points='0,0;1,1;2,x'/>"), &["number at 5", "'x'"]),
        (
            "raters/e.xml",
            image("<mask label='a' rle='1, 2' left='0' top='0' width='2' height='2'/>"),
            &["3 pixels in all"],
        ),
        (
            "raters/e.xml",
            image("<mask label='a' rle='1, 3' left='2' top='0' width='2' height='2'/>"),
            &["row 0 and column 2"],
        ),
        (
            "raters/e.xml",
            image("<mask label='a' rle='1' left='0' top='0' width='1099511627776' height='1099511627776'/>"),
            &["mask at 0", "1 pixels in all"],
        ),
        (
            "raters/e.xml",
            image("<mask label='a' rle='-1' left='0' top='0' width='1' height='1'/>"),
            &["'-1' is no run length"],
        ),
        ("raters/e.xml", image("<ellipse cx='1' cy='1' rx='1' ry='1'/>"), &["has no class"]),
        ("raters/e.xml", image("<blob label='a'/>"), &["type 'blob'"]),
        ("raters/e.xml", "<annotations><track/></annotations>".into(), &["CVAT for images 1.1"]),
        ("raters/e.xml", "<annotations></annotations>".into(), &["lists no images"]),
        ("raters/e.xml", "<annotations><image/></annotations>".into(), &["image at 0: it has no name"]),
        ("raters/e.xml", "<annotations><image>".into(), &["broken CVAT file"]),
        ("raters/e.xml", "<annotation><filename/></annotation>".into(), &["no annotations of a format"]),
        ("raters/e.xml", entities.into(), &["no annotations of a format"]),
        ("raters/e.xml", entities.replace("<!DOCTYPE", "<annotations><!DOCTYPE"), &["broken CVAT file"]),
        ("raters/e.xml", nested, &["broken CVAT file"]),
        // labelme.
        (
            "raters/a/x.json",
            corners("polygon", json!([[0, 0], [1, 1]])),
            &["x.json: shapes[0]: a polygon of 4 numbers"],
        ),
        ("raters/a/x.json", corners("rectangle", json!([[0, 0]])), &["it has 1 points"]),
        (
            "raters/a/x.json",
            corners("circle", json!([[0, 0], [1, "b"]])),
            &["number at 3 of a polygon", "'b'"],
        ),
        ("raters/a/x.json", corners("mask", json!([[0, 0], [1, 1]])), &["it has no mask"]),
        ("raters/a/x.json", corners("cube", json!([])), &["type 'cube'"]),
        (
            "raters/a/x.json",
            corners("rectangle", json!([[0, 0], [1, 1]])).replace("\"a\"", "7"),
            &["has no class"],
        ),
        ("raters/x.json", shapes(json!([])), &["labelme annotations of one image", "raters/NAME/ID.json"]),
        ("raters/a/z.json", shapes(json!([])), &["'z'", "images/"]),
        // QuPath.
        (
            "raters/a/x.geojson",
            polygon(json!([[[0, 0], [1, 1], [0, 0]]])),
            &["features[0]: a polygon of 6 numbers"],
        ),
        (
            "raters/a/x.geojson",
            polygon(json!([[[0, 0], [1, null], [0, 1], [0, 0]]])),
            &["features[0]", "number at 3", "null"],
        ),
        ("raters/a/x.geojson", polygon(json!([])), &["a polygon of 0 numbers"]),
        (
            "raters/a/x.geojson",
            polygon(json!([[[0, 0], [1e300, 1], [0, 1], [0, 0]]])),
            &["an annotation of 'a'", "far outside"],
        ),
        (
            "raters/a/x.geojson",
            polygon(json!([[[0, 0], [1, 1], [0, 1], [0, 0]]])).replace("Polygon", "Curve"),
            &["type 'Curve'"],
        ),
    ] {
        let folder = set(&[(file, &text)]);
        let message = problem(folder.path());
        let short = &text[..text.len().min(200)];
        assert!(parts.iter().all(|part| message.contains(part)), "{file} {short}: {message}");
    }
}

#[test]
fn a_mask_of_labelme_is_a_picture_in_its_box() {
    let png = |data: &[u8], (height, width): (u32, u32)| {
        let folder = tempdir().unwrap();
        let path = folder.path().join("mask.png");
        files::grey(&path, (height, width), data);
        let bytes = fs::read(path).unwrap();
        STANDARD.encode(bytes)
    };
    let masked = |mask: &str, points: Value| {
        let mut one = shape("a", "mask", points);
        one["mask"] = json!(mask);
        shapes(json!([one]))
    };
    let square = png(&[1, 0, 255, 0], (2, 2));
    let folder = set(&[("raters/a/x.json", &masked(&square, json!([[1.7, 0.2], [2.9, 1.0]])))]);
    assert_eq!(flat(&Dataset::open(folder.path()).unwrap(), 0, "a"), [0, 1, 0, 0, 1, 0]);
    for (mask, points, says) in [
        (&square[..], json!([[0, 0], [2, 1]]), "it has 2 x 2 pixels, its box has 2 x 3"),
        (&square, json!([[2, 1], [0, 0]]), "its box has"),
        (&square, json!([[2, 0], [3, 1]]), "row 0 and column 2 does not lie within 2 x 3"),
        (&square, json!([[-1, 0], [0, 1]]), "the corner [-1.0, 0.0]"),
        (&square, json!([[0, 0], [1e300, 1]]), "the corner [1e300, 1.0]"),
        ("no base64!", json!([[0, 0], [1, 1]]), "its mask: "),
        ("AAAA", json!([[0, 0], [1, 1]]), "its mask: "),
        (&square[..square.len() - 40], json!([[0, 0], [1, 1]]), "its mask: "),
    ] {
        let folder = set(&[("raters/a/x.json", &masked(mask, points))]);
        let message = problem(folder.path());
        assert!(message.contains("shapes[0]") && message.contains(says), "{says}: {message}");
    }
}
