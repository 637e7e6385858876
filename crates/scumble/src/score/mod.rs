//! Judgement: streaming scores of predicted probabilities against soft labels and raters.

mod bootstrap;
mod calibration;
mod confusion;
mod diversity;
mod error;
mod judge;
mod overlap;
mod proper;
mod scores;

pub use bootstrap::{Bootstrap, Interval};
pub use calibration::{Calibration, CalibrationBin};
pub use confusion::Confusion;
pub use diversity::{
    EmptyMasks, EnergyDistance, HardMask, Measure, Pairs, Standing, energy_distance, level_samples,
    matched_iou,
};
pub use error::ScoreError;
pub use judge::{Judge, Resolution};
pub use overlap::Overlap;
pub use proper::Proper;
pub use scores::{ClassScores, CrossEntropyScore, F1, RaterScores, Scores};
