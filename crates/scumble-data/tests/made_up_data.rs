//! Made-up sets after real mishaps, where they lie beside the project; never part of it. Skipped elsewhere. The right values
//! are those of NumPy and nibabel.

use ndarray::Axis;
use scumble_data::{Dataset, Target};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::tempdir;

/// The share of each class over a set to which this dataset.toml was added.
fn shares(set: &Path, settings: &str) -> Vec<f64> {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                copy(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    let folder = tempdir().unwrap();
    copy(set, folder.path());
    fs::write(folder.path().join("dataset.toml"), settings).unwrap();
    let data = Dataset::open(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let mut sums = vec![(0.0, 0.0); data.classes().len()];
    for item in data.items() {
        let labels = data.labels(item, Target::Auto).unwrap_or_else(|error| panic!("{error}"));
        let weights = labels.effective_weights(false);
        for (class, sum) in sums.iter_mut().enumerate() {
            let probabilities = labels.probabilities();
            let of_class = probabilities.index_axis(Axis(0), class);
            for (p, weight) in of_class.iter().zip(weights.index_axis(Axis(0), 0)) {
                sum.0 += f64::from(p * weight);
                sum.1 += f64::from(*weight);
            }
        }
    }
    sums.into_iter().map(|(on, all)| on / all).collect()
}

#[test]
#[allow(clippy::print_stderr, reason = "a skipped test must say so")]
fn the_shares_are_right() {
    let sets = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/bug_inputs"));
    if !sets.is_dir() {
        eprintln!("skipped: no made-up sets beside the project");
        return;
    }
    let on = 0.2031;
    let cases: [(&str, &str, &[f64]); 10] = [
        ("rgb_masks", "", &[on]),
        ("rgb_masks_tiff", "", &[on]),
        ("palette_0_255", "", &[on]),
        ("voc_void", "ignore_index = 255", &[0.78919, 0.0, 0.0, 0.0, 0.0, 0.21081]),
        ("minus_one", "ignore_index = -1", &[0.23214]),
        ("one_ulp_above", "", &[on]),
        ("nifti_mask_scaled", "", &[0.16875]),
        ("nifti_float_indices", "", &[0.70625, 0.16875, 0.125]),
        ("nifti2", "", &[0.16875]),
        ("large_indices", "labels = 'index'", &[0.46354, 0.16667, 0.16667]),
    ];
    for (name, settings, expected) in cases {
        let found = shares(&sets.join(name), settings);
        assert!(found.len() >= expected.len(), "{name}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 6e-5, "{name}: {found}, expected {expected}");
        }
    }
    for asked in ["voc_void", "large_indices"] {
        assert!(matches!(Dataset::open(&sets.join(asked)), Err(scumble_data::DataError::Ambiguous { .. })));
    }
}
