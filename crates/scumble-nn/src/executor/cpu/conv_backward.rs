use scumble_kernels::{Begin, GatherRow, Isa, Panels, Tap, gate_row, gather_row, panel_width};

use super::boxes;
use super::conv::ConvPlan;
use super::rows::for_rows;
use super::taps::Line;

/// What is asked of the gradient of a source.
#[derive(Clone, Copy)]
pub(super) struct Into<'a> {
    /// Whether it is added to what the memory holds.
    pub(super) add: bool,
    /// The source itself, if it is the result of ReLU: the gradient is zero where it is.
    pub(super) gate: Option<&'a [f32]>,
}

impl ConvPlan {
    /// Taps of a row of one source's gradient. They read the gradient of the output, or its sums over boxes if the source
    /// is upsampled.
    pub(super) fn backward_taps(&self, source: usize) -> Vec<Tap> {
        let (from, side, channels) = (&self.output, self.kernel.side, self.kernel.outputs);
        let mut taps = Vec::new();
        let line = Line {
            source: 0,
            start: 0,
            pitch: from.pitch,
            step: from.pitch,
            columns: side,
            channels,
            row: 0,
        };
        if self.kernel.sources[source].1 {
            Line { step: 9 * from.pitch, columns: 9, ..line }.add_to(&mut taps);
            return taps;
        }
        for a in 0..side {
            let start = a * from.row() + (1 - side / 2) * from.pitch;
            Line { start, row: a * side * channels, ..line }.add_to(&mut taps);
        }
        taps
    }

    /// The gradient of one source, from that of the output; `weights` are the source's of
    /// [`Prepared::backward`](super::weights::Prepared::backward).
    pub(super) fn backward(
        &self,
        isa: Isa,
        source: usize,
        slope: &[f32],
        weights: &[f32],
        into: Into<'_>,
        input: &mut [f32],
    ) {
        let (shape, from) = (&self.sources[source], &self.output);
        let ((channels, up), side) = (self.kernel.sources[source], self.kernel.side);
        let rows = side * side * self.kernel.outputs;
        let panels = Panels { values: weights, rows, width: panel_width(channels) };
        let taps = &self.backward[source];
        for_rows(input, shape, channels * rows, |n, y, row| {
            let row = shape.inside_mut(row);
            let mut gather = |source: &[f32]| {
                let gather = GatherRow {
                    sources: &[source],
                    taps,
                    panels,
                    begin: if into.add { Begin::Output } else { Begin::Zero },
                    relu: false,
                    pixels: shape.width,
                    start: 0,
                    step: shape.pitch,
                };
                gather_row(isa, &gather, row);
            };
            if up {
                boxes::with(isa, slope, from, n, y, gather);
            } else {
                gather(&slope[from.start(n, y + 1 - side / 2)..]);
            }
            if let Some(gate) = into.gate {
                gate_row(isa, shape.pixels(gate, n, y), row);
            }
        });
    }
}
