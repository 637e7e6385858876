use rayon::prelude::*;
use scumble_kernels::{Isa, OuterRows, outer_rows, panel_width, total_sums};

use super::conv::ConvPlan;
use super::shape::Shape;

/// Parts that the pixels are divided into. Each is summed on its own and the parts are added in their order, whatever
/// thread made them: the number of threads does not change a bit.
pub(super) const PARTS: usize = 8;

/// About the pixels that are walked while sums stay in registers, such that their values stay in the first caches.
const WALK: usize = 128;

impl ConvPlan {
    /// Values of one part: the gradient of weights and bias.
    pub(super) fn part(&self) -> usize {
        self.output.pitch * (self.kernel.rows + 1)
    }

    /// The gradients of the weights, as panels, and of the bias, if there is one, from that of the output. `parts` has room
    /// for [`PARTS`] parts.
    pub(super) fn weight_gradient(
        &self,
        isa: Isa,
        maps: &[&[f32]],
        slope: &[f32],
        parts: &mut [f32],
        weights: &mut [f32],
        bias: &mut [f32],
    ) {
        let parts = &mut parts[..PARTS * self.part()];
        parts.par_chunks_mut(self.part()).enumerate().for_each(|(part, sums)| {
            sums.fill(0.0);
            let (weights, totals) = sums.split_at_mut(self.output.pitch * self.kernel.rows);
            for (source, map) in maps.iter().enumerate() {
                self.source_gradient(isa, source, map, slope, part, weights);
            }
            if !bias.is_empty() {
                each_run(&self.output, part, 1, |n, y, _| {
                    total_sums(isa, self.output.pixels(slope, n, y), totals);
                });
            }
        });
        let whole = |first: usize, to: &mut [f32]| {
            const PIECE: usize = 4096;
            to.par_chunks_mut(PIECE).enumerate().for_each(|(piece, to)| {
                let first = first + piece * PIECE;
                to.copy_from_slice(&parts[first..first + to.len()]);
                for part in parts.chunks(self.part()).skip(1) {
                    for (to, from) in to.iter_mut().zip(&part[first..]) {
                        *to += from;
                    }
                }
            });
        };
        whole(0, weights);
        whole(self.output.pitch * self.kernel.rows, bias);
    }

    /// Adds one source's share in one part of the pixels.
    fn source_gradient(
        &self,
        isa: Isa,
        source: usize,
        map: &[f32],
        slope: &[f32],
        part: usize,
        sums: &mut [f32],
    ) {
        let (shape, (channels, up), side) =
            (&self.sources[source], self.kernel.sources[source], self.kernel.side);
        let first = self.kernel.firsts[source];
        let output = &self.output;
        let walk = OuterRows {
            rows: 1,
            pixels: shape.width,
            input: map,
            input_start: 0,
            input_step: shape.pitch,
            input_row: shape.row(),
            inputs: channels,
            output: slope,
            output_starts: &[],
            output_step: output.pitch,
            output_row: output.row(),
            outputs: output.pitch,
            result_rows: &[],
            panel_rows: self.kernel.rows,
            panel_width: panel_width(self.kernel.outputs),
        };
        let row_of = |kh: usize| std::array::from_fn::<_, 3, _>(|kw| first + (kh * 3 + kw) * channels);
        if up {
            each_run(shape, part, 1, |n, y, _| {
                super::boxes::with(isa, slope, output, n, y, |boxes| {
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
        each_run(shape, part, (WALK / shape.width).max(1), |n, y, rows| {
            let pixel = output.start(n, y + 1) + output.pitch;
            if side == 1 {
                let input_start = shape.start(n, y + 1) + shape.pitch;
                let (output_starts, result_rows) = (&[pixel][..], &[first][..]);
                outer_rows(isa, &OuterRows { rows, input_start, output_starts, result_rows, ..walk }, sums);
                return;
            }
            for kh in 0..3 {
                // Input pixel q meets output pixel q + 1 - kw: both borders take part, and add zeros.
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

/// The runs of at most `most` rows of one image that belong to a part: `run(image, first row, rows)`.
fn each_run(shape: &Shape, part: usize, most: usize, mut run: impl FnMut(usize, usize, usize)) {
    let all = shape.images * shape.height;
    let (mut at, end) = (part * all / PARTS, (part + 1) * all / PARTS);
    while at < end {
        let (n, y) = (at / shape.height, at % shape.height);
        let rows = most.min(end - at).min(shape.height - y);
        run(n, y, rows);
        at += rows;
    }
}
