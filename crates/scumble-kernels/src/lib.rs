#![doc = include_str!("../README.md")]

mod conv;
mod dispatch;
mod elementary;
mod entropy;
mod map;
mod optimiser;
mod prefetch;
mod real;
mod sigmoid;
mod simd;
mod softmax;
mod sums;
mod target_element;

pub use conv::{
    Begin, GatherRow, OuterRows, PANEL, Panels, Tap, gather_row, outer_rows, panel_width, round_up,
};
pub use elementary::{exp_of_negatives, ln_1p_of_positives, ln_of_positives};
pub use entropy::{sigmoid_floor, softmax_floor};
pub use map::{
    BoxRows, PoolSide, affine_row, box_sums_row, gate_row, max_pool_row, max_pool_slope_row, moment_sums,
    norm_slope_row, relu_row, repeat_row, slope_sums, sum_pairs_row, total_sums,
};
pub use optimiser::{AdamW, Moments, adamw};
pub use real::Real;
pub use sigmoid::sigmoid_cross_entropy;
pub use simd::Isa;
pub use softmax::softmax_cross_entropy;
pub use sums::Sums;
pub use target_element::TargetElement;
