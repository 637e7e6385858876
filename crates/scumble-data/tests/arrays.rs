//! NPY files as arrays of any rank.

use ndarray::{ArrayD, IxDyn, array};
use scumble_data::{DataError, NumberArray, read_array, write_array};
use std::path::PathBuf;

/// A file as NumPy writes it, by hand.
fn npy(folder: &tempfile::TempDir, descr: &str, fortran: bool, shape: &str, data: &[u8]) -> PathBuf {
    let order = if fortran { "True" } else { "False" };
    let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(format!("{header:<117}\n").into_bytes());
    bytes.extend(data);
    let path = folder.path().join("array.npy");
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn every_type_order_and_rank() {
    let folder = tempfile::tempdir().unwrap();
    let integers = NumberArray::Integer(array![[1, 2, 3], [4, 5, 6]].into_dyn());
    let bytes = |values: [i64; 6], width: usize, big: bool| -> Vec<u8> {
        values
            .iter()
            .flat_map(|v| {
                if big { v.to_be_bytes()[8 - width..].to_vec() } else { v.to_le_bytes()[..width].to_vec() }
            })
            .collect()
    };
    for (descr, width, big) in
        [("|u1", 1, false), ("<u2", 2, false), (">i4", 4, true), ("<i8", 8, false), (">u8", 8, true)]
    {
        let path = npy(&folder, descr, false, "(2, 3)", &bytes([1, 2, 3, 4, 5, 6], width, big));
        assert_eq!(read_array(&path).unwrap(), integers, "{descr}");
        let path = npy(&folder, descr, true, "(2, 3)", &bytes([1, 4, 2, 5, 3, 6], width, big));
        assert_eq!(read_array(&path).unwrap(), integers, "{descr}, Fortran order");
    }
    let path = npy(&folder, "|b1", false, "(2,)", &[1, 0]);
    assert_eq!(read_array(&path).unwrap(), NumberArray::Bool(array![true, false].into_dyn()));
    let path = npy(&folder, "<f8", false, "()", &0.1f64.to_le_bytes());
    assert_eq!(read_array(&path).unwrap(), NumberArray::F64(ArrayD::from_elem(IxDyn(&[]), 0.1)));
    let path = npy(&folder, "<f4", false, "(0, 3)", &[]);
    assert_eq!(read_array(&path).unwrap().shape(), [0, 3]);
}

#[test]
fn what_is_written_is_read_again_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("any name");
    let numbers = array![[[0.1, f64::MIN_POSITIVE, -0.0], [1e300, f64::INFINITY, 3.0]]];
    write_array(&path, numbers.view()).unwrap();
    assert_eq!(read_array(&path).unwrap(), NumberArray::F64(numbers.clone().into_dyn()));
    // A view in another order is written in its own.
    let turned = numbers.view().permuted_axes([2, 0, 1]);
    write_array(&path, turned).unwrap();
    assert_eq!(read_array(&path).unwrap(), NumberArray::F64(turned.to_owned().into_dyn()));
    let narrow = array![0.1f32, -2.5];
    write_array(&path, narrow.view()).unwrap();
    assert_eq!(read_array(&path).unwrap(), NumberArray::F32(narrow.into_dyn()));
}

#[test]
fn files_that_lie_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for shape in ["(2, 3)", "(18446744073709551615, 2)", "(4294967296, 4294967296, 4294967296)"] {
        let error = read_array(&npy(&folder, "<f8", false, shape, &[0; 40])).unwrap_err();
        assert!(matches!(error, DataError::Broken { .. }), "{shape}: {error}");
    }
    let error = read_array(&npy(&folder, "<u8", false, "(1,)", &[255; 8])).unwrap_err();
    assert!(error.to_string().contains("18446744073709551615"), "{error}");
    let path = folder.path().join("text");
    std::fs::write(&path, "not an array").unwrap();
    assert!(matches!(read_array(&path).unwrap_err(), DataError::Broken { .. }));
}
