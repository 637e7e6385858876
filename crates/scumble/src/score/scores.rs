use super::CalibrationBin;
use serde::Serialize;

/// A mean cross entropy in nats, what it could be at best, and the difference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct CrossEntropyScore {
    /// H(label, prediction).
    pub value: f64,
    /// H(label): no prediction gets below it.
    pub floor: f64,
    /// KL(label || prediction) = value - floor.
    pub excess: f64,
}

/// All scores of an image or a data set. `None` (JSON null) where a score has no meaning, such as an overlap of
/// nothing with nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// Pixels counted (multilabel: pixels times classes).
    pub pixels: u64,
    /// Their summed weight.
    pub weight: f64,
    /// Pixels whose label allows what the prediction, as far as its file can tell, rules out.
    pub clipped: u64,
    /// Over all classes.
    pub cross_entropy: Option<CrossEntropyScore>,
    /// Mean squared difference (exclusive classes: summed over the classes).
    pub brier: Option<f64>,
    /// Expected calibration error against the soft label, mean over classes.
    pub calibration_error: Option<f64>,
    /// Soft Dice, mean over classes.
    pub dice: Option<f64>,
    /// Soft Jaccard, mean over classes.
    pub iou: Option<f64>,
    /// Each class on its own (exclusive classes: this one against the rest).
    pub classes: Vec<ClassScores>,
    /// The hard decision against each rater.
    pub raters: Vec<RaterScores>,
    /// The hard decision against the majority; ties are left out.
    pub majority: Option<RaterScores>,
}

/// The scores of one class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassScores {
    /// Its name.
    pub class: String,
    /// Weighted mean of the soft label: how common the class is.
    pub frequency: Option<f64>,
    /// Of this class against the rest.
    pub cross_entropy: Option<CrossEntropyScore>,
    /// Mean squared difference.
    pub brier: Option<f64>,
    /// Expected calibration error.
    pub calibration_error: Option<f64>,
    /// Soft Dice.
    pub dice: Option<f64>,
    /// Soft Jaccard.
    pub iou: Option<f64>,
    /// The reliability diagram behind the calibration error.
    pub reliability: Vec<CalibrationBin>,
}

/// The hard decision (probability at least 0.5, exclusive classes: the likeliest) against one hard mask.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RaterScores {
    /// The rater's name, or "majority".
    pub rater: String,
    /// Mean F1 over the classes that rater or prediction have at all.
    pub f1: Option<f64>,
    /// F1, precision and recall of each class, in class order.
    pub classes: Vec<F1>,
}

/// F1 and its parts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct F1 {
    /// 2 TP / (2 TP + FP + FN).
    pub f1: Option<f64>,
    /// TP / (TP + FP).
    pub precision: Option<f64>,
    /// TP / (TP + FN).
    pub recall: Option<f64>,
}
