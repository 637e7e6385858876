//! What is wrong with a data set is said with its file, its pixel and its cure.

mod files;

use files::{at, grey, mask, npy, photo, rgb};
use scumble_data::{DataError, Dataset, Target};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

const SIZE: (u32, u32) = (2, 2);

/// Opens the set and reads its first item; the message of whatever fails.
fn message(root: &Path) -> String {
    let read = || {
        let data = Dataset::open(root)?;
        data.labels(&data.items()[0], Target::Auto).map(drop)
    };
    let error: DataError = read().unwrap_err();
    error.to_string()
}

type Case<'a> = (&'a str, Box<dyn Fn(&Path)>, &'a [&'a str]);

#[test]
fn messages() {
    let toml = |text: &'static str| {
        move |p: &Path| {
            mask(&at(p, "labels/a.png"), SIZE, &[0; 4]);
            fs::write(p.join("dataset.toml"), text).unwrap();
        }
    };
    let cases: Vec<Case> = vec![
        ("empty folder", Box::new(|_| ()), &["nothing readable", "images/ and labels/ or raters/NAME/"]),
        (
            "images alone",
            Box::new(|p| photo(&at(p, "images/a.png"), SIZE, 1)),
            &["neither labels/ nor raters/"],
        ),
        (
            "photographs",
            Box::new(|p| fs::write(at(p, "a.jpg"), "").unwrap()),
            &["photographs, but no folder images/"],
        ),
        (
            "two of one id",
            Box::new(|p| {
                grey(&at(p, "labels/a.png"), SIZE, &[0; 4]);
                npy(&at(p, "labels/a.npy"), &[2, 2], &[0_f32; 4]);
            }),
            &["a.npy and", "a.png", "two files for the id 'a'"],
        ),
        (
            "one id in two parts",
            Box::new(|p| {
                mask(&at(p, "train/labels/a.png"), SIZE, &[0; 4]);
                mask(&at(p, "val/labels/a.png"), SIZE, &[0; 4]);
            }),
            &["train/labels/a.png", "val/labels/a.png", "two files"],
        ),
        (
            "set and parts",
            Box::new(|p| {
                mask(&at(p, "labels/a.png"), SIZE, &[0; 4]);
                mask(&at(p, "val/labels/a.png"), SIZE, &[0; 4]);
            }),
            &["holds a data set and, in val/, another"],
        ),
        (
            "jpeg label",
            Box::new(|p| fs::write(at(p, "labels/a.jpg"), "").unwrap()),
            &["labels/a.jpg", "not read from JPEG", "PNG, TIFF, NPY or NIfTI"],
        ),
        (
            "maps and folders",
            Box::new(|p| {
                mask(&at(p, "labels/a.png"), SIZE, &[0; 4]);
                mask(&at(p, "labels/cup/b.png"), SIZE, &[0; 4]);
            }),
            &["label maps and class folders"],
        ),
        (
            "0 to 255 in floats",
            Box::new(|p| npy(&at(p, "labels/a.npy"), &[2, 2], &[0.0_f32, 0.0, 0.0, 255.0])),
            &["labels/a.npy: class 0, row 1, column 1: 255 is no probability", "divide it by 255"],
        ),
        (
            "out of range in a class folder",
            Box::new(|p| {
                npy(&at(p, "labels/cup/a.npy"), &[1, 2], &[0.0_f32, 0.5]);
                npy(&at(p, "labels/disc/a.npy"), &[1, 2], &[0.0_f32, -0.5]);
            }),
            &["labels/disc/a.npy: class 1, row 0, column 1: -0.5"],
        ),
        (
            "size",
            Box::new(|p| {
                photo(&at(p, "images/a.png"), (3, 4), 1);
                mask(&at(p, "labels/a.png"), SIZE, &[0; 4]);
            }),
            &["labels/a.png: 2 rows x 2 columns, but", "images/a.png has 3 x 4"],
        ),
        (
            "size of ignore",
            Box::new(|p| {
                mask(&at(p, "labels/a.png"), SIZE, &[0; 4]);
                mask(&at(p, "ignore/a.png"), (1, 2), &[0; 2]);
            }),
            &["ignore/a.png: 1 rows x 2 columns, but", "labels/a.png has 2 x 2"],
        ),
        (
            "negative weight",
            Box::new(|p| {
                mask(&at(p, "labels/a.png"), SIZE, &[0; 4]);
                npy(&at(p, "weights/a.npy"), &[2, 2], &[1.0_f32, 1.0, -1.0, 1.0]);
            }),
            &["weights/a.npy: row 1, column 0: weight -1"],
        ),
        (
            "a soft mask",
            Box::new(|p| grey(&at(p, "raters/anna/a.png"), SIZE, &[0, 255, 128, 0])),
            &["raters/anna/a.png: row 1, column 0: 128 is neither off (0) nor on"],
        ),
        (
            "a missing class",
            Box::new(|p| {
                mask(&at(p, "labels/cup/a.png"), SIZE, &[0; 4]);
                mask(&at(p, "labels/disc/b.png"), SIZE, &[0; 4]);
            }),
            &["'a' has no label file for every class"],
        ),
        (
            "colours",
            Box::new(|p| rgb(&at(p, "labels/a.png"), (1, 2), &[1, 1, 1, 1, 2, 1])),
            &["3 channels", "colours are no labels"],
        ),
        (
            "channels that differ",
            Box::new(|p| {
                npy(&at(p, "labels/a.npy"), &[1, 1, 2], &[0.5_f32, 0.5]);
                npy(&at(p, "labels/b.npy"), &[1, 1, 3], &[0.5_f32, 0.5, 0.0]);
            }),
            &["b.npy", "has 3 channels, but", "has 2"],
        ),
        (
            "wide integers",
            Box::new(|p| npy(&at(p, "labels/a.npy"), &[1, 2], &[200_i32, 100])),
            &["no full scale", "float32"],
        ),
        (
            "void",
            Box::new(|p| grey(&at(p, "labels/a.png"), SIZE, &[0, 1, 255, 0])),
            &[
                "labels/a.png: the values 0, 1, 255",
                "0: 66.67 %, 1: 33.33 %): ignore_index = 255",
                "255 = 1 (25.10 % on in the mean, 1.000 at most): labels = \"soft\"",
                "dataset.toml",
            ],
        ),
        (
            "unknown key",
            Box::new(toml("kinds = 'binary'")),
            &["dataset.toml: unknown key 'kinds' (did you mean 'kind'?); known are kind, classes"],
        ),
        ("another unknown key", Box::new(toml("wibble = 3")), &["unknown key 'wibble'; known"]),
        (
            "a kind that is none",
            Box::new(toml("kind = 'ternary'")),
            &["dataset.toml", "ternary", "multilabel"],
        ),
        ("no TOML", Box::new(toml("kind =")), &["dataset.toml"]),
        (
            "a distance that is none",
            Box::new(toml("affine_tolerance = -0.1")),
            &["affine_tolerance is -0.1, no distance in pixels"],
        ),
        (
            "-1",
            Box::new(|p| npy(&at(p, "labels/a.npy"), &[2, 2], &[0_i64, 1, -1, 1])),
            &["labels/a.npy: row 1, column 0: -1 is no label", "write ignore_index = -1 into dataset.toml"],
        ),
        (
            "-100 in a mask",
            Box::new(|p| npy(&at(p, "raters/ann/a.npy"), &[2, 2], &[0_i16, 1, -100, 1])),
            &["ann/a.npy: row 1, column 0: -100 is no label", "ignore_index = -100"],
        ),
        (
            "-1 in floats",
            Box::new(|p| npy(&at(p, "labels/a.npy"), &[2, 2], &[0.0_f64, 0.5, -1.0, 1.0])),
            &["labels/a.npy: row 1, column 0: -1 is no label", "ignore_index = -1"],
        ),
        (
            "far beyond 1",
            Box::new(|p| npy(&at(p, "labels/a.npy"), &[2, 2], &[0.0_f64, 0.5, 0.5, 1.00002])),
            &["labels/a.npy: class 0, row 1, column 1: 1.00002 is no probability"],
        ),
        (
            "a colour among grey maps in colour",
            Box::new(|p| {
                rgb(&at(p, "raters/ann/a.png"), (1, 2), &[0, 0, 0, 255, 255, 255]);
                rgb(&at(p, "raters/ann/b.png"), (1, 2), &[255, 255, 255, 0, 0, 0]);
                rgb(&at(p, "raters/ben/a.png"), (1, 2), &[0, 0, 0, 255, 0, 255]);
            }),
            &["ben/a.png: row 0, column 1: the channels differ (255, 0, 255)", "[colours]"],
        ),
        (
            "equal channels of an array",
            Box::new(|p| npy(&at(p, "labels/a.npy"), &[1, 2, 3], &[0_u8, 0, 0, 1, 1, 1])),
            &["its 3 channels are equal", "classes = [\"NAME\"]", "kind = \"multilabel\""],
        ),
        (
            "two binary classes",
            Box::new(toml("kind = 'binary'\nclasses = ['sky', 'sea']")),
            &["write classes = [\"sea\"]"],
        ),
        (
            "two classes of masks that are on or off",
            Box::new(|p| {
                fs::write(p.join("dataset.toml"), "classes = ['sky', 'sea']").unwrap();
                grey(&at(p, "images/a.png"), (1, 2), &[1, 2]);
                grey(&at(p, "raters/ann/a.png"), (1, 2), &[0, 255]);
            }),
            &["dataset.toml", "2 are named", "write classes = [\"sea\"], or kind = \"multiclass\""],
        ),
        ("a class twice", Box::new(toml("classes = ['sea', 'sea']")), &["'sea' is named twice"]),
        (
            "a strange class folder",
            Box::new(|p| {
                mask(&at(p, "labels/cupp/a.png"), SIZE, &[0; 4]);
                fs::write(p.join("dataset.toml"), "classes = ['cup', 'disc']").unwrap();
            }),
            &["class folder 'cupp' (did you mean 'cup'?)"],
        ),
        (
            "too few names",
            Box::new(|p| {
                npy(&at(p, "labels/a.npy"), &[1, 1, 3], &[0.5_f32, 0.5, 0.0]);
                fs::write(p.join("dataset.toml"), "classes = ['cup', 'disc']").unwrap();
            }),
            &["3 channels, expected 2", "name as many classes"],
        ),
        (
            "only a broken file",
            Box::new(|p| fs::write(at(p, "labels/a.png"), "x").unwrap()),
            &["labels/a.png: broken PNG file"],
        ),
    ];
    let mut failures = String::new();
    for (name, write, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path());
        let message = message(folder.path());
        if let Some(missing) = expected.iter().find(|part| !message.contains(**part)) {
            failures += &format!("{name}: no '{missing}' in: {message}\n");
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(message(Path::new("no/such/folder")).contains("there is no such folder"));
}

#[test]
fn patterns_that_match_nothing_show_some_ids() {
    let folder = tempfile::tempdir().unwrap();
    mask(&at(folder.path(), "labels/01L.png"), SIZE, &[0; 4]);
    let filter = |glob: &str| {
        Dataset::open(folder.path()).unwrap().filter(&[glob.to_owned()]).unwrap_err().to_string()
    };
    assert_eq!(filter("x*"), "no id matches x*; ids look like 01L");
    assert!(filter("[").contains("'[' is no pattern"));
}

#[test]
fn targets_that_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    mask(&at(folder.path(), "labels/a.png"), SIZE, &[0; 4]);
    let data = Dataset::open(folder.path()).unwrap();
    let error = data.labels(&data.items()[0], Target::Mean).unwrap_err();
    assert!(error.to_string().starts_with("'a' has no rater's mask in"), "{error}");
    assert!(matches!(data.image(&data.items()[0]), Err(DataError::NoImage { .. })));
}

#[test]
fn check_finds_everything_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (id, shade) in [("broken", 1), ("fine", 2), ("large", 3), ("soft", 4), ("unlabelled", 5)] {
        photo(&at(root, &format!("images/{id}.png")), SIZE, shade);
    }
    let whole = fs::read(root.join("images/broken.png")).unwrap();
    fs::write(root.join("images/broken.png"), &whole[..whole.len() - 20]).unwrap();
    for id in ["broken", "fine", "alone"] {
        mask(&at(root, &format!("raters/anna/{id}.png")), SIZE, &[1, 0, 0, 0]);
    }
    mask(&at(root, "raters/anna/large.png"), (2, 3), &[0; 6]);
    grey(&at(root, "raters/anna/soft.png"), SIZE, &[0, 255, 77, 0]);
    grey(&at(root, "raters/ben/soft.png"), SIZE, &[0, 255, 78, 0]);
    fs::write(at(root, "raters/ben/fine.png"), "broken, too").unwrap();
    let data = Dataset::open(root).unwrap();
    let last = AtomicUsize::new(0);
    let problems = data.check(&|done, of| {
        assert!(done <= of && of == 6);
        last.fetch_max(done, Ordering::Relaxed);
    });
    let found: Vec<String> =
        problems.iter().map(|p| p.to_string().replace(root.to_str().unwrap(), "")).collect();
    let expected = [
        "'alone' has labels but no image",
        "/images/broken.png: broken PNG file: the file ends too early",
        "/raters/ben/fine.png: broken PNG file",
        "/raters/anna/large.png: 2 rows x 3 columns",
        "/raters/anna/soft.png: row 1, column 0: 77 is neither",
        "/raters/ben/soft.png: row 1, column 0: 78 is neither",
        "'unlabelled' has no label",
    ];
    assert_eq!(found.len(), expected.len(), "{}", found.join("\n"));
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found} instead of {expected}");
    }
    assert_eq!(last.into_inner(), 6);
}
