//! What is made of maps: by a prediction and from maps that are there, what is refused, and what is said.

mod common;

use common::{json, lagoons, refuses, scumble, text, train};
use ndarray::{Array3, ArrayView3, array};
use scumble::labels::{Kind, NO_RATERS};
use scumble::score::{Judge, JudgeOptions};
use scumble_data::{
    Dataset, MapFormat, MapWriter, NumberArray, Sidecar, Target, Wanted, read_array, read_raster,
    write_sidecar,
};
use scumble_nn::Model;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::{TempDir, tempdir};

const ALL: [&str; 7] =
    ["--uncertainty", "--objects", "--outlines", "geojson,roi", "--contours", "0.1,0.5", "--overwrite"];

/// A folder of maps as npy, of an image `a`.
fn maps(root: &Path, kind: Kind, classes: &[&str], maps: ArrayView3<'_, f32>) -> String {
    let names: Vec<String> = classes.iter().map(|name| (*name).to_owned()).collect();
    let (_, height, width) = maps.dim();
    let writer = MapWriter::create(root, "a", MapFormat::Npy, kind, &names, height, width).unwrap();
    let mut writer = writer.with_ignored(MapFormat::Npy);
    writer.write_rows(maps).unwrap();
    writer.finish().unwrap();
    write_sidecar(root, &Sidecar::new(kind, names, MapFormat::Npy, None)).unwrap();
    text(root)
}

/// Every file below a folder, by its path from there.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => drop(found.insert(text(path.strip_prefix(root).unwrap()), fs::read(&path).unwrap())),
            }
        }
    }
    found
}

fn geojson(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn bytes(path: &Path) -> Vec<u16> {
    let raster = read_raster(path).unwrap();
    let pixels = (0..raster.height).flat_map(|y| (0..raster.width).map(move |x| (y, x)));
    pixels.map(|(y, x)| raster.raw(y, x, 0) as u16).collect()
}

#[test]
fn a_prediction_makes_what_a_conversion_of_its_maps_makes() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    lagoons(&path("data"), 3);
    train(&path("data"), &path("run"), &[]).assert().success();
    let (run, data, made) = (text(&path("run")), text(&path("data")), path("made"));
    let mut predict = scumble(&["predict", &run, &data, "-o", &text(&made), "--threshold", "best-f1"]);
    let printed = predict.args(ALL).assert().success().get_output().stdout.clone();

    // All that is printed is there, and all that is there is printed, but for what says what maps mean.
    let found = files(&made);
    let printed = String::from_utf8(printed).unwrap();
    let printed: Vec<String> =
        printed.lines().map(|line| text(Path::new(line).strip_prefix(&made).unwrap())).collect();
    let mut expected: Vec<String> =
        found.keys().filter(|name| *name != "maps.json" && *name != "masks/dataset.toml").cloned().collect();
    let mut sorted = printed.clone();
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected);

    // The threshold is that of the model.
    let model = Model::read(&path("run/model.safetensors")).unwrap();
    let best = model.card.best_thresholds()[0].expect("validation images had the class");
    let NumberArray::F32(map) = read_array(&made.join("lagoon-01.npy")).unwrap() else { panic!("no f32") };
    let mask: Vec<u16> = map.iter().map(|p| if f64::from(*p) >= best { 255 } else { 0 }).collect();
    assert_eq!(bytes(&made.join("masks/lagoon-01.png")), mask);

    // It is where F1 of the validation images is best, in one view.
    let one = path("one");
    scumble(&["predict", &run, &data, "-o", &text(&one), "--fast"]).assert().success();
    let info = json(&mut scumble(&["info", &run, "--json"]));
    let validation: Vec<&str> =
        info["run"]["data"]["validation"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let dataset = Dataset::open(&path("data")).unwrap();
    let options = JudgeOptions { curves: true, ..JudgeOptions::training() };
    let mut judge = Judge::new(dataset.space(), options);
    for item in dataset.items().iter().filter(|item| validation.contains(&item.id())) {
        let NumberArray::F32(map) = read_array(&one.join(format!("{}.npy", item.id()))).unwrap() else {
            panic!("no f32")
        };
        let map = map.into_dimensionality::<ndarray::Ix2>().unwrap().insert_axis(ndarray::Axis(0));
        judge.add(&dataset.labels(item, Target::Auto).unwrap(), map.view(), NO_RATERS).unwrap();
    }
    assert_eq!(judge.curves()[0].best_f1().unwrap().threshold, best);

    // The same from the maps.
    let (again, threshold) = (path("again"), best.to_string());
    let mut convert = scumble(&["convert", &text(&made), "-o", &text(&again), "--format", "npy"]);
    let said = convert.args(ALL).args(["--threshold", &threshold]).assert().success();
    assert!(String::from_utf8_lossy(&said.get_output().stderr).contains("are exact"));
    let mut again = files(&again);
    let mut found = found;
    // Who made them is known of both.
    let model = |files: &mut BTreeMap<String, Vec<u8>>| {
        serde_json::from_slice::<Value>(&files.remove("maps.json").unwrap()).unwrap()
    };
    assert_eq!(model(&mut again), model(&mut found));
    assert_eq!(again, found);

    // Maps stay labels, and nothing beside them is a surprise; masks are labels, too.
    let judged = scumble(&["eval", &text(&made), &data]).assert().success();
    let told = String::from_utf8_lossy(&judged.get_output().stderr).into_owned();
    assert!(!told.contains("not read"), "{told}");
    let masks = Dataset::open(&made.join("masks")).unwrap();
    assert_eq!((masks.kind(), masks.classes().len(), masks.items().len()), (Kind::Binary, 1, 3));
    assert!(masks.check(&|_, _| ()).is_empty());

    // Without being told to, nothing is replaced, whichever of the products it would be.
    for product in ["--masks", "--uncertainty", "--objects", "--outlines=roi", "--contours=0.3"] {
        let other = path(product);
        scumble(&["convert", &text(&made), "-o", &text(&other), product]).assert().success();
        let before = files(&other);
        let mut again = scumble(&["convert", &text(&made), "-o", &text(&other), product]);
        refuses(&mut again, 2, &["is there already", "--overwrite"]);
        assert_eq!(files(&other), before);
    }
}

#[test]
fn objects_have_their_numbers_everywhere() {
    let folder = tempdir().unwrap();
    let root = folder.path().join("maps");
    let cup = array![[0.5, 0.0, 0.0, 0.25], [0.0, 0.75, 0.0, 1.0]];
    let disc = array![[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]];
    let both = ndarray::stack(ndarray::Axis(0), &[cup.view(), disc.view()]).unwrap();
    let source = maps(&root, Kind::Multilabel, &["cup", "disc"], both.view());
    let out = folder.path().join("out");
    let lines = scumble(&["convert", &source, "-o", &text(&out), "--threshold", "0.5,cup=0.3", "--json"])
        .args(ALL)
        .assert()
        .success();
    let lines = String::from_utf8(lines.get_output().stdout.clone()).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines[0]["image"].as_str(), &lines[0]["largest_error"]), (Some("a"), &Value::Null));
    assert_eq!(lines[1]["table"], text(&out.join("objects.csv")));
    let table = "image,class,object,area,area_mm2,mean_probability,expected_area,centroid_x,centroid_y,left,top,right,bottom\n\
                 a,cup,1,2,,0.625,1.25,1.0,1.0,0,0,2,2\na,cup,2,1,,1.0,1.0,3.5,1.5,3,1,4,2\n";
    assert_eq!(fs::read_to_string(out.join("objects.csv")).unwrap(), table);
    assert_eq!(bytes(&out.join("objects/cup/a.tif")), [1, 0, 0, 0, 0, 1, 0, 2]);
    assert_eq!(bytes(&out.join("masks/cup/a.png")), [255, 0, 0, 0, 0, 255, 0, 255]);
    assert_eq!(bytes(&out.join("masks/disc/a.png")), [0; 8]);
    let outlines = geojson(&out.join("outlines/a.geojson"));
    let features = outlines["features"].as_array().unwrap();
    assert_eq!(features.len(), 2);
    assert_eq!(features[0]["geometry"]["type"], "MultiPolygon");
    assert_eq!(features[1]["properties"]["classification"]["name"], "cup");
    assert_eq!(features[1]["properties"]["measurements"]["mean probability"], 1.0);
    // What has no object has no archive, and an older one does not stay.
    assert!(!out.join("outlines/disc/a.zip").exists());
    fs::write(out.join("outlines/disc/a.zip"), "old").unwrap();
    scumble(&["convert", &source, "-o", &text(&out)]).args(ALL).assert().success();
    assert!(!out.join("outlines/disc/a.zip").exists());
    let masks = Dataset::open(&out.join("masks")).unwrap();
    assert_eq!(
        (masks.kind(), masks.classes()),
        (Kind::Multilabel, &["cup".to_owned(), "disc".to_owned()][..])
    );
}

/// Three exclusive classes, of which nothing is known at one pixel.
fn exclusive() -> (TempDir, String) {
    let folder = tempdir().unwrap();
    let unknown = f32::NAN;
    let each = array![[[0.5, 0.125, unknown]], [[0.25, 0.125, unknown]], [[0.25, 0.75, unknown]]];
    let source = maps(&folder.path().join("maps"), Kind::Multiclass, &["sky", "sea", "land"], each.view());
    (folder, source)
}

#[test]
fn exclusive_classes_are_decided_without_a_threshold_and_say_what_is_not_known() {
    let (folder, source) = exclusive();
    let out = folder.path().join("out");
    let mut asked = scumble(&["convert", &source, "-o", &text(&out), "--masks"]);
    let said = asked.args(ALL).assert().success();
    let told = String::from_utf8_lossy(&said.get_output().stderr).into_owned();
    assert!(told.contains("nothing is known at 1 pixels of 1 of 1 images"), "{told}");
    assert_eq!(bytes(&out.join("masks/a.png")), [0, 2, 255]);
    let masks = Dataset::open(&out.join("masks")).unwrap();
    let read = masks.read(&masks.items()[0], &Wanted::labels(Target::Labels)).unwrap();
    let labels = read.labels(Target::Labels).unwrap();
    assert_eq!(labels.valid().iter().copied().collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(labels.probabilities()[[2, 0, 1]], 1.0);
    let nats = read_raster(&out.join("uncertainty/a.tif")).unwrap();
    assert!((f64::from(nats.raw(0, 0, 0)) - 1.5 * std::f64::consts::LN_2).abs() < 1e-6);
    assert!(nats.raw(0, 2, 0).is_nan());
    assert_eq!(bytes(&out.join("objects/sky/a.tif")), [1, 0, 0]);
    let refused = |more: &[&str], code: i32, says: &[&str]| {
        let other = folder.path().join("other");
        refuses(scumble(&["convert", &source, "-o", &text(&other)]).args(more), code, says);
        assert!(!other.exists() || files(&other).is_empty());
    };
    refused(&["--threshold", "0.5"], 2, &["--threshold", "exclude each other", "--masks"]);
    refused(&[], 2, &["nothing to make", "--format", "--objects"]);
    refused(&["--format", "png16"], 1, &["nothing is known at 1 pixels, which png16 cannot say"]);
    refused(&["--contours", "1"], 2, &["'1' is no level"]);
    refused(&["--outlines", "svg"], 2, &["geojson and roi"]);
}

#[test]
fn thresholds_are_of_classes_that_there_are() {
    let folder = tempdir().unwrap();
    let each = Array3::from_elem((2, 2, 2), 0.5);
    let source = maps(&folder.path().join("maps"), Kind::Multilabel, &["cup", "disc"], each.view());
    let refused = |threshold: &str, says: &[&str]| {
        let out = text(&folder.path().join("out"));
        refuses(&mut scumble(&["convert", &source, "-o", &out, "--threshold", threshold]), 2, says);
    };
    refused("best-f1", &["--threshold", "only a model file says"]);
    refused("cup=0.4", &["no threshold for the class 'disc'", "disc=0.5"]);
    refused("0.5,cap=0.4", &["'cap'", "cup, disc"]);
    refused("half", &["'half' is no threshold"]);
    refused("cup=2", &["'2' is no threshold"]);
    refuses(&mut scumble(&["convert", &source, "-o", &source, "--masks"]), 2, &["what is read lies in it"]);
    assert_eq!(files(folder.path()).len(), 2);
}

#[test]
fn maps_go_to_every_format_and_back() {
    let folder = tempdir().unwrap();
    let map = Array3::from_shape_fn((1, 5, 7), |(_, y, x)| (y * 7 + x) as f32 / 34.0);
    let source = maps(&folder.path().join("maps"), Kind::Binary, &["cell"], map.view());
    for (format, least, most) in [
        ("npy", 0.0, 0.0),
        ("tiff", 0.0, 0.0),
        ("nifti", 0.0, 0.0),
        ("png16", 1e-6, 0.5 / 65535.0),
        ("png8", 1e-4, 0.5 / 255.0),
    ] {
        let (there, back) = (folder.path().join(format), folder.path().join(format!("{format}-back")));
        let said =
            json(&mut scumble(&["convert", &source, "-o", &text(&there), "--format", format, "--json"]));
        let error = said["largest_error"].as_f64().unwrap();
        assert!((least..=most + 1e-9).contains(&error), "{format}: {error}");
        scumble(&["convert", &text(&there), "-o", &text(&back), "--format", "npy"]).assert().success();
        let NumberArray::F32(read) = read_array(&back.join("a.npy")).unwrap() else { panic!("no f32") };
        let off = read.iter().zip(&map).map(|(a, b)| f64::from(a - b).abs()).fold(0.0, f64::max);
        assert!((off - error).abs() < 1e-7, "{format}: {off}, and {error} was said");
    }
}
