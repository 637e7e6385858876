use scumble::Scores;
use serde::{Deserialize, Serialize};

/// Watches a training. Every method does nothing unless it is written.
pub trait Observer {
    /// Something worth telling happened: one sentence.
    fn note(&mut self, _message: &str) {}

    /// Preparing: `done` of `all` images read.
    fn prepared(&mut self, _done: usize, _all: usize) {}

    /// A step was made.
    fn step(&mut self, _report: &StepReport) {}

    /// Validating: `done` of `all` images judged.
    fn validated(&mut self, _done: usize, _all: usize) {}

    /// An epoch was finished and, if there are validation images, judged.
    fn epoch(&mut self, _report: &EpochReport, _scores: Option<&Scores>) {}
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
    /// Validation Brier score.
    pub brier: Option<f64>,
    /// Validation calibration error.
    pub calibration_error: Option<f64>,
    /// Validation soft Dice.
    pub dice: Option<f64>,
    /// True if this is the best epoch so far: least validation cross entropy (without validation: the last).
    pub best: bool,
}
