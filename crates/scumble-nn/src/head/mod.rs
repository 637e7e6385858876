//! What a network answers: how its logits are read, what it learns from, and what it starts at.
//!
//! A head is a distribution over a pixel's labels whose parameters are the logits. [`Head`] names it; everything that
//! is asked of it is a method of one trait, and a file each answers: `classes`, `joint`, `beta_binomial`, `raters`. A new head is
//! a new file and a variant.

mod beta_binomial;
mod choice;
mod classes;
mod distribution;
mod error;
mod joint;
mod objective;
mod parts;
mod raters;
mod reading;

pub use choice::{Head, Likelihood};
pub use classes::ClassLoss;
pub(crate) use distribution::{TargetError, Validation};
pub(crate) use error::ChoiceError;
pub use error::HeadError;
pub use objective::{Objective, ObjectiveError};
pub use raters::Raters;
pub use reading::{Reading, ReadingError};
