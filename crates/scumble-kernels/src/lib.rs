#![doc = include_str!("../README.md")]

mod conv;
mod dispatch;
mod entropy;
mod real;
mod sigmoid;
mod simd;
mod softmax;

pub use conv::{Begin, GatherRow, OuterRows, PANEL, Panels, Tap, gather_row, outer_rows, panel_width, round_up};
pub use entropy::{sigmoid_floor, softmax_floor};
pub use real::Real;
pub use sigmoid::sigmoid_cross_entropy;
pub use simd::Isa;
pub use softmax::softmax_cross_entropy;
