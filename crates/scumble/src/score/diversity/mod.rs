//! Predictions as one opinion among those of the raters: how far apart the two crowds are, and who is nearer
//! to whom.

mod energy;
mod mask;
mod matched;
mod samples;
mod standing;

pub use energy::{EmptyMasks, EnergyDistance, Pairs, energy_distance};
pub use mask::HardMask;
pub use matched::matched_iou;
pub use samples::level_samples;
pub use standing::{DuelScore, SavedStanding, Standing};
