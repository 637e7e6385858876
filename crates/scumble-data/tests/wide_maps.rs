//! Maps in 64-bit floats: read to be judged they keep their digits, read as labels they are f32 as ever.

mod files;

use files::{at, npy};
use ndarray::{Array3, array};
use scumble::labels::Kind;
use scumble_data::{DataError, Dataset, MapFormat, Prediction, Sidecar, Target, write_sidecar};
use std::fs;
use tempfile::tempdir;
use tiff::encoder::{TiffEncoder, colortype::Gray64Float};

#[test]
fn a_wide_file_keeps_its_digits_and_a_narrow_one_is_as_it_was() {
    let folder = tempdir().unwrap();
    npy(&at(folder.path(), "labels/wide.npy"), &[1, 3], &[0.3_f64, 0.25, 1.0]);
    npy(&at(folder.path(), "labels/narrow.npy"), &[1, 3], &[0.3_f32, 0.25, 1.0]);
    let data = Dataset::open(folder.path()).unwrap();
    let [narrow, wide] = data.items() else { panic!("two items") };
    assert_eq!(data.prediction(wide).unwrap(), Prediction::F64(array![[[0.3, 0.25, 1.0]]]));
    assert_eq!(data.prediction(narrow).unwrap(), Prediction::F32(array![[[0.3, 0.25, 1.0]]]));
    assert_eq!(data.prediction(narrow).unwrap().into_f64()[[0, 0, 0]], f64::from(0.3_f32));
    for item in data.items() {
        assert_eq!(
            data.labels(item, Target::Labels).unwrap().probabilities(),
            array![[[0.3_f32, 0.25, 1.0]]]
        );
    }
}

#[test]
fn so_do_class_folders_of_tiff_of_which_one_is_wide() {
    let folder = tempdir().unwrap();
    let file = fs::File::create(at(folder.path(), "cup/a.tif")).unwrap();
    TiffEncoder::new(file).unwrap().write_image::<Gray64Float>(2, 1, &[0.1, 0.7]).unwrap();
    npy(&at(folder.path(), "disc/a.npy"), &[1, 2], &[0.1_f32, 0.7]);
    write_sidecar(folder.path(), &Sidecar::new(Kind::Multilabel, ["cup", "disc"], MapFormat::Tiff, None))
        .unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    let expected = array![[[0.1, 0.7]], [[f64::from(0.1_f32), f64::from(0.7_f32)]]];
    assert_eq!(data.prediction(&data.items()[0]).unwrap(), Prediction::F64(expected));
}

#[test]
fn exclusive_classes_are_divided_by_their_sum_only_where_it_is_off() {
    let folder = tempdir().unwrap();
    let exact = [0.1, 0.2, 0.7, 0.1 + 1e-12, 0.2, 0.7];
    npy(&at(folder.path(), "exact.npy"), &[1, 2, 3], &exact);
    npy(&at(folder.path(), "off.npy"), &[1, 2, 3], &[0.1_f64, 0.2, 0.7004, 0.1, 0.2, 0.7]);
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(data.kind(), Kind::Multiclass);
    let pixels = |maps: Array3<f64>| maps.permuted_axes([1, 2, 0]).iter().copied().collect::<Vec<_>>();
    let [first, second] = [0, 1].map(|at| data.prediction(&data.items()[at]).unwrap().into_f64());
    assert_eq!(pixels(first), exact);
    let second = pixels(second);
    assert_eq!(second[..3], [0.1, 0.2, 0.7004].map(|p: f64| p / (0.1 + 0.2 + 0.7004)));
    assert_eq!(second[3..], exact[..3]);
}

#[test]
fn a_pixel_without_probability_is_no_prediction() {
    let folder = tempdir().unwrap();
    npy(&at(folder.path(), "a.npy"), &[2, 2], &[0.3_f64, 0.25, 1.0, f64::NAN]);
    let data = Dataset::open(folder.path()).unwrap();
    let error = data.prediction(&data.items()[0]).unwrap_err();
    assert!(matches!(error, DataError::NoProbability { row: 1, column: 1, .. }), "{error:?}");
    assert!(error.to_string().contains("row 1, column 1 is NaN, no probability"), "{error}");
}
