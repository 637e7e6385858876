//! Agreement of raters against published examples and the field's own packages.
//! More golden cases: `scripts/golden_agreement.py`.

mod common;

use approx::assert_relative_eq;
use common::labels::space;
use ndarray::Array3;
use scumble::agreement::{Agreement, Units};
use scumble::labels::{Kind, RaterMask, UNSEEN};
use serde_json::Value;

/// The masks of several raters (rows; a negative mark: not judged) in one row of pixels.
fn agreement(states: usize, marks: &[Vec<i64>]) -> Agreement {
    let mask = |row: &Vec<i64>| {
        let marks = row.iter().map(|&mark| u16::try_from(mark).unwrap_or(UNSEEN)).collect();
        let marks = Array3::from_shape_vec((1, 1, row.len()), marks).unwrap();
        RaterMask::new(&space(Kind::Multiclass, states), marks).unwrap()
    };
    let masks: Vec<_> = marks.iter().enumerate().map(|(k, row)| (format!("rater{k}"), mask(row))).collect();
    let mut agreement = Agreement::new(&space(Kind::Multiclass, states));
    agreement.add(&masks).unwrap();
    agreement
}

#[test]
fn krippendorffs_own_example() {
    // Four observers, twelve units, missing values: section C of "Computing Krippendorff's alpha-reliability" (2011).
    let observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, -1, -1, -1],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, -1, 3],
        [-1, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, -1],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, -1],
    ];
    let alpha = agreement(6, &observers.map(|row| row.to_vec())).krippendorff_alpha().unwrap();
    assert!((alpha - 0.743).abs() < 5e-4, "{alpha}");
}

#[test]
fn fleiss_own_kind_of_example() {
    // Ten subjects, fourteen raters, five categories; kappa 0.210 in every text book that has this table.
    let table = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ];
    let mut units = Units::new(5);
    table.iter().for_each(|subject| units.add(subject, 1));
    assert!((units.fleiss_kappa().unwrap() - 0.210).abs() < 5e-4);
}

#[test]
fn the_fields_packages_say_the_same() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("fixtures/agreement.json")).unwrap();
    assert!(cases.len() >= 20);
    for case in &cases {
        let states = case["states"].as_u64().unwrap() as usize;
        let marks: Vec<Vec<i64>> = serde_json::from_value(case["marks"].clone()).unwrap();
        let found = agreement(states, &marks);
        let expect = |name: &str| case[name].as_f64().unwrap();
        assert_relative_eq!(found.krippendorff_alpha().unwrap(), expect("alpha"), epsilon = 1e-12);
        assert_relative_eq!(found.fleiss_kappa().unwrap(), expect("fleiss"), epsilon = 1e-12);
        let kappas: Vec<f64> = serde_json::from_value(case["kappas"].clone()).unwrap();
        assert_eq!(found.pairs().count(), kappas.len());
        for ((_, _, pair), kappa) in found.pairs().zip(kappas) {
            assert_relative_eq!(pair.kappa().unwrap(), kappa, epsilon = 1e-12);
        }
    }
}
