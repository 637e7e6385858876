//! Numbers and networks that the tests share.
#![allow(dead_code, reason = "every test program uses a part of it")]

use ndarray::Array4;
use scumble_nn::{Layer, Norm, Op};

/// Every normalisation.
pub(crate) const NORMS: [Norm; 3] = [Norm::None, Norm::Batch, Norm::Group];

/// Reproducible numbers in -1..1 without structure.
pub(crate) fn noise(shape: (usize, usize, usize, usize), seed: u32) -> Array4<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    Array4::from_shape_simple_fn(shape, || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    })
}

/// A layer of a network written out by hand.
pub(crate) fn layer(name: &str, op: Op, inputs: &[usize]) -> Layer {
    Layer { name: name.to_owned(), op, inputs: inputs.to_vec() }
}
