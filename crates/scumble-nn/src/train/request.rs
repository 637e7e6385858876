//! What is asked of a training, and what it gives back.

use super::{ClaimedRun, Status};
use crate::ranks::Reduce;
use crate::{Config, Device, EpochReport};
use scumble_data::Dataset;
use serde::Serialize;
use std::time::Duration;

/// What to train, where, and when to stop.
pub struct TrainRequest<'a> {
    /// The data set.
    pub dataset: &'a Dataset,
    /// The settings.
    pub config: &'a Config,
    /// The run folder, to begin or to go on in. Rank 0 has it, and no other rank.
    pub run: Option<&'a ClaimedRun>,
    /// Who shares the work: [`Alone`](crate::ranks::Alone), or one of several ranks, all of which make the same request.
    pub ranks: &'a dyn Reduce,
    /// Where to compute.
    pub device: &'a Device,
    /// Pause after this many epochs of this session; resuming goes on exactly.
    pub pause_after: Option<u64>,
    /// The command line, for the record.
    pub command: &'a [String],
}

/// How a session of training ended.
#[derive(Debug, Clone)]
pub struct TrainOutcome {
    /// Done, paused or interrupted.
    pub status: Status,
    /// The best epoch so far, if any was finished.
    pub best: Option<EpochReport>,
    /// Steps made in all.
    pub steps: u64,
    /// Whether there was anything left to do; if not, every file is as it was.
    pub worked: bool,
    /// Where the time of this session went.
    pub profile: Profile,
}

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
    /// Sums and messages of other ranks, and waiting for them; in none of the others.
    pub ranks: Duration,
    /// Judging the validation images.
    pub validation: Duration,
    /// Writing checkpoints and metrics.
    pub saving: Duration,
}

impl Profile {
    /// Each part by name, in the order of a step.
    pub fn parts(&self) -> [(&'static str, Duration); 8] {
        [
            ("data", self.data),
            ("forward", self.forward),
            ("loss", self.loss),
            ("backward", self.backward),
            ("optimiser", self.optimiser),
            ("ranks", self.ranks),
            ("validation", self.validation),
            ("saving", self.saving),
        ]
    }
}
