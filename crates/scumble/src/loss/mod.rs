//! Losses with soft targets: value, floor, excess and gradient.

mod check;
mod error;
mod into;
mod options;
mod pointwise;
mod problem;
mod report;
mod sigmoid;
mod softmax;

pub use error::LossError;
pub use options::{Denominator, LossOptions};
pub use pointwise::{
    binary_cross_entropy, cross_entropy, sigmoid_cross_entropy_reference, softmax_cross_entropy_reference,
};
pub use report::Loss;
pub use sigmoid::{
    sigmoid_cross_entropy, sigmoid_cross_entropy_gradient, sigmoid_cross_entropy_gradient_into,
};
pub use softmax::{
    softmax_cross_entropy, softmax_cross_entropy_gradient, softmax_cross_entropy_gradient_into,
};
