//! Soft labels: one type for binary, multiclass and multilabel probabilities.

mod assembled;
mod convert;
mod entropy;
mod error;
mod kind;
mod soft_labels;
mod votes;

pub use entropy::{binary_entropy, entropy};
pub use error::LabelError;
pub use kind::Kind;
pub use soft_labels::SoftLabels;
pub use votes::{RaterMask, UNSEEN, Votes};
