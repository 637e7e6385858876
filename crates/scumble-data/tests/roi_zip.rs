//! Outlines written for ImageJ are read back to the same pixels. roifile reads them too: scripts/check_outputs.py.

mod files;

use files::{at, npy};
use ndarray::{Array2, Axis, array};
use proptest::prelude::*;
use scumble::score::objects::Components;
use scumble::shapes::{Polygon, outlines};
use scumble_data::{DataError, Dataset, Wanted, write_roi_zip};
use std::fs;
use std::path::Path;
use tempfile::tempdir;

/// What a data set reads of the outlines as a rater's mask.
fn read_back(root: &Path, (height, width): (usize, usize), objects: &[Vec<Polygon>]) -> Array2<bool> {
    npy(&at(root, "images/a.npy"), &[height as u64, width as u64], &vec![0u8; height * width]);
    write_roi_zip(&at(root, "raters/anna/a.zip"), objects).unwrap();
    let data = Dataset::open(root).unwrap();
    let read = data.read(&data.items()[0], &Wanted::raters()).unwrap();
    read.raters[0].1.marks().index_axis(Axis(0), 0).mapv(|mark| mark > 0)
}

fn masks() -> impl Strategy<Value = Array2<bool>> {
    (1usize..12, 1usize..12).prop_flat_map(|(height, width)| {
        let pixels = prop::collection::vec(any::<bool>(), height * width);
        pixels.prop_map(move |pixels| Array2::from_shape_vec((height, width), pixels).unwrap())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn outlines_come_back_as_their_pixels(mut mask in masks()) {
        // An archive without outlines is none.
        mask[[0, 0]] = true;
        let folder = tempdir().unwrap();
        let objects = outlines(&Components::of(mask.view()));
        prop_assert_eq!(read_back(folder.path(), mask.dim(), &objects), mask);
    }
}

#[test]
fn far_outlines_come_back_too() {
    // Bounds beyond 32,767 wrap in 16 bits, and sides of more have no polygon of 16 bits.
    for width in [33_000, 60_535] {
        let mut mask = Array2::from_elem((2, width), false);
        mask.row_mut(1).fill(true);
        mask[[0, width - 1]] = true;
        let lone = Array2::from_shape_fn((2, width), |(row, column)| row == 0 && column + 2 > width - 1);
        for mask in [mask, lone] {
            let folder = tempdir().unwrap();
            let objects = outlines(&Components::of(mask.view()));
            assert!(read_back(folder.path(), mask.dim(), &objects) == mask, "{width}");
        }
    }
}

#[test]
fn what_imagej_cannot_say_is_refused_and_leaves_nothing() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.zip");
    let far = Polygon { outer: vec![[60_535, 0], [60_536, 0], [60_536, 1], [60_535, 1]], holes: Vec::new() };
    let error = write_roi_zip(&path, &[vec![far]]).unwrap_err();
    assert!(matches!(error, DataError::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("GeoJSON"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_same_outlines_are_the_same_bytes() {
    let folder = tempdir().unwrap();
    let objects = outlines(&Components::of(array![[true, false, true]].view()));
    let written = ["a.zip", "b.zip"].map(|name| {
        write_roi_zip(&folder.path().join(name), &objects).unwrap();
        fs::read(folder.path().join(name)).unwrap()
    });
    assert_eq!(written[0], written[1]);
}
