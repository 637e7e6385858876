//! The forward pass of a convolution, and the gradient of its input: tiles of pixels times tiles of weights.

use super::block::{MOST_TILE_SOURCES, Store, TileBlock};
use super::dispatch::dispatch_tiles;
use super::unit::{Block, End, Pending, Unit};
use super::{INPUTS, OUTPUTS, TILE, UNITS};
use crate::bf16::Bf16;
use crate::simd::Isa;

/// A row of output units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileRow {
    /// Where the first unit's values begin in every source.
    pub starts: [usize; MOST_TILE_SOURCES],
    /// Where its outputs begin.
    pub output: usize,
    /// Where its gates begin.
    pub gate: usize,
}

/// The input of [`gather_tiles`].
#[derive(Debug, Clone, Copy)]
pub struct GatherTiles<'a> {
    /// What steps read.
    pub sources: &'a [&'a [Bf16]],
    /// From a unit to the next, in every source.
    pub strides: &'a [usize],
    /// All outputs.
    pub blocks: &'a [TileBlock],
    /// Tiles of weights; see [`pack_tiles`](super::pack_tiles).
    pub weights: &'a [Bf16],
    /// What sums begin with, at least 32 values from each block's first on.
    pub bias: &'a [f32],
    /// The rows, all of one length.
    pub rows: &'a [TileRow],
    /// Units of a row.
    pub units: usize,
    /// From a unit's outputs to the next one's, and gates.
    pub step: usize,
}

/// Some rows of a convolution: for unit `u` of a row and output `o` of a block,
///
/// ```text
/// output[row.output + u step + block.output + o] = round(bias[block.bias + o] + sum over steps, k < 32 of
///     sources[source][row.starts[source] + u strides[source] + offset + k] * tile of the step [k][o])
/// ```
///
/// Units are computed sixteen at a time: a source must have values for the units that fill the last sixteen, too.
///
/// # Panics
/// Anything out of bounds.
pub fn gather_tiles(isa: Isa, gather: &GatherTiles, store: Store<'_>, output: &mut [Bf16]) {
    let g = gather;
    assert!(g.sources.len() == g.strides.len() && g.sources.len() <= MOST_TILE_SOURCES, "a stride a source");
    if g.units == 0 {
        return;
    }
    let last = g.units.next_multiple_of(UNITS) - 1;
    let end = |start: usize, steps: usize, step: usize, rest: usize| {
        steps.checked_mul(step)?.checked_add(start)?.checked_add(rest)
    };
    let fits = |len: usize, end: Option<usize>| end.is_some_and(|end| end <= len);
    let mut reach = [0; MOST_TILE_SOURCES];
    let mut outputs = 0;
    for block in g.blocks {
        let mut tiles = 0;
        for step in &block.steps {
            assert!(step.source < g.sources.len(), "a step of a source");
            reach[step.source] = reach[step.source].max(step.offset.saturating_add(INPUTS));
            tiles += step.tiles.iter().filter(|used| **used).count();
        }
        assert!(
            fits(g.weights.len(), end(0, block.weights.saturating_add(tiles), TILE, 0)),
            "tiles of all steps"
        );
        assert!(fits(g.bias.len(), end(block.bias, 2, OUTPUTS, 0)), "a summand for every output");
        assert!(block.width == OUTPUTS || block.width == 2 * OUTPUTS, "16 or 32 outputs");
        outputs = outputs.max(block.output.saturating_add(block.width));
    }
    for row in g.rows {
        for (source, values) in g.sources.iter().enumerate() {
            let end = end(row.starts[source], last, g.strides[source], reach[source]);
            assert!(fits(values.len(), end), "source {source} ends early");
        }
        assert!(fits(output.len(), end(row.output, g.units - 1, g.step, outputs)), "the output ends early");
        let gate =
            store.gate.is_none_or(|gate| fits(gate.len(), end(row.gate, g.units - 1, g.step, outputs)));
        assert!(gate, "the gates end early");
    }
    run(isa, gather, store, output);
}

dispatch_tiles! {
    fn run(gather: &GatherTiles<'_>, store: Store<'_>, output: &mut [Bf16]) = all;
}

/// Sums of a block and of the one before.
#[repr(align(64))]
struct Sums([[f32; 2 * UNITS * 2 * OUTPUTS]; 2]);

/// # Safety
/// As [`Unit`]; bounds have been checked.
#[inline(always)]
unsafe fn all<U: Unit>(gather: &GatherTiles<'_>, store: Store<'_>, output: &mut [Bf16]) {
    let g = gather;
    let per_row = g.units.div_ceil(UNITS);
    let strips = g.rows.len() * per_row;
    let mut sums = Sums([[0.0; _]; 2]);
    let [one, two] = &mut sums.0;
    let mut halves = [one.as_mut_ptr(), two.as_mut_ptr()];
    let mut pending = Pending::none(store, g.step);
    // SAFETY: bounds have been checked for all rows, units, steps and blocks.
    unsafe {
        let tiles = U::configure();
        for first in (0..strips).step_by(2) {
            let mut sources = [[std::ptr::null(); MOST_TILE_SOURCES]; 2];
            let mut ends = [End::default(); 2];
            for half in 0..2 {
                // An odd last strip is computed twice and written once.
                let strip = (first + half).min(strips - 1);
                let (row, unit) = (g.rows.get_unchecked(strip / per_row), strip % per_row * UNITS);
                for (source, values) in g.sources.iter().enumerate() {
                    let start = row.starts[source] + unit * g.strides.get_unchecked(source);
                    sources[half][source] = values.as_ptr().add(start);
                }
                ends[half] = End {
                    to: output.as_mut_ptr().add(row.output + unit * g.step),
                    gate: store
                        .gate
                        .map_or(std::ptr::null(), |gate| gate.as_ptr().add(row.gate + unit * g.step)),
                    units: if first + half < strips { UNITS.min(g.units - unit) } else { 0 },
                };
            }
            for block in g.blocks {
                let tiles = Block {
                    steps: &block.steps,
                    sources,
                    strides: g.strides,
                    weights: g.weights.as_ptr().add(block.weights * TILE),
                    bias: g.bias.as_ptr().add(block.bias),
                };
                U::gather(&tiles, halves[0], &mut pending);
                pending.begin(halves[0], ends, block);
                halves.swap(0, 1);
            }
        }
        pending.drain::<U>(2 * UNITS);
        drop(tiles);
    }
}
