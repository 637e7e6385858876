//! All scores of an image or a data set.

use super::brier::BrierParts;
use super::calibration::{CalibrationBin, CalibrationScore};
use super::consensus::PartScores;
use super::curve::Areas;
use super::decision::Decisions;
use super::proper::ProperScore;
use super::risk_coverage::RiskCoverageScore;
use crate::truth::Truth;
use serde::Serialize;

/// A mean cross entropy in nats.
pub type CrossEntropyScore = ProperScore;

/// All scores of an image or a data set. `None` (JSON null) where a score has no meaning, such as an overlap of
/// nothing with nothing, or was not asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// Pixels counted (multilabel: pixels times classes).
    pub pixels: u64,
    /// Their summed weight.
    pub weight: f64,
    /// Pixels whose label allows what the prediction, as far as its file can tell, rules out.
    pub clipped: u64,
    /// Log loss over all classes.
    pub cross_entropy: Option<ProperScore>,
    /// What counted votes tell of the probability behind them, where labels keep votes of two raters or more.
    pub truth: Option<Truth>,
    /// Where all raters of a pixel agree; `None` where no pixel has counted votes of two raters.
    pub consensus: Option<PartScores>,
    /// Where they do not.
    pub dissensus: Option<PartScores>,
    /// Spherical score over all classes.
    pub spherical: Option<ProperScore>,
    /// Mean squared difference (exclusive classes: summed over the classes).
    pub brier: Option<f64>,
    /// What the Brier score is made of.
    pub brier_parts: Option<BrierParts>,
    /// Expected calibration error against the soft label, mean over classes.
    pub calibration_error: Option<f64>,
    /// All calibration errors, mean over classes (class-wise calibration).
    pub calibration: Option<CalibrationScore>,
    /// Of the likeliest class (two sides: the likelier side) against the label's share of it.
    pub top_label: Option<CalibrationScore>,
    /// Soft Dice, mean over classes.
    pub dice: Option<f64>,
    /// Soft Jaccard, mean over classes.
    pub iou: Option<f64>,
    /// At the threshold, mean over classes.
    pub decisions: Option<Decisions>,
    /// Areas below the curves, mean over classes.
    pub areas: Option<Areas>,
    /// Dice at ten levels of label and prediction (after QUBIQ), mean over classes; a data set's is the mean
    /// over its images.
    pub levels_dice: Option<f64>,
    /// Dice at the six levels of the challenge CURVAS-PDACVI 2025, mean over classes; a data set's is the mean over its
    /// images.
    pub curvas_dice: Option<f64>,
    /// Pearson's correlation of the entropies of prediction and label over the pixels of an image (overlapping classes: the
    /// mean over the classes); a data set's is the mean over its images. `None` where one of the two is constant, and unless
    /// [uncertainty](field@super::JudgeOptions::uncertainty) was asked for.
    pub entropy_correlation: Option<f64>,
    /// Whether the surest pixels have the least risk, if uncertainty was asked for.
    pub risk_coverage: Option<RiskCoverageScore>,
    /// The mean over raters of [`RaterScores::calibration_error`].
    pub rater_calibration: Option<f64>,
    /// The mean over raters of [`RaterScores::top_label_calibration`].
    pub rater_top_label_calibration: Option<f64>,
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
    pub cross_entropy: Option<ProperScore>,
    /// Of this class against the rest.
    pub truth: Option<Truth>,
    /// Where all raters of a pixel agree on this class.
    pub consensus: Option<PartScores>,
    /// Where they do not.
    pub dissensus: Option<PartScores>,
    /// Of this class against the rest.
    pub spherical: Option<ProperScore>,
    /// Mean squared difference.
    pub brier: Option<f64>,
    /// What the Brier score is made of.
    pub brier_parts: Option<BrierParts>,
    /// Expected calibration error.
    pub calibration_error: Option<f64>,
    /// All calibration errors.
    pub calibration: Option<CalibrationScore>,
    /// Soft Dice.
    pub dice: Option<f64>,
    /// Soft Jaccard.
    pub iou: Option<f64>,
    /// At the threshold.
    pub decisions: Option<Decisions>,
    /// Areas below the curves.
    pub areas: Option<Areas>,
    /// Dice at ten levels of label and prediction (after QUBIQ).
    pub levels_dice: Option<f64>,
    /// Dice at the six levels of the challenge CURVAS-PDACVI 2025.
    pub curvas_dice: Option<f64>,
    /// Of this class against the rest.
    pub entropy_correlation: Option<f64>,
    /// The mean over raters of this class's expected calibration error against each.
    pub rater_calibration: Option<f64>,
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
    /// Expected calibration error of the probabilities against this rater's mask, mean over the classes, if uncertainty was
    /// asked for; of the majority `None`.
    pub calibration_error: Option<f64>,
    /// The same of the likeliest class (two sides: the likelier side).
    pub top_label_calibration: Option<f64>,
    /// F1 and what belongs to it of each class, in class order.
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
    /// Expected calibration error of the probabilities against this mask.
    pub calibration_error: Option<f64>,
}
