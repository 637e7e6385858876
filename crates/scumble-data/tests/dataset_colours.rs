//! Masks and labels as pictures: the colour table of dataset.toml.

mod files;

use files::{at, grey, npy, png_packed};
use png::{BitDepth, ColorType, Encoder};
use scumble::labels::{Kind, UNSEEN};
use scumble_data::{Dataset, Target, Wanted};
use std::fs;
use std::path::Path;
use tempfile::{TempDir, tempdir};

const RED: [u8; 3] = [255, 0, 0];
const TEAL: [u8; 3] = [0, 0x80, 0x7f];
const BLACK: [u8; 3] = [0; 3];
const WHITE: [u8; 3] = [255; 3];

const THREE: &str = "classes = [\"sky\", \"road\", \"car\"]\nignore_colour = \"#ffffff\"\n\
    [colours]\nroad = \"#FF0000\"\ncar = \"#00807f\"\nsky = \"#000000\"\n";

fn rgb(path: &Path, pixels: &[[u8; 3]]) {
    png_packed(path, (1, pixels.len() as u32), ColorType::Rgb, BitDepth::Eight, pixels.as_flattened(), 0);
}

/// A palette map whose indices have nothing to do with the classes.
fn palette(path: &Path, colours: &[[u8; 3]], indices: &[u8]) {
    let mut encoder = Encoder::new(fs::File::create(path).unwrap(), indices.len() as u32, 1);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(colours.as_flattened().to_vec());
    encoder.write_header().unwrap().write_image_data(indices).unwrap();
}

fn set(settings: &str) -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("dataset.toml"), settings).unwrap();
    folder
}

fn marks(data: &Dataset, rater: &str) -> Vec<u16> {
    let masks = data.read(&data.items()[0], &Wanted::raters()).unwrap().raters;
    masks.iter().find(|(name, _)| name == rater).unwrap().1.marks().iter().copied().collect()
}

fn refused(folder: &TempDir) -> String {
    match Dataset::open(folder.path()) {
        Err(error) => error.to_string(),
        Ok(data) => data.check(&|_, _| ()).first().expect("something is wrong").to_string(),
    }
}

#[test]
fn a_colour_is_its_class_in_rgb_palette_and_npy() {
    let folder = set(THREE);
    let root = folder.path();
    rgb(&at(root, "raters/A/x.png"), &[BLACK, RED, TEAL, WHITE]);
    palette(&at(root, "raters/B/x.png"), &[TEAL, BLACK, WHITE, RED], &[1, 3, 0, 2]);
    npy(&at(root, "raters/C/x.npy"), &[1, 4, 3], [BLACK, RED, TEAL, WHITE].as_flattened());
    rgb(&at(root, "labels/x.png"), &[TEAL, TEAL, WHITE, RED]);
    let data = Dataset::open(root).unwrap();
    assert_eq!(data.kind(), Kind::Multiclass);
    assert_eq!(data.classes(), ["sky", "road", "car"]);
    assert!(data.describe_choice().contains("raters' masks are colours"), "{}", data.describe_choice());
    for rater in ["A", "B", "C"] {
        assert_eq!(marks(&data, rater), [0, 1, 2, UNSEEN], "{rater}");
    }
    let label = data.labels(&data.items()[0], Target::Labels).unwrap();
    assert_eq!(label.valid().iter().copied().collect::<Vec<_>>(), [true, true, false, true]);
    let car = label.probabilities().index_axis(ndarray::Axis(0), 2).to_owned();
    assert_eq!(car.iter().copied().collect::<Vec<_>>(), [1.0, 1.0, 0.0, 0.0]);
}

#[test]
fn of_a_binary_set_every_other_colour_is_off() {
    let folder =
        set("classes = [\"road\"]\n[colours]\nroad = \"#ff0000\"\nsky = \"#000000\"\ncar = \"#00807f\"");
    rgb(&at(folder.path(), "raters/A/x.png"), &[BLACK, RED, TEAL]);
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(data.kind(), Kind::Binary);
    assert_eq!(marks(&data, "A"), [0, 1, 0]);
}

#[test]
fn without_a_table_a_palette_stays_indices_and_floats_are_never_colours() {
    let folder = tempdir().unwrap();
    palette(&at(folder.path(), "raters/A/x.png"), &[TEAL, BLACK, RED], &[1, 2, 0]);
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.kind(), marks(&data, "A")), (Kind::Multiclass, vec![1, 2, 0]));

    let folder = set("[colours]\na = \"#000000\"\nb = \"#ffffff\"");
    npy(&at(folder.path(), "labels/x.npy"), &[1, 1, 2], &[0.25_f32, 0.75]);
    grey(&at(folder.path(), "raters/A/x.png"), (1, 1), &[255]);
    let data = Dataset::open(folder.path()).unwrap();
    let label = data.labels(&data.items()[0], Target::Labels).unwrap();
    assert_eq!(label.probabilities().iter().copied().collect::<Vec<_>>(), [0.25, 0.75]);
    assert_eq!(marks(&data, "A"), [1]);
}

#[test]
fn an_unknown_colour_is_named_with_file_and_pixel() {
    let folder = set(THREE);
    rgb(&at(folder.path(), "raters/A/x.png"), &[BLACK, [254, 0, 0]]);
    let message = refused(&folder);
    for part in ["A/x.png", "row 0, column 1", "#fe0000", "[colours]"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_table_that_does_not_fit_is_refused() {
    for (settings, part) in [
        ("[colours]\na = \"red\"\nb = \"#000000\"", "'red' is no colour"),
        ("[colours]\na = \"#+12345\"\nb = \"#000000\"", "is no colour"),
        ("classes = [\"a\", \"b\"]\n[colours]\na = \"#ff0000\"", "class 'b' has no colour"),
        (
            "classes = [\"a\", \"b\"]\n[colours]\na = \"#ff0000\"\nb = \"#000000\"\nc = \"#ffffff\"",
            "names 'c'",
        ),
        ("[colours]\na = \"#ff0000\"\nb = \"#ff0000\"", "#ff0000 stands for two things"),
        ("kind = \"binary\"\n[colours]\na = \"#ff0000\"\nb = \"#000000\"", "which of them is on"),
        ("kind = \"multilabel\"\n[colours]\na = \"#ff0000\"\nb = \"#000000\"", "one map a class"),
        ("ignore_colour = \"#ff0000\"", "needs a table [colours]"),
        ("[colors]\na = \"#ff0000\"", "did you mean 'colours'?"),
    ] {
        let folder = set(settings);
        rgb(&at(folder.path(), "raters/A/x.png"), &[BLACK, RED]);
        let message = refused(&folder);
        assert!(message.contains(part), "{settings}: {message}");
    }
    let folder = set(THREE);
    npy(&at(folder.path(), "raters/A/x.npy"), &[1, 1, 3], &[0_u16, 0, 0]);
    assert!(refused(&folder).contains("8 bits"));
}
