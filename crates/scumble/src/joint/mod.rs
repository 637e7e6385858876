//! Joint families: distributions over the 2^K sets of K labels that a pixel may carry.
//!
//! A family turns a pixel's parameters into the costs -ln q(y) of all states y, and a slope on these costs back into
//! one on the parameters ([`states::StateCosts`], one small file a family). Everything else, loss, marginals, label
//! sets and entropy, is made of the costs alone.

mod best_set;
mod blocks;
mod chain;
mod chain_beam;
mod check;
mod cross_entropy;
mod error;
mod evaluate;
mod family;
mod fold;
mod lanes;
mod links;
mod maps;
mod mixture;
mod objective;
mod one_pixel;
mod pairwise;
mod powerset;
mod problem;
mod product;
mod raters;
mod states;
mod targets;

pub use cross_entropy::{joint_cross_entropy, joint_cross_entropy_gradient, joint_cross_entropy_map};
pub use error::JointError;
pub use family::{JointFamily, JointKind};
pub use maps::{joint_distribution, joint_entropy, joint_label_sets, joint_marginals};
pub use raters::{LabelSetTargets, label_set_targets, label_sets, state_marginals};
pub use targets::JointTargets;
