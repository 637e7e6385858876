//! Soft labels: one type for binary, multiclass and multilabel probabilities.

mod convert;
mod entropy;
mod error;
mod kind;
mod raters;
mod soft_labels;
mod space;
mod votes;

pub use entropy::{binary_entropy, entropy};
pub use error::LabelError;
pub use kind::Kind;
pub(crate) use raters::named;
pub use raters::{NO_RATERS, NamedMask, RaterMask, UNSEEN};
pub use soft_labels::SoftLabels;
pub use space::LabelSpace;
#[cfg(test)]
pub(crate) use space::space;
pub use votes::Votes;
