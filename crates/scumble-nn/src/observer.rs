//! Who watches work that takes its time, and what it is told.

use scumble::score::Scores;
use scumble::truth::Truth;
use serde::{Deserialize, Serialize};

/// Watches work that takes its time, and may end it. Every method does nothing unless it is written; they are called
/// from any thread, one after the other or at once.
pub trait Observer: Sync {
    /// Something worth telling happened: one sentence.
    fn note(&self, _message: &str) {}

    /// Something is not as it should be, and the work goes on: one sentence.
    fn warning(&self, _message: &str) {}

    /// `done` of `all` images are through `what` happens to them, such as "reading" or "judging"; the work is over when
    /// they are equal.
    fn progress(&self, _what: &'static str, _done: u64, _all: u64) {}

    /// A step of training was made.
    fn step(&self, _report: &StepReport) {}

    /// An epoch of training was finished and, if there are validation images, judged.
    fn epoch(&self, _report: &EpochReport, _scores: Option<&Scores>) {}

    /// True once the work shall end as soon as it can: a training finishes its step, saves and leaves.
    fn stopped(&self) -> bool {
        false
    }
}

/// Nobody watches.
impl Observer for () {}

/// Where a training stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// Steps so far.
    pub step: u64,
    /// Epochs finished.
    pub epoch: u64,
    /// Steps of one epoch.
    pub steps_per_epoch: u64,
    /// How much of the whole training is done, 0 to 1.
    pub progress: f64,
    /// Mean excess over the floor in this epoch so far, in nats.
    pub excess: f64,
}

/// A mean cross entropy in nats.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LossReport {
    /// H(label, prediction).
    pub value: f64,
    /// H(label).
    pub floor: f64,
    /// The difference.
    pub excess: f64,
}

/// One line of `metrics.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// Epochs finished, from 1.
    pub epoch: u64,
    /// Steps so far.
    pub step: u64,
    /// Seconds of training so far, interruptions left out.
    pub seconds: f64,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Mean over the epoch's patches, as they were augmented.
    pub train: LossReport,
    /// Over the validation images, whole, with the averaged weights.
    pub validation: Option<LossReport>,
    /// How far the validation predictions are from the probability behind the votes, where pixels have two raters or more.
    #[serde(default)]
    pub truth: Option<Truth>,
    /// Validation Brier score.
    pub brier: Option<f64>,
    /// Validation calibration error.
    pub calibration_error: Option<f64>,
    /// Validation soft Dice.
    pub dice: Option<f64>,
    /// True if this is the best epoch so far: least validation cross entropy (without validation: the last).
    pub best: bool,
}
