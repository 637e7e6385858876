//! Images that go by bands of rows, from outside: the numbers are those of whole images.

mod common;

use common::{json, refuses, scumble, text, train};
use ndarray::{Array2, Array3, Axis};
use scumble_data::{Raster, Samples, write_array, write_png};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::tempdir;

/// 8.7 million pixels: beyond what is read as a whole.
const SIZE: (usize, usize) = (2900, 3000);

fn grey(path: &Path, value: impl Fn(usize, usize) -> u8) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let (height, width) = SIZE;
    let pixels = (0..height * width).map(|at| value(at / width, at % width)).collect();
    let raster =
        Raster { height, width, channels: 1, samples: Samples::U8(pixels), indexed: None, nodata: None };
    write_png(path, &raster).unwrap();
}

/// A mask of each rater: bands of the image that are a little apart.
fn on(rater: usize, row: usize, column: usize) -> bool {
    (row + column + 60 * rater) % 1000 < 300
}

/// An image, three raters, and a map that is off by a little.
fn large(root: &Path) {
    grey(&root.join("data/images/a.png"), |row, column| ((row + column) % 1000 / 4) as u8);
    for (rater, name) in ["ann", "bob", "cid"].into_iter().enumerate() {
        grey(&root.join(format!("data/raters/{name}/a.png")), |row, column| {
            u8::from(on(rater, row, column)) * 255
        });
    }
    fs::create_dir_all(root.join("maps")).unwrap();
    let map =
        Array2::from_shape_fn(SIZE, |(row, column)| if (row + column) % 1000 < 250 { 0.9 } else { 0.1_f32 });
    write_array(&root.join("maps/a.npy"), map.view()).unwrap();
}

/// Equal but for the rounding of sums.
fn alike(path: &str, a: &Value, b: &Value) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a.iter().filter(|(key, _)| *key != "pictures") {
                alike(&format!("{path}.{key}"), value, &b[key]);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{path}");
            a.iter().zip(b).for_each(|(a, b)| alike(path, a, b));
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            assert!((a - b).abs() <= 1e-9 * a.abs().max(1.0), "{path}: {a} and {b}");
        }
        _ => assert_eq!(a, b, "{path}"),
    }
}

#[test]
fn scores_labels_and_a_training_are_those_of_the_whole() {
    let folder = tempdir().unwrap();
    let root = folder.path();
    large(root);
    let (data, maps) = (text(&root.join("data")), text(&root.join("maps")));

    // Pictures are drawn of the whole image.
    let pictures = text(&root.join("pictures"));
    let by_rows = json(&mut scumble(&["eval", &maps, &data, "--json"]));
    let whole = json(&mut scumble(&["eval", &maps, &data, "--json", "--pictures", &pictures]));
    alike("eval", &by_rows, &whole);

    // A map of fewer rows is refused as any other is.
    let short = root.join("short");
    fs::create_dir_all(&short).unwrap();
    write_array(&short.join("a.npy"), Array2::<f32>::zeros((SIZE.0 - 1, SIZE.1)).view()).unwrap();
    refuses(&mut scumble(&["eval", &text(&short), &data]), 1, &["2899", "2900"]);

    // Counts and shares, pixel by pixel.
    let fused = root.join("fused");
    scumble(&["fuse", &data, "-o", &text(&fused), "--format", "npy"]).assert().success();
    let counts = scumble_data::read_raster(&fused.join("counts/a.npy")).unwrap();
    let shares = scumble_data::read_raster(&fused.join("a.npy")).unwrap();
    let mut wrong = 0;
    for (row, column) in (0..SIZE.0).flat_map(|row| (0..SIZE.1).map(move |column| (row, column))) {
        let yes = (0..3).filter(|rater| on(*rater, row, column)).count() as f32;
        let found = [counts.raw(row, column, 0), counts.raw(row, column, 1), shares.raw(row, column, 0)];
        wrong += usize::from(found != [yes, 3.0, yes / 3.0]);
    }
    assert_eq!(wrong, 0);

    // The epoch's validation is what eval says of the model there, which has one view.
    let run = root.join("run");
    let settings =
        ["data.validation=\"rows 0.8..1\"", "train.epochs=1", "augment.flips=false", "augment.turns=false"];
    let settings = settings.map(|setting| ["--set", setting]).concat();
    train(&root.join("data"), &run, &settings).assert().success();
    assert!(run.join("report.html").exists());
    let epoch: Value =
        serde_json::from_str(fs::read_to_string(run.join("metrics.jsonl")).unwrap().trim()).unwrap();
    let judged = json(&mut scumble(&["eval", &text(&run), &data, "--json"]));
    let (trained, found) = (&epoch["validation"]["value"], &judged["all"]["cross_entropy"]["value"]);
    alike("validation", trained, found);

    let checked = json(&mut scumble(&["check", &data, "--json"]));
    let share = |rater: usize| {
        let marks = Array3::from_shape_fn((1, SIZE.0, SIZE.1), |(_, row, column)| {
            f64::from(u8::from(on(rater, row, column)))
        });
        marks.mean_axis(Axis(1)).and_then(|means| means.mean()).unwrap()
    };
    let frequency = (share(0) + share(1) + share(2)) / 3.0;
    // Shares of three raters are kept in f32.
    assert!((checked["classes"][0]["frequency"].as_f64().unwrap() - frequency).abs() < 1e-7);
}

/// An uncompressed TIFF of one strip.
fn tiff(path: &Path, value: impl Fn(usize, usize) -> u8) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let (height, width) = SIZE;
    let pixels = (height * width) as u32;
    let tags = [
        (256, width as u32),
        (257, height as u32),
        (258, 8),
        (262, 1),
        (273, 8),
        (278, height as u32),
        (279, pixels),
    ];
    let mut file = b"II*\0".to_vec();
    file.extend((8 + pixels).to_le_bytes());
    file.extend((0..height * width).map(|at| value(at / width, at % width)));
    file.extend((tags.len() as u16).to_le_bytes());
    for (tag, value) in tags {
        file.extend([tag, 4_u16].into_iter().flat_map(u16::to_le_bytes));
        file.extend([1_u32, value].into_iter().flat_map(u32::to_le_bytes));
    }
    file.extend([0; 4]);
    fs::write(path, file).unwrap();
}

/// Files that are never whole in memory give the numbers of those that are.
#[test]
fn tiffs_are_judged_and_fused_as_other_files_are() {
    let folder = tempdir().unwrap();
    let root = folder.path();
    large(root);
    let (data, maps) = (text(&root.join("data")), text(&root.join("maps")));
    let expected = json(&mut scumble(&["eval", &maps, &data, "--json"]));
    let other = root.join("tiffs");
    tiff(&other.join("images/a.tif"), |row, column| ((row + column) % 1000 / 4) as u8);
    for (rater, name) in ["ann", "bob", "cid"].into_iter().enumerate() {
        tiff(&other.join(format!("raters/{name}/a.tif")), |row, column| {
            u8::from(on(rater, row, column)) * 255
        });
    }
    let other = text(&other);
    let found = json(&mut scumble(&["eval", &maps, &other, "--json"]));
    alike("all", &found["all"], &expected["all"]);
    let [fused, again] = ["fused", "again"].map(|name| root.join(name));
    scumble(&["fuse", &data, "-o", &text(&fused), "--format", "tiff"]).assert().success();
    scumble(&["fuse", &other, "-o", &text(&again), "--format", "tiff"]).assert().success();
    for file in ["a.tif", "counts/a.npy"] {
        assert!(fs::read(fused.join(file)).unwrap() == fs::read(again.join(file)).unwrap(), "{file}");
    }
    let of_tiffs = json(&mut scumble(&["eval", &text(&again), &other, "--json"]));
    assert!(of_tiffs["all"]["cross_entropy"]["value"].as_f64().unwrap() > 0.0);
}
