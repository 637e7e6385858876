//! Amounts of volumes in cubic millimetres, and what uncertainty adds to a judgement.

use ndarray::Array3;
use scumble::labels::Kind;
use scumble::score::Scores;
use scumble_data::{MapFormat, MapWriter, Sidecar, write_sidecar};
use scumble_jobs::judge;
use scumble_jobs::judge::{AmountUnit, JudgeRequest, Judgement};
use std::path::Path;

const COLUMNS: usize = 4;
const ROWS: usize = 3;
const SLICES: usize = 2;
/// Columns, rows, slices.
const MILLIMETRES: [f32; 3] = [0.5, 2.0, 3.0];

/// A volume of bytes as NIfTI-1, columns first, with voxels of that size or none that is said.
fn volume(sized: bool, on: impl Fn(usize) -> bool) -> Vec<u8> {
    let mut file = vec![0; 352];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348_i32.to_le_bytes());
    for (at, size) in [3, COLUMNS, ROWS, SLICES, 1, 1, 1, 1].into_iter().enumerate() {
        put(40 + 2 * at, &(size as i16).to_le_bytes());
    }
    put(70, &2_i16.to_le_bytes());
    put(72, &8_i16.to_le_bytes());
    put(108, &352_f32.to_le_bytes());
    if sized {
        put(254, &1_i16.to_le_bytes());
        for (axis, size) in MILLIMETRES.into_iter().enumerate() {
            put(280 + 16 * axis + 4 * axis, &size.to_le_bytes());
        }
    }
    put(344, b"n+1\0");
    file.extend((0..COLUMNS * ROWS * SLICES).map(|at| u8::from(on(at))));
    file
}

/// A head of two slices, whose 24 voxels ann marks every second of, bob every third; predicted are 0.75 and 0.25 by turns.
fn heads(folder: &Path, sized: bool) -> Judgement {
    let (data, maps) = (folder.join("data"), folder.join("maps"));
    for (name, every) in [("images", 1), ("raters/ann", 2), ("raters/bob", 3)] {
        std::fs::create_dir_all(data.join(name)).unwrap();
        std::fs::write(data.join(name).join("head.nii"), volume(sized, |at| at % every == 0)).unwrap();
    }
    let classes = ["bone".to_string()];
    for slice in 0..SLICES {
        let map = Array3::from_shape_fn((1, ROWS, COLUMNS), |(_, _, column)| [0.75, 0.25][column % 2]);
        let id = format!("head@{slice:04}");
        let mut writer =
            MapWriter::create(&maps, &id, MapFormat::Npy, Kind::Binary, &classes, ROWS, COLUMNS).unwrap();
        writer.write_rows(map.view()).unwrap();
        writer.finish().unwrap();
    }
    write_sidecar(&maps, &Sidecar::new(Kind::Binary, classes, MapFormat::Npy, None)).unwrap();
    judge(&JudgeRequest { uncertainty: true, ..JudgeRequest::new(maps, data) }, &()).unwrap()
}

#[test]
fn slices_are_one_volume() {
    for (sized, unit, size) in [(true, AmountUnit::CubicMillimetres, 3.0), (false, AmountUnit::Pixels, 1.0)] {
        let folder = tempfile::tempdir().unwrap();
        let judgement = heads(folder.path(), sized);
        let names =
            |images: &[(String, Scores)]| images.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&judgement.images), ["head"]);
        assert_eq!(names(&judgement.slices), ["head@0000", "head@0001"]);
        let amounts = &judgement.amounts;
        assert_eq!(amounts.unit, unit);
        let [head] = &amounts.images[..] else { panic!("{:?}", amounts.images) };
        assert_eq!((head.image.as_str(), head.slices), ("head", Some(2)));
        let amount = &head.classes[0];
        assert_eq!(amount.predicted, 12.0 * size);
        assert_eq!(amount.raters.values().copied().collect::<Vec<_>>(), [12.0 * size, 8.0 * size]);
        let all = &amounts.classes[0];
        assert_eq!(
            (all.scores.count, all.scores.bias, all.scores.relative_bias),
            (1, Some(2.0 * size), Some(0.2))
        );
        // (0 + 4) / 2 less a quarter of 4.
        assert_eq!(all.scores.crps, Some(size));
        assert!(all.intervals.is_empty(), "one volume alone");
        let json = serde_json::to_value(&judgement).unwrap();
        assert_eq!(json["amounts"]["classes"][0]["bias"], 2.0 * size);
        assert_eq!(json["amounts"]["images"][0]["classes"][0]["raters"]["bob"], 8.0 * size);
    }
}

#[test]
fn uncertainty_is_by_pixel_and_by_image() {
    let folder = tempfile::tempdir().unwrap();
    let judgement = heads(folder.path(), true);
    let found = judgement.uncertainty.as_ref().unwrap();
    // All pixels are as sure: the curve has one point.
    let [point] = &found.points[..] else { panic!("{:?}", found.points) };
    let of_pixels = judgement.all.risk_coverage.unwrap();
    assert_eq!((point.coverage, point.confidence), (1.0, 0.75));
    assert!((point.risk - of_pixels.risk).abs() < 1e-12 && (of_pixels.aurc - of_pixels.risk).abs() < 1e-12);
    let by_image = found.by_image.unwrap();
    assert!((by_image.risk - of_pixels.risk).abs() < 1e-12, "the volume is all there is");
    assert_eq!(found.images.iter().map(|image| image.image.as_str()).collect::<Vec<_>>(), ["head"]);
    assert!(found.by_image_intervals.is_empty(), "one volume alone");
    assert_eq!(judgement.all.entropy_correlation, None, "the entropy of all predictions is one number");
    let raters: Vec<_> = judgement.all.raters.iter().map(|rater| rater.calibration_error.unwrap()).collect();
    let mean = raters.iter().sum::<f64>() / 2.0;
    assert!((judgement.all.rater_calibration.unwrap() - mean).abs() < 1e-12);
}
