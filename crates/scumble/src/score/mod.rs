//! Judgement: streaming scores of predicted probabilities against soft labels and raters.

mod binning;
mod bootstrap;
pub mod boundary;
mod brier;
mod calibration;
mod confusion;
mod curve;
mod decision;
pub mod diversity;
mod error;
mod exclusive;
mod histogram;
mod image;
mod intervals;
mod judge;
mod levels;
mod named;
mod options;
mod overlap;
mod pixels;
mod proper;
mod raters;
mod scores;
mod stripes;
pub mod surface;
mod tally;

pub use binning::{Binning, UnknownBinning};
pub use bootstrap::{Bootstrap, Interval};
pub use brier::BrierParts;
pub use calibration::{Calibration, CalibrationBin, CalibrationScore};
pub use confusion::Confusion;
pub use curve::{Areas, Curve, CurvePoint};
pub use decision::{DecisionScore, Decisions};
pub use error::ScoreError;
pub use histogram::Histogram;
pub use intervals::{Intervals, intervals};
pub use judge::Judge;
pub use named::{ScoreName, score_names};
pub use options::{JudgeOptions, Resolution};
pub use overlap::Overlap;
pub use proper::Proper;
pub use scores::{ClassScores, CrossEntropyScore, F1, ProperScore, RaterScores, Scores};
pub use tally::Tally;

/// A weighted mean; `None` where nothing weighs.
fn per(sum: f64, weight: f64) -> Option<f64> {
    (weight > 0.0).then(|| sum / weight)
}

/// The mean of those that exist.
pub(crate) fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let known: Vec<f64> = values.flatten().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}
