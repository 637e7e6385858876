//! Samples of a sampler: every way in which they can lie in a folder means the same masks.

mod files;

use files::{at, grey, npy, npy_ordered};
use ndarray::{Array3, Array4, Axis};
use npyz::Order;
use scumble::labels::RaterMask;
use scumble_data::{DataError, Dataset, Item, Prediction, SampledMasks};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use tempfile::{TempDir, tempdir};
use tiff::encoder::{TiffEncoder, colortype::Gray8};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const SIZE: (u32, u32) = (3, 4);
const PIXELS: usize = 12;

/// `count` samples of `maps` maps whose marks are below `states`, [count, maps, H, W].
fn made(count: usize, maps: usize, states: u8) -> Array4<u8> {
    let states = usize::from(states);
    Array4::from_shape_fn((count, maps, 3, 4), |(s, k, y, x)| {
        ((3 * s * s + 5 * k + 7 * y * (s + 1) + x * (k + 2)) % states) as u8
    })
}

/// A set of one image with one rater, whose mask says what labels are.
fn set(rater: &[&[u8]], folders: &[&str]) -> (TempDir, Dataset) {
    let folder = tempdir().unwrap();
    grey(&at(folder.path(), "data/images/a.png"), SIZE, &[9; PIXELS]);
    for (at_class, mask) in folders.iter().zip(rater) {
        grey(&at(folder.path(), &format!("data/raters/r/{at_class}a.png")), SIZE, mask);
    }
    let data = Dataset::open(&folder.path().join("data")).unwrap();
    (folder, data)
}

fn binary() -> (TempDir, Dataset) {
    set(&[&[0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255]], &[""])
}

fn read(folder: &Path, data: &Dataset) -> Result<Vec<RaterMask>, DataError> {
    let item = item(data);
    SampledMasks::open(folder, data)?.read(data, &item)
}

fn item(data: &Dataset) -> Item {
    data.items()[0].clone()
}

/// All marks, [count, maps, H, W].
fn marks(masks: &[RaterMask]) -> Array4<u8> {
    let marks: Vec<Array3<u8>> = masks.iter().map(|mask| mask.marks().mapv(|mark| mark as u8)).collect();
    let views: Vec<_> = marks.iter().map(|marks| marks.view()).collect();
    ndarray::stack(Axis(0), &views).unwrap()
}

fn flat(array: &Array4<u8>) -> Vec<u8> {
    array.iter().copied().collect()
}

/// A NIfTI of 8-bit slices [count, H, W].
fn nifti(path: &Path, slices: &Array3<u8>) {
    let (count, height, width) = slices.dim();
    let mut header = vec![0u8; 352];
    header[..4].copy_from_slice(&348i32.to_le_bytes());
    for (at, n) in [3, width, height, count, 1, 1, 1, 1].into_iter().enumerate() {
        header[40 + 2 * at..42 + 2 * at].copy_from_slice(&(n as i16).to_le_bytes());
    }
    header[70..72].copy_from_slice(&2i16.to_le_bytes());
    header[72..74].copy_from_slice(&8i16.to_le_bytes());
    header[108..112].copy_from_slice(&352f32.to_le_bytes());
    header[344..348].copy_from_slice(b"n+1\0");
    header.extend(slices.iter());
    fs::write(path, header).unwrap();
}

#[test]
fn one_mask_is_one_sample_however_it_is_stored() {
    let (folder, data) = binary();
    let made = made(5, 1, 2);
    let root = folder.path();
    for (sample, mask) in made.outer_iter().enumerate() {
        let mask: Vec<u8> = mask.iter().copied().collect();
        grey(
            &at(root, &format!("png/a/{sample}.png")),
            SIZE,
            &mask.iter().map(|on| 255 * on).collect::<Vec<_>>(),
        );
        npy(
            &at(root, &format!("mixed/a/{sample}.npy")),
            &[3, 4],
            &mask.iter().map(|on| f32::from(*on)).collect::<Vec<_>>(),
        );
    }
    npy(&at(root, "array/a.npy"), &[5, 3, 4], &flat(&made));
    npy(&at(root, "one_class/a.npy"), &[5, 1, 3, 4], &flat(&made));
    npy(&at(root, "wide/a.npy"), &[5, 3, 4], &made.iter().map(|on| i64::from(*on)).collect::<Vec<_>>());
    npy(&at(root, "floats/a.npy"), &[5, 3, 4], &made.iter().map(|on| f64::from(*on)).collect::<Vec<_>>());
    let turned: Vec<u8> = made.t().iter().copied().collect();
    npy_ordered(&at(root, "fortran/a.npy"), &[5, 3, 4], &turned, Order::Fortran);
    let mut archive = ZipWriter::new(File::create(at(root, "archive/a.npz")).unwrap());
    archive.start_file("arr_0.npy", SimpleFileOptions::default()).unwrap();
    archive.write_all(&fs::read(root.join("array/a.npy")).unwrap()).unwrap();
    archive.finish().unwrap();
    let mut pages = TiffEncoder::new(File::create(at(root, "pages/a.tif")).unwrap()).unwrap();
    for mask in made.outer_iter() {
        let mask: Vec<u8> = mask.iter().copied().collect();
        pages.write_image::<Gray8>(4, 3, &mask).unwrap();
    }
    nifti(&at(root, "slices/a.nii"), &made.index_axis(Axis(1), 0).to_owned());
    let ways =
        ["png", "mixed", "array", "one_class", "wide", "floats", "fortran", "archive", "pages", "slices"];
    for way in ways {
        let found = read(&root.join(way), &data).unwrap_or_else(|error| panic!("{way}: {error}"));
        assert_eq!(marks(&found), made, "{way}");
    }
}

#[test]
fn exclusive_classes_are_indices() {
    let (folder, data) = set(&[&[0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]], &[""]);
    assert_eq!(data.classes().len(), 3);
    let made = made(4, 1, 3);
    npy(&at(folder.path(), "array/a.npy"), &[4, 3, 4], &flat(&made));
    for (sample, mask) in made.outer_iter().enumerate() {
        let mask: Vec<u8> = mask.iter().copied().collect();
        grey(&at(folder.path(), &format!("png/a/sample-{sample}.png")), SIZE, &mask);
    }
    for way in ["array", "png"] {
        assert_eq!(marks(&read(&folder.path().join(way), &data).unwrap()), made, "{way}");
    }
    let samples = SampledMasks::open(&folder.path().join("array"), &data).unwrap();
    let masks = samples.read(&data, &item(&data)).unwrap();
    let Prediction::F32(mean) = samples.mean(&data, &item(&data), &masks, None).unwrap() else {
        panic!("shares are f32");
    };
    for ((class, y, x), share) in mean.indexed_iter() {
        let votes = masks.iter().filter(|mask| usize::from(mask.marks()[[0, y, x]]) == class).count();
        assert_eq!(*share, votes as f32 / 4.0);
    }
}

/// As labels and raters lie: a file with a channel a class, or a folder a class.
#[test]
fn overlapping_classes_have_channels_or_folders() {
    let half = [0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255];
    let (folder, data) = set(&[&half, &half], &["cup/", "disc/"]);
    assert_eq!(data.classes(), ["cup", "disc"]);
    let root = folder.path();
    let made = made(3, 2, 2);
    npy(&at(root, "array/a.npy"), &[3, 2, 3, 4], &flat(&made));
    // Fortran's order of [3, 2, 3, 4] is C's of the axes turned round.
    let turned: Vec<u8> = made.t().iter().copied().collect();
    npy_ordered(&at(root, "fortran/a.npy"), &[3, 2, 3, 4], &turned, Order::Fortran);
    for (class, name) in ["cup", "disc"].into_iter().enumerate() {
        let of_class = made.index_axis(Axis(1), class);
        let all: Vec<u8> = of_class.iter().copied().collect();
        npy(&at(root, &format!("class_arrays/{name}/a.npy")), &[3, 3, 4], &all);
        for (sample, mask) in of_class.outer_iter().enumerate() {
            let mask: Vec<u8> = mask.iter().copied().collect();
            grey(&at(root, &format!("folders/{name}/a/{sample}.png")), SIZE, &mask);
        }
    }
    for (sample, mask) in made.outer_iter().enumerate() {
        let pixels: Vec<u8> = mask.permuted_axes([1, 2, 0]).iter().copied().collect();
        npy(&at(root, &format!("channels/a/{sample}.npy")), &[3, 4, 2], &pixels);
    }
    for way in ["array", "fortran", "class_arrays", "folders", "channels"] {
        let found = read(&root.join(way), &data).unwrap_or_else(|error| panic!("{way}: {error}"));
        assert_eq!(marks(&found), made, "{way}");
    }
    fs::remove_file(root.join("folders/disc/a/1.png")).unwrap();
    let message = read(&root.join("folders"), &data).unwrap_err().to_string();
    assert!(message.contains("2 samples of the class 'disc' of the image 'a', but 3 of 'cup'"), "{message}");
}

/// A sampler of volumes writes volumes.
#[test]
fn a_sample_of_a_volume_is_one_of_each_slice() {
    let folder = tempdir().unwrap();
    let root = folder.path();
    let made = made(2, 3, 2);
    let volume = made.index_axis(Axis(0), 0).to_owned();
    nifti(&at(root, "data/images/brain.nii"), &volume);
    nifti(&at(root, "data/raters/r/brain.nii"), &volume);
    for (sample, volume) in made.outer_iter().enumerate() {
        nifti(&at(root, &format!("samples/brain/{sample}.nii")), &volume.to_owned());
    }
    let data = Dataset::open(&root.join("data")).unwrap();
    let samples = SampledMasks::open(&root.join("samples"), &data).unwrap();
    assert_eq!(samples.images().collect::<Vec<_>>(), ["brain@0000", "brain@0001", "brain@0002"]);
    for (slice, item) in data.items().iter().enumerate() {
        let found = marks(&samples.read(&data, item).unwrap());
        assert_eq!(found.index_axis(Axis(1), 0), made.index_axis(Axis(1), slice));
    }
}

#[test]
fn what_is_no_sample_is_refused() {
    let (folder, data) = binary();
    let root = folder.path();
    let refused = |way: &str, says: &[&str]| {
        let message = read(&root.join(way), &data).unwrap_err().to_string();
        for part in says {
            assert!(message.contains(part), "{way}: `{part}` is not in: {message}");
        }
    };
    refused("nowhere", &["there is no such folder", "ID/0.png"]);
    fs::write(at(root, "empty/readme.txt"), "").unwrap();
    refused("empty", &["nothing in it can be read", "[samples, height, width]"]);
    grey(&at(root, "size/a/0.png"), (2, 4), &[0; 8]);
    refused("size", &["size/a/0.png", "2 rows x 4 columns", "3 x 4"]);
    npy(&at(root, "array_size/a.npy"), &[2, 2, 4], &[0u8; 16]);
    refused("array_size", &["a.npy@0000", "2 rows x 4 columns"]);
    grey(&at(root, "soft/a/0.png"), SIZE, &[7; PIXELS]);
    refused("soft", &["soft/a/0.png: row 0, column 0: 7 is neither off (0) nor on"]);
    npy(
        &at(root, "third/a.npy"),
        &[2, 3, 4],
        &[vec![1u8; 12], vec![1, 1, 1, 1, 1, 3, 1, 1, 1, 1, 1, 1]].concat(),
    );
    refused("third", &["a.npy@0001: row 1, column 1: 3 is neither"]);
    npy(&at(root, "flat/a.npy"), &[3, 4], &[0u8; 12]);
    refused("flat", &["[3, 4]", "[samples, height, width]"]);
    npy(&at(root, "twice/a.npy"), &[1, 3, 4], &[0u8; 12]);
    grey(&at(root, "twice/a/0.png"), SIZE, &[0; PIXELS]);
    refused("twice", &["two files for the id 'a'"]);
    grey(&at(root, "other/b/0.png"), SIZE, &[0; PIXELS]);
    refused("other", &["'a' has no samples"]);
    fs::write(at(root, "lossy/a/0.jpg"), "").unwrap();
    refused("lossy", &["not read from JPEG"]);
    npy(&at(root, "unknown/a.npy"), &[1, 3, 4], &[f32::NAN; 12]);
    let samples = SampledMasks::open(&root.join("unknown"), &data).unwrap();
    let masks = samples.read(&data, &item(&data)).unwrap();
    let error = samples.mean(&data, &item(&data), &masks, None).unwrap_err();
    assert!(matches!(error, DataError::NoProbability { row: 0, column: 0, .. }), "{error}");
}
