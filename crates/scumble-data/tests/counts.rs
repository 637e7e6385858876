//! Fused labels in files: counts of raters beside maps, and pixels of which nothing is known.

mod files;

use files::{at, mask, npy};
use ndarray::{Array3, array};
use scumble::labels::{Kind, Votes};
use scumble_data::{Dataset, MapFormat, MapWriter, Sidecar, Target, Wanted, write_counts, write_sidecar};
use std::path::Path;

/// A binary map [1, 2] with its counts, two of three and one of one.
fn fused(folder: &Path) {
    let classes = ["water".to_owned()];
    let mut writer = MapWriter::create(folder, "a", MapFormat::Npy, Kind::Binary, &classes, 1, 2).unwrap();
    writer.write_rows(array![[[2.0 / 3.0, 1.0]]].view()).unwrap();
    writer.finish().unwrap();
    write_sidecar(folder, &Sidecar::new(Kind::Binary, classes, MapFormat::Npy, None)).unwrap();
    let votes = Votes::from_counts(Kind::Binary, array![[[2, 1]]], array![[[3, 1]]]).unwrap();
    assert_eq!(write_counts(folder, "a", &votes).unwrap(), folder.join("counts/a.npy"));
}

fn read(root: &Path) -> Result<scumble::labels::SoftLabels, scumble_data::DataError> {
    let data = Dataset::open(root).unwrap();
    assert_eq!(data.items().len(), 1);
    data.labels(&data.items()[0], Target::Auto)
}

#[test]
fn counts_are_read_back_from_a_folder_of_maps_and_from_labels() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fused(&root.join("maps"));
    fused(&root.join("set/labels"));
    for place in ["maps", "set"] {
        let labels = read(&root.join(place)).unwrap();
        assert_eq!(labels.probabilities(), array![[[2.0 / 3.0, 1.0]]]);
        assert_eq!(labels.votes().unwrap().yes(), array![[[2, 1]]]);
        assert_eq!(labels.effective_weights(true), array![[[3.0, 1.0]]]);
    }
    let data = Dataset::open(&root.join("maps")).unwrap();
    assert!(data.items()[0].files().any(|file| file.ends_with("counts/a.npy")), "part of the fingerprint");
}

#[test]
fn counts_that_cannot_be_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    fused(folder.path());
    let counts = folder.path().join("counts/a.npy");
    let refuses = |says: &[&str]| {
        let message = read(folder.path()).unwrap_err().to_string();
        assert!(message.contains("counts") && says.iter().all(|part| message.contains(part)), "{message}");
    };
    npy(&counts, &[1, 2, 2], &[2u16, 3, 2, 1]);
    refuses(&["row 0, column 1", "2 raters", "1 judged"]);
    npy(&counts, &[1, 2, 3], &[0u16; 6]);
    refuses(&["3 channels", "2"]);
    npy(&counts, &[2, 2, 2], &[0u16; 8]);
    refuses(&["2 rows x 2 columns"]);
    npy(&counts, &[1, 2, 2], &[0f32; 4]);
    refuses(&["16-bit integers"]);
    let problems = Dataset::open(folder.path()).unwrap().check(&|_, _| ());
    assert_eq!(problems.len(), 1);
}

#[test]
fn a_class_may_be_named_counts() {
    let folder = tempfile::tempdir().unwrap();
    for class in ["cells", "counts"] {
        mask(&at(folder.path(), &format!("labels/{class}/a.png")), (1, 2), &[1, 0]);
    }
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(data.classes(), ["cells", "counts"]);
    assert!(data.labels(&data.items()[0], Target::Auto).unwrap().votes().is_none());
}

#[test]
fn nan_is_written_only_where_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let classes = ["water".to_owned()];
    let unknown: Array3<f32> = array![[[f32::NAN, 0.25]]];
    let create =
        |format| MapWriter::create(folder.path(), "a", format, Kind::Binary, &classes, 1, 2).unwrap();
    assert!(create(MapFormat::Npy).write_rows(unknown.view()).is_err());
    assert!(create(MapFormat::Png16).with_ignored(MapFormat::Png16).write_rows(unknown.view()).is_err());
    for format in [MapFormat::Npy, MapFormat::Tiff, MapFormat::Nifti] {
        let own = folder.path().join(format.name());
        let mut writer =
            MapWriter::create(&own, "a", format, Kind::Binary, &classes, 1, 2).unwrap().with_ignored(format);
        writer.write_rows(unknown.view()).unwrap();
        writer.finish().unwrap();
        assert_eq!(read(&own).unwrap().valid(), array![[[false, true]]]);
    }
}

#[test]
fn opinions_are_unseen_where_the_image_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    mask(&at(folder.path(), "raters/ann/a.png"), (1, 2), &[1, 0]);
    mask(&at(folder.path(), "ignore/a.png"), (1, 2), &[1, 0]);
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(data.read(&data.items()[0], &Wanted::raters()).unwrap().raters[0].1.marks(), array![[[1, 0]]]);
    assert_eq!(
        data.read(&data.items()[0], &Wanted::raters()).unwrap().opinions()[0].1.marks(),
        array![[[scumble::labels::UNSEEN, 0]]]
    );
}
