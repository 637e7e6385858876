//! Probability maps written, and read again as labels.

mod files;

use ndarray::{Array3, Axis, Slice};
use proptest::prelude::*;
use scumble::labels::Kind;
use scumble_data::{
    DataError, Dataset, MapFormat, MapProblem, MapWriter, Numbers, RasterReader, Sidecar, Target, read_info,
    write_sidecar,
};
use std::fs;
use std::path::Path;

/// The bound of the 16-bit format, half a step, and the rounding of f32 on the way back.
const PNG16: f32 = 0.5 / 65535.0 + 1e-7;

fn classes(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("c{}", count - n)).collect()
}

/// Probabilities [K, H, W] made from numbers 0..1, summing to 1 for multiclass.
fn probabilities(kind: Kind, shape: (usize, usize, usize), numbers: &[f32]) -> Array3<f32> {
    let (k, h, w) = shape;
    let mut p = Array3::from_shape_fn(shape, |(c, y, x)| numbers[(c * h + y) * w + x]);
    if kind == Kind::Multiclass {
        for mut pixel in p.lanes_mut(Axis(0)) {
            let sum: f64 = pixel.iter().map(|&v| f64::from(v) + 1e-3).sum();
            pixel.mapv_inplace(|v| ((f64::from(v) + 1e-3) / sum) as f32);
        }
    }
    assert_eq!(p.dim().0, k);
    p
}

fn write(folder: &Path, format: MapFormat, kind: Kind, p: &Array3<f32>, band: usize) {
    let (k, h, w) = p.dim();
    let names = classes(k);
    let mut writer = MapWriter::create(folder, "x.1", format, kind, &names, h, w).unwrap();
    for start in (0..h).step_by(band) {
        let rows = p.slice_axis(Axis(1), Slice::from(start..h.min(start + band)));
        writer.write_rows(rows).unwrap();
    }
    writer.finish().unwrap();
    write_sidecar(folder, &Sidecar::new(kind, names, format, Some("a model".into()))).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn maps_come_back_as_labels(
        (h, w, k) in (1_usize..9, 1_usize..9, 2_usize..4),
        band in 1_usize..5,
        numbers in proptest::collection::vec(0.0_f32..=1.0, 9 * 9 * 4),
    ) {
        for kind in [Kind::Binary, Kind::Multiclass, Kind::Multilabel] {
            let k = if kind == Kind::Binary { 1 } else { k };
            let p = probabilities(kind, (k, h, w), &numbers);
            for (format, bound) in [
                (MapFormat::Npy, 0.0), (MapFormat::Tiff, 0.0), (MapFormat::Png16, PNG16), (MapFormat::Png8, 0.5 / 255.0 + 1e-6),
            ] {
                let folder = tempfile::tempdir().unwrap();
                write(folder.path(), format, kind, &p, band);
                let data = Dataset::open(folder.path()).unwrap();
                prop_assert_eq!((data.kind(), data.classes()), (kind, &classes(k)[..]));
                prop_assert_eq!(data.items()[0].id(), "x.1");
                let labels = data.labels(&data.items()[0], Target::Auto).unwrap();
                // Exclusive classes are divided by their sum: exactly 1 in the file's rounding, or nearly.
                let bound = if kind == Kind::Multiclass { bound * (1 + k) as f32 + 2e-7 } else { bound };
                for (read, written) in labels.probabilities().iter().zip(&p) {
                    prop_assert!((read - written).abs() <= bound, "{format} {kind}: {read} {written}");
                }
            }
        }
    }
}

#[test]
fn sixteen_bits_are_within_half_a_step() {
    let folder = tempfile::tempdir().unwrap();
    let p = Array3::from_shape_fn((1, 100, 100), |(_, y, x)| (y * 100 + x) as f32 / 9999.0);
    write(folder.path(), MapFormat::Png16, Kind::Binary, &p, 7);
    let data = Dataset::open(folder.path()).unwrap();
    let labels = data.labels(&data.items()[0], Target::Labels).unwrap();
    let error = labels.probabilities().iter().zip(&p).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(error <= PNG16 && error > 0.0, "{error}");
}

#[test]
fn faint_maps_stay_faint() {
    // Values 0 and 1 of 65535 would pass for an on/off mask; the sidecar says that they are probabilities.
    let folder = tempfile::tempdir().unwrap();
    let p = Array3::from_shape_fn((1, 2, 2), |(_, y, _)| y as f32 / 65535.0);
    write(folder.path(), MapFormat::Png16, Kind::Binary, &p, 2);
    let data = Dataset::open(folder.path()).unwrap();
    let labels = data.labels(&data.items()[0], Target::Labels).unwrap();
    assert!(labels.probabilities().iter().all(|&p| p < 2e-5));
}

#[test]
fn tiff_with_several_strips() {
    let folder = tempfile::tempdir().unwrap();
    // 1000 columns are 4000 bytes, 16 rows a strip.
    let p = Array3::from_shape_fn((1, 50, 1000), |(_, y, x)| (y * 1000 + x) as f32 / 50000.0);
    write(folder.path(), MapFormat::Tiff, Kind::Binary, &p, 9);
    let path = folder.path().join("x.1.tif");
    let info = read_info(&path).unwrap();
    assert_eq!((info.height, info.width, info.numbers), (50, 1000, Numbers::Float));
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(data.labels(&data.items()[0], Target::Labels).unwrap().probabilities(), p);
}

/// More than 16 million pixels: packed tiles.
#[test]
fn a_large_tiff_has_tiles() {
    let folder = tempfile::tempdir().unwrap();
    let (height, width) = (4097, 4100);
    let mut writer =
        MapWriter::create(folder.path(), "x", MapFormat::Tiff, Kind::Binary, &classes(1), height, width)
            .unwrap();
    let value = |y: usize, x: usize| ((y / 50 + x / 70) % 9) as f32 / 8.0;
    for top in (0..height).step_by(300) {
        let rows = 300.min(height - top);
        writer
            .write_rows(Array3::from_shape_fn((1, rows, width), |(_, y, x)| value(top + y, x)).view())
            .unwrap();
    }
    let path = writer.finish().unwrap().remove(0);
    assert!(fs::metadata(&path).unwrap().len() < 4_000_000);
    let mut reader = RasterReader::raster(&path).unwrap().unwrap();
    for row in [0, 255, 256, 3000, 4096] {
        let found = reader.rows(row..row + 1).unwrap();
        assert!((0..width).all(|x| found.raw(0, x, 0) == value(row, x)), "{row}");
    }
}

#[test]
fn npyz_reads_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let p = Array3::from_shape_fn((3, 2, 2), |(c, y, x)| (c * 4 + y * 2 + x) as f32 / 12.0);
    write(folder.path(), MapFormat::Npy, Kind::Multilabel, &p, 1);
    let npy = npyz::NpyFile::new(fs::File::open(folder.path().join("x.1.npy")).unwrap()).unwrap();
    assert_eq!(npy.shape(), [2, 2, 3]);
    let expected: Vec<f32> = p.permuted_axes([1, 2, 0]).iter().copied().collect();
    assert_eq!(npy.into_vec::<f32>().unwrap(), expected);
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for format in MapFormat::ALL {
        let mut writer =
            MapWriter::create(folder.path(), "x", format, Kind::Multilabel, &classes(2), 4, 4).unwrap();
        writer.write_rows(Array3::zeros((2, 3, 4)).view()).unwrap();
        drop(writer);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{format}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let new =
        |kind, count| MapWriter::create(folder.path(), "x", MapFormat::Png8, kind, &classes(count), 2, 3);
    assert!(matches!(
        new(Kind::Binary, 2).err(),
        Some(DataError::Maps { problem: MapProblem::Classes { classes: 2, .. }, .. })
    ));
    let mut writer = new(Kind::Binary, 1).unwrap();
    assert!(writer.write_rows(Array3::zeros((1, 1, 4)).view()).is_err());
    assert!(writer.write_rows(Array3::zeros((1, 3, 3)).view()).is_err());
    writer.write_rows(Array3::from_elem((1, 1, 3), 1.000_001).view()).unwrap();
    let nan = writer.write_rows(Array3::from_elem((1, 1, 3), f32::NAN).view()).unwrap_err();
    assert!(nan.to_string().contains("row 1, column 0: NaN"), "{nan}");
    let early = writer.finish().unwrap_err();
    assert!(matches!(early, DataError::Maps { problem: MapProblem::Missing { missing: 1 }, .. }));

    for bad in ["../x", "", ".x"] {
        let made = MapWriter::create(folder.path(), bad, MapFormat::Npy, Kind::Binary, &classes(1), 1, 1);
        assert!(matches!(made.err(), Some(DataError::Name { .. })), "{bad}");
    }
    let slash = ["a/b".to_owned(), "c".to_owned()];
    let made = MapWriter::create(folder.path(), "x", MapFormat::Tiff, Kind::Multilabel, &slash, 1, 1);
    assert!(made.is_err());
    MapWriter::create(folder.path(), "x", MapFormat::Npy, Kind::Multilabel, &slash, 1, 1).unwrap();
    let wide = MapWriter::create(folder.path(), "x", MapFormat::Tiff, Kind::Binary, &classes(1), 1, 1 << 31);
    assert!(wide.err().unwrap().to_string().contains("npy has no limit"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_sidecar_of_the_future_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut sidecar = Sidecar::new(Kind::Binary, ["a"], MapFormat::Npy, None);
    sidecar.version = 2;
    write_sidecar(folder.path(), &sidecar).unwrap();
    let error = Dataset::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("maps.json: version 2"), "{error}");
}
