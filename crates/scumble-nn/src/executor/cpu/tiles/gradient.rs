//! The gradient of the weights of a convolution of bf16 maps.

use std::cell::RefCell;
use std::ops::Range;

use rayon::prelude::*;
use scumble_kernels::{Bf16, Isa, OUTPUTS, OuterScratch, OuterTiles, UNITS, outer_tiles, panel_width};

use super::conv::TileConv;
use super::window::through;
use crate::executor::cpu::convolution::{Chunk, Chunks};

/// Values of a tile of sums.
const SUMS: usize = UNITS * OUTPUTS;

/// How the gradient of one source's weights is summed.
struct Products {
    /// Sixteens of a source pixel's values, and of an output pixel's.
    inputs: usize,
    outputs: usize,
    taps: [usize; 2],
    /// Whether the sixteen values from a pixel on are several pixels: all taps of a row at once.
    packed: bool,
}

impl Products {
    fn len(&self) -> usize {
        self.inputs * self.outputs * self.taps[0] * self.taps[1] * SUMS
    }
}

thread_local! {
    /// Memory for [`outer_tiles`], which a task needs for a moment.
    static SCRATCH: RefCell<OuterScratch> = RefCell::default();
}

impl TileConv {
    fn products(&self, source: usize) -> Products {
        let (shape, side) = (&self.sources[source], self.filter.side);
        let packed = shape.pitch < UNITS;
        let taps = match (self.filter.sources[source].1, packed) {
            (true, _) => [4, 4],
            (false, true) => [side, 1],
            (false, false) => [side, side],
        };
        let outputs = self.output.pitch / OUTPUTS;
        Products { inputs: shape.pitch.div_ceil(UNITS), outputs, taps, packed }
    }

    /// Values of the sums of all sources.
    pub(super) fn sums_len(&self) -> usize {
        (0..self.sources.len()).map(|source| self.products(source).len()).sum()
    }

    /// Adds the sums over a chunk of the pixels: for each source what [`outer_tiles`] leaves.
    pub(super) fn add_products(
        &self,
        isa: Isa,
        maps: &[&[Bf16]],
        gradient: &[Bf16],
        chunk: Chunk,
        mut sums: &mut [f32],
    ) {
        let (to, border) = (&self.output, 1 - self.filter.side / 2);
        for (source, (map, shape)) in maps.iter().zip(&self.sources).enumerate() {
            let products = self.products(source);
            let up = self.filter.sources[source].1;
            let (own, rest) = sums.split_at_mut(products.len());
            sums = rest;
            chunk.runs(shape, shape.height, |n, y, rows| {
                // The first tap's row and column: those before the pixel's own, of an upsampled source before its first.
                let row = if up { 2 * y } else { y + border };
                let column = if up { 0 } else { border };
                // Packed, a pixel's sixteen values begin at the one before it, which meets its own output.
                let (before, column) = if products.packed { (self.filter.side / 2, 1) } else { (0, column) };
                let maps = OuterTiles {
                    rows,
                    pixels: shape.width,
                    input: map,
                    input_start: shape.start(n, y + 1) + (1 - before) * shape.pitch,
                    input_step: shape.pitch,
                    input_row: shape.row(),
                    inputs: products.inputs,
                    output: gradient,
                    output_start: to.start(n, row) + column * to.pitch,
                    output_step: to.pitch,
                    output_row: to.row(),
                    outputs: products.outputs,
                    taps: products.taps,
                    stride: if up { 2 } else { 1 },
                };
                SCRATCH.with_borrow_mut(|scratch| outer_tiles(isa, &maps, scratch, own));
            });
        }
    }

    /// Adds up the sums of some images' chunks into the gradient of the weights as panels.
    pub(super) fn join(&self, chunks: Chunks<'_>, images: Range<usize>, weights: &mut [f32]) {
        let (width, rows) = (panel_width(self.filter.outputs), self.filter.rows);
        weights.par_chunks_mut(rows * width).enumerate().for_each(|(panel, to)| {
            let mut begin = 0;
            for (source, first) in self.filter.firsts.iter().enumerate() {
                let products = self.products(source);
                let channels = self.filter.sources[source].0;
                for row in 0..self.filter.side * self.filter.side * channels {
                    let (tap, channel) = (row / channels, row % channels);
                    for column in (0..width).step_by(OUTPUTS) {
                        let output = (panel * width + column) / OUTPUTS;
                        let take = |sums: &mut [f32; OUTPUTS], chunk: &[f32]| {
                            self.each_sum(source, &products, tap, channel, |tile, row| {
                                let taps = products.taps[0] * products.taps[1];
                                let place = (tile / taps * products.outputs + output) * taps + tile % taps;
                                let from = &chunk[begin + place * SUMS + row * OUTPUTS..][..OUTPUTS];
                                sums.iter_mut().zip(from).for_each(|(sum, from)| *sum += from);
                            });
                        };
                        let add = |mut left: [f32; OUTPUTS], right: [f32; OUTPUTS]| {
                            left.iter_mut().zip(right).for_each(|(left, right)| *left += right);
                            left
                        };
                        let sums = chunks.fold(images.clone(), [0.0; OUTPUTS], take, add);
                        to[(first + row) * width + column..][..OUTPUTS].copy_from_slice(&sums);
                    }
                }
                begin += products.len();
            }
        });
    }

    /// Calls `add` with every sum that is part of the gradient of a tap's weights of a channel: `input * taps + tap`, and the
    /// row in its tile.
    fn each_sum(
        &self,
        source: usize,
        products: &Products,
        tap: usize,
        channel: usize,
        mut add: impl FnMut(usize, usize),
    ) {
        let side = self.filter.side;
        let (down, across) = (tap / side, tap % side);
        let taps = products.taps[0] * products.taps[1];
        let input = channel / UNITS * taps;
        if self.filter.sources[source].1 {
            for row in (0..4).filter(|row| through(*row).any(|tap| tap == down)) {
                for column in (0..4).filter(|column| through(*column).any(|tap| tap == across)) {
                    add(input + row * 4 + column, channel % UNITS);
                }
            }
        } else if products.packed {
            // An input pixel meets the output pixel `1 - tap` away.
            add(side - 1 - down, across * self.sources[source].pitch + channel);
        } else {
            add(input + (side - 1 - down) * side + side - 1 - across, channel % UNITS);
        }
    }
}
