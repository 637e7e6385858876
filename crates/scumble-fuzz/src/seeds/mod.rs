//! Sound inputs to begin with: the fixtures of scumble-data, and what is made here.

mod run;
mod text;

pub(crate) use run::{checkpoints, configs, metrics, models, run_infos};
pub(crate) use text::{annotations, cvat, exports, labelme, objects, settings, sidecars};

use crate::Chance;
use ndarray::{Array, Dimension};
use scumble_data::{ArrayNumber, Raster, Samples, write_array, write_png};
use std::fs;
use std::path::{Path, PathBuf};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scumble-data/tests/fixtures");

/// The pictures of this extension, and for PNG those that scumble writes.
pub(crate) fn images(extension: &str) -> Vec<Vec<u8>> {
    let mut images = files("images", extension);
    if extension == "tif" {
        // Sections and channels, as OME-XML says.
        images.extend(files("", extension));
    }
    if extension == "png" {
        images.extend([1, 3].map(|channels| {
            let samples = Samples::U8((0..8 * 9 * channels).map(|at| at as u8).collect());
            let (height, width) = (8, 9);
            let picture = Raster { height, width, channels, samples, indexed: None, nodata: None };
            made(|path| write_png(path, &picture).expect("a picture in a file"))
        }));
    }
    images
}

/// Volumes of this extension.
pub(crate) fn volumes(extension: &str) -> Vec<Vec<u8>> {
    files("", extension)
}

/// Archives of arrays.
pub(crate) fn packed_arrays() -> Vec<Vec<u8>> {
    files("", "npz")
}

/// Outlines of this extension.
pub(crate) fn outlines(extension: &str) -> Vec<Vec<u8>> {
    files("roi", extension)
}

/// Arrays of images.
pub(crate) fn arrays() -> Vec<Vec<u8>> {
    vec![
        array(Array::from_shape_fn((4, 5), |(y, x)| (5 * y + x) as u8)),
        array(Array::from_shape_fn((4, 5, 3), |(y, x, c)| (20 * y + 3 * x + c) as u16)),
        array(Array::from_shape_fn((4, 5, 2), |(y, x, c)| (y + x + c) as f32 / 9.0)),
        array(Array::from_shape_fn((3, 4), |(y, x)| (y * x) as f64 / 6.0)),
    ]
}

/// Arrays of masks of one image of the size that [`data_sets`](crate::data_sets) has.
pub(crate) fn samples() -> Vec<Vec<u8>> {
    vec![
        array(Array::from_shape_fn((3, 6, 5), |(s, y, x)| ((s + y + x) % 2) as u8)),
        array(Array::from_shape_fn((2, 1, 6, 5), |(s, _, y, x)| ((s * y + x) % 2) as f32)),
    ]
}

/// Bytes of which cases of losses are made.
pub(crate) fn losses() -> Vec<Vec<u8>> {
    (0..64)
        .map(|seed| {
            let mut chance = Chance::new(seed);
            (0..64 << (seed % 5)).map(|_| chance.byte()).collect()
        })
        .collect()
}

fn array<T: ArrayNumber, D: Dimension>(array: Array<T, D>) -> Vec<u8> {
    made(|path| write_array(path, array.view()).expect("an array in a file"))
}

/// What is written to a file.
fn made(write: impl FnOnce(&Path)) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("made");
    write(&path);
    fs::read(path).expect("what was written")
}

/// The fixtures of an extension, by name.
fn files(folder: &str, extension: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(FIXTURES).join(folder);
    let entries = fs::read_dir(folder).expect("the fixtures").map(|entry| entry.expect("a fixture").path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a fixture")).collect()
}
