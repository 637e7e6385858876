//! By what images are ordered, best to worst.

use scumble::score::Scores;

/// Mean squared distance of an image's prediction to the truth behind the votes; where they do not tell it, to the label
/// (the Brier score), which is in the same unit.
pub(super) fn off(scores: &Scores) -> Option<f64> {
    scores.truth.map(|truth| truth.mean_squared).or(scores.brier)
}
