//! Losses with soft targets: value, floor, excess, gradient and map.

mod balance;
mod beta_binomial;
mod brier;
mod check;
mod classes;
mod compute;
mod cross_entropy;
mod error;
mod focal;
mod fold;
mod fused;
mod into;
mod kind;
mod one_hot;
mod options;
mod overlap;
mod pointwise;
mod probability;
mod problem;
mod relabel;
mod report;
mod sigmoid;
mod softmax;
mod term;
mod terms;

pub use balance::{Balance, ClassMass, balance};
pub use beta_binomial::{beta_binomial_loss, beta_binomial_loss_gradient, beta_binomial_reference};
pub use classes::Classes;
pub use compute::{loss, loss_gradient, loss_map, loss_sum_gradient};
pub use error::LossError;
pub use kind::{Extent, LossKind};
pub use one_hot::one_hot;
pub use options::{Denominator, LossOptions};
pub use pointwise::{
    binary_cross_entropy, cross_entropy, sigmoid_cross_entropy_reference, softmax_cross_entropy_reference,
};
pub(crate) use probability::{Prediction, sigmoid, softmax};
pub use report::Loss;
pub(crate) use report::factor;
pub use sigmoid::{
    sigmoid_cross_entropy, sigmoid_cross_entropy_gradient, sigmoid_cross_entropy_gradient_into,
};
pub use softmax::{
    softmax_cross_entropy, softmax_cross_entropy_gradient, softmax_cross_entropy_gradient_into,
};
pub use term::LossTerm;
