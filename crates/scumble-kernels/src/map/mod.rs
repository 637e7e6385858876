//! What happens to rows of pixels between convolutions. A row is `[pixels][channels]`, channels a multiple of 16, its values
//! f32 or [`Bf16`](crate::Bf16); arithmetic and sums are in f32.
//!
//! These loops are plain Rust that vectorises; a convolution's task runs them over the row it has just made, which is still
//! in the first cache.

mod pointwise;
mod pool;
mod resample;
mod sums;

pub use self::pointwise::{
    affine_row, narrow_row, norm_gradient_row, relu_gradient_row, relu_row, widen_row,
};
pub use self::pool::{PoolSide, max_pool_gradient_row, max_pool_row};
pub use self::resample::{BoxRows, box_sums_row, repeat_row, sum_pairs_row};
pub use self::sums::{channel_sums, gradient_sums, moment_sums};

use crate::bf16::Stored;
use crate::conv::PANEL;

/// Pixels of a row, which must be whole.
#[inline(always)]
fn pixels<T>(row: &[T], channels: usize) -> usize {
    assert!(channels > 0 && channels.is_multiple_of(PANEL), "channels are stored in multiples of 16");
    assert!(row.len().is_multiple_of(channels), "whole pixels");
    row.len() / channels
}

/// Sixteen values from `at` on.
#[inline(always)]
fn lanes<T: Stored>(values: &[T], at: usize) -> [f32; PANEL] {
    let values: &[T; PANEL] = values[at..at + PANEL].try_into().expect("sixteen values");
    std::array::from_fn(|lane| values[lane].wide())
}

/// Writes sixteen values from `at` on.
#[inline(always)]
fn put<T: Stored>(values: [f32; PANEL], to: &mut [T], at: usize) {
    let to: &mut [T; PANEL] = (&mut to[at..at + PANEL]).try_into().expect("sixteen values");
    for (to, value) in to.iter_mut().zip(values) {
        *to = T::narrow(value);
    }
}
