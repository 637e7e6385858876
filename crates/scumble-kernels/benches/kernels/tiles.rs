//! A convolution's kernels in bf16.

use std::hint::black_box;

use scumble_kernels::{
    Bf16, GatherTiles, Isa, Lines, MOST_TILE_SOURCES, OuterScratch, OuterTiles, Store, TILE, TileBlock,
    TileRow, TileStep, gather_tiles, outer_tiles,
};

use super::rate;

/// A 3 x 3 convolution of one image; two neighbouring pixels of 16 channels are read as one of 32.
pub(crate) struct TileLayer {
    inputs: usize,
    outputs: usize,
    side: usize,
    /// Pixels of a unit.
    pixels: usize,
    input: Lines<Bf16>,
    output: Lines<Bf16>,
}

/// Values behind a map that whole tiles read.
const BEHIND: usize = 40;

impl TileLayer {
    /// None of channels that do not fill a tile.
    pub(crate) fn new(inputs: usize, outputs: usize, side: usize) -> Option<Self> {
        if !inputs.is_multiple_of(16) {
            return None;
        }
        let area = (side + 2) * (side + 2) + BEHIND;
        Some(Self {
            inputs,
            outputs,
            side,
            pixels: if inputs == 16 || outputs == 16 { 2 } else { 1 },
            input: Lines::zeros(area * inputs),
            output: Lines::zeros(area * outputs),
        })
    }

    fn operations(&self) -> usize {
        2 * self.side * self.side * 9 * self.inputs * self.outputs
    }

    /// For each unit: three rows of the pixels that it reads, 32 values at a time; 32 outputs at a time.
    fn blocks(&self) -> Vec<TileBlock> {
        let (inputs, pitch) = (self.inputs, (self.side + 2) * self.inputs);
        let wide = (self.pixels + 2) * inputs;
        let offsets = (0..3).flat_map(|row| (0..wide).step_by(32).map(move |at| row * pitch + at));
        let steps: Vec<TileStep> =
            offsets.map(|offset| TileStep { source: 0, offset, tiles: [true, true] }).collect();
        (0..self.pixels * self.outputs)
            .step_by(32)
            .map(|output| TileBlock { steps: steps.clone(), weights: 0, output, bias: 0, width: 32 })
            .collect()
    }

    pub(crate) fn forward(&self, isa: Isa, repeats: usize) -> f64 {
        let (inputs, outputs, pitch) = (self.inputs, self.outputs, self.side + 2);
        let (blocks, mut output) = (self.blocks(), self.output.clone());
        let weights = Lines::zeros(blocks[0].steps.len() * 2 * TILE);
        let rows: Vec<TileRow> = (0..self.side)
            .map(|y| {
                let mut starts = [0; MOST_TILE_SOURCES];
                starts[0] = y * pitch * inputs;
                TileRow { starts, output: ((y + 1) * pitch + 1) * outputs, gate: 0 }
            })
            .collect();
        let gather = GatherTiles {
            sources: &[&self.input],
            strides: &[self.pixels * inputs],
            blocks: &blocks,
            weights: &weights,
            bias: &[0.0; 32],
            rows: &rows,
            units: self.side / self.pixels,
            step: self.pixels * outputs,
        };
        rate(self.operations(), repeats, || {
            gather_tiles(isa, &gather, Store::default(), &mut output);
            black_box(&mut output);
        })
    }

    pub(crate) fn weight_gradient(&self, isa: Isa, repeats: usize) -> f64 {
        let (inputs, outputs, pitch) = (self.inputs, self.outputs, self.side + 2);
        let maps = OuterTiles {
            rows: self.side,
            pixels: self.side,
            input: &self.output,
            input_start: (pitch + 1) * outputs,
            input_step: outputs,
            input_row: pitch * outputs,
            inputs: outputs / 16,
            output: &self.input,
            output_start: 0,
            output_step: inputs,
            output_row: pitch * inputs,
            outputs: inputs / 16,
            taps: [3, 3],
            stride: 1,
        };
        let (mut scratch, mut result) = (OuterScratch::default(), vec![0.0; maps.result_len()]);
        rate(self.operations(), repeats, || {
            outer_tiles(isa, &maps, &mut scratch, &mut result);
            black_box(&mut result);
        })
    }
}
