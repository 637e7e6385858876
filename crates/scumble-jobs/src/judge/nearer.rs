//! Which is nearer to the probability behind the votes: the predictions, or the mean of the raters at hand.

use scumble::score::Intervals;

/// Which is nearer to the truth, as far as the judged images can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearer {
    /// The predictions.
    Predictions,
    /// The raters' mean.
    Raters,
    /// Either, by chance.
    Untold,
}

impl Nearer {
    /// By the interval of `lead_over_raters`: where it has 0 inside, or is not known, nothing is told.
    pub fn of(intervals: Option<&Intervals>) -> Self {
        match intervals.and_then(|intervals| intervals.all.get("lead_over_raters")) {
            Some(lead) if lead.low > 0.0 => Self::Predictions,
            Some(lead) if lead.high < 0.0 => Self::Raters,
            _ => Self::Untold,
        }
    }

    /// The end of a sentence that has said how far both are off.
    pub fn words(self) -> &'static str {
        match self {
            Self::Predictions => "the predictions are nearer",
            Self::Raters => "the raters are nearer",
            Self::Untold => "which of the two is nearer, these images cannot tell",
        }
    }
}
