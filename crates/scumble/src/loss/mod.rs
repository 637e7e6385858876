//! Losses with soft targets: value, floor, excess and gradient.

mod error;
mod joint;
mod options;
mod pointwise;
mod problem;
mod report;
mod sigmoid;
mod softmax;

pub use error::LossError;
pub use joint::{
    JointError, JointFamily, JointKind, JointTargets, LabelSetTargets, joint_cross_entropy,
    joint_cross_entropy_gradient, joint_cross_entropy_map, joint_entropy, joint_label_sets, joint_marginals,
    label_set_targets, label_sets, state_marginals,
};
pub use options::{Denominator, LossOptions};
pub use pointwise::{
    binary_cross_entropy, cross_entropy, sigmoid_cross_entropy_reference, softmax_cross_entropy_reference,
};
pub use report::Loss;
pub use sigmoid::{sigmoid_cross_entropy, sigmoid_cross_entropy_gradient};
pub use softmax::{softmax_cross_entropy, softmax_cross_entropy_gradient};
