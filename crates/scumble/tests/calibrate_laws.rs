//! Laws of calibration. A new method belongs into `METHODS` and thereby under all of them.

use ndarray::{Array, Array3, Array4, Axis, array, concatenate};
use proptest::prelude::*;
use scumble::calibrate::{
    CalibrateError, CalibrationMethod, CalibrationPixels, Calibrator, CrossValidation, Isotonic,
};
use scumble::labels::{Kind, SoftLabels};
use scumble::score::Groups;

const METHODS: [(CalibrationMethod, Kind, usize); 8] = [
    (CalibrationMethod::Temperature, Kind::Binary, 1),
    (CalibrationMethod::Temperature, Kind::Multiclass, 3),
    (CalibrationMethod::Temperature, Kind::Multilabel, 2),
    (CalibrationMethod::ClassTemperature, Kind::Multilabel, 2),
    (CalibrationMethod::Vector, Kind::Multiclass, 3),
    (CalibrationMethod::Platt, Kind::Binary, 1),
    (CalibrationMethod::Platt, Kind::Multilabel, 2),
    (CalibrationMethod::Isotonic, Kind::Binary, 1),
];

fn probabilities(kind: Kind, x: &Array3<f32>) -> Array3<f32> {
    match kind {
        Kind::Multiclass => {
            let e = x.mapv(|x| f64::from(x).exp());
            let sum = e.sum_axis(Axis(0)).insert_axis(Axis(0));
            (e / sum).mapv(|q| q as f32)
        }
        _ => x.mapv(|x| (1.0 / (1.0 + (-f64::from(x)).exp())) as f32),
    }
}

fn logits(classes: usize) -> impl Strategy<Value = Array3<f32>> {
    prop::collection::vec(-4.0f32..4.0, classes * 40)
        .prop_map(move |v| Array::from_shape_vec((classes, 5, 8), v).unwrap())
}

fn image(kind: Kind, labels: &Array3<f32>, logits: &Array3<f32>) -> CalibrationPixels {
    let labels = SoftLabels::new(kind, labels.clone()).unwrap();
    CalibrationPixels::new(&labels, logits.view(), true, 1000, 0).unwrap()
}

fn applied(calibrator: &Calibrator, kind: Kind, logits: &Array3<f32>) -> Array3<f32> {
    let mut maps: Array4<f32> = logits.clone().insert_axis(Axis(0));
    calibrator.apply(kind, maps.view_mut());
    maps.remove_axis(Axis(0))
}

fn near(a: &Array3<f32>, b: &Array3<f32>, tolerance: f32) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Labels made by a known map of the logits: the map is found, and what it gives is left as it is.
    #[test]
    fn a_known_map_is_found_and_then_nothing_is_left_to_do(z in logits(3), t in 0.4f32..4.0) {
        for (method, kind, classes) in METHODS {
            let z = z.slice_axis(Axis(0), ndarray::Slice::from(..classes)).to_owned();
            let mut truth = z.clone();
            for (k, mut plane) in truth.outer_iter_mut().enumerate() {
                match method {
                    CalibrationMethod::Vector | CalibrationMethod::Platt => {
                        plane.mapv_inplace(|z| z / (t + 0.5 * k as f32) + 0.3 - 0.2 * k as f32);
                    }
                    CalibrationMethod::ClassTemperature => plane.mapv_inplace(|z| z / (t + k as f32)),
                    _ => plane.mapv_inplace(|z| z / t),
                }
            }
            let labels = probabilities(kind, &truth);
            let calibrator = Calibrator::fit(method, &[&image(kind, &labels, &z)]).unwrap();
            let found = applied(&calibrator, kind, &z);
            // Isotonic values stay 1 / (40 + 2) away from the ends.
            let tolerance = if method == CalibrationMethod::Isotonic { 1.0 / 42.0 } else { 1e-4 };
            prop_assert!(near(&probabilities(kind, &found), &labels, tolerance), "{method} {kind}");
            if method != CalibrationMethod::Isotonic {
                let again = Calibrator::fit(method, &[&image(kind, &labels, &found)]).unwrap();
                prop_assert!(near(&applied(&again, kind, &found), &found, 1e-3), "{again}");
            }
            prop_assert_eq!(calibrator.method(), method);
            calibrator.check(kind, classes).unwrap();
            let json = serde_json::to_string(&calibrator).unwrap();
            prop_assert_eq!(serde_json::from_str::<Calibrator>(&json).unwrap(), calibrator);
        }
    }

    #[test]
    fn a_weight_of_two_is_the_pixel_twice_and_masking_is_leaving_out(z in logits(3), p in logits(3)) {
        for (method, kind, classes) in METHODS {
            let cut = |a: &Array3<f32>| a.slice_axis(Axis(0), ndarray::Slice::from(..classes)).to_owned();
            let (z, p) = (cut(&z), probabilities(kind, &(cut(&p) + cut(&z))));
            let mut weighted = SoftLabels::new(kind, p.clone()).unwrap();
            weighted.weigh(Array::from_shape_fn((5, 8), |(row, _)| if row < 2 { 2.0 } else { 1.0 }).view()).unwrap();
            weighted.ignore(Array::from_shape_fn((5, 8), |(row, _)| row == 4).view()).unwrap();
            let weighted = CalibrationPixels::new(&weighted, z.view(), true, 1000, 0).unwrap();
            let twice = |a: &Array3<f32>| {
                let rows = |from: usize, to: usize| a.slice_axis(Axis(1), ndarray::Slice::from(from..to));
                concatenate![Axis(1), rows(0, 2), rows(0, 2), rows(2, 4)]
            };
            let twice = image(kind, &twice(&p), &twice(&z));
            let (a, b) = (Calibrator::fit(method, &[&weighted]), Calibrator::fit(method, &[&twice]));
            match (a, b) {
                (Ok(a), Ok(b)) => prop_assert!(near(&applied(&a, kind, &z), &applied(&b, kind, &z), 1e-4), "{a} {b}"),
                (a, b) => prop_assert_eq!(a.is_err(), b.is_err()),
            }
        }
    }

    #[test]
    fn an_isotonic_map_rises_and_never_has_a_worse_brier_score(
        points in prop::collection::vec((0.0f64..1.0, 0.0f64..1.0, 0.0f64..3.0), 1..80)
    ) {
        let Some(map) = Isotonic::fit(points.iter().copied()) else {
            prop_assert!(points.iter().all(|point| point.2 == 0.0));
            return Ok(());
        };
        let values: Vec<f64> = (0..=200).map(|i| map.at(f64::from(i) / 200.0)).collect();
        prop_assert!(values.windows(2).all(|v| v[0] <= v[1]) && values[0] >= 0.0 && values[200] <= 1.0);
        let brier = |of: &dyn Fn(f64) -> f64| -> f64 { points.iter().map(|(q, t, w)| w * (of(*q) - t).powi(2)).sum() };
        prop_assert!(brier(&|q| map.at(q)) <= brier(&|q| q) + 1e-12);
        // Any rising map, such as this one.
        prop_assert!(brier(&|q| map.at(q)) <= brier(&|q| q * q) + 1e-12);
        // The mean label is kept, and a second fit finds nothing to do.
        let mean = |of: &dyn Fn(f64, f64) -> f64| -> f64 { points.iter().map(|(q, t, w)| w * of(*q, *t)).sum() };
        prop_assert!((mean(&|q, _| map.at(q)) - mean(&|_, t| t)).abs() < 1e-9);
        let again = Isotonic::fit(points.iter().map(|(q, t, w)| (map.at(*q), *t, *w))).unwrap();
        for (q, _, w) in &points {
            prop_assert!(*w == 0.0 || (again.at(map.at(*q)) - map.at(*q)).abs() < 1e-9);
        }
    }

    #[test]
    fn isotonic_maps_of_exclusive_classes_rule_nothing_out(z in logits(3), p in logits(3)) {
        let labels = probabilities(Kind::Multiclass, &p);
        let calibrator =
            Calibrator::fit(CalibrationMethod::Isotonic, &[&image(Kind::Multiclass, &labels, &z)]).unwrap();
        let found = applied(&calibrator, Kind::Multiclass, &z);
        prop_assert!(found.iter().all(|x| x.is_finite()));
    }
}

/// Hard labels with the sign of their logits: the likelihood grows with the scale, for ever.
#[test]
fn separable_labels_are_refused_instead_of_followed() {
    let z = Array::from_shape_fn((1, 8, 8), |(_, y, x)| if x > y { 3.0 + y as f32 } else { -2.0 - x as f32 });
    let hard = z.mapv(|z: f32| f32::from(u8::from(z > 0.0)));
    for method in [CalibrationMethod::Temperature, CalibrationMethod::Platt] {
        let error = Calibrator::fit(method, &[&image(Kind::Binary, &hard, &z)]).unwrap_err();
        assert!(matches!(error, CalibrateError::NoMaximum { scale, .. } if scale > 1.0), "{error}");
    }
    // Maps of zeros and ones, as the f32 of a certain model.
    let saturated = hard.mapv(|p| if p > 0.5 { 16.6 } else { -88.0 });
    let error = Calibrator::fit(CalibrationMethod::Temperature, &[&image(Kind::Binary, &hard, &saturated)]);
    assert!(matches!(error, Err(CalibrateError::NoMaximum { .. })), "{error:?}");
    let three = concatenate![Axis(0), z, -z.clone(), z.mapv(|z| 0.5 * z - 9.0)];
    let labels = concatenate![Axis(0), hard, hard.mapv(|p| 1.0 - p), hard.mapv(|_| 0.0)];
    let error = Calibrator::fit(CalibrationMethod::Temperature, &[&image(Kind::Multiclass, &labels, &three)]);
    assert!(matches!(error, Err(CalibrateError::NoMaximum { class: None, .. })), "{error:?}");
    // One wrong pixel among them, and there is a best temperature.
    let mut one_wrong = hard;
    one_wrong[[0, 0, 0]] = 1.0;
    Calibrator::fit(CalibrationMethod::Temperature, &[&image(Kind::Binary, &one_wrong, &z)]).unwrap();
}

#[test]
fn what_cannot_be_fitted_is_refused_with_its_reason() {
    let z = Array::from_shape_fn((2, 4, 4), |(k, y, x)| (x + 2 * y + 3 * k) as f32 - 4.0);
    let p = probabilities(Kind::Multilabel, &z);
    let fit = |method, kind, labels: &Array3<f32>, logits: &Array3<f32>| {
        Calibrator::fit(method, &[&image(kind, labels, logits)]).unwrap_err()
    };
    let error = fit(CalibrationMethod::Temperature, Kind::Multilabel, &p.mapv(|p| 1.0 - p), &z);
    assert!(matches!(error, CalibrateError::Uninformative { class: None, .. }), "{error}");
    let mut absent = p.clone();
    absent.index_axis_mut(Axis(0), 1).fill(0.0);
    let error = fit(CalibrationMethod::Platt, Kind::Multilabel, &absent, &z);
    assert_eq!(error, CalibrateError::OneSided { class: 1, value: 0 });
    let error = fit(CalibrationMethod::Vector, Kind::Multilabel, &p, &z);
    assert!(error.to_string().contains("vector is not for multilabel labels; temperature"), "{error}");
    assert_eq!(Calibrator::fit(CalibrationMethod::Platt, &[]), Err(CalibrateError::Empty));
    let damaged = Calibrator::Platt { scale: vec![-1.0], shift: vec![0.0] };
    assert!(damaged.check(Kind::Binary, 1).is_err());
    assert!(serde_json::from_str::<Isotonic>(r#"{"x":[0.5,0.2],"y":[0.1,0.2]}"#).is_err());
}

/// Overconfident logits gain on images held out, true ones do not.
#[test]
fn cross_validation_tells_a_gain_from_none() {
    let images = |temperature: f32| -> Vec<CalibrationPixels> {
        (0..6)
            .map(|i| {
                let z = Array::from_shape_fn((1, 16, 16), |(_, y, x)| {
                    ((x * 7 + y * 3 + i) % 23) as f32 / 3.0 - 3.5
                });
                // Hard labels, on in about the share that the logits say.
                let noise =
                    Array::from_shape_fn((1, 16, 16), |(_, y, x)| ((x * 37 + y * 61 + i * 17) % 101) as f32);
                let labels = (&probabilities(Kind::Binary, &z) - &(noise / 101.0))
                    .mapv(|d| f32::from(u8::from(d > 0.0)));
                image(Kind::Binary, &labels, &z.mapv(|z| z * temperature))
            })
            .collect()
    };
    let gain = |temperature| {
        let validation =
            CrossValidation::new(CalibrationMethod::Temperature, &images(temperature), &Groups::each(6), 3)
                .unwrap();
        assert_eq!(validation.images.len(), 6);
        validation.gain().unwrap()
    };
    let found = gain(3.0);
    let interval = found.interval.unwrap();
    assert!(interval.low <= found.value && found.value <= interval.high, "{found:?}");
    // All six images gain: 2 of 64 exchanges.
    assert!(interval.low > 0.0 && found.chance == Some(2.0 / 64.0), "{found:?}");
    let found = gain(1.0);
    assert!(found.interval.unwrap().low <= 0.0 && found.value.abs() < 0.01, "{found:?}");
    assert_eq!(found.shown(), Some(false), "{found:?}");
    let one = &images(1.0)[..1];
    let error = CrossValidation::new(CalibrationMethod::Temperature, one, &Groups::each(1), 5).unwrap_err();
    assert_eq!(error, CalibrateError::Folds { images: 1, groups: 1, folds: 5 });
    assert!(error.to_string().starts_with("1 image, 5 folds"), "{error}");
    let volume = Groups::of(["a"; 6]);
    let error = CrossValidation::new(CalibrationMethod::Temperature, &images(1.0), &volume, 5).unwrap_err();
    assert!(error.to_string().starts_with("6 images of 1 group, 5 folds"), "{error}");
}

/// An image is calibrated by those of other groups alone, wherever its group's other images stand.
#[test]
fn no_group_is_in_two_folds() {
    let image_of = |scale: f32| {
        let z = Array::from_shape_fn((1, 8, 8), |(_, y, x)| (y as f32 - 3.5) + 0.3 * (x as f32 - 3.5));
        image(Kind::Binary, &probabilities(Kind::Binary, &z), &z.mapv(|z| scale * z))
    };
    // Two groups, alternating: one's logits are twice what they should be, the other's half of it.
    let images: Vec<CalibrationPixels> =
        (0..6).map(|i| image_of(if i % 2 == 0 { 2.0 } else { 0.5 })).collect();
    let by = |groups: &Groups, folds| {
        CrossValidation::new(CalibrationMethod::Temperature, &images, groups, folds).unwrap()
    };
    let grouped = by(&Groups::of((0..6).map(|i| i % 2)), 5);
    assert_eq!(grouped.folds(), 2);
    // Each group's calibration makes the other four times too flat, or too steep.
    let four = by(&Groups::each(6), 6);
    for (grouped, apart) in grouped.images.iter().zip(&four.images) {
        assert_eq!(grouped.before, apart.before);
        assert!(grouped.after.cross_entropy > apart.after.cross_entropy);
    }
    assert_eq!(by(&Groups::each(6), 5).images, by(&Groups::of(["f", "e", "d", "c", "b", "a"]), 5).images);
}

#[test]
fn two_exclusive_classes_are_one_binary_class() {
    let z = Array::from_shape_fn((1, 6, 6), |(_, y, x)| (x * y) as f32 / 5.0 - 2.0);
    let p = probabilities(Kind::Binary, &z.mapv(|z| 0.4 * z));
    let two = concatenate![Axis(0), z.mapv(|_| 0.0), z.view()];
    let labels = concatenate![Axis(0), p.mapv(|p| 1.0 - p), p.view()];
    let of = |calibrator| match calibrator {
        Calibrator::Temperature { temperature } => temperature[0],
        other => panic!("{other}"),
    };
    let fit =
        |kind, p, z| of(Calibrator::fit(CalibrationMethod::Temperature, &[&image(kind, p, z)]).unwrap());
    let (a, b) = (fit(Kind::Binary, &p, &z), fit(Kind::Multiclass, &labels, &two));
    assert!((a - b).abs() < 1e-6 && (a - 2.5).abs() < 1e-5, "{a} {b}");
    let calibrator = Calibrator::Temperature { temperature: vec![a] };
    assert!(near(&applied(&calibrator, Kind::Binary, &array![[[2.5]]]), &array![[[1.0]]], 1e-5));
}
