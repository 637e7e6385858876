//! Names that look alike belong together, whichever of Unicode's forms they are written in.

mod files;

use files::{at, mask, npy, problem, sound};
use scumble_data::{Dataset, Target, list_images, list_others};
use std::fs;
use std::path::Path;
use tempfile::tempdir;

const COMPOSED: &str = "Pr\u{e4}parat \u{e9} 01";
const DECOMPOSED: &str = "Pra\u{308}parat e\u{301} 01";

fn image(root: &Path, id: &str) {
    npy(&at(root, &format!("images/{id}.npy")), &[2, 3], &[1_u8, 2, 3, 4, 5, 6]);
}

/// The share of the first item's pixels that are on.
fn on(data: &Dataset) -> f32 {
    data.labels(&data.items()[0], Target::Auto).unwrap().probabilities().mean().unwrap()
}

#[test]
fn an_image_and_its_files_are_one_item_in_every_mixture_of_forms() {
    for (image_name, file_name) in
        [(DECOMPOSED, COMPOSED), (COMPOSED, DECOMPOSED), (DECOMPOSED, DECOMPOSED), (COMPOSED, COMPOSED)]
    {
        let folder = tempdir().unwrap();
        image(folder.path(), image_name);
        let bits = [1, 1, 0, 0, 0, 0];
        mask(&at(folder.path(), &format!("labels/{file_name}.png")), (2, 3), &bits);
        mask(&at(folder.path(), &format!("raters/anna/{file_name}.png")), (2, 3), &bits);
        mask(&at(folder.path(), &format!("ignore/{file_name}.png")), (2, 3), &[0; 6]);
        npy(&at(folder.path(), &format!("weights/{file_name}.npy")), &[2, 3], &[1.0_f32; 6]);
        let data = Dataset::open(folder.path()).unwrap();
        assert_eq!(data.items().len(), 1);
        let item = &data.items()[0];
        assert_eq!((item.id(), item.name().as_str()), (COMPOSED, image_name));
        assert_eq!(item.files().count(), 5);
        assert!((on(&data) - 2.0 / 6.0).abs() < 1e-6);
        sound(&data);
        // Patterns may be typed either way.
        for pattern in [COMPOSED, DECOMPOSED, "Pra\u{308}*"] {
            assert_eq!(data.clone().filter(&[pattern.to_owned()]).unwrap().items().len(), 1, "{pattern}");
        }
        assert_eq!(data.keep(&[DECOMPOSED.to_owned()]).items().len(), 1);
        // Maps are named as the image is.
        assert!(list_images(folder.path()).unwrap().contains_key(image_name));
    }
}

#[test]
fn raters_and_classes_have_names_in_either_form() {
    let folder = tempdir().unwrap();
    for (part, rater) in [("train", COMPOSED), ("val", DECOMPOSED)] {
        image(&folder.path().join(part), part);
        mask(&at(folder.path(), &format!("{part}/raters/{rater}/{part}.png")), (2, 3), &[1; 6]);
    }
    assert_eq!(Dataset::open(folder.path()).unwrap().raters(), [COMPOSED]);

    let folder = tempdir().unwrap();
    image(folder.path(), "a");
    for class in [DECOMPOSED, "b"] {
        mask(&at(folder.path(), &format!("labels/{class}/a.png")), (2, 3), &[1; 6]);
    }
    fs::write(folder.path().join("dataset.toml"), format!("classes = [\"b\", \"{COMPOSED}\"]")).unwrap();
    sound(&Dataset::open(folder.path()).unwrap());
}

#[test]
fn two_files_that_only_the_form_tells_apart_are_shown() {
    let folder = tempdir().unwrap();
    image(folder.path(), COMPOSED);
    image(folder.path(), DECOMPOSED);
    mask(&at(folder.path(), &format!("labels/{COMPOSED}.png")), (2, 3), &[1; 6]);
    let message = problem(folder.path());
    assert!(message.contains(COMPOSED) && message.contains(DECOMPOSED), "{message}");
    assert!(message.contains("Unicode's form alone"), "{message}");
    let message = list_images(folder.path()).unwrap_err().to_string();
    assert!(message.contains("Unicode's form alone"), "{message}");
}

#[test]
fn two_raters_that_only_the_form_or_the_extension_tells_apart_are_shown() {
    for (second, says) in [(DECOMPOSED, "Unicode's form alone"), (COMPOSED, ".json: two files for the id")] {
        let folder = tempdir().unwrap();
        image(folder.path(), "a");
        mask(&at(folder.path(), "labels/a.png"), (2, 3), &[1; 6]);
        let extension = if second == COMPOSED { "JSON" } else { "json" };
        fs::write(at(folder.path(), &format!("raters/{COMPOSED}.json")), "{}").unwrap();
        fs::write(at(folder.path(), &format!("raters/{second}.{extension}")), "{}").unwrap();
        let message = problem(folder.path());
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn settings_are_read_in_the_encodings_of_windows() {
    let text = "kind = \"binary\"\nclasses = [\"gef\u{e4}\u{df}\"]";
    let wide = |mark: u16, bytes: fn(u16) -> [u8; 2]| {
        [mark].into_iter().chain(text.encode_utf16()).flat_map(bytes).collect::<Vec<_>>()
    };
    for file in [
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        wide(0xfeff, u16::to_le_bytes),
        wide(0xfeff, u16::to_be_bytes),
    ] {
        let folder = tempdir().unwrap();
        image(folder.path(), "a");
        mask(&at(folder.path(), "labels/a.png"), (2, 3), &[1; 6]);
        fs::write(folder.path().join("dataset.toml"), file).unwrap();
        assert_eq!(Dataset::open(folder.path()).unwrap().classes(), ["gef\u{e4}\u{df}"]);
    }
}

#[test]
fn what_lies_beside_images_to_predict_is_listed() {
    let folder = tempdir().unwrap();
    image(folder.path(), "a");
    for name in ["scan.dcm", "noextension", "Thumbs.db", ".hidden", "maps.json"] {
        fs::write(at(folder.path(), &format!("images/{name}")), "").unwrap();
    }
    let expected = ["noextension", "scan.dcm"].map(|name| folder.path().join("images").join(name));
    assert_eq!(list_others(folder.path()).unwrap(), expected);
    assert_eq!(list_others(&folder.path().join("images")).unwrap(), expected);
    assert!(list_others(&folder.path().join("images/a.npy")).unwrap().is_empty());
}
