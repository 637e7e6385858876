//! Everything that is wrong with an item or a folder is listed. A new way to be wrong is a new test here.

mod files;

use files::{at, fixture, grey, mask, npy, photo};
use scumble_data::{Dataset, ItemCheck, check_files, check_layout, check_unread};
use std::fs;
use std::path::Path;

const SIZE: (u32, u32) = (2, 2);

fn first(root: &Path) -> ItemCheck {
    let data = Dataset::open(root).unwrap();
    data.check_item(&data.items()[0])
}

/// Every message says one of these, and each of these is said.
fn says(errors: &[impl ToString], expected: &[&str]) {
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(messages.len(), expected.len(), "{messages:#?}");
    for part in expected {
        assert!(messages.iter().any(|message| message.contains(part)), "{part} is not in {messages:#?}");
    }
}

#[test]
fn a_sound_item_has_all_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    photo(&at(p, "images/a.png"), SIZE, 9);
    mask(&at(p, "raters/ann/a.png"), SIZE, &[1, 1, 0, 0]);
    mask(&at(p, "raters/bob/a.png"), SIZE, &[1, 0, 0, 0]);
    mask(&at(p, "ignore/a.png"), SIZE, &[0, 0, 0, 1]);
    let found = first(p);
    says(&found.errors, &[]);
    assert_eq!(found.image.unwrap().channels.len(), 3);
    assert_eq!(found.masks.len(), 2);
    assert!(
        found.masks.iter().all(|(_, mask)| mask.marks()[[0, 1, 1]] == scumble::labels::UNSEEN),
        "ignored"
    );
    let labels = found.labels.unwrap();
    assert_eq!(labels.probabilities().iter().copied().collect::<Vec<_>>(), [1.0, 0.5, 0.0, 0.0]);
    assert_eq!(labels.valid().iter().filter(|valid| **valid).count(), 3);
}

#[test]
fn every_class_of_a_label_and_of_a_mask() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    photo(&at(p, "images/a.png"), SIZE, 9);
    npy(&at(p, "labels/cup/a.npy"), &[2, 2], &[0.0_f32, 0.5, 1.5, 0.0]);
    npy(&at(p, "labels/disc/a.npy"), &[2, 2], &[0.0_f32, -0.5, 0.0, 0.0]);
    npy(&at(p, "labels/rim/a.npy"), &[1, 2], &[0.0_f32; 2]);
    mask(&at(p, "raters/ann/cup/a.png"), (2, 3), &[0; 6]);
    grey(&at(p, "raters/ann/disc/a.png"), SIZE, &[0, 7, 0, 0]);
    npy(&at(p, "weights/a.npy"), &[2, 2], &[1.0_f32, -1.0, 1.0, 1.0]);
    let expected = [
        "labels/cup/a.npy: class 0, row 1, column 0: 1.5 is no probability",
        "labels/disc/a.npy: class 0, row 0, column 1: -0.5 is no probability",
        "labels/rim/a.npy: 1 rows x 2 columns",
        "raters/ann/cup/a.png: 2 rows x 3 columns",
        "raters/ann/disc/a.png: row 0, column 1: 7 is neither off",
        "weights/a.npy",
    ];
    says(&first(p).errors, &expected);
}

#[test]
fn behind_a_broken_image_the_maps_are_held_against_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    fs::write(at(p, "images/a.png"), "nothing").unwrap();
    mask(&at(p, "raters/ann/a.png"), SIZE, &[1, 0, 0, 0]);
    mask(&at(p, "raters/bob/a.png"), (2, 3), &[0; 6]);
    let found = first(p);
    says(&found.errors, &["images/a.png: broken PNG", "bob/a.png: 2 rows x 3 columns, but"]);
    assert_eq!((found.image.is_none(), found.masks.len()), (true, 1));
}

#[test]
fn samples_of_an_image_that_are_no_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    npy(&at(p, "images/a.npy"), &[1, 2, 2], &[0.0_f32, 1.0, 2.0, f32::NAN]);
    mask(&at(p, "labels/a.png"), (1, 2), &[0, 1]);
    says(&first(p).errors, &["images/a.npy: row 0, column 1: NaN in channel 1 is no finite number"]);
}

#[test]
fn between_images_channels_and_equal_pixels() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    for id in ["a", "b", "c"] {
        mask(&at(p, &format!("labels/{id}.png")), SIZE, &[0, 1, 0, 1]);
    }
    photo(&at(p, "images/a.png"), SIZE, 9);
    npy(&at(p, "images/b.npy"), &[2, 2, 3], &[9_u8; 12]);
    grey(&at(p, "images/c.png"), SIZE, &[1, 2, 3, 4]);
    let problems = Dataset::open(p).unwrap().check(&|_, _| ());
    says(&problems, &["images/b.npy: the same image twice", "images/c.png: 1 channels, expected 3"]);
    assert_eq!(problems.iter().map(|problem| problem.id.as_str()).collect::<Vec<_>>(), ["b", "c"]);
}

#[test]
fn all_that_is_wrong_with_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    for part in ["train", "val"] {
        mask(&at(p, &format!("{part}/labels/a.png")), SIZE, &[0; 4]);
    }
    grey(&at(p, "train/labels/b.png"), SIZE, &[0; 4]);
    npy(&at(p, "train/labels/b.npy"), &[2, 2], &[0_f32; 4]);
    fs::write(at(p, "val/raters/ann/cup/c.jpg"), "").unwrap();
    mask(&at(p, "val/raters/ann/ignore/d.png"), SIZE, &[0; 4]);
    mask(&at(p, "train/weights/e.png"), SIZE, &[0; 4]);
    assert!(Dataset::open(p).is_err());
    let expected = [
        "two files for the id 'a'",
        "two files for the id 'b'",
        "c.jpg: label maps and masks are not read from JPEG",
        "ann/ignore/d.png: belongs to no image",
        "weights/e.png: belongs to no image",
    ];
    says(&check_layout(p), &expected);
    says(&check_files(p), &["c.jpg"]);
    says(&check_layout(&p.join("nowhere")), &[]);
}

#[test]
fn slices_belong_to_their_volume() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    for volume in ["images/v.nii.gz", "raters/ann/v.nii.gz"] {
        fs::copy(fixture("volume_f32.nii.gz"), at(p, volume)).unwrap();
    }
    mask(&at(p, "ignore/v@0001.png"), (4, 5), &[0; 20]);
    mask(&at(p, "weights/v@0003.png"), (4, 5), &[1; 20]);
    says(&check_layout(p), &["weights/v@0003.png: belongs to no image"]);
    mask(&at(p, "raters/ann/v@0002.png"), (4, 5), &[0; 20]);
    fs::remove_file(p.join("weights/v@0003.png")).unwrap();
    says(&check_layout(p), &["two files for the id 'v@0002'"]);
    says(&check_files(p), &[]);
}

#[test]
fn outlines_annotations_and_counts_are_no_broken_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    fs::write(at(p, "images/a.png"), "nothing").unwrap();
    fs::copy(fixture("roi/roi00.zip"), at(p, "raters/ann/a.zip")).unwrap();
    let coco = r#"{"images": [{"id": 1, "file_name": "a.png", "height": 16, "width": 20}],
        "categories": [{"id": 1, "name": "cell"}], "annotations": []}"#;
    fs::write(at(p, "raters/bob.json"), coco).unwrap();
    npy(&at(p, "labels/counts/a.npy"), &[16, 20, 2], &[0_u16; 640]);
    says(&check_layout(p), &[]);
    says(&check_files(p), &["images/a.png"]);
    fs::write(at(p, "raters/bob.json"), "{").unwrap();
    fs::write(at(p, "raters/ann/b.zip"), "nothing").unwrap();
    mask(&at(p, "raters/ann/a.png"), SIZE, &[0; 4]);
    says(&check_layout(p), &["two files for the id 'a'"]);
    says(&check_files(p), &["images/a.png", "raters/ann/b.zip", "raters/bob.json"]);
}

#[test]
fn outlines_behind_a_broken_image_are_not_held_against_it() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    fs::write(at(p, "images/a.png"), "nothing").unwrap();
    fs::copy(fixture("roi/roi00.zip"), at(p, "raters/ann/a.zip")).unwrap();
    fs::write(at(p, "raters/bob/a.zip"), "nothing").unwrap();
    says(&first(p).errors, &["images/a.png: broken PNG", "bob/a.zip: broken ImageJ ROI"]);
}

#[test]
fn what_is_not_read_is_named_wherever_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    photo(&at(p, "images/a.png"), SIZE, 9);
    mask(&at(p, "raters/ann/a.png"), SIZE, &[1, 0, 0, 0]);
    let extensions = "psd gif heic tga jp2 pgm nrrd mha dcm hdr h5 mat xml geojson json GIF png~ tif.aux.xml";
    let mut unread: Vec<String> = extensions.split(' ').map(|end| format!("raters/bob/a.{end}")).collect();
    unread.push("raters/bob/a".to_owned());
    let elsewhere = [
        "images/b.gif",
        "images/a.zip",
        "raters/bob/cup/b.gif",
        "raters/ann/ignore/a.tga",
        "labels/c.mat",
        "labels/c.roi",
        "labels/cup/c.mat",
        "ignore/a.gif",
        "weights/a.xml",
    ];
    unread.extend(elsewhere.map(str::to_owned));
    for path in &unread {
        fs::write(at(p, path), "GI").unwrap();
    }
    let said: Vec<String> = unread.iter().map(|path| format!("{path}: is not read")).collect();
    says(&check_layout(p), &said.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(Dataset::open(p).unwrap().raters(), ["ann"]);
    assert_eq!(check_unread(p).len(), unread.len());
}

/// File systems of Linux allow any bytes.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_named() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    photo(&at(p, "images/a.png"), SIZE, 9);
    mask(&at(p, "raters/ann/a.png"), SIZE, &[1, 0, 0, 0]);
    let bytes = |name: &'static [u8]| OsStr::from_bytes(name);
    let latin = bytes(b"M\xfcller.png");
    photo(&p.join("images").join(latin), SIZE, 9);
    mask(&p.join("raters/ann").join(latin), SIZE, &[1, 0, 0, 0]);
    let rater = p.join("raters").join(bytes(b"J\xf6rg"));
    fs::create_dir(&rater).unwrap();
    mask(&rater.join("a.png"), SIZE, &[1, 0, 0, 0]);
    fs::write(p.join("raters").join(bytes(b"J\xf6rg.json")), "{}").unwrap();
    fs::write(p.join("raters/ann").join(bytes(b"\xe9.zip")), "").unwrap();
    let found = check_unread(p);
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(found.iter().all(|error| error.to_string().contains("not written in UTF-8; rename it")));
    let error = scumble_data::read_raster(&p.join("images").join(latin)).unwrap_err();
    assert!(error.to_string().contains("not written in UTF-8"), "{error}");
}

#[test]
fn folders_and_files_that_belong_to_nothing_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    photo(&at(p, "train/images/a.png"), SIZE, 9);
    mask(&at(p, "train/raters/ann/cup/a.png"), SIZE, &[1, 0, 0, 0]);
    photo(&at(p, "train/images/more/b.png"), SIZE, 9);
    mask(&at(p, "train/raters/ann/cup/more/b.png"), SIZE, &[0; 4]);
    mask(&at(p, "train/raters/a.png"), SIZE, &[0; 4]);
    fs::create_dir(p.join("train/images/empty")).unwrap();
    let expected = [
        "train/images/more: files in this folder are not read",
        "ann/cup/more: files in this folder are not read",
        "train/raters/a.png: belongs to no rater",
    ];
    says(&check_layout(p), &expected);
}

#[test]
fn nothing_is_said_of_files_that_nobody_misses() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    photo(&at(p, "images/a.png"), SIZE, 9);
    mask(&at(p, "labels/a.png"), SIZE, &[1, 0, 0, 0]);
    mask(&at(p, "raters/ann/a.png"), SIZE, &[1, 0, 0, 0]);
    npy(&at(p, "labels/counts/a.npy"), &[2, 2, 2], &[0_u16; 8]);
    fs::write(p.join("labels/maps.json"), MAPS).unwrap();
    for name in [".DS_Store", "Thumbs.db", "thumbs.DB", "desktop.ini", "Desktop.ini", "._a.gif"] {
        for folder in ["images", "labels", "raters", "raters/ann", "ignore", "weights"] {
            fs::write(at(p, &format!("{folder}/{name}")), "").unwrap();
        }
    }
    fs::write(p.join("readme.txt"), "beside the folders").unwrap();
    says(&check_layout(p), &[]);
    files::sound(&Dataset::open(p).unwrap());
}

const MAPS: &str = r#"{"version": 1, "kind": "binary", "classes": ["cup"], "format": "png8"}"#;

#[test]
fn of_a_bare_folder_of_maps_too() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    for name in ["dataset.toml", "notes/b.txt"] {
        fs::write(at(p, name), "").unwrap();
    }
    fs::write(p.join("b.gif"), "").unwrap();
    says(&check_layout(p), &[]);
    mask(&p.join("a.png"), SIZE, &[1, 0, 0, 0]);
    fs::write(p.join("maps.json"), MAPS).unwrap();
    says(&check_layout(p), &["b.gif: is not read"]);
}

#[test]
fn the_case_of_an_extension_is_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    photo(&at(p, "images/a.PNG"), (16, 20), 9);
    npy(&at(p, "images/b.NPY"), &[16, 20, 3], &[1_u8; 960]);
    fs::copy(fixture("roi/roi00.zip"), at(p, "raters/ann/a.ZIP")).unwrap();
    fs::copy(fixture("roi/roi03.roi"), at(p, "raters/ann/b.ROI")).unwrap();
    let images = r#"[{"id": 1, "file_name": "a.PNG", "height": 16, "width": 20}]"#;
    let coco =
        format!(r#"{{"images": {images}, "categories": [{{"id": 1, "name": "cell"}}], "annotations": []}}"#);
    fs::write(p.join("raters/bob.JSON"), coco).unwrap();
    says(&check_layout(p), &[]);
    let data = Dataset::open(p).unwrap();
    assert_eq!((data.items().len(), data.raters()), (2, &["ann".to_owned(), "bob".to_owned()][..]));
    files::sound(&data);
}

#[test]
fn images_of_which_none_can_be_read_are_no_data_set() {
    let folder = tempfile::tempdir().unwrap();
    let p = folder.path();
    mask(&at(p, "raters/ann/a.png"), SIZE, &[1, 0, 0, 0]);
    fs::write(at(p, "images/Thumbs.db"), "").unwrap();
    assert_eq!(Dataset::open(p).unwrap().items().len(), 1);
    fs::write(p.join("images/a.gif"), "").unwrap();
    let message = Dataset::open(p).unwrap_err().to_string();
    assert!(message.contains("images: nothing in it can be read"), "{message}");
}
