#![doc = include_str!("../README.md")]

mod dispatch;
mod entropy;
mod real;
mod sigmoid;
mod softmax;

pub use entropy::{sigmoid_floor, softmax_floor};
pub use real::Real;
pub use sigmoid::sigmoid_cross_entropy;
pub use softmax::softmax_cross_entropy;
