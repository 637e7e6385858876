//! The gradients of a convolution of f32 maps: of what it reads, and of its weights and bias.

use std::cell::RefCell;

use scumble_kernels::{
    Begin, GatherRow, Isa, OuterRows, Panels, box_sums_row, gather_row, outer_rows, panel_width,
    relu_gradient_row,
};

use super::conv::ConvPlan;
use super::convolution::{Chunk, Destination};
use super::maps::Shape;

impl ConvPlan {
    /// A row of the gradient of one source, from that of the output; `weights` are the source's of
    /// [`Prepared::backward`](super::filter::Prepared::backward).
    pub(super) fn source_row(
        &self,
        isa: Isa,
        gradient: &[f32],
        weights: &[f32],
        to: Destination<'_, f32>,
        (n, y): (usize, usize),
        row: &mut [f32],
    ) {
        let (shape, from) = (&self.sources[to.source], &self.output);
        let ((channels, up), side) = (self.filter.sources[to.source], self.filter.side);
        let panels =
            Panels { values: weights, rows: side * side * self.filter.outputs, width: panel_width(channels) };
        let taps = &self.backward[to.source];
        let mut gather = |source: &[f32]| {
            let gather = GatherRow {
                sources: &[source],
                taps,
                panels,
                begin: if to.add { Begin::Output } else { Begin::Zero },
                relu: false,
                pixels: shape.width,
                start: 0,
                step: shape.pitch,
            };
            gather_row(isa, &gather, row);
        };
        if up {
            with_box_sums(isa, gradient, from, n, y, gather);
        } else {
            gather(&gradient[from.start(n, y + 1 - side / 2)..]);
        }
        if let Some(output) = to.relu {
            relu_gradient_row(isa, shape.pixels(output, n, y), row);
        }
    }
}

/// About the pixels that are walked while sums stay in registers, such that their values stay in the first caches.
const WALK: usize = 128;

impl ConvPlan {
    /// Adds one source's share in one chunk of the pixels.
    pub(super) fn source_gradient(
        &self,
        isa: Isa,
        source: usize,
        map: &[f32],
        gradient: &[f32],
        chunk: Chunk,
        sums: &mut [f32],
    ) {
        let (shape, (channels, up), side) =
            (&self.sources[source], self.filter.sources[source], self.filter.side);
        let first = self.filter.firsts[source];
        let output = &self.output;
        let walk = OuterRows {
            rows: 1,
            pixels: shape.width,
            input: map,
            input_start: 0,
            input_step: shape.pitch,
            input_row: shape.row(),
            inputs: channels,
            output: gradient,
            output_starts: &[],
            output_step: output.pitch,
            output_row: output.row(),
            outputs: output.pitch,
            result_rows: &[],
            panel_rows: self.filter.rows,
            panel_width: panel_width(self.filter.outputs),
        };
        let row_of = |kh: usize| std::array::from_fn::<_, 3, _>(|kw| first + (kh * 3 + kw) * channels);
        if up {
            chunk.runs(shape, 1, |n, y, _| {
                with_box_sums(isa, gradient, output, n, y, |boxes| {
                    for kh in 0..3 {
                        let starts: [usize; 3] = std::array::from_fn(|kw| (kh * 3 + kw) * output.pitch);
                        let walk = OuterRows {
                            input_start: shape.start(n, y + 1) + shape.pitch,
                            output: boxes,
                            output_starts: &starts,
                            output_step: 9 * output.pitch,
                            result_rows: &row_of(kh),
                            ..walk
                        };
                        outer_rows(isa, &walk, sums);
                    }
                });
            });
            return;
        }
        chunk.runs(shape, (WALK / shape.width).max(1), |n, y, rows| {
            let pixel = output.start(n, y + 1) + output.pitch;
            if side == 1 {
                let input_start = shape.start(n, y + 1) + shape.pitch;
                let (output_starts, result_rows) = (&[pixel][..], &[first][..]);
                outer_rows(isa, &OuterRows { rows, input_start, output_starts, result_rows, ..walk }, sums);
                return;
            }
            for kh in 0..3 {
                // Input pixel q meets output pixel q + 1 - kw: both borders take chunk, and add zeros.
                let starts: [usize; 3] = std::array::from_fn(|kw| pixel + output.pitch - kw * output.pitch);
                let input_start = shape.start(n, y + kh) + shape.pitch;
                let result_rows = &row_of(kh);
                outer_rows(
                    isa,
                    &OuterRows { rows, input_start, output_starts: &starts, result_rows, ..walk },
                    sums,
                );
            }
        });
    }
}

thread_local! {
    /// A row of sums, which a task needs for a moment. It grows to the longest row that a thread meets, once.
    static ROW: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Calls `read` with the sums of [`box_sums_row`] for row `y` of the small map: `[width / 2][9][pitch]`.
fn with_box_sums(isa: Isa, gradient: &[f32], shape: &Shape, n: usize, y: usize, read: impl FnOnce(&[f32])) {
    ROW.with_borrow_mut(|sums| {
        let len = shape.width / 2 * 9 * shape.pitch;
        if sums.len() < len {
            sums.resize(len, 0.0);
        }
        let rows = std::array::from_fn(|row| &gradient[shape.start(n, 2 * y + row)..][..shape.row()]);
        box_sums_row(isa, rows, shape.pitch, &mut sums[..len]);
        read(&sums[..len]);
    });
}
