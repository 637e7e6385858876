//! A small data set of each kind and encoding: what is understood, and the numbers that come out.

mod files;

use files::{at, grey, mask, npy, palette, photo, sound};
use ndarray::{Axis, array};
use scumble::labels::{Kind, UNSEEN};
use scumble_data::{DataError, Dataset, Part, Target, Wanted};
use std::fs;
use std::path::Path;

const SIZE: (u32, u32) = (2, 2);
const SHAPE: [u64; 2] = [2, 2];

fn open(root: &Path) -> Dataset {
    Dataset::open(root).unwrap_or_else(|error| panic!("{error}"))
}

/// The probabilities of the first item, flat.
fn first(data: &Dataset, target: Target) -> Vec<f32> {
    data.labels(&data.items()[0], target)
        .unwrap_or_else(|error| panic!("{error}"))
        .probabilities()
        .iter()
        .copied()
        .collect()
}

#[test]
fn raters_with_missing_images_and_missing_regions() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    photo(&at(root, "images/a.png"), SIZE, 10);
    photo(&at(root, "images/b.png"), SIZE, 20);
    mask(&at(root, "raters/anna/a.png"), SIZE, &[1, 1, 0, 0]);
    // On/off in other types: 0/255 of 8 bits, 0/1 of 8 bits.
    grey(&at(root, "raters/ben/a.png"), SIZE, &[255, 0, 255, 0]);
    grey(&at(root, "raters/ben/b.png"), SIZE, &[1, 0, 1, 0]);
    mask(&at(root, "raters/ben/ignore/a.png"), SIZE, &[0, 0, 1, 0]);
    fs::write(at(root, "raters/ben/.hidden.png"), "no image").unwrap();
    fs::write(at(root, "images/notes.txt"), "skipped").unwrap();
    let data = open(root);
    assert_eq!(
        (data.kind(), data.classes(), data.raters()),
        (Kind::Binary, &["foreground".to_owned()][..], &["anna".to_owned(), "ben".to_owned()][..])
    );
    assert_eq!(first(&data, Target::Auto), [1.0, 0.5, 0.0, 0.0]);
    let [a, b] = data.items() else { panic!("{:?}", data.items()) };
    let labels = data.labels(a, Target::Mean).unwrap();
    assert_eq!(labels.votes().unwrap().total(), array![[[2, 2], [1, 2]]]);
    assert_eq!(b.raters().collect::<Vec<_>>(), ["ben"]);
    let masks = data.read(a, &Wanted::raters()).unwrap().raters;
    assert_eq!(masks[1].1.marks(), array![[[1, 0], [UNSEEN, 0]]]);
    sound(&data);
}

#[test]
fn raters_in_floats_see_nothing_at_nan() {
    let folder = tempfile::tempdir().unwrap();
    npy(&at(folder.path(), "raters/anna/a.npy"), &SHAPE, &[0.0_f32, 1.0, f32::NAN, 0.0]);
    let data = open(folder.path());
    assert_eq!(
        data.read(&data.items()[0], &Wanted::raters()).unwrap().raters[0].1.marks(),
        array![[[0, 1], [UNSEEN, 0]]]
    );
    assert_eq!(
        data.labels(&data.items()[0], Target::Mean).unwrap().valid(),
        array![[[true, true], [false, true]]]
    );
}

#[test]
fn index_masks_are_multiclass() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    grey(&at(root, "raters/anna/a.png"), SIZE, &[0, 1, 2, 0]);
    grey(&at(root, "raters/ben/a.png"), SIZE, &[0, 1, 1, 4]);
    let data = open(root);
    assert_eq!((data.kind(), data.classes().len()), (Kind::Multiclass, 5));
    let labels = data.labels(&data.items()[0], Target::Auto).unwrap();
    assert_eq!(labels.probabilities().index_axis(Axis(0), 1), array![[0.0, 1.0], [0.5, 0.0]]);
    sound(&data);
}

#[test]
fn label_files_of_every_encoding() {
    let nan = f32::NAN;
    let half = 128.0 / 255.0;
    /// Writes one label and says what must come out.
    type Case<'a> = (&'a str, Box<dyn Fn(&Path)>, Kind, usize, Vec<f32>);
    let cases: Vec<Case> = vec![
        (
            "1 bit",
            Box::new(|p| mask(&at(p, "labels/a.png"), SIZE, &[0, 1, 1, 0])),
            Kind::Binary,
            1,
            vec![0., 1., 1., 0.],
        ),
        (
            "0 and 1 in 8 bits",
            Box::new(|p| grey(&at(p, "labels/a.png"), SIZE, &[0, 1, 1, 0])),
            Kind::Binary,
            1,
            vec![0., 1., 1., 0.],
        ),
        (
            "grey",
            Box::new(|p| grey(&at(p, "labels/a.png"), SIZE, &[0, 128, 255, 0])),
            Kind::Binary,
            1,
            vec![0., half, 1., 0.],
        ),
        (
            "indices",
            Box::new(|p| grey(&at(p, "labels/a.png"), (1, 3), &[0, 2, 1])),
            Kind::Multiclass,
            3,
            vec![1., 0., 0., 0., 0., 1., 0., 1., 0.],
        ),
        (
            "palette",
            Box::new(|p| palette(&at(p, "labels/a.png"), (1, 2), &[1, 0], 200)),
            Kind::Binary,
            1,
            vec![1., 0.],
        ),
        (
            "int64 indices",
            Box::new(|p| npy(&at(p, "labels/a.npy"), &[1, 2], &[1_i64, 2])),
            Kind::Multiclass,
            3,
            vec![0., 0., 1., 0., 0., 1.],
        ),
        (
            "bool",
            Box::new(|p| npy(&at(p, "labels/a.npy"), &[1, 2], &[true, false])),
            Kind::Binary,
            1,
            vec![1., 0.],
        ),
        (
            "16 bits",
            Box::new(|p| npy(&at(p, "labels/a.npy"), &[1, 2], &[65535_u16, 0])),
            Kind::Binary,
            1,
            vec![1., 0.],
        ),
        (
            "float",
            Box::new(|p| npy(&at(p, "labels/a.npy"), &[1, 2], &[0.25_f32, 1.0])),
            Kind::Binary,
            1,
            vec![0.25, 1.],
        ),
        (
            "float, one channel",
            Box::new(|p| npy(&at(p, "labels/a.npy"), &[1, 2, 1], &[0.25_f64, 1.0])),
            Kind::Binary,
            1,
            vec![0.25, 1.],
        ),
        (
            "float, sum 1",
            Box::new(move |p| npy(&at(p, "labels/a.npy"), &[1, 2, 2], &[0.25_f32, 0.75, nan, nan])),
            Kind::Multiclass,
            2,
            vec![0.25, 0., 0.75, 0.],
        ),
        (
            "float, overlapping",
            Box::new(|p| npy(&at(p, "labels/a.npy"), &[1, 1, 2], &[0.5_f32, 0.75])),
            Kind::Multilabel,
            2,
            vec![0.5, 0.75],
        ),
        (
            "one-hot bytes",
            Box::new(|p| npy(&at(p, "labels/a.npy"), &[1, 2, 2], &[1_u8, 0, 0, 1])),
            Kind::Multiclass,
            2,
            vec![1., 0., 0., 1.],
        ),
        (
            "class folders",
            Box::new(|p| {
                grey(&at(p, "labels/disc/a.png"), (1, 2), &[255, 0]);
                grey(&at(p, "labels/cup/a.png"), (1, 2), &[128, 0]);
            }),
            Kind::Multilabel,
            2,
            vec![half, 0., 1., 0.],
        ),
        (
            "one class folder",
            Box::new(|p| grey(&at(p, "labels/cup/a.png"), (1, 2), &[128, 0])),
            Kind::Binary,
            1,
            vec![half, 0.],
        ),
        (
            "bare folder",
            Box::new(|p| grey(&at(p, "a.png"), (1, 2), &[128, 0])),
            Kind::Binary,
            1,
            vec![half, 0.],
        ),
        (
            "bare class folders",
            Box::new(|p| {
                mask(&at(p, "x/a.png"), (1, 2), &[1, 0]);
                mask(&at(p, "y/a.png"), (1, 2), &[1, 1]);
            }),
            Kind::Multilabel,
            2,
            vec![1., 0., 1., 1.],
        ),
    ];
    let mut failures = String::new();
    for (name, write, kind, classes, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path());
        let data = open(folder.path());
        let got = first(&data, Target::Auto);
        if (data.kind(), data.classes().len(), &got) != (kind, classes, &expected) {
            failures += &format!(
                "{name}: {} {got:?}, expected {kind} {classes} {expected:?}\n",
                data.describe_choice()
            );
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn nan_ignore_and_weights() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    npy(&at(root, "labels/a.npy"), &SHAPE, &[0.5_f32, f32::NAN, 0.25, 1.0]);
    mask(&at(root, "ignore/a.png"), SIZE, &[1, 0, 0, 0]);
    grey(&at(root, "weights/a.png"), SIZE, &[1, 1, 2, 0]);
    let data = open(root);
    let labels = data.labels(&data.items()[0], Target::Auto).unwrap();
    assert_eq!(labels.effective_weights(false), array![[[0.0, 0.0], [2.0, 0.0]]]);
    assert_eq!(labels.valid(), array![[[false, false], [true, true]]]);
    sound(&data);
}

#[test]
fn declared_multiclass_in_quantised_class_folders() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    // Thirds: 85 + 85 + 85 = 255, but sevenths round to 36 + 36 + 182 = 254.
    for (class, value) in [("rock", 36), ("tree", 36), ("water", 182)] {
        grey(&at(root, &format!("labels/{class}/a.png")), (1, 1), &[value]);
    }
    fs::write(root.join("dataset.toml"), "kind = 'multiclass'\nclasses = ['water', 'rock', 'tree']").unwrap();
    let data = open(root);
    assert_eq!((data.kind(), data.classes()[0].as_str()), (Kind::Multiclass, "water"));
    let p = first(&data, Target::Labels);
    assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-6 && p[0] > 0.7, "{p:?}");
    assert!(data.describe_choice().contains("dataset.toml"), "{}", data.describe_choice());
}

#[test]
fn multilabel_raters_who_skip_a_class() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    mask(&at(root, "raters/anna/cup/a.png"), (1, 2), &[1, 0]);
    mask(&at(root, "raters/anna/disc/a.png"), (1, 2), &[1, 1]);
    mask(&at(root, "raters/ben/disc/a.png"), (1, 2), &[0, 1]);
    let data = open(root);
    assert_eq!((data.kind(), data.classes().len()), (Kind::Multilabel, 2));
    let labels = data.labels(&data.items()[0], Target::Auto).unwrap();
    assert_eq!(labels.probabilities(), array![[[1.0, 0.0]], [[0.5, 1.0]]]);
    assert_eq!(labels.votes().unwrap().total(), array![[[1, 1]], [[2, 2]]]);
    sound(&data);
}

#[test]
fn an_ignored_index() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    palette(&at(root, "labels/a.png"), SIZE, &[0, 1, 2, 255], 256);
    palette(&at(root, "raters/anna/a.png"), SIZE, &[0, 255, 2, 2], 256);
    let question = Dataset::open(root).unwrap_err().to_string();
    assert!(question.contains("the values 0, 1, 2, 255") && question.contains("ignore_index"), "{question}");
    assert!(!question.contains("labels = \"soft\""), "a palette is its indices: {question}");
    fs::write(root.join("dataset.toml"), "ignore_index = 255").unwrap();
    let data = open(root);
    assert_eq!((data.kind(), data.classes().len()), (Kind::Multiclass, 3));
    let labels = data.labels(&data.items()[0], Target::Labels).unwrap();
    assert_eq!(labels.valid(), array![[[true, true], [true, false]]]);
    assert_eq!(
        data.read(&data.items()[0], &Wanted::raters()).unwrap().raters[0].1.marks(),
        array![[[0, UNSEEN], [2, 2]]]
    );
}

#[test]
fn a_declared_reading_wins() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    grey(&at(root, "labels/a.png"), (1, 2), &[0, 51]);
    assert!(matches!(Dataset::open(root), Err(DataError::Ambiguous { .. })));
    fs::write(root.join("dataset.toml"), "labels = 'soft'\nclasses = ['water']").unwrap();
    let data = open(root);
    assert_eq!((data.kind(), data.classes()), (Kind::Binary, &["water".to_owned()][..]));
    assert_eq!(first(&data, Target::Auto), [0.0, 0.2]);
    fs::write(root.join("dataset.toml"), "kind = 'multiclass'\nlabels = 'index'\nclasses = ['a', 'b']")
        .unwrap();
    let data = open(root);
    let error = data.labels(&data.items()[0], Target::Auto).unwrap_err().to_string();
    assert!(error.contains("a.png: row 0, column 1: class index 51, but there are 2 classes"), "{error}");
}

#[test]
fn two_exclusive_classes_on_and_off() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    mask(&at(root, "labels/a.png"), (1, 2), &[0, 1]);
    grey(&at(root, "raters/anna/a.png"), (1, 2), &[0, 255]);
    fs::write(root.join("dataset.toml"), "kind = 'multiclass'\nclasses = ['land', 'water']").unwrap();
    let data = open(root);
    assert_eq!(first(&data, Target::Labels), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(first(&data, Target::Mean), [1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn parts_filter_and_fingerprint() {
    let folder = tempfile::tempdir().unwrap();
    let make = |root: &Path, shade: u8| {
        for (part, id) in [("train", "a1"), ("train", "a2"), ("val", "b1"), ("test", "c1")] {
            photo(&at(root, &format!("{part}/images/{id}.png")), SIZE, shade);
            mask(&at(root, &format!("{part}/raters/anna/{id}.png")), SIZE, &[1, 0, 0, 0]);
        }
    };
    make(folder.path(), 1);
    let data = open(folder.path());
    let parts: Vec<_> = data.items().iter().map(|item| (item.part().unwrap(), item.id())).collect();
    assert_eq!(parts, [(Part::Train, "a1"), (Part::Train, "a2"), (Part::Val, "b1"), (Part::Test, "c1")]);
    let print = data.fingerprint().unwrap();
    let ids = |globs: &[&str]| -> Vec<String> {
        let globs: Vec<String> = globs.iter().map(|&glob| glob.to_owned()).collect();
        data.clone().filter(&globs).unwrap().items().iter().map(|item| item.id().to_owned()).collect()
    };
    assert_eq!(ids(&["a*"]), ["a1", "a2"]);
    assert_eq!(ids(&["?1", "c*"]), ["a1", "b1", "c1"]);
    assert_eq!(ids(&["val/*"]), ["b1"]);
    assert_eq!(ids(&[]).len(), 4);

    // The same files elsewhere are the same set; another picture is another.
    let copy = tempfile::tempdir().unwrap();
    make(copy.path(), 1);
    fs::write(copy.path().join("README"), "no part of the set").unwrap();
    assert_eq!(open(copy.path()).fingerprint().unwrap(), print);
    photo(&copy.path().join("val/images/b1.png"), SIZE, 2);
    assert_ne!(open(copy.path()).fingerprint().unwrap(), print);
    fs::rename(copy.path().join("val/images/b1.png"), copy.path().join("val/images/b2.png")).unwrap();
    assert_ne!(open(copy.path()).fingerprint().unwrap(), print);
    // All images are the same bytes: train and val would leak.
    let leaks = data.check(&|_, _| ());
    assert_eq!(leaks.len(), 3);
    assert!(leaks[0].to_string().contains("the same image twice"), "{}", leaks[0]);
}

#[test]
fn a_palette_picture_is_seen_in_its_colours() {
    let folder = tempfile::tempdir().unwrap();
    palette(&at(folder.path(), "images/a.png"), SIZE, &[0, 1, 2, 1], 3);
    mask(&at(folder.path(), "raters/anna/a.png"), SIZE, &[1, 0, 0, 0]);
    let data = open(folder.path());
    assert_eq!(data.image(&data.items()[0]).unwrap().channels, 3);
}

#[test]
fn a_data_set_of_one_rater_has_that_rater_alone() {
    let folder = tempfile::tempdir().unwrap();
    let made =
        scumble_data::synthetic(&scumble_data::SyntheticOptions { images: 2, size: 32, raters: 3, seed: 1 });
    scumble_data::write_synthetic(folder.path(), &made).unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    let (names, first) = (data.raters().to_vec(), data.items()[0].id().to_owned());
    std::fs::remove_file(folder.path().join("raters").join(&names[1]).join(format!("{first}.png"))).unwrap();
    let data = Dataset::open(folder.path()).unwrap().of_rater(&names[1]).unwrap();
    assert_eq!(data.raters(), &names[1..2]);
    assert!(!data.items()[0].has(Target::Auto) && data.items()[1].has(Target::Auto));
    let read = data.read(&data.items()[1], &Wanted { raters: true, ..Wanted::labels(Target::Auto) }).unwrap();
    assert_eq!(read.raters.len(), 1);
    let labels = read.labels(Target::Auto).unwrap();
    assert!(labels.probabilities().iter().all(|p| [0.0, 1.0].contains(p)));
    let error = Dataset::open(folder.path()).unwrap().of_rater("nobody").unwrap_err().to_string();
    assert!(error.contains("'nobody'") && error.contains(&names[0]), "{error}");
}
