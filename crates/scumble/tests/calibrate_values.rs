//! Calibrations held to scikit-learn's and SciPy's, on soft labels with weights. The values come from
//! scripts/golden_calibration.py.

use ndarray::{Array2, Array3};
use scumble::calibrate::{CalibrationMethod, CalibrationPixels, Calibrator, Isotonic};
use scumble::labels::{Kind, SoftLabels};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("fixtures/calibration.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

/// Rows of numbers as maps [K, 1, N].
fn maps(value: &Value, classes: usize) -> Array3<f32> {
    let values: Vec<f32> = numbers(value).iter().map(|&v| v as f32).collect();
    Array3::from_shape_vec((classes, 1, values.len() / classes), values).unwrap()
}

fn image(golden: &Value, name: &str, kind: Kind, classes: usize) -> CalibrationPixels {
    let mut labels = SoftLabels::new(kind, maps(&golden[name]["labels"], classes)).unwrap();
    let weights: Vec<f32> = numbers(&golden["weights"]).iter().map(|&v| v as f32).collect();
    labels.weigh(Array2::from_shape_vec((1, weights.len()), weights).unwrap().view()).unwrap();
    CalibrationPixels::new(&labels, maps(&golden[name]["logits"], classes).view(), true, 1000, 0).unwrap()
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < tolerance, "{found:?} {expected:?}");
    }
}

#[test]
fn scales_and_shifts_are_those_of_other_minimisers() {
    let golden = golden();
    let binary = image(&golden, "binary", Kind::Binary, 1);
    let exclusive = image(&golden, "exclusive", Kind::Multiclass, 3);
    let fit = |method, image| Calibrator::fit(method, &[image]).unwrap();
    let Calibrator::Temperature { temperature } = fit(CalibrationMethod::Temperature, &binary) else {
        panic!()
    };
    close(&temperature, &numbers(&golden["binary_temperature"]), 1e-6);
    let Calibrator::Platt { scale, shift } = fit(CalibrationMethod::Platt, &binary) else { panic!() };
    close(&[scale[0], shift[0]], &numbers(&golden["platt"]), 1e-5);
    let Calibrator::Temperature { temperature } = fit(CalibrationMethod::Temperature, &exclusive) else {
        panic!()
    };
    close(&temperature, &numbers(&golden["temperature"]), 1e-5);
    let Calibrator::Vector { scale, shift } = fit(CalibrationMethod::Vector, &exclusive) else { panic!() };
    close(&scale, &numbers(&golden["vector"]["scale"]), 1e-5);
    close(&shift, &numbers(&golden["vector"]["shift"]), 1e-5);
}

#[test]
fn the_isotonic_map_is_that_of_scikit_learn_everywhere() {
    let golden = golden();
    let of = |name: &str| numbers(&golden["binary"][name]);
    let q = of("logits").into_iter().map(|z| 1.0 / (1.0 + (-f64::from(z as f32)).exp()));
    let labels = of("labels").into_iter().map(|t| f64::from(t as f32));
    let points = q.zip(labels).zip(numbers(&golden["weights"])).map(|((q, t), w)| (q, t, w));
    let map = Isotonic::fit(points).unwrap();
    let found: Vec<f64> = (0..=100).map(|i| map.at(f64::from(i) / 100.0)).collect();
    close(&found, &numbers(&golden["isotonic"]), 1e-9);
}
