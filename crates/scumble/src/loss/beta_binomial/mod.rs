//! The likelihood of k of n raters whose opinions go together.

mod likelihood;
mod pixel;
mod problem;

pub use likelihood::{beta_binomial_loss, beta_binomial_loss_gradient};
pub use pixel::beta_binomial_reference;
