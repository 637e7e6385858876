//! What counted votes tell of the probability behind them.
//!
//! Behind k of n raters stands a probability c: the share of all such raters who would say yes. Votes are draws from it, so
//! the entropy of k/n is below that of c, and a prediction differs from k/n even where it is right. What can be said of c
//! all the same is here; `docs/truth.md` derives it.

mod bounds;
mod counts;
mod distance;
mod floor;
mod moments;
mod parts;
mod tail;

pub use counts::{Sides, VoteCounts};
pub use distance::{Truth, TruthSums};
pub use floor::ExpectedFloor;
pub use parts::LabelNoise;
