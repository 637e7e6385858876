//! The gradient of a convolution's weights: tiles of channels times tiles of channels, summed over pixels.

use super::dispatch::dispatch_tiles;
use super::unit::Unit;
use super::{INPUTS, OUTPUTS, TILE, UNITS};
use crate::bf16::Bf16;
use crate::lines::Lines;
use crate::simd::Isa;

/// The input of [`outer_tiles`]: two maps, walked side by side.
#[derive(Debug, Clone, Copy)]
pub struct OuterTiles<'a> {
    /// Rows of pixels.
    pub rows: usize,
    /// Pixels of a row.
    pub pixels: usize,
    /// The first map.
    pub input: &'a [Bf16],
    /// Where the first pixel's values begin.
    pub input_start: usize,
    /// From a pixel to the next.
    pub input_step: usize,
    /// From a row to the next.
    pub input_row: usize,
    /// How many sixteens of a pixel's values are used.
    pub inputs: usize,
    /// The second map.
    pub output: &'a [Bf16],
    /// Where the pixel begins that meets the first map's first pixel through the first tap.
    pub output_start: usize,
    /// From a pixel to the next.
    pub output_step: usize,
    /// From a row to the next.
    pub output_row: usize,
    /// How many sixteens of a pixel's values are used.
    pub outputs: usize,
    /// Taps down and across: 1 x 1, 3 x 1, 3 x 3 or 4 x 4.
    pub taps: [usize; 2],
    /// Pixels of the second map for one of the first, along either axis: 1 or 2.
    pub stride: usize,
}

/// Memory for [`outer_tiles`], which grows as it must.
#[derive(Default, Clone)]
pub struct OuterScratch {
    a: Lines<Bf16>,
    b: Lines<Bf16>,
}

/// Products of tiles whose sums stay in the unit, at most.
const DEPTH: usize = 8;

/// Taps whose sums are in the unit at once, at most.
const MOST_TAPS: usize = 4;

impl OuterTiles<'_> {
    /// Values of the result.
    pub fn result_len(&self) -> usize {
        self.inputs * self.outputs * self.taps[0] * self.taps[1] * UNITS * OUTPUTS
    }

    /// Rows of pixels that one tile holds: short ones share it.
    fn rows_per_tile(&self) -> usize {
        let shares = (2..INPUTS).contains(&self.pixels) && INPUTS.is_multiple_of(self.pixels);
        if shares { INPUTS / self.pixels } else { 1 }
    }
}

/// Adds to `result` `[inputs][outputs][taps down][taps across][16 inputs][16 outputs]`
///
/// ```text
/// sum over rows r, pixels p of input[input_start + r input_row + p input_step + i] *
///     output[output_start + (r stride + down) output_row + (p stride + across) output_step + o]
/// ```
///
/// Sums are in f32, by 32 pixels at a time. Both maps are read in whole tiles: values for up to 34 pixels from any 32nd
/// one on must exist, and be finite.
///
/// # Panics
/// Anything out of bounds.
pub fn outer_tiles(isa: Isa, maps: &OuterTiles, scratch: &mut OuterScratch, result: &mut [f32]) {
    let m = maps;
    assert!(matches!(m.taps, [1, 1] | [3, 1] | [3, 3] | [4, 4]), "taps that are known");
    assert!(m.stride == 1 || m.stride == 2, "a stride of one or two");
    assert_eq!(result.len(), m.result_len(), "a tile for each tap");
    if m.rows == 0 || m.pixels == 0 {
        return;
    }
    let end = |start: usize, rows: usize, row: usize, pixels: usize, step: usize, rest: usize| {
        let along = pixels.checked_mul(step)?;
        rows.checked_mul(row)?.checked_add(along)?.checked_add(start)?.checked_add(rest)
    };
    let fits = |len: usize, end: Option<usize>| end.is_some_and(|end| end <= len);
    let input = end(m.input_start, m.rows - 1, m.input_row, m.pixels - 1, m.input_step, m.inputs * UNITS);
    assert!(fits(m.input.len(), input), "the first map ends early");
    let (rows, pixels) = ((m.rows - 1) * m.stride + m.taps[0] - 1, m.pixels.next_multiple_of(INPUTS) + 2);
    let pixels = if m.rows_per_tile() > 1 { m.pixels } else { pixels };
    let pixels = (pixels - 1) * m.stride + m.taps[1] - 1;
    let output = end(m.output_start, rows, m.output_row, pixels, m.output_step, m.outputs * OUTPUTS);
    assert!(fits(m.output.len(), output), "the second map ends early");
    run(isa, maps, scratch, result);
}

dispatch_tiles! {
    fn run(maps: &OuterTiles<'_>, scratch: &mut OuterScratch, result: &mut [f32]) = all;
}

/// How the second map's pixels lie in memory as factors: pairs of pixels side by side.
struct Pairs {
    /// Copies, each from another column on.
    copies: usize,
    /// Pairs of a row.
    row: usize,
    /// Rows of a copy of which those that are `stride` apart lie one behind the other.
    rows: usize,
    stride: usize,
}

impl Pairs {
    fn new(m: &OuterTiles<'_>, rows: usize) -> Self {
        // Of three neighbouring columns the third is the first, a pair on.
        let shared = m.taps[1] == 3 && m.stride == 1 && m.rows_per_tile() == 1;
        let (copies, row) = match m.rows_per_tile() {
            1 if shared => (2, INPUTS / 2 + 1),
            1 => (m.taps[1], INPUTS / 2),
            _ => (m.taps[1], m.pixels / 2),
        };
        Self { copies, row, rows: rows.div_ceil(m.stride), stride: m.stride }
    }

    /// Where a row of a copy begins.
    fn place(&self, copy: usize, row: usize) -> usize {
        let row = (copy * self.stride + row % self.stride) * self.rows + row / self.stride;
        row * self.row * 2 * OUTPUTS
    }

    /// Where the pixels of a tap begin.
    fn tap(&self, down: usize, across: usize) -> usize {
        self.place(across % self.copies, down) + across / self.copies * 2 * OUTPUTS
    }

    fn len(&self) -> usize {
        self.place(self.copies, 0)
    }
}

/// # Safety
/// As [`Unit`]; bounds have been checked.
#[inline(always)]
unsafe fn all<U: Unit>(maps: &OuterTiles<'_>, scratch: &mut OuterScratch, result: &mut [f32]) {
    let m = maps;
    let shared = m.rows_per_tile();
    let most = DEPTH * shared;
    let whole = Pairs::new(m, (most - 1) * m.stride + m.taps[0]);
    for (lines, len) in [(&mut scratch.a, m.inputs * DEPTH * TILE), (&mut scratch.b, whole.len())] {
        if lines.len() < len {
            *lines = Lines::zeros(len);
        }
    }
    let (a, b) = (scratch.a.as_mut_ptr(), scratch.b.as_mut_ptr());
    let taps = m.taps[0] * m.taps[1];
    let group = if m.taps[1] == 1 { m.taps[0] } else { m.taps[1] };
    // SAFETY: bounds have been checked for both maps, and the scratch has room for a block.
    unsafe {
        let tiles = U::configure();
        for left in (0..m.pixels).step_by(if shared > 1 { m.pixels } else { INPUTS }) {
            for top in (0..m.rows).step_by(most) {
                let rows = most.min(m.rows - top);
                let depth = rows.div_ceil(shared);
                for input in 0..m.inputs {
                    for k in 0..depth {
                        let to = a.add((input * DEPTH + k) * TILE);
                        channels::<U>(m, top + k * shared, left, input * UNITS, to);
                    }
                }
                // As for a whole block: places then do not depend on it.
                for output in 0..m.outputs {
                    pairs::<U>(m, &whole, (top, depth * shared, rows), left, output * OUTPUTS, b);
                    for input in 0..m.inputs {
                        let sums =
                            result.as_mut_ptr().add((input * m.outputs + output) * taps * UNITS * OUTPUTS);
                        for first in (0..taps).step_by(group) {
                            let mut places = [b.cast_const(); MOST_TAPS];
                            for (tap, place) in (first..).zip(&mut places[..group]) {
                                *place = b.add(whole.tap(tap / m.taps[1], tap % m.taps[1]));
                            }
                            let step = shared * whole.row * 2 * OUTPUTS;
                            let a = a.add(input * DEPTH * TILE);
                            U::outer(a, &places[..group], step, depth, sums.add(first * UNITS * OUTPUTS));
                        }
                    }
                }
            }
        }
        drop(tiles);
    }
}

/// Writes one tile of the first factor: 16 channels of the 32 pixels from a row and column on, zeros behind the last.
#[inline(always)]
unsafe fn channels<U: Unit>(m: &OuterTiles<'_>, top: usize, left: usize, channel: usize, to: *mut Bf16) {
    let shared = m.rows_per_tile();
    let pixel = |row: usize, pixel: usize| {
        m.input.as_ptr().wrapping_add(m.input_start + row * m.input_row + pixel * m.input_step + channel)
    };
    // SAFETY: pixels within the map are read, and the caller has room for a tile.
    unsafe {
        if shared == 1 && left + INPUTS <= m.pixels {
            U::transpose([pixel(top, left), pixel(top, left + 16)], m.input_step, to);
        } else if shared == 2 && top + 1 < m.rows {
            U::transpose([pixel(top, 0), pixel(top + 1, 0)], m.input_step, to);
        } else {
            let mut some = [Bf16::default(); TILE];
            for (p, some) in some.chunks_exact_mut(UNITS).enumerate() {
                let (row, column) =
                    if shared > 1 { (top + p / m.pixels, p % m.pixels) } else { (top, left + p) };
                if row < m.rows && column < m.pixels {
                    pixel(row, column).copy_to_nonoverlapping(some.as_mut_ptr(), UNITS);
                }
            }
            U::transpose([some.as_ptr(), some.as_ptr().add(16 * UNITS)], UNITS, to);
        }
    }
}

/// Writes the second factor of a block of rows: `made` of them, of which `rows` exist; the last one stands for others.
#[inline(always)]
unsafe fn pairs<U: Unit>(
    m: &OuterTiles<'_>,
    pairs: &Pairs,
    (top, made, rows): (usize, usize, usize),
    left: usize,
    channel: usize,
    to: *mut Bf16,
) {
    let last = (rows - 1) * m.stride + m.taps[0] - 1;
    let step = m.stride * m.output_step;
    for row in 0..(made - 1) * m.stride + m.taps[0] {
        let start = m.output_start + (top * m.stride + row.min(last)) * m.output_row + channel;
        for copy in 0..pairs.copies {
            // SAFETY: pixels were checked up to the last pair of a row, and there is room for a block.
            unsafe {
                let mut from = m.output.as_ptr().add(start + (left * m.stride + copy) * m.output_step);
                let mut to = to.add(pairs.place(copy, row));
                for _ in 0..pairs.row {
                    U::interleave(from, from.wrapping_add(step), to);
                    from = from.wrapping_add(2 * step);
                    to = to.wrapping_add(2 * OUTPUTS);
                }
            }
        }
    }
}
