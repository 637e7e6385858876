//! A convolution's kernels in f32.

use std::hint::black_box;

use scumble_kernels::{Begin, GatherRow, Isa, OuterRows, Panels, Tap, gather_row, outer_rows, panel_width};

use super::rate;

/// A 3 x 3 convolution of one image.
pub(crate) struct Layer {
    inputs: usize,
    outputs: usize,
    side: usize,
    input: Vec<f32>,
    output: Vec<f32>,
    weights: Vec<f32>,
}

impl Layer {
    pub(crate) fn new(inputs: usize, outputs: usize, side: usize) -> Self {
        let area = (side + 2) * (side + 2);
        Self {
            inputs,
            outputs,
            side,
            input: vec![0.5; area * inputs],
            output: vec![0.25; area * outputs],
            weights: vec![0.125; 9 * inputs * outputs],
        }
    }

    fn operations(&self) -> usize {
        2 * self.side * self.side * 9 * self.inputs * self.outputs
    }

    pub(crate) fn forward(&self, isa: Isa, repeats: usize) -> f64 {
        let (inputs, outputs, pitch) = (self.inputs, self.outputs, self.side + 2);
        let mut output = self.output.clone();
        rate(self.operations(), repeats, || {
            for y in 0..self.side {
                let taps = [0, 1, 2].map(|kh| Tap {
                    source: 0,
                    start: (y + kh) * pitch * inputs,
                    step: inputs,
                    columns: 3,
                    length: inputs,
                    row: kh * 3 * inputs,
                });
                let row = GatherRow {
                    sources: &[&self.input],
                    taps: &taps,
                    panels: Panels { values: &self.weights, rows: 9 * inputs, width: panel_width(outputs) },
                    begin: Begin::Zero,
                    relu: false,
                    pixels: self.side,
                    start: ((y + 1) * pitch + 1) * outputs,
                    step: outputs,
                };
                gather_row(isa, &row, &mut output);
            }
            black_box(&mut output);
        })
    }

    pub(crate) fn weight_gradient(&self, isa: Isa, repeats: usize) -> f64 {
        let (inputs, outputs, pitch) = (self.inputs, self.outputs, self.side + 2);
        let mut result = vec![0.0; 9 * inputs * outputs];
        let rows = (128 / self.side).max(1);
        rate(self.operations(), repeats, || {
            for y in (0..self.side).step_by(rows) {
                for kh in 0..3 {
                    let maps = OuterRows {
                        rows,
                        pixels: self.side,
                        input: &self.input,
                        input_start: ((y + kh) * pitch + 1) * inputs,
                        input_step: inputs,
                        input_row: pitch * inputs,
                        inputs,
                        output: &self.output,
                        output_starts: &[2, 1, 0].map(|column| ((y + 1) * pitch + column) * outputs),
                        output_step: outputs,
                        output_row: pitch * outputs,
                        outputs,
                        result_rows: &[0, 1, 2].map(|kw| (kh * 3 + kw) * inputs),
                        panel_rows: 9 * inputs,
                        panel_width: panel_width(outputs),
                    };
                    outer_rows(isa, &maps, &mut result);
                }
            }
            black_box(&mut result);
        })
    }
}
