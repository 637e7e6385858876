//! Every calibration of every kind of labels.

use super::{agrees, images, of_task, shifted, task};
use scumble::calibrate::{Calibrator, Isotonic};
use scumble::labels::Kind;
use scumble_nn::Task;

fn calibrated(kind: Kind, classes: usize, calibrator: Calibrator) -> Task {
    let mut task = task(kind, classes);
    task.calibrate(calibrator).unwrap();
    task
}

/// A map of so many points that is nowhere steep, another one for each class.
fn rising(class: usize, points: usize) -> Isotonic {
    let place = |i: usize| (i as f64 + 0.5) / points as f64;
    let label = |x: f64| 0.02 + 0.96 * x.powi(class as i32 + 1);
    Isotonic::fit((0..points).map(|i| (place(i), label(place(i)), 1.0))).unwrap()
}

#[test]
fn affine_maps_of_logits() {
    let temperature = |temperature: Vec<f64>| Calibrator::Temperature { temperature };
    let (scale, shift) = (vec![0.7, 1.4, 1.1], vec![0.5, -0.8, 0.3]);
    let platt = |k: usize| Calibrator::Platt { scale: scale[..k].to_vec(), shift: shift[..k].to_vec() };
    for (kind, classes, calibrator) in [
        (Kind::Binary, 1, temperature(vec![1.7])),
        (Kind::Multiclass, 3, temperature(vec![0.6])),
        (Kind::Multilabel, 3, temperature(vec![0.6, 1.0, 2.5])),
        (Kind::Multiclass, 3, Calibrator::Vector { scale: scale.clone(), shift: shift.clone() }),
        (Kind::Binary, 1, platt(1)),
        (Kind::Multilabel, 3, platt(3)),
    ] {
        let what = format!("{} {kind}", calibrator.method());
        let task = calibrated(kind, classes, calibrator);
        agrees(&what, &of_task(task.clone()), &images(1, 1, (11, 14)));
        // The shift comes off before.
        agrees(&format!("{what} shifted"), &of_task(shifted(&task)), &images(1, 1, (11, 14)));
    }
}

#[test]
fn rising_maps_of_probabilities() {
    for (kind, classes) in [(Kind::Binary, 1), (Kind::Multiclass, 3), (Kind::Multilabel, 3)] {
        // Tables of one size hold maps of several; 1, 7 and 8 points are on either side of a power of two.
        for points in [1, 7, 8, 100] {
            let maps = (0..classes).map(|class| rising(class, points + 3 * class)).collect();
            let task = calibrated(kind, classes, Calibrator::Isotonic { maps });
            agrees(&format!("isotonic {kind} {points}"), &of_task(task), &images(1, 1, (11, 14)));
        }
    }
}

/// Points that f32 cannot tell apart are a step, not a division of nothing by nothing.
#[test]
fn points_at_vanishing_probabilities_stay_probabilities() {
    let points = [(1e-60, 0.1, 1.0), (1.1e-60, 0.1 + 1e-7, 1.0), (0.5, 0.4, 1.0), (0.5 + 1e-12, 0.4, 1.0)];
    let maps = vec![Isotonic::fit(points).unwrap()];
    let mut model = of_task(calibrated(Kind::Binary, 1, Calibrator::Isotonic { maps }));
    // Far below the points, and at a pole of f32.
    for bias in [-1e4, -100.0, 0.0, 100.0] {
        model.weights.get_mut("head.bias").unwrap().fill(bias);
        agrees(&format!("isotonic vanishing {bias}"), &model, &images(1, 1, (6, 5)));
    }
}

/// Predictions beyond the points of a map are as at its ends, and between its steps they are level.
#[test]
fn a_map_of_steps_is_level_between_and_beyond_them() {
    let points = [(0.3, 0.1, 1.0), (0.4, 0.1, 1.0), (0.45, 0.6, 1.0), (0.6, 0.6, 1.0)];
    let maps = vec![Isotonic::fit(points).unwrap()];
    let task = calibrated(Kind::Binary, 1, Calibrator::Isotonic { maps });
    agrees("isotonic steps", &of_task(task), &images(2, 1, (15, 14)));
}
