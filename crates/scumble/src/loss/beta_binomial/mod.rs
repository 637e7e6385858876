//! The likelihood of k of n raters whose opinions go together.

mod count_inputs;
mod likelihood;
mod pixel;

pub use likelihood::{beta_binomial_loss, beta_binomial_loss_gradient};
pub use pixel::beta_binomial_reference;
