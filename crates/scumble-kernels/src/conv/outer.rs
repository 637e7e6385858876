//! The gradient of a convolution's weights: outer products, summed over pixels.

use super::panels::within;
use crate::Isa;
use crate::simd::{Simd, dispatch_simd};

/// The input of [`outer_rows`]: two maps, walked side by side.
#[derive(Debug, Clone, Copy)]
pub struct OuterRows<'a> {
    /// Rows of pixels.
    pub rows: usize,
    /// Pixels of a row.
    pub pixels: usize,
    /// The first map.
    pub input: &'a [f32],
    /// Where the first pixel's values begin.
    pub input_start: usize,
    /// From a pixel to the next.
    pub input_step: usize,
    /// From a row to the next.
    pub input_row: usize,
    /// Values of a pixel that are used.
    pub inputs: usize,
    /// The second map.
    pub output: &'a [f32],
    /// For each tap, where the pixel begins that meets the first map's first pixel. One tap or three.
    pub output_starts: &'a [usize],
    /// From a pixel to the next.
    pub output_step: usize,
    /// From a row to the next.
    pub output_row: usize,
    /// Values of a pixel that are used; a multiple of 16.
    pub outputs: usize,
    /// The row of the result's panels that the first input of each tap has; one a tap.
    pub result_rows: &'a [usize],
    /// Rows of the result's panels.
    pub panel_rows: usize,
    /// Outputs of the result's panels: 16 or 32.
    pub panel_width: usize,
}

/// Adds to `result`, in [`Panels`](super::Panels)' layout, for every tap `t`, input `k` and output `o`,
///
/// ```text
/// result[o / width][result_rows[t] + k][o % width] +=
///     sum over rows r, pixels p of
///         input[input_start + r input_row + p input_step + k] * output[output_starts[t] + r output_row + p output_step + o]
/// ```
///
/// Three taps share every value read: three neighbours in a row. Terms are added in the pixels' order; AVX-512 and AVX2
/// return the same bits.
///
/// # Panics
/// Anything out of bounds.
pub fn outer_rows(isa: Isa, maps: &OuterRows, result: &mut [f32]) {
    let m = maps;
    assert!(m.panel_width == 16 || m.panel_width == 32, "panels of 16 or 32 outputs");
    assert!(m.outputs.is_multiple_of(m.panel_width), "whole panels");
    assert_eq!(result.len(), m.outputs * m.panel_rows, "panels of all outputs");
    let taps = m.output_starts.len();
    assert!((taps == 1 || taps == 3) && m.result_rows.len() == taps, "one tap or three");
    assert!(m.result_rows.iter().all(|&row| within(m.panel_rows, row, 0, 1, m.inputs)), "rows of the panels");
    if m.rows == 0 || m.pixels == 0 {
        return;
    }
    let reach = |step: usize, row: usize, length: usize| {
        let along = (m.pixels - 1).checked_mul(step)?;
        (m.rows - 1).checked_mul(row)?.checked_add(along)?.checked_add(length)
    };
    let fits = |len: usize, start: usize, reach: Option<usize>| {
        reach.and_then(|reach| reach.checked_add(start)).is_some_and(|end| end <= len)
    };
    let input = reach(m.input_step, m.input_row, m.inputs);
    assert!(fits(m.input.len(), m.input_start, input), "the first map ends early");
    let output = reach(m.output_step, m.output_row, m.outputs);
    assert!(
        m.output_starts.iter().all(|&start| fits(m.output.len(), start, output)),
        "the second map ends early"
    );
    if taps == 3 { run3(isa, m, result) } else { run1(isa, m, result) }
}

dispatch_simd! {
    fn run3(maps: &OuterRows, result: &mut [f32]) = three;
    fn run1(maps: &OuterRows, result: &mut [f32]) = one;
}

/// # Safety
/// As [`Simd`]; bounds have been checked, and there are three taps.
#[inline(always)]
unsafe fn three<S: Simd>(maps: &OuterRows, result: &mut [f32]) {
    // SAFETY: the caller's.
    unsafe { if S::LANES == 16 { tiles::<S, 8, 3>(maps, result) } else { tiles::<S, 3, 3>(maps, result) } }
}

/// # Safety
/// As [`three`], with one tap.
#[inline(always)]
unsafe fn one<S: Simd>(maps: &OuterRows, result: &mut [f32]) {
    // SAFETY: the caller's.
    unsafe { if S::LANES == 16 { tiles::<S, 16, 1>(maps, result) } else { tiles::<S, 8, 1>(maps, result) } }
}

/// All inputs and outputs, `K` inputs by a register of outputs at a time.
///
/// # Safety
/// As [`Simd`]; bounds have been checked, and there are `T` taps.
#[inline(always)]
unsafe fn tiles<S: Simd, const K: usize, const T: usize>(maps: &OuterRows, result: &mut [f32]) {
    for column in (0..maps.outputs).step_by(S::LANES) {
        let mut first = 0;
        // SAFETY: a tile's inputs and outputs are within the maps'.
        unsafe {
            while maps.inputs - first >= K {
                tile::<S, K, T>(maps, first, column, result);
                first += K;
            }
            while maps.inputs - first >= 4 {
                tile::<S, 4, T>(maps, first, column, result);
                first += 4;
            }
            while maps.inputs - first >= 3 {
                tile::<S, 3, T>(maps, first, column, result);
                first += 3;
            }
            while maps.inputs - first >= 1 {
                tile::<S, 1, T>(maps, first, column, result);
                first += 1;
            }
        }
    }
}

/// # Safety
/// As [`tiles`]; `first + K` inputs and `column + LANES` outputs exist.
#[inline(always)]
unsafe fn tile<S: Simd, const K: usize, const T: usize>(
    maps: &OuterRows,
    first: usize,
    column: usize,
    result: &mut [f32],
) {
    let m = maps;
    let panel = column / m.panel_width * m.panel_width * m.panel_rows + column % m.panel_width;
    let place = |tap: usize, k: usize| panel + (m.result_rows[tap] + first + k) * m.panel_width;
    // SAFETY: pixels, inputs, outputs and the panels' rows were checked.
    unsafe {
        let mut sums = [[S::splat(0.0); T]; K];
        for (k, sums) in sums.iter_mut().enumerate() {
            for (tap, sum) in sums.iter_mut().enumerate() {
                *sum = S::load(result.as_ptr().add(place(tap, k)));
            }
        }
        for row in 0..m.rows {
            let mut x = m.input.as_ptr().add(m.input_start + row * m.input_row + first);
            let mut y = [m.output.as_ptr(); T];
            for (tap, y) in y.iter_mut().enumerate() {
                *y = y.add(m.output_starts[tap] + row * m.output_row + column);
            }
            for _ in 0..m.pixels {
                let mut outputs = [S::splat(0.0); T];
                for (output, y) in outputs.iter_mut().zip(&mut y) {
                    *output = S::load(*y);
                    *y = y.wrapping_add(m.output_step);
                }
                for (k, sums) in sums.iter_mut().enumerate() {
                    let value = S::splat(*x.add(k));
                    for (sum, output) in sums.iter_mut().zip(outputs) {
                        *sum = sum.add_product(value, output);
                    }
                }
                x = x.wrapping_add(m.input_step);
            }
        }
        for (k, sums) in sums.iter().enumerate() {
            for (tap, sum) in sums.iter().enumerate() {
                sum.store(result.as_mut_ptr().add(place(tap, k)));
            }
        }
    }
}
