//! dataset.toml in thousands of variants over small data sets of every sort: each is understood or refused, and none
//! panics.

use ndarray::{Array2, Array3};
use scumble::fusion::DawidSkeneOptions;
use scumble::labels::Kind;
use scumble_data::{
    Dataset, MapFormat, Raster, Samples, Sidecar, Target, Wanted, write_array, write_png, write_sidecar,
};
use scumble_jobs::JobError;
use scumble_jobs::check::{CheckRequest, check};
use scumble_jobs::fuse::{FuseMethod, FuseRequest, RaterModel, fuse};
use scumble_jobs::judge::{JudgeRequest, judge};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Values of each key: what may be written, and what nobody should write.
const KEYS: [(&str, &[&str]); 11] = [
    ("kind", &["\"binary\"", "\"multiclass\"", "\"multilabel\"", "\"Binary\"", "\"\"", "3", "[]"]),
    (
        "classes",
        &[
            "[\"a\"]",
            "[\"a\", \"b\"]",
            "[\"a\", \"b\", \"c\"]",
            "[\"cup\", \"disc\"]",
            "[\"disc\"]",
            "[]",
            "[\"\"]",
            "[\"a\", \"a\"]",
            "[\"../x\", \"\\u0000\", \"\\n\"]",
            MANY,
            "\"a\"",
            "[1]",
        ],
    ),
    ("labels", &["\"soft\"", "\"index\"", "\"hard\"", "1"]),
    (
        "ignore_index",
        &[
            "0",
            "1",
            "2",
            "255",
            "65535",
            "65536",
            "-1",
            "9223372036854775807",
            "-9223372036854775808",
            "0.5",
            "nan",
        ],
    ),
    (
        "nested",
        &["[\"a\", \"b\"]", "[\"b\", \"a\"]", "[\"disc\", \"cup\"]", "[\"a\", \"a\"]", "[\"a\"]", "[]", "1"],
    ),
    (
        "colours",
        &[
            "{a = \"#000000\", b = \"#ff0000\", c = \"#00ff00\"}",
            "{a = \"#000000\", b = \"#ffffff\"}",
            "{a = \"#ff0000\"}",
            "{a = \"#000000\", b = \"#000000\"}",
            "{a = \"red\"}",
            "{}",
            "7",
        ],
    ),
    ("ignore_colour", &["\"#00ff00\"", "\"#123456\"", "\"\"", "7"]),
    ("pages", &["\"channels\"", "\"slices\"", "\"\""]),
    ("affine_tolerance", &["0", "0.0", "1e308", "-1.0", "nan", "inf", "\"x\""]),
    ("group", &["\"^(.)\"", "\"(x)?\"", "\"(\"", "\"()\"", "\"\"", "3"]),
    ("nodata", &["0.0", "9.0", "nan", "inf", "-1e308", "1e-320", "\"x\""]),
];

/// More classes than anybody has.
const MANY: &str =
    "[\"0\", \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\", \"9\", \"10\", \"11\", \"12\", \"13\"]";

/// Rows and columns.
const SIZE: (usize, usize) = (3, 4);

/// A number for each pixel, below `below`.
fn number(pixel: usize, salt: usize, below: usize) -> usize {
    (pixel * 5 + salt * 3 + pixel * salt) % below
}

fn at(root: &Path, path: &str) -> PathBuf {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    path
}

fn png(root: &Path, path: &str, channels: usize, value: impl Fn(usize) -> u8) {
    let samples = Samples::U8((0..SIZE.0 * SIZE.1 * channels).map(value).collect());
    let raster = Raster { height: SIZE.0, width: SIZE.1, channels, samples, indexed: None, nodata: None };
    write_png(&at(root, path), &raster).unwrap();
}

fn npy(root: &Path, path: &str, value: impl Fn(usize) -> f32) {
    let map = Array2::from_shape_fn(SIZE, |(y, x)| value(y * SIZE.1 + x));
    write_array(&at(root, path), map.view()).unwrap();
}

/// An outline of 2 x 2 pixels.
fn roi(root: &Path, path: &str) {
    let mut file = vec![0_u8; 64];
    file[..8].copy_from_slice(b"Iout\0\xda\x01\0");
    for (place, bound) in [0_u16, 0, 2, 2].into_iter().enumerate() {
        file[8 + 2 * place..10 + 2 * place].copy_from_slice(&bound.to_be_bytes());
    }
    fs::write(at(root, path), file).unwrap();
}

/// Two slices of bytes.
fn nii(root: &Path, path: &str, value: impl Fn(usize) -> u8) {
    let mut file = vec![0_u8; 352];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348_i32.to_le_bytes());
    for (axis, length) in [3, SIZE.1, SIZE.0, 2].into_iter().enumerate() {
        put(40 + 2 * axis, &(length as i16).to_le_bytes());
    }
    put(70, &2_i16.to_le_bytes());
    put(108, &352_f32.to_le_bytes());
    put(254, &1_i16.to_le_bytes());
    for (place, one) in [(280, 1.0_f32), (300, 1.0), (320, 1.0)] {
        put(place, &one.to_le_bytes());
    }
    put(344, b"n+1\0");
    file.extend((0..2 * SIZE.0 * SIZE.1).map(value));
    fs::write(at(root, path), file).unwrap();
}

/// The images of a set, but where the maps are volumes.
fn images(root: &Path) {
    for (salt, id) in ["x", "y"].into_iter().enumerate() {
        png(root, &format!("images/{id}.png"), 3, |at| number(at, salt + 2, 200) as u8);
    }
}

/// A small data set of each sort, each in a folder of its own.
fn sets(root: &Path) -> Vec<PathBuf> {
    type Fill = fn(&Path);
    let sorts: [(&str, Fill); 15] = [
        ("on_off", |root| each(root, "raters/anna", |at, salt| 255 * number(at, salt, 2) as u8)),
        ("ones", |root| each(root, "raters/anna", |at, salt| number(at, salt, 2) as u8)),
        ("indices", |root| each(root, "labels", |at, salt| number(at, salt, 3) as u8)),
        ("void", |root| each(root, "labels", |at, salt| [0, 1, 255][number(at, salt, 3)])),
        ("grey", |root| each(root, "labels", |at, salt| (85 * number(at, salt, 4)) as u8)),
        ("marked_indices", |root| each(root, "raters/anna", |at, salt| number(at, salt, 4) as u8)),
        ("soft", |root| {
            images(root);
            ["x", "y"]
                .into_iter()
                .for_each(|id| npy(root, &format!("labels/{id}.npy"), |at| number(at, 1, 5) as f32 / 4.0));
        }),
        ("stacked", |root| {
            images(root);
            let share = |(y, x, k): (usize, usize, usize)| [0.5, 0.25, 0.25][(y + x + k) % 3];
            let maps = Array3::from_shape_fn((SIZE.0, SIZE.1, 3), share);
            ["x", "y"]
                .into_iter()
                .for_each(|id| write_array(&at(root, &format!("labels/{id}.npy")), maps.view()).unwrap());
        }),
        ("class_folders", |root| {
            images(root);
            for class in ["cup", "disc"] {
                png(root, &format!("raters/anna/{class}/x.png"), 1, |at| 255 * number(at, 1, 2) as u8);
                npy(root, &format!("labels/{class}/y.npy"), |at| number(at, 2, 3) as f32 / 2.0);
            }
        }),
        ("colours", |root| {
            images(root);
            let colour = |at: usize| [[0, 0, 0], [255, 0, 0], [0, 255, 0]][number(at / 3, 1, 3)][at % 3];
            ["x", "y"].into_iter().for_each(|id| png(root, &format!("labels/{id}.png"), 3, colour));
        }),
        ("annotations", |root| {
            images(root);
            let text = r#"{"images": [{"id": 1, "file_name": "x.png", "height": 3, "width": 4}],
                "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
                "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 2, 0, 2, 2]]},
                    {"id": 2, "image_id": 1, "category_id": 2, "segmentation": {"size": [3, 4], "counts": [2, 4, 6]}}]}"#;
            fs::write(at(root, "raters/anna.json"), text).unwrap();
        }),
        ("outlines", |root| {
            images(root);
            roi(root, "raters/anna/x.roi");
            roi(root, "raters/bert/x.roi");
        }),
        ("volumes", |root| {
            nii(root, "images/v.nii", |at| number(at, 3, 200) as u8);
            nii(root, "raters/anna/v.nii", |at| number(at, 1, 2) as u8);
            nii(root, "raters/bert/v.nii", |at| number(at, 2, 2) as u8);
        }),
        ("maps", |root| {
            npy(root, "a/x.npy", |at| number(at, 1, 5) as f32 / 4.0);
            npy(root, "b/x.npy", |at| number(at, 2, 5) as f32 / 4.0);
            let sidecar = Sidecar::new(Kind::Multilabel, ["a", "b"], MapFormat::Npy, None);
            write_sidecar(root, &sidecar).unwrap();
        }),
        ("both", |root| {
            each(root, "labels", |at, salt| number(at, salt, 2) as u8);
            each(root, "raters/bert", |at, salt| number(at, salt + 1, 2) as u8);
        }),
    ];
    let made = sorts.map(|(name, fill)| {
        let root = root.join(name);
        fill(&root);
        root
    });
    made.to_vec()
}

/// Images and a map of each.
fn each(root: &Path, folder: &str, value: impl Fn(usize, usize) -> u8) {
    images(root);
    for (salt, id) in ["x", "y"].into_iter().enumerate() {
        png(root, &format!("{folder}/{id}.png"), 1, |at| value(at, salt + 1));
    }
}

/// All that commands do with a data set, but training.
fn use_all(root: &Path, output: &Path) {
    let request = CheckRequest {
        data: root.to_owned(),
        images: Vec::new(),
        pictures: None,
        overwrite: false,
        augmented: None,
    };
    let checked = check(&request, &());
    let opened = Dataset::open(root);
    // What is looked at and found sound can be opened, and what cannot be opened is found unsound.
    if let (Err(error), Ok(result)) = (&opened, &checked) {
        assert!(!result.problems.is_empty(), "check finds nothing, but: {error}");
    }
    if let Ok(data) = &opened {
        let everything =
            |target| Wanted { image: true, raters: true, labels: Some(target), label_sets: Some(target) };
        for item in data.items() {
            let _ = data.prediction(item).map(|maps| maps.dim());
            for target in Target::ALL {
                if let Ok(read) = data.read(item, &everything(target)) {
                    let _ = (read.labels(target), read.label_sets(target), read.rater_sets());
                }
            }
        }
        let _ = (data.fingerprint(), Dataset::open_predictions(root, data.space()).map(|maps| maps.kind()));
    }
    let pooled =
        FuseMethod::Truth { model: RaterModel::DawidSkene(DawidSkeneOptions::default()), pooled: true };
    for method in [FuseMethod::default(), pooled] {
        let (data, output) = (root.to_owned(), output.to_owned());
        let (images, format) = (Vec::new(), MapFormat::Npy);
        let _ =
            fuse(&FuseRequest { data, images, method, output, format: Some(format), overwrite: true }, &());
    }
    let _: Result<_, JobError> = judge(&JudgeRequest::new(root.join("labels"), root), &());
}

/// Every text of one key, of two keys, and of kind, classes and one more.
fn variants() -> Vec<String> {
    let line = |key: usize, value: usize| format!("{} = {}\n", KEYS[key].0, KEYS[key].1[value]);
    let lines: Vec<(usize, String)> =
        (0..KEYS.len()).flat_map(|key| (0..KEYS[key].1.len()).map(move |v| (key, line(key, v)))).collect();
    let mut texts =
        vec![String::new(), "\u{feff}".to_owned(), "[kind]\n".to_owned(), "kinds = 3\n".to_owned()];
    for (at, (key, first)) in lines.iter().enumerate() {
        texts.push(first.clone());
        texts.push(first.clone() + first);
        for (other, second) in lines[at + 1..].iter().filter(|(other, _)| other != key) {
            texts.push(first.clone() + second);
            if (*key, *other) == (0, 1) {
                let third = lines.iter().filter(|(third, _)| *third > 1);
                texts.extend(third.map(|(_, third)| format!("{first}{second}{third}")));
            }
        }
    }
    texts
}

/// Tries every `step`th variant on every set, beginning elsewhere for each; returns how many were tried.
fn try_variants(step: usize) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let sets = sets(folder.path());
    let (texts, mut tried, mut panics) = (variants(), 0, Vec::new());
    for (place, root) in sets.iter().enumerate() {
        for text in texts.iter().skip(place % step).step_by(step) {
            fs::write(root.join("dataset.toml"), text).unwrap();
            let output = folder.path().join("fused");
            if catch_unwind(AssertUnwindSafe(|| use_all(root, &output))).is_err() {
                panics.push(format!("{}: {text:?}", root.file_name().unwrap().display()));
            }
            let _ = fs::remove_dir_all(output);
            tried += 1;
        }
    }
    assert!(panics.is_empty(), "{} of {tried}:\n{}", panics.len(), panics.join("\n"));
    tried
}

#[test]
fn no_settings_panic() {
    assert!(try_variants(97) > 1000);
}

/// All of them: some minutes.
#[test]
#[ignore = "takes minutes: cargo test --test dataset_toml -- --ignored"]
fn no_settings_of_all_panic() {
    assert!(try_variants(1) > 100_000);
}
