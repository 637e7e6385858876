//! Scores by name.

use super::scale::Scale;
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
    /// The scale of its interval.
    pub scale: Scale,
    /// What the interval is made of, on that scale: the score itself, or what it is the root or the inverse of.
    pub base: fn(&Scores) -> Option<f64>,
    /// The same of one class.
    pub base_of_class: fn(&ClassScores) -> Option<f64>,
}

/// A row of the table is a name, the scale of its interval, and the score: both kinds of scores have fields of the same names,
/// those of the likeliest class apart. Behind it, what it is the root or the inverse of.
macro_rules! named {
    ($($name:literal: $scale:ident = |$s:ident| $value:expr $(=> |$b:ident| $base:expr)?),* $(,)?) => {
        &[
            $(ScoreName {
                name: $name,
                of: |$s| $value,
                of_class: |$s| $value,
                scale: Scale::$scale,
                base: named!(@base |$s| $value $(=> |$b| $base)?),
                base_of_class: named!(@base |$s| $value $(=> |$b| $base)?),
            },)*
            of_all("top_label_calibration", Scale::Error, |s| s.top_label.map(|c| c.expected)),
            of_all("overconfidence", Scale::Real, |s| s.top_label.map(|c| c.signed)),
            of_all("rater_top_label_calibration", Scale::Error, |s| s.rater_top_label_calibration),
            of_all("aurc", Scale::Positive, |s| s.risk_coverage.map(|r| r.aurc)),
            of_all("excess_aurc", Scale::Error, |s| s.risk_coverage.map(|r| r.excess_aurc)),
        ]
    };
    (@base |$s:ident| $value:expr) => { |$s| $value };
    (@base |$s:ident| $value:expr => |$b:ident| $base:expr) => { |$b| $base };
}

/// A score that no single class has.
const fn of_all(name: &'static str, scale: Scale, of: fn(&Scores) -> Option<f64>) -> ScoreName {
    ScoreName { name, of, of_class: |_| None, scale, base: of, base_of_class: |_| None }
}

const NAMES: &[ScoreName] = named! {
    "log_loss": Positive = |s| s.cross_entropy.map(|c| c.value),
    "floor": Positive = |s| s.cross_entropy.map(|c| c.floor),
    "excess": Positive = |s| s.cross_entropy.map(|c| c.excess),
    "truth_distance": Root = |s| s.truth.map(|t| t.distance) => |s| s.truth.map(|t| t.mean_squared),
    "raters_mean_distance": Positive = |s| s.truth.map(|t| t.raters_mean_distance),
    "worth_in_raters": Inverse = |s| s.truth.and_then(|t| t.worth_in_raters) => |s| {
        s.truth.filter(|t| t.variance > 0.0).map(|t| t.mean_squared / t.variance)
    },
    "lead_over_raters": Real = |s| s.truth.map(|t| t.raters_mean_distance - t.distance),
    "expected_floor": Positive = |s| s.truth.map(|t| t.expected_floor.estimate),
    "expected_floor_low": Positive = |s| s.truth.map(|t| t.expected_floor.low),
    "expected_floor_high": Positive = |s| s.truth.map(|t| t.expected_floor.high),
    "brier": Positive = |s| s.brier,
    "dissensus_share": Share = |s| s.dissensus.map(|d| d.share),
    "consensus_log_loss": Positive = |s| s.consensus.and_then(|c| c.cross_entropy).map(|c| c.value),
    "consensus_excess": Positive = |s| s.consensus.and_then(|c| c.cross_entropy).map(|c| c.excess),
    "consensus_brier": Positive = |s| s.consensus.and_then(|c| c.brier),
    "dissensus_log_loss": Positive = |s| s.dissensus.and_then(|d| d.cross_entropy).map(|c| c.value),
    "dissensus_excess": Positive = |s| s.dissensus.and_then(|d| d.cross_entropy).map(|c| c.excess),
    "dissensus_brier": Positive = |s| s.dissensus.and_then(|d| d.brier),
    "brier_reliability": Error = |s| s.brier_parts.map(|b| b.reliability),
    "brier_resolution": Positive = |s| s.brier_parts.map(|b| b.resolution),
    "brier_label_noise": Positive = |s| s.brier_parts.and_then(|b| b.label_noise),
    "spherical": Positive = |s| s.spherical.map(|c| c.value),
    "spherical_excess": Positive = |s| s.spherical.map(|c| c.excess),
    "calibration": Error = |s| s.calibration_error,
    "calibration_rms": Error = |s| s.calibration.map(|c| c.root_mean_square),
    "calibration_max": Error = |s| s.calibration.map(|c| c.maximum),
    "calibration_adaptive": Error = |s| s.calibration.and_then(|c| c.adaptive),
    "bias": Real = |s| s.calibration.map(|c| c.signed),
    "dice": Share = |s| s.dice,
    "iou": Share = |s| s.iou,
    "dice_at": Share = |s| s.decisions.and_then(|d| d.hard.dice),
    "iou_at": Share = |s| s.decisions.and_then(|d| d.hard.iou),
    "precision_at": Share = |s| s.decisions.and_then(|d| d.hard.precision),
    "recall_at": Share = |s| s.decisions.and_then(|d| d.hard.recall),
    "specificity_at": Share = |s| s.decisions.and_then(|d| d.hard.specificity),
    "soft_dice_at": Share = |s| s.decisions.and_then(|d| d.soft.dice),
    "soft_precision_at": Share = |s| s.decisions.and_then(|d| d.soft.precision),
    "soft_recall_at": Share = |s| s.decisions.and_then(|d| d.soft.recall),
    "soft_specificity_at": Share = |s| s.decisions.and_then(|d| d.soft.specificity),
    "average_precision": Share = |s| s.areas.and_then(|a| a.average_precision),
    "roc_auc": Share = |s| s.areas.and_then(|a| a.roc_auc),
    "qubiq": Share = |s| s.levels_dice,
    "curvas_dice": Share = |s| s.curvas_dice,
    "rater_calibration": Error = |s| s.rater_calibration,
    "entropy_correlation": Real = |s| s.entropy_correlation,
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
