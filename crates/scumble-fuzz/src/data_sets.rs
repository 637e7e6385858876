//! Readers of files that mean something beside others: annotations, outlines, dataset.toml, maps.json, samples.

use crate::place::Place;
use crate::readable;
use ndarray::{Array2, Array3};
use scumble_data::{
    ArrayNumber, DataError, Dataset, SampledMasks, Target, Wanted, read_sidecar, write_array,
};
use std::path::Path;

thread_local! {
    static ANNOTATED: Place = with_images();
    static OUTLINED: Place = with_images();
    static ON_OFF: Place = with_masks(&[0, 255]);
    static INDICES: Place = with_masks(&[0, 1, 2]);
    static MAPS: Place = with_maps();
    static SAMPLED: Place = with_masks(&[0, 1]);
}

const SIZE: (usize, usize) = (6, 5);
const IMAGES: [&str; 2] = ["a", "b"];

/// Annotations, as the marks of a rater, or of those whom they name, in this file.
pub(crate) fn annotations(file: &str, bytes: &[u8]) {
    ANNOTATED.with(|place| {
        place.put(file, bytes);
        read(place.root());
        std::fs::remove_dir_all(place.root().join("raters")).expect("what was put there");
    });
}

/// ImageJ's outlines, as a rater's marks of an image; the extension says whether one or an archive of them.
pub(crate) fn outlines(extension: &str, bytes: &[u8]) {
    OUTLINED.with(|place| {
        place.put(&format!("raters/{extension}/a.{extension}"), bytes);
        read(place.root());
        std::fs::remove_dir_all(place.root().join("raters")).expect("what was put there");
    });
}

/// dataset.toml, beside masks that are on or off and beside class indices.
pub(crate) fn settings(bytes: &[u8]) {
    for place in [&ON_OFF, &INDICES] {
        place.with(|place| {
            place.put("dataset.toml", bytes);
            read(place.root());
        });
    }
}

/// maps.json, beside two maps.
pub(crate) fn sidecar(bytes: &[u8]) {
    MAPS.with(|place| {
        place.put("maps.json", bytes);
        match read_sidecar(place.root()) {
            Ok(sidecar) => assert!(sidecar.is_some()),
            Err(error) => readable(&error),
        }
        read(place.root());
    });
}

/// Several masks of one image in an array.
pub(crate) fn samples(bytes: &[u8]) {
    SAMPLED.with(|place| {
        place.put("samples/a.npy", bytes);
        let data = Dataset::open(place.root()).expect("a sound data set");
        let samples = SampledMasks::open(&place.root().join("samples"), &data).expect("a folder of samples");
        match samples.read(&data, &data.items()[0]) {
            Ok(masks) => masks.iter().for_each(|mask| assert_eq!(mask.marks().dim(), (1, SIZE.0, SIZE.1))),
            Err(error) => readable(&error),
        }
    });
}

/// All that is read of a data set. Masks in which nothing is found wrong can be read.
fn read(root: &Path) {
    let data = match Dataset::open_with_gaps(root) {
        Ok(data) => data,
        Err(error) => return readable(&error),
    };
    let problems = data.check(&|_, _| ());
    problems.iter().for_each(|problem| readable(problem));
    assert!(!data.describe_choice().is_empty());
    for item in data.items() {
        match data.read(item, &Wanted { image: item.image().is_some(), ..Wanted::raters() }) {
            Ok(read) => read
                .raters
                .iter()
                .for_each(|(_, mask)| assert_eq!(mask.marks().dim().0, data.space().groups())),
            Err(error) => {
                readable(&error);
                assert!(!problems.is_empty(), "nothing is wrong with it, but: {error}");
            }
        }
        match data.read(item, &Wanted::labels(Target::Auto)).and_then(|read| read.labels(Target::Auto)) {
            Ok(labels) => assert_eq!(labels.kind(), data.kind()),
            Err(error) => readable(&error),
        }
    }
}

fn with_images() -> Place {
    let place = Place::with(&[]);
    for (at, image) in IMAGES.iter().enumerate() {
        write(&place, &format!("images/{image}.npy"), Array2::from_elem(SIZE, at as u8));
    }
    place
}

/// Two raters' masks of two images, and labels, of these values.
fn with_masks(values: &[u8]) -> Place {
    let place = with_images();
    for (at, folder) in ["raters/r", "raters/s", "labels"].iter().enumerate() {
        for image in IMAGES {
            let mask = Array2::from_shape_fn(SIZE, |(y, x)| values[(3 * y + x + at) % values.len()]);
            write(&place, &format!("{folder}/{image}.npy"), mask);
        }
    }
    place
}

/// Probabilities of two classes, or of two labels.
fn with_maps() -> Place {
    let place = Place::with(&[]);
    let (height, width) = SIZE;
    for image in IMAGES {
        let map = Array3::from_shape_fn((height, width, 2), |(.., class)| 0.25 + 0.5 * class as f32);
        write(&place, &format!("{image}.npy"), map);
    }
    place
}

fn write<T: ArrayNumber, D: ndarray::Dimension>(place: &Place, name: &str, array: ndarray::Array<T, D>) {
    let path = place.put(name, &[]);
    let written: Result<(), DataError> = write_array(&path, array.view());
    written.expect("an array in a file");
}
