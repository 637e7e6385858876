//! What other programs give for the same pixels: `scripts/golden_scores.py` made `fixtures/scores.json` with
//! scikit-learn, torchmetrics and netcal, and f64 NumPy where none of them has the score. A new number there
//! is a new line here.

mod common;

use common::labels::space;
use ndarray::{Array2, Array3, Axis};
use scumble::labels::{Kind, NO_RATERS, SoftLabels};
use scumble::score::{Binning, Judge, JudgeOptions, Scores, score_names};
use serde_json::Value;

fn golden(part: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("fixtures/scores.json")).unwrap();
    all[part].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// One map for each row: values are those of f32 images of one row.
fn maps(value: &Value) -> Array3<f32> {
    let rows: Vec<Vec<f64>> = match &value[0] {
        Value::Array(_) => value.as_array().unwrap().iter().map(numbers).collect(),
        _ => vec![numbers(value)],
    };
    let (classes, pixels) = (rows.len(), rows[0].len());
    let flat = rows.concat().into_iter().map(|v| v as f32).collect();
    Array3::from_shape_vec((classes, 1, pixels), flat).unwrap()
}

fn judge(labels: &SoftLabels, prediction: &Value, options: JudgeOptions) -> Scores {
    let mut judge = Judge::new(&space(labels.kind(), labels.classes()), options);
    judge.add(labels, maps(prediction).view(), NO_RATERS).unwrap();
    judge.scores()
}

fn named(scores: &Scores, name: &str) -> f64 {
    (score_names().iter().find(|score| score.name == name).expect(name).of)(scores).expect(name)
}

/// Compares scores with the fixture's numbers of the same names; says every one that differs.
fn compare(scores: &Scores, golden: &Value, names: &[&str], tolerance: f64) {
    let wrong: Vec<String> = names
        .iter()
        .map(|name| (name, named(scores, name), golden[*name].as_f64().expect(name)))
        .filter(|(_, found, wanted)| (found - wanted).abs() > tolerance)
        .map(|(name, found, wanted)| format!("{name}: {found}, theirs {wanted}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn hard_labels_give_scikit_learns_scores() {
    let golden = golden("hard");
    let labels = SoftLabels::new(Kind::Binary, maps(&golden["label"])).unwrap();
    let scores = judge(&labels, &golden["prediction"], JudgeOptions::default());
    let names = ["log_loss", "brier", "average_precision", "roc_auc", "dice_at", "iou_at", "specificity_at"];
    compare(&scores, &golden, &names, 1e-12);
    // Of hard labels the two decisions are one, and nothing is left to the floor.
    assert_eq!(named(&scores, "dice_at"), named(&scores, "soft_dice_at"));
    assert_eq!((named(&scores, "floor"), scores.brier_parts.unwrap().label_variance), (0.0, 0.0));
}

#[test]
fn bins_are_those_of_each_program() {
    let golden = golden("hard");
    let labels = SoftLabels::new(Kind::Binary, maps(&golden["label"])).unwrap();
    for case in golden["errors"].as_array().unwrap() {
        let bins = case["bins"].as_u64().unwrap() as usize;
        for binning in [Binning::ScikitLearn, Binning::Torchmetrics, Binning::Netcal] {
            let theirs = &case[binning.name()];
            let options = JudgeOptions { bins, binning, ..JudgeOptions::default() };
            let scores = judge(&labels, &golden["prediction"], options);
            let counts: Vec<f64> = scores.classes[0].reliability.iter().map(|bin| bin.weight).collect();
            assert_eq!(counts, numbers(&theirs["counts"]), "{binning} with {bins}");
            let found = serde_json::to_value(scores.calibration.unwrap()).unwrap();
            for error in ["expected", "root_mean_square", "maximum"] {
                // torchmetrics counts in f32, and netcal moves 0 and 1 inwards.
                let Some(wanted) = theirs[error].as_f64() else { continue };
                let apart = (found[error].as_f64().unwrap() - wanted).abs();
                assert!(apart < 2e-7, "{binning} with {bins}: {error} {} {wanted}", found[error]);
            }
        }
    }
}

/// The example of torchmetrics' documentation.
#[test]
fn torchmetrics_example() {
    let labels = SoftLabels::new(Kind::Binary, ndarray::array![[[0.0, 0.0, 1.0, 1.0, 1.0]]]).unwrap();
    let prediction = serde_json::json!([0.25, 0.25, 0.55, 0.75, 0.75]);
    let options = JudgeOptions { bins: 2, binning: Binning::Torchmetrics, ..JudgeOptions::default() };
    let calibration = judge(&labels, &prediction, options).calibration.unwrap();
    let found = [calibration.expected, calibration.root_mean_square, calibration.maximum];
    for (found, wanted) in found.into_iter().zip([0.2900, 0.2918, 0.3167]) {
        assert!((found - wanted).abs() < 5e-5, "{found} {wanted}");
    }
}

#[test]
fn soft_labels_are_weighted_rows() {
    let golden = golden("soft");
    let mut labels = SoftLabels::new(Kind::Binary, maps(&golden["label"])).unwrap();
    let weights: Array2<f32> = maps(&golden["weight"]).index_axis_move(Axis(0), 0);
    labels.weigh(weights.view()).unwrap();
    let scores = judge(&labels, &golden["prediction"], JudgeOptions { bins: 10, ..JudgeOptions::default() });
    let names = [
        "log_loss",
        "average_precision",
        "roc_auc",
        "soft_dice_at",
        "soft_precision_at",
        "soft_recall_at",
        "soft_specificity_at",
        "dice_at",
        "brier",
        "spherical",
        "spherical_excess",
        "bias",
        "overconfidence",
        "calibration",
        "calibration_rms",
        "calibration_max",
        "brier_reliability",
        "brier_resolution",
        "qubiq",
    ];
    compare(&scores, &golden, &names, 1e-12);
    let parts = scores.brier_parts.unwrap();
    let of = |name: &str| golden[name].as_f64().unwrap();
    assert!((parts.uncertainty - of("uncertainty")).abs() < 1e-12);
    // Against single raters the Brier score is higher by the label's own variance.
    assert!((scores.brier.unwrap() + parts.label_variance - of("brier_of_rows")).abs() < 1e-12);
    let five = judge(&labels, &golden["prediction"], JudgeOptions { bins: 5, ..JudgeOptions::default() });
    assert!((named(&five, "calibration_adaptive") - of("calibration_adaptive_5")).abs() < 1e-12);
}

#[test]
fn exclusive_classes() {
    let golden = golden("multiclass");
    let labels = SoftLabels::new(Kind::Multiclass, maps(&golden["label"])).unwrap();
    let scores = judge(&labels, &golden["prediction"], JudgeOptions::default());
    compare(&scores, &golden, &["log_loss", "brier", "spherical_excess", "overconfidence"], 1e-12);

    let hard = numbers(&golden["hard"]).into_iter().map(|class| class as u16).collect();
    let labels = SoftLabels::from_indices(Array2::from_shape_vec((1, 300), hard).unwrap().view(), 3).unwrap();
    let options = JudgeOptions { binning: Binning::Torchmetrics, ..JudgeOptions::default() };
    let scores = judge(&labels, &golden["prediction"], options);
    // scikit-learn divides the rows, which sum to 1 in f32 only, by their sums.
    assert!((named(&scores, "log_loss") - golden["hard_log_loss"].as_f64().unwrap()).abs() < 1e-7);
    let top = named(&scores, "top_label_calibration");
    assert!((top - golden["hard_top_label"].as_f64().unwrap()).abs() < 2e-7, "{top}");
}
