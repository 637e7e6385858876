//! Outlines drawn in ImageJ. The fixtures are those of scripts/golden_formats.py.

mod files;

use files::{at, fixture, marks, mask, npy, problem, runs};
use proptest::prelude::*;
use scumble::labels::Kind;
use scumble_data::{Dataset, Target, Wanted};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::tempdir;

const SIZE: [u64; 2] = [16, 20];

/// The fixture of a name, whichever of both extensions it has, copied to where `to` says.
fn copy(name: &str, root: &Path, to: &str) -> PathBuf {
    let file = |extension: &str| fixture("roi").join(format!("{name}.{extension}"));
    let extension = if file("roi").exists() { "roi" } else { "zip" };
    let target = at(root, &format!("{to}.{extension}"));
    fs::copy(file(extension), &target).unwrap();
    target
}

fn image(root: &Path, id: &str, shade: u8) {
    npy(&at(root, &format!("images/{id}.npy")), &SIZE, &vec![shade; 320]);
}

/// The only rater's masks of the first image.
#[test]
fn an_outline_has_the_pixels_whose_centres_it_encloses() {
    let text = fs::read(fixture("roi_masks.json")).unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_slice(&text).unwrap();
    let folder = tempdir().unwrap();
    for (shade, id) in expected.keys().enumerate() {
        image(folder.path(), id, shade as u8);
        copy(id, folder.path(), &format!("raters/anna/{id}"));
    }
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.kind(), data.items().len()), (Kind::Binary, 24));
    assert!(data.describe_choice().contains("outlines drawn in ImageJ"), "{}", data.describe_choice());
    let mut wrong = Vec::new();
    for item in data.items() {
        let masks = data.read(item, &Wanted::raters()).unwrap().raters;
        let found = runs(masks[0].1.marks().index_axis(ndarray::Axis(0), 0));
        if json!(found) != expected[item.id()]["runs"] {
            wrong.push(format!("{}: {found:?}, expected {}", item.id(), expected[item.id()]["runs"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(data.check(&|_, _| ()).is_empty());
}

#[test]
fn outlines_vote_with_masks_and_stand_in_class_folders() {
    let folder = tempdir().unwrap();
    image(folder.path(), "x", 0);
    copy("roi03", folder.path(), "raters/anna/x");
    let alone = marks(&Dataset::open(folder.path()).unwrap(), 0, None);
    mask(&at(folder.path(), "raters/ben/x.png"), (16, 20), &[1; 320]);
    let data = Dataset::open(folder.path()).unwrap();
    let label = data.labels(&data.items()[0], Target::Mean).unwrap();
    assert_eq!(label.probabilities(), alone.mapv(|mark| 0.5 + 0.5 * f32::from(mark)));

    let folder = tempdir().unwrap();
    image(folder.path(), "x", 0);
    copy("roi03", folder.path(), "raters/anna/cup/x");
    mask(&at(folder.path(), "raters/anna/disc/x.png"), (16, 20), &[1; 320]);
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.kind(), data.classes()), (Kind::Multilabel, &["cup", "disc"].map(String::from)[..]));
    assert_eq!(marks(&data, 0, None).index_axis(ndarray::Axis(0), 0), alone.index_axis(ndarray::Axis(0), 0));
}

#[test]
fn what_encloses_nothing_is_refused_with_its_name() {
    let folder = tempdir().unwrap();
    image(folder.path(), "x", 0);
    let path = copy("roi03", folder.path(), "raters/anna/x");
    let whole = fs::read(&path).unwrap();
    for (at_byte, value, part) in [
        (0, b'i', "no ImageJ ROI"),
        (6, 3, "a line"),
        (6, 10, "points"),
        (6, 9, "an angle"),
        (55, 7, "round corners"),
    ] {
        let mut file = whole.clone();
        file[at_byte] = value;
        fs::write(&path, file).unwrap();
        let message = problem(folder.path());
        assert!(message.contains("anna/x.roi") && message.contains(part), "{message}");
    }
    fs::write(&path, &whole).unwrap();
    fs::write(folder.path().join("dataset.toml"), "kind = \"multiclass\"\nclasses = [\"a\", \"b\"]").unwrap();
    assert!(problem(folder.path()).contains("have no class"), "{}", problem(folder.path()));
    fs::remove_file(folder.path().join("dataset.toml")).unwrap();
    mask(&at(folder.path(), "raters/anna/x.png"), (16, 20), &[1; 320]);
    assert!(problem(folder.path()).contains("two files for the id 'x'"), "{}", problem(folder.path()));

    let folder = tempdir().unwrap();
    copy("roi03", folder.path(), "raters/anna/x");
    assert!(problem(folder.path()).contains("image to say its size"), "{}", problem(folder.path()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the bytes are, reading answers and does not panic.
    #[test]
    fn damage_is_no_panic(
        which in 0_usize..24, at_byte in any::<prop::sample::Index>(), value in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let folder = tempdir().unwrap();
        image(folder.path(), "x", 0);
        let path = copy(&format!("roi{which:02}"), folder.path(), "raters/anna/x");
        let mut bytes = fs::read(&path).unwrap();
        let at_byte = at_byte.index(bytes.len());
        bytes[at_byte] = value;
        for bytes in [&bytes[..], &bytes[..cut.index(bytes.len())]] {
            fs::write(&path, bytes).unwrap();
            if let Ok(data) = Dataset::open(folder.path()) {
                data.check(&|_, _| ());
            }
        }
    }
}

#[test]
fn an_archive_without_outlines_is_no_empty_mask() {
    let folder = tempdir().unwrap();
    image(folder.path(), "x", 0);
    // Its only entry, nothing.png, is empty.
    let entry = [&[0; 22][..], &11_u16.to_le_bytes(), &[0; 2]].concat();
    let mut bytes = [b"PK\x03\x04", &entry[..], b"nothing.png"].concat();
    let directory = bytes.len() as u32;
    bytes.extend([b"PK\x01\x02\0\0", &entry[..], &[0; 14], b"nothing.png"].concat());
    let length = bytes.len() as u32 - directory;
    bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    bytes.extend([length, directory].iter().flat_map(|number| number.to_le_bytes()).chain([0; 2]));
    fs::write(at(folder.path(), "raters/anna/x.zip"), bytes).unwrap();
    let message = problem(folder.path());
    assert!(message.contains("anna/x.zip: there is no outline"), "{message}");
}

/// ImageJ's bounds are in bytes 8 to 15, 16 bits each: top, left, bottom, right.
#[test]
fn an_outline_wholly_outside_of_its_image_is_said_and_one_partly_outside_is_sound() {
    let folder = tempdir().unwrap();
    image(folder.path(), "x", 0);
    let path = at(folder.path(), "raters/anna/x.roi");
    let rectangle = |[top, left, bottom, right]: [i16; 4]| {
        let mut file = vec![0; 64];
        file[..8].copy_from_slice(b"Iout\0\xe3\x01\0");
        for (place, bound) in [top, left, bottom, right].into_iter().enumerate() {
            file[8 + 2 * place..10 + 2 * place].copy_from_slice(&bound.to_be_bytes());
        }
        fs::write(&path, file).unwrap();
    };
    for outside in [[0, 20, 5, 30], [16, 0, 20, 5], [-5, 0, 0, 5], [0, -9, 5, 0]] {
        rectangle(outside);
        let message = problem(folder.path());
        assert!(message.contains("anna/x.roi: the outline 'x' lies wholly outside"), "{message}");
        assert!(message.contains("the image has 20 columns and 16 rows"), "{message}");
    }
    for (partly, pixels) in [([0, 19, 5, 30], 5), ([15, 0, 20, 5], 5), ([-5, -5, 2, 3], 6)] {
        rectangle(partly);
        let data = Dataset::open(folder.path()).unwrap();
        assert_eq!(marks(&data, 0, None).sum(), pixels);
        assert!(data.check(&|_, _| ()).is_empty());
    }
}
