//! Amounts, uncertainty and calibration against raters as NumPy and SciPy have them: `scripts/golden_amounts.py` made
//! `fixtures/amounts.json`.

mod common;

use common::labels::space;
use ndarray::Array3;
use scumble::labels::{Kind, RaterMask, Votes};
use scumble::score::{Judge, JudgeOptions, RiskCoverageScore, Scores, Tally, score_names};
use serde_json::Value;

fn golden(part: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("fixtures/amounts.json")).unwrap();
    all[part].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// An image of one row.
fn judge(kind: Kind, golden: &Value) -> Judge {
    let rows: Vec<Vec<f64>> = golden["prediction"].as_array().unwrap().iter().map(numbers).collect();
    let (classes, pixels) = (rows.len(), rows[0].len());
    let maps = Array3::from_shape_vec((classes, 1, pixels), rows.concat()).unwrap();
    let space = space(kind, classes);
    let mask = |(at, marks): (usize, &Value)| {
        let marks = numbers(marks).into_iter().map(|mark| mark as u16).collect();
        let marks = Array3::from_shape_vec((1, 1, pixels), marks).unwrap();
        (at.to_string(), RaterMask::new(&space, marks).unwrap())
    };
    let raters: Vec<_> = golden["marks"].as_array().unwrap().iter().enumerate().map(mask).collect();
    let mut votes = Votes::new(&space, (1, pixels));
    raters.iter().for_each(|(_, mask)| votes.add(mask).unwrap());
    let mut judge = Judge::new(&space, JudgeOptions { uncertainty: true, ..JudgeOptions::default() });
    judge.add(&votes.into_labels(), maps.view(), &raters).unwrap();
    judge
}

const IMAGES: [(Kind, &str); 2] = [(Kind::Binary, "binary"), (Kind::Multiclass, "multiclass")];

fn named(scores: &Scores, name: &str) -> f64 {
    (score_names().iter().find(|score| score.name == name).expect(name).of)(scores).expect(name)
}

#[test]
fn amounts_are_those_of_numpy_and_scipy() {
    for (kind, part) in IMAGES {
        let golden = golden(part);
        let found = judge(kind, &golden).amounts().of_classes();
        assert_eq!(found.len(), golden["amounts"].as_array().unwrap().len());
        for (found, golden) in found.iter().zip(golden["amounts"].as_array().unwrap()) {
            let of = |name: &str| golden[name].as_f64().unwrap();
            assert_eq!(found.predicted, of("predicted"), "{part}");
            assert!((found.crps().unwrap() - of("crps")).abs() < 1e-12, "{part}: {:?}", found.crps());
            let (gaussian, deviation) = (found.crps_gaussian().unwrap(), of("deviation"));
            assert!((found.raters_deviation().unwrap() - deviation).abs() < 1e-12, "{part}");
            assert!((gaussian - of("crps_gaussian")).abs() < 1e-7, "{part}: {gaussian}");
            // CURVAS' own program ends at three standard deviations, and its tables at the hundredth.
            assert!((gaussian - of("curvas")).abs() < 0.01 * deviation, "{part}: {gaussian}");
        }
    }
}

#[test]
fn uncertainty_is_that_of_numpy_and_scipy() {
    for (kind, part) in IMAGES {
        let golden = golden(part);
        let judge = judge(kind, &golden);
        let scores = judge.scores();
        let levels: Vec<f64> = scores.classes.iter().map(|class| class.curvas_dice.unwrap()).collect();
        for (found, wanted) in levels.iter().zip(numbers(&golden["curvas_dice"])) {
            assert!((found - wanted).abs() < 1e-12, "{part}: {found} {wanted}");
        }
        let (confidence, risk) = judge.tally().confidence_and_risk().unwrap();
        let close = [
            ("risk", scores.risk_coverage.unwrap().risk, 1e-12),
            ("risk", risk, 1e-12),
            ("confidence", confidence, 1e-12),
            ("entropy_correlation", named(&scores, "entropy_correlation"), 1e-7),
            ("rater_calibration", named(&scores, "rater_calibration"), 1e-12),
            ("rater_top_label_calibration", named(&scores, "rater_top_label_calibration"), 1e-12),
            ("consensus_brier", named(&scores, "consensus_brier"), 1e-12),
            ("dissensus_brier", named(&scores, "dissensus_brier"), 1e-12),
            ("dissensus_share", named(&scores, "dissensus_share"), 1e-12),
            // Their area is a sum over parts of pixels.
            ("aurc", named(&scores, "aurc"), 1e-4),
            ("excess_aurc", named(&scores, "excess_aurc"), 1e-4),
        ];
        for (name, found, tolerance) in close {
            let wanted = golden[name].as_f64().unwrap();
            assert!((found - wanted).abs() < tolerance, "{part}: {name} {found} {wanted}");
        }
        let none = Tally::drawn([judge.tally()], &[0]).unwrap();
        assert_eq!(none.confidence_and_risk(), None);
    }
}

#[test]
fn images_are_ordered_as_geifman_has_it() {
    let golden = golden("images");
    let pairs: Vec<_> = numbers(&golden["confidence"]).into_iter().zip(numbers(&golden["risk"])).collect();
    let found = RiskCoverageScore::of_images(&pairs).unwrap();
    assert!((found.aurc - golden["aurc"].as_f64().unwrap()).abs() < 1e-12, "{found:?}");
    assert!((found.excess_aurc - golden["excess_aurc"].as_f64().unwrap()).abs() < 1e-12, "{found:?}");
    assert_eq!(RiskCoverageScore::of_images(&[]), None);
}
