//! Fusion: several raters' hard masks to one label.
//!
//! The mean estimates the frequency of opinion. STAPLE and Dawid-Skene estimate one hidden truth from the counted
//! [`Patterns`] of marks: both are the model in `em`, with the prior kept or estimated.

mod dawid_skene;
mod em;
mod error;
mod fit;
mod majority;
mod mean;
mod paint;
mod patterns;
mod planes;
mod staple;

pub use dawid_skene::{DawidSkeneOptions, dawid_skene};
pub use error::FusionError;
pub use fit::{Estimate, Fit, RaterQuality};
pub use majority::{Ties, majority, majority_labels};
pub use mean::{mean, weighted_mean};
pub use patterns::Patterns;
pub use staple::{StapleOptions, staple};
