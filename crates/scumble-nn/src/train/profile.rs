//! Where the time of a training went.

use serde::Serialize;
use std::time::Duration;

/// Where the time of a training went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Profile {
    /// Steps that were timed.
    pub steps: u64,
    /// Waiting for patches; they are drawn ahead on another thread.
    pub data: Duration,
    /// The network from images to logits.
    pub forward: Duration,
    /// The loss and its gradient.
    pub loss: Duration,
    /// From the logits' gradient to the weights' gradients.
    pub backward: Duration,
    /// The optimiser and the moving average.
    pub optimiser: Duration,
    /// Judging the validation images.
    pub validation: Duration,
    /// Writing checkpoints and metrics.
    pub saving: Duration,
}

impl Profile {
    /// Each part by name, in the order of a step.
    pub fn parts(&self) -> [(&'static str, Duration); 7] {
        [
            ("data", self.data),
            ("forward", self.forward),
            ("loss", self.loss),
            ("backward", self.backward),
            ("optimiser", self.optimiser),
            ("validation", self.validation),
            ("saving", self.saving),
        ]
    }
}
