//! Judgement: streaming scores of predicted probabilities against soft labels and raters.

mod agreement;
mod calibration;
mod confusion;
mod error;
mod judge;
mod overlap;
mod proper;
mod scores;

pub use agreement::Agreement;
pub use calibration::{Calibration, CalibrationBin};
pub use confusion::Confusion;
pub use error::ScoreError;
pub use judge::{Judge, Resolution};
pub use overlap::Overlap;
pub use proper::Proper;
pub use scores::{ClassScores, CrossEntropyScore, F1, RaterScores, Scores};
