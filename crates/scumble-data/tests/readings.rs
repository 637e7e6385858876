//! Integers that could be class indices or probabilities: what is plain, what is asked, and what each answer makes of it.

mod files;

use files::{at, grey, mask, npy, palette, png_packed, rgb};
use ndarray::Axis;
use png::{BitDepth, ColorType};
use scumble::labels::{Kind, LabelSpace};
use scumble_data::{DataError, Dataset, Probabilities, Question, Target};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::tempdir;

/// What a set is taken for.
#[derive(Debug, PartialEq)]
enum Taken {
    OnOff,
    Soft,
    Indices(usize),
    Asked,
}

fn taken(root: &Path) -> Taken {
    match Dataset::open(root) {
        Err(DataError::Ambiguous { .. }) => Taken::Asked,
        Err(error) => panic!("{error}"),
        Ok(data) if data.kind() == Kind::Multiclass => Taken::Indices(data.classes().len()),
        Ok(data) => {
            files::sound(&data);
            if data.describe_choice().contains("on/off") { Taken::OnOff } else { Taken::Soft }
        }
    }
}

fn question(root: &Path) -> (Box<Question>, PathBuf, String) {
    let error = Dataset::open(root).unwrap_err();
    let message = error.to_string();
    match error {
        DataError::Ambiguous { question, settings, .. } => (question, settings, message),
        other => panic!("{other}"),
    }
}

fn grey_16(path: &Path, values: &[u16]) {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
    png_packed(path, (1, values.len() as u32), ColorType::Grayscale, BitDepth::Sixteen, &bytes, 0);
}

fn grey_8(path: &Path, values: &[u8]) {
    grey(path, (1, values.len() as u32), values);
}

/// The table of docs/formats.md, row by row, in 8 and 16 bits.
#[test]
fn what_is_plain_is_taken_and_what_is_not_is_asked() {
    use Taken::*;
    let levels =
        |values: std::ops::RangeInclusive<u8>, step: usize| values.step_by(step).collect::<Vec<u8>>();
    let with_void = |mut values: Vec<u8>| {
        values.push(255);
        values
    };
    let cases: Vec<(Vec<u8>, Taken)> = vec![
        (vec![0], OnOff),
        (vec![1], OnOff),
        (vec![0, 1], OnOff),
        (vec![0, 255], OnOff),
        (vec![255], OnOff),
        // 0 to k.
        (levels(0..=2, 1), Indices(3)),
        (levels(0..=9, 1), Indices(10)),
        (levels(0..=10, 1), Asked),
        (levels(0..=49, 1), Asked),
        (levels(0..=150, 1), Asked),
        (levels(0..=181, 1), Asked),
        // Not 0 to k.
        (vec![0, 2], Asked),
        (vec![1, 2], Asked),
        (vec![0, 1, 3], Asked),
        (vec![0, 7, 11, 26], Asked),
        (vec![0, 1, 2, 100], Asked),
        (vec![0, 100], Asked),
        (vec![0, 40, 200], Asked),
        // With what may be "unlabelled".
        (vec![0, 1, 255], Asked),
        (vec![0, 5, 255], Asked),
        (vec![0, 2, 3, 255], Asked),
        (with_void(levels(0..=20, 1)), Asked),
        (with_void(levels(0..=150, 1)), Asked),
        // Shares of raters.
        (vec![0, 128, 255], Soft),
        (vec![0, 127, 255], Soft),
        (vec![0, 85, 170, 255], Soft),
        (vec![0, 51, 102, 153, 204, 255], Soft),
        (vec![0, 51, 204, 255], Soft),
        (vec![0, 64, 128, 191, 255], Soft),
        (vec![0, 51, 255], Asked),
        (vec![0, 26, 255], Asked),
        // Grey.
        (levels(0..=255, 1), Soft),
        (levels(0..=250, 10), Soft),
        (levels(0..=240, 20), Asked),
        (levels(0..=180, 5), Asked),
    ];
    let mut failures = String::new();
    for (values, expected) in cases {
        let folder = tempdir().unwrap();
        grey_8(&at(folder.path(), "labels/a.png"), &values);
        let found = taken(folder.path());
        if found != expected {
            failures += &format!("{values:?}: {found:?}, expected {expected:?}\n");
        }
    }
    let cases: Vec<(Vec<u16>, Taken)> = vec![
        (vec![0, 1], OnOff),
        (vec![0, 255], OnOff),
        (vec![0, 65535], OnOff),
        ((0..=9).collect(), Indices(10)),
        ((0..=300).collect(), Asked),
        (vec![0, 1, 2, 300], Asked),
        (vec![0, 300, 65535], Asked),
        (vec![0, 1, 65535], Asked),
        (vec![0, 1, 2, 255], Asked),
        (vec![0, 32768, 65535], Soft),
        (vec![0, 21845, 43690, 65535], Soft),
        ((0..=65535).step_by(1000).collect(), Soft),
        // A cautious map of many levels.
        ((0..=6000).step_by(3).collect(), Soft),
        ((0..=6000).step_by(100).collect(), Asked),
    ];
    for (values, expected) in cases {
        let folder = tempdir().unwrap();
        grey_16(&at(folder.path(), "labels/a.png"), &values);
        let found = taken(folder.path());
        if found != expected {
            failures += &format!("16 bits, {values:?}: {found:?}, expected {expected:?}\n");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// One line of the question is enough, and says what it promised.
#[test]
fn each_line_of_the_question_settles_it() {
    for values in [&[0, 1, 2, 100][..], &[0, 2], &[0, 1, 255], &[0, 5, 255], &[0, 2, 3, 255], &[0, 100, 255]]
    {
        let folder = tempdir().unwrap();
        let root = folder.path();
        grey_8(&at(root, "labels/a.png"), values);
        let (asked, settings, message) = question(root);
        assert_eq!(settings, root.join("dataset.toml"));
        let lines = ["labels = \"soft\"", "labels = \"index\"", "ignore_index = 255"];
        let offered = lines.map(|line| message.contains(line));
        assert!(offered[0] && (offered[1] || offered[2]), "{message}");
        assert_eq!(offered[2], values.contains(&255), "{message}");

        fs::write(&settings, lines[0]).unwrap();
        let soft = Dataset::open(root).unwrap();
        let labels = soft.labels(&soft.items()[0], Target::Labels).unwrap();
        let Probabilities::Of { mean, largest, full_scale } = asked.probabilities else {
            panic!("{message}")
        };
        let found = labels.probabilities();
        assert_eq!((soft.kind(), full_scale), (Kind::Binary, 255));
        assert!((f64::from(found.mean().unwrap()) - mean).abs() < 1e-6, "{message}");
        assert!((largest - f64::from(*values.last().unwrap()) / 255.0).abs() < 1e-12);

        let answer: Vec<&str> = lines[1..].iter().filter(|line| message.contains(**line)).copied().collect();
        fs::write(&settings, answer.join("\n")).unwrap();
        let indices = Dataset::open(root).unwrap();
        let labels = indices.labels(&indices.items()[0], Target::Labels).unwrap();
        let known: Vec<u8> = values.iter().copied().filter(|v| asked.void != Some(u16::from(*v))).collect();
        assert_eq!(labels.valid().iter().filter(|valid| **valid).count(), known.len());
        if known != [0, 1] {
            assert_eq!(indices.classes().len(), usize::from(*known.last().unwrap()) + 1, "{message}");
            for (column, value) in known.iter().enumerate() {
                assert_eq!(labels.probabilities()[[usize::from(*value), 0, column]], 1.0);
            }
        }
    }
}

/// As in Pascal VOC: a palette of 256 entries, one class of twenty, and a border.
#[test]
fn a_palette_with_a_border_is_asked_and_then_indices() {
    let folder = tempdir().unwrap();
    let root = folder.path();
    palette(&at(root, "labels/a.png"), (2, 4), &[0, 0, 0, 0, 0, 5, 5, 255], 256);
    let (asked, settings, message) = question(root);
    assert_eq!((asked.void, asked.probabilities), (Some(255), Probabilities::None));
    assert!(message.contains("(0: 71.43 %, 5: 28.57 %): ignore_index = 255"), "{message}");
    assert!(!message.contains("soft"), "{message}");
    fs::write(settings, "ignore_index = 255").unwrap();
    let data = Dataset::open(root).unwrap();
    assert_eq!((data.kind(), data.classes().len()), (Kind::Multiclass, 6));
    let labels = data.labels(&data.items()[0], Target::Labels).unwrap();
    assert_eq!(labels.valid().iter().filter(|valid| **valid).count(), 7);
    assert_eq!(labels.probabilities().index_axis(Axis(0), 5).sum(), 2.0);
}

#[test]
fn a_palette_of_0_and_one_other_over_the_whole_set_is_on_off() {
    let folder = tempdir().unwrap();
    let root = folder.path();
    for (name, on) in [("labels/a.png", 255), ("labels/b.png", 255), ("raters/ann/a.png", 7)] {
        palette(&at(root, name), (1, 4), &[0, on, on, 0], 256);
    }
    let data = Dataset::open(root).unwrap();
    assert_eq!(data.kind(), Kind::Binary);
    for target in [Target::Labels, Target::Mean] {
        let labels = data.labels(&data.items()[0], target).unwrap();
        assert_eq!(labels.probabilities().iter().copied().collect::<Vec<_>>(), [0.0, 1.0, 1.0, 0.0]);
    }
    // With another entry in another file they are classes.
    palette(&at(root, "labels/b.png"), (1, 4), &[0, 1, 2, 3], 256);
    palette(&at(root, "labels/a.png"), (1, 4), &[0, 4, 4, 0], 256);
    fs::remove_dir_all(root.join("raters")).unwrap();
    assert_eq!(taken(root), Taken::Indices(5));
}

#[test]
fn masks_are_hard_so_only_the_void_is_asked() {
    let folder = tempdir().unwrap();
    let root = folder.path();
    let path = at(root, "raters/ann/a.png");
    grey_8(&path, &[0, 2, 3, 255]);
    let (asked, settings, message) = question(root);
    assert_eq!((asked.void, asked.probabilities), (Some(255), Probabilities::None));
    assert!(message.contains("ignore_index = 255") && !message.contains("soft"), "{message}");
    fs::write(&settings, "ignore_index = 255").unwrap();
    assert_eq!(taken(root), Taken::Indices(4));
    fs::remove_file(&settings).unwrap();
    grey_8(&path, &[0, 2, 5]);
    assert_eq!(taken(root), Taken::Indices(6));
    grey_8(&path, &[0, 1, 2, 100]);
    let message = files::problem(root);
    assert!(
        message.contains("2 is neither off (0) nor on") && message.contains("labels = \"index\""),
        "{message}"
    );
    fs::write(&settings, "labels = \"index\"").unwrap();
    assert_eq!(taken(root), Taken::Indices(101));
}

#[test]
fn integers_without_full_scale_are_no_probabilities() {
    for (values, expected) in [
        (&[1_i64, 2][..], Taken::Indices(3)),
        (&[0, 7, 26], Taken::Indices(27)),
        (&[0, 1, 100], Taken::Asked),
    ] {
        let folder = tempdir().unwrap();
        npy(&at(folder.path(), "labels/a.npy"), &[1, values.len() as u64], values);
        assert_eq!(taken(folder.path()), expected, "{values:?}");
    }
}

#[test]
fn floats_that_are_whole_are_indices_and_floats_up_to_1_are_probabilities() {
    for (values, expected) in [
        (&[0.0, 1.0, 2.0][..], Taken::Indices(3)),
        // What a slope in f32 leaves.
        (&[0.0, 0.999_899_9, 1.999_8], Taken::Indices(3)),
        (&[0.0, 1.0, f64::NAN, 2.0], Taken::Indices(3)),
        (&[0.0, 1.0], Taken::Soft),
        (&[0.0, 0.999_5], Taken::Soft),
        (&[0.0, 0.25, 1.0], Taken::Soft),
        (&[0.0, 2.0, 5.0], Taken::Asked),
        (&[0.0, 1.0, 2.0, 100.0], Taken::Asked),
    ] {
        let folder = tempdir().unwrap();
        let root = folder.path();
        npy(&at(root, "labels/a.npy"), &[1, values.len() as u64], values);
        assert_eq!(taken(root), expected, "{values:?}");
        if expected == Taken::Soft {
            // A probability is not rounded, however near to 1 it is.
            let data = Dataset::open(root).unwrap();
            let found = data.labels(&data.items()[0], Target::Labels).unwrap();
            let as_they_are: Vec<f32> = values.iter().map(|v| *v as f32).collect();
            assert_eq!(found.probabilities().iter().copied().collect::<Vec<_>>(), as_they_are);
        }
        if expected == Taken::Asked {
            let (asked, _, message) = question(root);
            assert_eq!(asked.probabilities, Probabilities::Beyond1);
            assert!(message.contains("labels = \"index\"") && message.contains("divide"), "{message}");
            fs::write(root.join("dataset.toml"), "labels = 'index'").unwrap();
            assert!(matches!(taken(root), Taken::Indices(_)));
        }
    }
    // Masks in floats.
    let folder = tempdir().unwrap();
    npy(&at(folder.path(), "raters/ann/a.npy"), &[1, 3], &[0.0_f32, 0.999_899_9, 1.0]);
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(files::marks(&data, 0, None).iter().copied().collect::<Vec<_>>(), [0, 1, 1]);
}

#[test]
fn what_nobody_knows_may_be_any_number_that_a_file_holds() {
    let check = |write: &dyn Fn(&Path), ignore: i64| {
        let folder = tempdir().unwrap();
        let root = folder.path();
        write(root);
        fs::write(root.join("dataset.toml"), format!("ignore_index = {ignore}")).unwrap();
        let data = Dataset::open(root).unwrap();
        let labels = data.labels(&data.items()[0], Target::Auto).unwrap();
        assert_eq!(data.kind(), Kind::Binary, "{ignore}");
        assert_eq!(labels.valid().iter().copied().collect::<Vec<_>>(), [true, true, false, true], "{ignore}");
        assert_eq!(labels.probabilities().iter().copied().collect::<Vec<_>>(), [0.0, 1.0, 0.0, 1.0]);
    };
    for name in ["labels/a.npy", "raters/ann/a.npy"] {
        check(&|p| npy(&at(p, name), &[2, 2], &[0_i8, 1, -1, 1]), -1);
        check(&|p| npy(&at(p, name), &[2, 2], &[0_i16, 1, -100, 1]), -100);
        check(&|p| npy(&at(p, name), &[2, 2], &[0_i64, 1, i64::MIN, 1]), i64::MIN);
        check(&|p| npy(&at(p, name), &[2, 2], &[0_u32, 1, u32::MAX, 1]), u32::MAX.into());
        check(&|p| npy(&at(p, name), &[2, 2], &[0_u8, 1, 255, 1]), 255);
        check(&|p| npy(&at(p, name), &[2, 2], &[0_u8, 255, 7, 255]), 7);
        check(&|p| npy(&at(p, name), &[2, 2], &[0_u16, 1, 65535, 1]), 65535);
        check(&|p| npy(&at(p, name), &[2, 2], &[0.0_f64, 1.0, -1.0, 1.0]), -1);
        check(&|p| npy(&at(p, name), &[2, 2], &[0.0_f32, 1.0, -1.0, 1.0]), -1);
    }
    // Of more classes, and of probabilities.
    let folder = tempdir().unwrap();
    let root = folder.path();
    npy(&at(root, "labels/a.npy"), &[1, 4], &[0_i32, 2, -1, 1]);
    fs::write(root.join("dataset.toml"), "ignore_index = -1").unwrap();
    assert_eq!(taken(root), Taken::Indices(3));
    npy(&at(root, "labels/a.npy"), &[1, 4], &[0.5_f64, 0.25, -1.0, 1.0]);
    let data = Dataset::open(root).unwrap();
    let labels = data.labels(&data.items()[0], Target::Labels).unwrap();
    assert_eq!(labels.valid().iter().copied().collect::<Vec<_>>(), [true, true, false, true]);
}

#[test]
fn grey_maps_stored_in_colour_are_grey() {
    // One rater's masks in colour, another's in grey.
    let folder = tempdir().unwrap();
    let root = folder.path();
    let spread = |values: &[u8]| values.iter().flat_map(|v| [*v; 3]).collect::<Vec<u8>>();
    rgb(&at(root, "raters/ann/a.png"), (1, 4), &spread(&[0, 255, 255, 0]));
    grey_8(&at(root, "raters/ben/a.png"), &[0, 255, 0, 0]);
    let data = Dataset::open(root).unwrap();
    let labels = data.labels(&data.items()[0], Target::Mean).unwrap();
    assert_eq!(data.kind(), Kind::Binary);
    assert_eq!(labels.probabilities().iter().copied().collect::<Vec<_>>(), [0.0, 1.0, 0.5, 0.0]);
    files::sound(&data);

    // Labels of every sort, 8 and 16 bits, with opacity.
    let label = |write: &dyn Fn(&Path)| {
        let folder = tempdir().unwrap();
        write(folder.path());
        let data = Dataset::open(folder.path()).unwrap();
        let labels = data.labels(&data.items()[0], Target::Labels).unwrap();
        (data.kind(), labels.probabilities().iter().copied().collect::<Vec<_>>())
    };
    let colour = |path: &Path, color, depth, data: &[u8]| {
        let pixel =
            if color == ColorType::Rgba { 4 } else { 3 } * if depth == BitDepth::Sixteen { 2 } else { 1 };
        png_packed(path, (1, (data.len() / pixel) as u32), color, depth, data, 0);
    };
    let (eight, sixteen) = (BitDepth::Eight, BitDepth::Sixteen);
    let binary = |values: &[f32]| (Kind::Binary, values.to_vec());
    let half = 128.0 / 255.0;
    let at_label = |p: &Path, name: &str| at(p, &format!("labels/a.{name}"));
    let png = |color, depth, data: Vec<u8>| label(&|p| colour(&at_label(p, "png"), color, depth, &data));
    assert_eq!(png(ColorType::Rgb, eight, spread(&[0, 128, 255])), binary(&[0.0, half, 1.0]));
    assert_eq!(png(ColorType::Rgb, eight, spread(&[0, 1])), binary(&[0.0, 1.0]));
    let opaque: Vec<u8> = [0, 128, 255].into_iter().flat_map(|v| [v, v, v, 255]).collect();
    assert_eq!(png(ColorType::Rgba, eight, opaque), binary(&[0.0, half, 1.0]));
    let wide: Vec<u8> = [0, 0, 255, 255].into_iter().flat_map(|v| [v; 3]).collect();
    assert_eq!(png(ColorType::Rgb, sixteen, wide), binary(&[0.0, 1.0]));
    let indices = png(ColorType::Rgb, eight, spread(&[0, 1, 2]));
    assert_eq!(indices, (Kind::Multiclass, vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]));
    let tiff = |p: &Path| {
        let file = fs::File::create(at_label(p, "tif")).unwrap();
        let image = [0.0_f32, 0.0, 0.0, 0.3, 0.3, 0.3];
        tiff::encoder::TiffEncoder::new(file)
            .unwrap()
            .write_image::<tiff::encoder::colortype::RGB32Float>(2, 1, &image)
            .unwrap();
    };
    assert_eq!(label(&tiff), binary(&[0.0, 0.3]));
    let folders = |p: &Path| rgb(&at(p, "labels/cup/a.png"), (1, 2), &spread(&[0, 255]));
    assert_eq!(label(&folders), binary(&[0.0, 1.0]));
    // Where one class is named an array is grey, too; with opacity as a fourth channel.
    let named = |p: &Path| {
        npy(&at_label(p, "npy"), &[1, 2, 4], &[0_u8, 0, 0, 255, 255, 255, 255, 255]);
        fs::write(p.join("dataset.toml"), "classes = [\"cell\"]").unwrap();
    };
    assert_eq!(label(&named), binary(&[0.0, 1.0]));
    // Where three are, its channels are these.
    let three = |p: &Path| {
        npy(&at_label(p, "npy"), &[1, 2, 3], &[0_u8, 0, 0, 1, 1, 1]);
        fs::write(p.join("dataset.toml"), "classes = [\"a\", \"b\", \"c\"]").unwrap();
    };
    assert_eq!(label(&three), (Kind::Multilabel, vec![0.0, 1.0, 0.0, 1.0, 0.0, 1.0]));
}

#[test]
fn maps_take_what_their_files_leave_open_from_what_judges_them() {
    let folder = tempdir().unwrap();
    let root = folder.path();
    let three = LabelSpace::new(Kind::Multiclass, ["a", "b", "c"]).unwrap();
    let two = LabelSpace::new(Kind::Multiclass, ["a", "b"]).unwrap();
    let one = LabelSpace::new(Kind::Binary, ["cell"]).unwrap();
    let open = |space: &LabelSpace| Dataset::open_predictions(root, space);
    // A class that is never predicted.
    for write in [&|p: &Path| grey_8(&p.join("a.png"), &[0, 1, 1]), &|p: &Path| {
        fs::remove_file(p.join("a.png")).unwrap();
        npy(&p.join("a.npy"), &[1, 3], &[0.0_f64, 1.0, 1.0]);
    }] as [&dyn Fn(&Path); 2]
    {
        write(root);
        let maps = open(&three).unwrap();
        assert_eq!((maps.kind(), maps.classes().len()), (Kind::Multiclass, 3));
        let found = maps.prediction(&maps.items()[0]).unwrap().into_f64();
        assert_eq!(found.dim(), (3, 1, 3));
        assert_eq!(open(&one).unwrap().kind(), Kind::Binary);
    }
    fs::remove_file(root.join("a.npy")).unwrap();
    mask(&root.join("a.png"), (1, 2), &[0, 1]);
    assert_eq!(open(&three).unwrap().classes().len(), 3);
    // A cautious model.
    let cautious: Vec<u8> = (0..50).collect();
    grey_8(&root.join("a.png"), &cautious);
    let maps = open(&one).unwrap();
    let found = maps.prediction(&maps.items()[0]).unwrap().into_f64();
    assert_eq!(found[[0, 0, 49]] as f32, 49.0 / 255.0);
    // Indices of more classes than there are, and of labels that have none.
    assert!(matches!(open(&two), Err(DataError::Ambiguous { .. })));
    grey_8(&root.join("a.png"), &[0, 1, 2]);
    assert_eq!(open(&two).unwrap().classes().len(), 3);
    let asked = open(&one).unwrap_err();
    assert!(matches!(asked, DataError::Ambiguous { .. }), "{asked}");
    assert!(asked.to_string().contains(&root.join("dataset.toml").display().to_string()), "{asked}");
    fs::write(root.join("dataset.toml"), "labels = \"soft\"").unwrap();
    assert_eq!(open(&one).unwrap().kind(), Kind::Binary);
    // What the folder says itself wins.
    fs::write(root.join("dataset.toml"), "kind = \"multiclass\"\nclasses = [\"x\", \"y\", \"z\"]").unwrap();
    assert_eq!(open(&one).unwrap().kind(), Kind::Multiclass);
}
