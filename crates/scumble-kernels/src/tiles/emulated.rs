//! The products of tiles in vector registers of f32, for processors without a unit for them: the same bits.

use std::marker::PhantomData;

use super::unit::{Block, Pending, Unit};
use super::{INPUTS, OUTPUTS, TILE, UNITS};
use crate::bf16::{Bf16, Stored};
use crate::simd::Simd;

/// Tiles in registers of `S`.
///
/// A product of two bf16 values is exact in f32 within its range, so that fused multiply-adds and plain ones are the same.
/// The unit takes results below f32's smallest normal number as 0, this does not: else the bits are the same.
pub(super) struct Emulated<S>(PhantomData<S>);

/// The second factor as f32: `[pair][even, odd][output]`.
type Decoded = [[[f32; OUTPUTS]; 2]; INPUTS / 2];

#[inline(always)]
unsafe fn decode(tile: *const Bf16, to: &mut Decoded) {
    // SAFETY: the caller vouches for a tile; two values of bf16 are as large as a u32.
    let pairs = unsafe { tile.cast::<[[[u16; 2]; OUTPUTS]; INPUTS / 2]>().read_unaligned() };
    for (row, to) in pairs.iter().zip(to) {
        for (n, [even, odd]) in row.iter().enumerate() {
            to[0][n] = Bf16::from_bits(*even).wide();
            to[1][n] = Bf16::from_bits(*odd).wide();
        }
    }
}

/// `sums[unit][output] += a * b`, with `a`'s rows `stride` apart; `width` values from a unit's sums to the next.
#[inline(always)]
unsafe fn accumulate<S: Simd>(a: *const Bf16, stride: usize, b: &Decoded, sums: *mut f32, width: usize) {
    // SAFETY: the caller's.
    unsafe {
        if S::LANES == OUTPUTS {
            rows::<S, 4, 1>(a, stride, b, sums, width);
        } else {
            rows::<S, 2, 2>(a, stride, b, sums, width);
        }
    }
}

/// [`accumulate`], `P` units of `V` registers at a time.
#[inline(always)]
unsafe fn rows<S: Simd, const P: usize, const V: usize>(
    a: *const Bf16,
    stride: usize,
    b: &Decoded,
    sums: *mut f32,
    width: usize,
) {
    for unit in (0..UNITS).step_by(P) {
        // SAFETY: the caller vouches for 16 rows of `a` and of `sums`.
        unsafe {
            let mut chains = [[[S::splat(0.0); V]; 2]; P];
            for (k, b) in b.iter().enumerate() {
                for (p, chains) in chains.iter_mut().enumerate() {
                    let a = a.add((unit + p) * stride + 2 * k);
                    for (side, chain) in chains.iter_mut().enumerate() {
                        let value = S::splat((*a.add(side)).wide());
                        for (v, chain) in chain.iter_mut().enumerate() {
                            *chain = chain.add_product(value, S::load(b[side].as_ptr().add(v * S::LANES)));
                        }
                    }
                }
            }
            let one = S::splat(1.0);
            for (p, [even, odd]) in chains.iter().enumerate() {
                for v in 0..V {
                    let to = sums.add((unit + p) * width + v * S::LANES);
                    S::load(to).add_product(even[v].add_product(odd[v], one), one).store(to);
                }
            }
        }
    }
}

impl<S: Simd> Unit for Emulated<S> {
    type Tiles = ();

    #[inline(always)]
    unsafe fn configure() {}

    #[inline(always)]
    unsafe fn gather(block: &Block<'_>, sums: *mut f32, pending: &mut Pending<'_>) {
        // SAFETY: the caller vouches for the block's values and for room for its sums.
        unsafe {
            pending.drain::<Self>(2 * UNITS);
            for unit in 0..2 * UNITS {
                block.bias.copy_to_nonoverlapping(sums.add(unit * 2 * OUTPUTS), 2 * OUTPUTS);
            }
            let mut weights = block.weights;
            let mut decoded = [[[0.0; OUTPUTS]; 2]; INPUTS / 2];
            for step in block.steps {
                for (tile, _) in step.tiles.iter().enumerate().filter(|(_, used)| **used) {
                    decode(weights, &mut decoded);
                    weights = weights.add(TILE);
                    for (half, sources) in block.sources.iter().enumerate() {
                        let a = sources.get_unchecked(step.source).wrapping_add(step.offset);
                        let stride = *block.strides.get_unchecked(step.source);
                        let to = sums.add(half * UNITS * 2 * OUTPUTS + tile * OUTPUTS);
                        accumulate::<S>(a, stride, &decoded, to, 2 * OUTPUTS);
                    }
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn outer(a: *const Bf16, b: &[*const Bf16], step: usize, count: usize, sums: *mut f32) {
        let mut decoded = [[[0.0; OUTPUTS]; 2]; INPUTS / 2];
        for (tap, b) in b.iter().enumerate() {
            for k in 0..count {
                // SAFETY: the caller vouches for `count` tiles and for the taps' sums.
                unsafe {
                    decode(b.add(k * step), &mut decoded);
                    let sums = sums.add(tap * UNITS * OUTPUTS);
                    accumulate::<S>(a.add(k * TILE), INPUTS, &decoded, sums, OUTPUTS);
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn store<const ADD: bool, const RELU: bool, const GATE: bool>(
        sums: *const f32,
        width: usize,
        gate: *const Bf16,
        to: *mut Bf16,
    ) {
        for at in (0..width).step_by(OUTPUTS) {
            // SAFETY: the caller vouches for `width` values.
            unsafe {
                let sums = sums.add(at).cast::<[f32; OUTPUTS]>().read_unaligned();
                let to = to.add(at).cast::<[Bf16; OUTPUTS]>();
                let mut values = [Bf16::default(); OUTPUTS];
                for (n, value) in values.iter_mut().enumerate() {
                    let sum = if ADD { (*to)[n].wide() + sums[n] } else { sums[n] };
                    // Not `max`, which may return either of two zeros.
                    let sum = if !RELU || sum > 0.0 { sum } else { 0.0 };
                    *value = Bf16::narrow(sum);
                }
                if GATE {
                    let gate = gate.add(at).cast::<[Bf16; OUTPUTS]>().read_unaligned();
                    for (value, gate) in values.iter_mut().zip(gate) {
                        *value = if gate.wide() > 0.0 { *value } else { Bf16::default() };
                    }
                }
                to.write_unaligned(values);
            }
        }
    }

    #[inline(always)]
    unsafe fn interleave(a: *const Bf16, b: *const Bf16, to: *mut Bf16) {
        // SAFETY: the caller vouches for 16 values of each, and room for both.
        unsafe {
            let (a, b) = (a.cast::<[Bf16; 16]>().read_unaligned(), b.cast::<[Bf16; 16]>().read_unaligned());
            let mut pairs = [[Bf16::default(); 2]; 16];
            for (pair, (a, b)) in pairs.iter_mut().zip(a.into_iter().zip(b)) {
                *pair = [a, b];
            }
            to.cast::<[[Bf16; 2]; 16]>().write_unaligned(pairs);
        }
    }

    #[inline(always)]
    unsafe fn transpose(from: [*const Bf16; 2], step: usize, to: *mut Bf16) {
        for (half, from) in from.into_iter().enumerate() {
            for p in 0..16 {
                // SAFETY: the caller vouches for 16 values of 16 pixels, and room for a tile.
                unsafe {
                    let pixel = from.add(p * step).cast::<[Bf16; 16]>().read_unaligned();
                    for (i, value) in pixel.into_iter().enumerate() {
                        *to.add(INPUTS * i + half * 16 + p) = value;
                    }
                }
            }
        }
    }
}
