//! Scores by name.

use super::scores::{ClassScores, Scores};

/// A score by its name, as gates, intervals and `docs/scores.md` call it.
#[derive(Debug, Clone, Copy)]
pub struct ScoreName {
    /// Its name.
    pub name: &'static str,
    /// Over all classes.
    pub of: fn(&Scores) -> Option<f64>,
    /// Of one class.
    pub of_class: fn(&ClassScores) -> Option<f64>,
}

/// A row of the table: both kinds of scores have fields of the same names, those of the likeliest class apart.
macro_rules! named {
    ($($name:literal = |$s:ident| $value:expr),* $(,)?) => {
        &[
            $(ScoreName { name: $name, of: |$s| $value, of_class: |$s| $value },)*
            ScoreName {
                name: "top_label_calibration",
                of: |s| s.top_label.map(|c| c.expected),
                of_class: |_| None,
            },
            ScoreName { name: "overconfidence", of: |s| s.top_label.map(|c| c.signed), of_class: |_| None },
            ScoreName {
                name: "rater_top_label_calibration",
                of: |s| s.rater_top_label_calibration,
                of_class: |_| None,
            },
            ScoreName { name: "aurc", of: |s| s.risk_coverage.map(|r| r.aurc), of_class: |_| None },
            ScoreName { name: "excess_aurc", of: |s| s.risk_coverage.map(|r| r.excess_aurc), of_class: |_| None },
        ]
    };
}

const NAMES: &[ScoreName] = named! {
    "log_loss" = |s| s.cross_entropy.map(|c| c.value),
    "floor" = |s| s.cross_entropy.map(|c| c.floor),
    "excess" = |s| s.cross_entropy.map(|c| c.excess),
    "truth_distance" = |s| s.truth.map(|t| t.distance),
    "raters_mean_distance" = |s| s.truth.map(|t| t.raters_mean_distance),
    "worth_in_raters" = |s| s.truth.and_then(|t| t.worth_in_raters),
    "lead_over_raters" = |s| s.truth.map(|t| t.raters_mean_distance - t.distance),
    "expected_floor" = |s| s.truth.map(|t| t.expected_floor.estimate),
    "expected_floor_low" = |s| s.truth.map(|t| t.expected_floor.low),
    "expected_floor_high" = |s| s.truth.map(|t| t.expected_floor.high),
    "brier" = |s| s.brier,
    "dissensus_share" = |s| s.dissensus.map(|d| d.share),
    "consensus_log_loss" = |s| s.consensus.and_then(|c| c.cross_entropy).map(|c| c.value),
    "consensus_excess" = |s| s.consensus.and_then(|c| c.cross_entropy).map(|c| c.excess),
    "consensus_brier" = |s| s.consensus.and_then(|c| c.brier),
    "dissensus_log_loss" = |s| s.dissensus.and_then(|d| d.cross_entropy).map(|c| c.value),
    "dissensus_excess" = |s| s.dissensus.and_then(|d| d.cross_entropy).map(|c| c.excess),
    "dissensus_brier" = |s| s.dissensus.and_then(|d| d.brier),
    "brier_reliability" = |s| s.brier_parts.map(|b| b.reliability),
    "brier_resolution" = |s| s.brier_parts.map(|b| b.resolution),
    "brier_label_noise" = |s| s.brier_parts.and_then(|b| b.label_noise),
    "spherical" = |s| s.spherical.map(|c| c.value),
    "spherical_excess" = |s| s.spherical.map(|c| c.excess),
    "calibration" = |s| s.calibration_error,
    "calibration_rms" = |s| s.calibration.map(|c| c.root_mean_square),
    "calibration_max" = |s| s.calibration.map(|c| c.maximum),
    "calibration_adaptive" = |s| s.calibration.and_then(|c| c.adaptive),
    "bias" = |s| s.calibration.map(|c| c.signed),
    "dice" = |s| s.dice,
    "iou" = |s| s.iou,
    "dice_at" = |s| s.decisions.and_then(|d| d.hard.dice),
    "iou_at" = |s| s.decisions.and_then(|d| d.hard.iou),
    "precision_at" = |s| s.decisions.and_then(|d| d.hard.precision),
    "recall_at" = |s| s.decisions.and_then(|d| d.hard.recall),
    "specificity_at" = |s| s.decisions.and_then(|d| d.hard.specificity),
    "soft_dice_at" = |s| s.decisions.and_then(|d| d.soft.dice),
    "soft_precision_at" = |s| s.decisions.and_then(|d| d.soft.precision),
    "soft_recall_at" = |s| s.decisions.and_then(|d| d.soft.recall),
    "soft_specificity_at" = |s| s.decisions.and_then(|d| d.soft.specificity),
    "average_precision" = |s| s.areas.and_then(|a| a.average_precision),
    "roc_auc" = |s| s.areas.and_then(|a| a.roc_auc),
    "qubiq" = |s| s.levels_dice,
    "curvas_dice" = |s| s.curvas_dice,
    "rater_calibration" = |s| s.rater_calibration,
    "entropy_correlation" = |s| s.entropy_correlation,
};

/// Every score that has a name, in the order in which they are explained.
///
/// ```
/// let names: Vec<_> = scumble::score::score_names().iter().map(|score| score.name).collect();
/// assert!(names.contains(&"excess") && names.contains(&"calibration"));
/// ```
pub fn score_names() -> &'static [ScoreName] {
    NAMES
}
