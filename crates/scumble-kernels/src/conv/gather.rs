//! The forward pass of a convolution, and the gradient of its input: every output pixel gathers its neighbours.

use super::panels::{Panels, within};
use crate::Isa;
use crate::simd::{Simd, dispatch_simd};

/// Input values that every output pixel of a row gathers: runs from some neighbouring pixels.
///
/// Output pixel `p` reads the runs `sources[source][start + (p + t) step ..][.. length]` for `t < columns`, which meet
/// the panels' rows from `row + t length` on. A run that several outputs share is read once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tap {
    /// Which source.
    pub source: usize,
    /// Where the first output pixel's run begins.
    pub start: usize,
    /// How much further the next pixel's begins.
    pub step: usize,
    /// Runs of an output pixel: 1, 2 or 3.
    pub columns: usize,
    /// Values in a run.
    pub length: usize,
    /// The panels' row that meets the first value.
    pub row: usize,
}

/// What the sums of [`gather_row`] begin with.
#[derive(Debug, Clone, Copy)]
pub enum Begin<'a> {
    /// 0.
    Zero,
    /// A summand per output.
    Bias(&'a [f32]),
    /// What the output holds already.
    Output,
}

/// The input of [`gather_row`].
#[derive(Debug, Clone, Copy)]
pub struct GatherRow<'a> {
    /// What taps read.
    pub sources: &'a [&'a [f32]],
    /// What every pixel gathers.
    pub taps: &'a [Tap],
    /// The weights of all outputs.
    pub panels: Panels<'a>,
    /// What sums begin with.
    pub begin: Begin<'a>,
    /// Whether `max(sum, 0)` is written instead of the sum.
    pub relu: bool,
    /// Output pixels.
    pub pixels: usize,
    /// Where the first one's outputs begin.
    pub start: usize,
    /// How much further the next one's begin.
    pub step: usize,
}

/// One row of a convolution: for output pixel `p` and output `o`,
///
/// ```text
/// output[start + p step + o] = begin[o] + sum over taps, k < length, t < columns of
///     sources[source][tap.start + (p + t) tap.step + k] * panels[o / width][row + t length + k][o % width]
/// ```
///
/// A 3 x 3 convolution is three taps of three columns. Terms are added in this order, `t` fastest; AVX-512 and AVX2
/// return the same bits.
///
/// # Panics
/// Anything out of bounds.
pub fn gather_row(isa: Isa, row: &GatherRow, output: &mut [f32]) {
    let Panels { values, rows, width } = row.panels;
    assert!(width == 16 || width == 32, "panels of 16 or 32 outputs");
    let outputs = values.len().checked_div(rows).unwrap_or(0);
    assert!(outputs > 0 && outputs % width == 0 && outputs * rows == values.len(), "whole panels");
    for tap in row.taps {
        let source = row.sources[tap.source];
        assert!((1..=3).contains(&tap.columns), "one to three columns");
        let pixels = row.pixels.saturating_add(tap.columns - 1);
        assert!(within(source.len(), tap.start, tap.step, pixels, tap.length), "{tap:?} leaves its source");
        assert!(within(rows, tap.row, tap.length, tap.columns, tap.length), "{tap:?} leaves the panels");
    }
    if let Begin::Bias(bias) = row.begin {
        assert_eq!(bias.len(), outputs, "one bias an output");
    }
    assert!(within(output.len(), row.start, row.step, row.pixels, outputs), "the row leaves the output");
    assert!(row.pixels < 2 || row.step >= outputs, "pixels overlap");
    run(isa, row, outputs, output);
}

dispatch_simd! {
    fn run(row: &GatherRow, outputs: usize, output: &mut [f32]) = panels;
}

/// # Safety
/// As [`Simd`]; bounds have been checked.
#[inline(always)]
unsafe fn panels<S: Simd>(row: &GatherRow, outputs: usize, output: &mut [f32]) {
    let wide = S::LANES == 16;
    for first in (0..outputs).step_by(row.panels.width) {
        // SAFETY: `first` and the panel's outputs are within the row and its weights.
        unsafe {
            if wide && row.panels.width == 32 {
                pixels::<S, 8, 4, 2>(row, first, 0, output);
            } else if wide {
                pixels::<S, 12, 8, 1>(row, first, 0, output);
            } else {
                // Sixteen registers hold the sums of eight pixels, three weights and a value.
                for column in (0..row.panels.width).step_by(S::LANES) {
                    pixels::<S, 8, 4, 1>(row, first, column, output);
                }
            }
        }
    }
}

/// All pixels of a row for `V` registers of outputs: blocks of `P`, then of `Q`, of four and of one.
///
/// # Safety
/// As [`panels`].
#[inline(always)]
unsafe fn pixels<S: Simd, const P: usize, const Q: usize, const V: usize>(
    row: &GatherRow,
    first: usize,
    column: usize,
    output: &mut [f32],
) {
    let mut at = 0;
    // SAFETY: every block ends within the row's pixels.
    unsafe {
        while row.pixels - at >= P {
            block::<S, P, V>(row, first, column, at, output);
            at += P;
        }
        while row.pixels - at >= Q {
            block::<S, Q, V>(row, first, column, at, output);
            at += Q;
        }
        while row.pixels - at >= 4 {
            block::<S, 4, V>(row, first, column, at, output);
            at += 4;
        }
        while row.pixels - at >= 1 {
            block::<S, 1, V>(row, first, column, at, output);
            at += 1;
        }
    }
}

/// `P` pixels from `at` on, `V` registers of outputs of the panel that begins at `first`.
///
/// # Safety
/// As [`panels`].
#[inline(always)]
unsafe fn block<S: Simd, const P: usize, const V: usize>(
    row: &GatherRow,
    first: usize,
    column: usize,
    at: usize,
    output: &mut [f32],
) {
    let Panels { values, rows, width } = row.panels;
    // SAFETY: taps, panels, bias and output were checked for all pixels and outputs.
    unsafe {
        let panel = values.as_ptr().add(first * rows + column);
        let to = output.as_mut_ptr().add(row.start + at * row.step + first + column);
        let mut sums = [[S::splat(0.0); V]; P];
        match row.begin {
            Begin::Zero => {}
            Begin::Bias(bias) => {
                for v in 0..V {
                    let bias = S::load(bias.as_ptr().add(first + column + v * S::LANES));
                    for sums in &mut sums {
                        sums[v] = bias;
                    }
                }
            }
            Begin::Output => {
                for (p, sums) in sums.iter_mut().enumerate() {
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = S::load(to.add(p * row.step + v * S::LANES));
                    }
                }
            }
        }
        for tap in row.taps {
            let from = row.sources.get_unchecked(tap.source).as_ptr().add(tap.start + at * tap.step);
            let weights = panel.add(tap.row * width);
            match tap.columns {
                1 => slide::<S, P, V, 1>(tap, from, weights, width, &mut sums),
                2 => slide::<S, P, V, 2>(tap, from, weights, width, &mut sums),
                _ => slide::<S, P, V, 3>(tap, from, weights, width, &mut sums),
            }
        }
        for (p, sums) in sums.iter().enumerate() {
            for (v, sum) in sums.iter().enumerate() {
                let sum = if row.relu { sum.relu() } else { *sum };
                sum.store(to.add(p * row.step + v * S::LANES));
            }
        }
    }
}

/// Adds one tap of `T` columns to the sums of `P` pixels: every value is read once and meets up to `T` of them.
///
/// # Safety
/// As [`block`]; `from` and `weights` are where the first pixel's values and weights begin.
#[inline(always)]
unsafe fn slide<S: Simd, const P: usize, const V: usize, const T: usize>(
    tap: &Tap,
    from: *const f32,
    weights: *const f32,
    width: usize,
    sums: &mut [[S; V]; P],
) {
    for k in 0..tap.length {
        // SAFETY: the tap was checked for all pixels, columns and values.
        unsafe {
            let mut w = [[S::splat(0.0); V]; T];
            for (t, w) in w.iter_mut().enumerate() {
                for (v, w) in w.iter_mut().enumerate() {
                    *w = S::load(weights.add((t * tap.length + k) * width + v * S::LANES));
                }
            }
            let from = from.add(k);
            for (p, sums) in sums.iter_mut().enumerate() {
                for (t, w) in w.iter().enumerate() {
                    // Neighbours share most of these; the compiler keeps them in registers.
                    let value = S::splat(*from.add((p + t) * tap.step));
                    for (sum, w) in sums.iter_mut().zip(w) {
                        *sum = sum.add_product(value, *w);
                    }
                }
            }
        }
    }
}
