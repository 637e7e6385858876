//! The last convolution, 1 x 1 to a few logits: in f32 whatever maps hold, as are the loss and the gradient of the logits.

use std::cell::RefCell;
use std::ops::Range;

use ndarray::{Array4, ArrayView4};
use rayon::prelude::*;
use scumble_kernels::{
    Begin, GatherRow, Isa, OuterRows, PANEL, Panels, Stored, Tap, gather_row, narrow_row, outer_rows,
    panel_width, relu_gradient_row, round_up, widen_row,
};

use super::convolution::{Chunk, Chunks, Destination};
use super::filter::{Filter, Prepared};
use super::graph::MOST_LOGITS;
use super::maps::{COPY_WORK, Shape, for_rows};

/// Pixels at a time: their outputs, padded to whole registers, stay in the first cache.
const STRETCH: usize = 64;

/// The network's last convolution. Logits lie as `[images][rows][columns][logits]`: padded to sixteen, as maps are, reading
/// and writing them would take longer than the arithmetic.
pub(super) struct Head {
    pub(super) filter: Filter,
    /// What it reads.
    pub(super) source: Shape,
}

thread_local! {
    /// A row as f32, which a task needs for a moment. It grows to the longest row that a thread meets, once.
    static ROW: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Calls `read` with the row as f32.
fn with_row<T: Stored>(isa: Isa, row: &[T], read: impl FnOnce(&[f32])) {
    match T::as_f32(row) {
        Some(row) => read(row),
        None => ROW.with_borrow_mut(|wide| {
            wide.resize(row.len(), 0.0);
            widen_row(isa, row, wide);
            read(wide);
        }),
    }
}

/// Calls `change` with the row as f32, and rounds what it leaves there.
fn change_row<T: Stored>(isa: Isa, row: &mut [T], change: impl FnOnce(&mut [f32])) {
    if let Some(row) = T::as_f32_mut(row) {
        change(row);
        return;
    }
    ROW.with_borrow_mut(|wide| {
        wide.resize(row.len(), 0.0);
        widen_row(isa, row, wide);
        change(wide);
        narrow_row(isa, wide, row);
    });
}

impl Head {
    /// Values of all logits.
    pub(super) fn logits(&self) -> usize {
        self.source.images * self.source.area() * self.filter.outputs
    }

    /// Where a row of logits begins.
    fn start(&self, n: usize, y: usize) -> usize {
        (n * self.source.height + y) * self.source.width * self.filter.outputs
    }

    /// A row of logits.
    fn row_of<'a>(&self, logits: &'a [f32], n: usize, y: usize) -> &'a [f32] {
        &logits[self.start(n, y)..][..self.source.width * self.filter.outputs]
    }

    /// The logits of a map.
    pub(super) fn forward<T: Stored>(&self, isa: Isa, map: &[T], weights: &Prepared, logits: &mut [f32]) {
        let row = self.source.width * self.filter.outputs;
        logits.par_chunks_mut(row).with_min_len(4).enumerate().for_each(|(at, logits)| {
            let (n, y) = (at / self.source.height, at % self.source.height);
            self.row(isa, self.source.pixels(map, n, y), weights, logits);
        });
    }

    /// The logits of a map that `make(n, rows, band)` makes, at most `most` rows at a time, which are read at once and then
    /// forgotten: the largest map of a U-Net never leaves the cache. `scratch` has room for the whole map; `rows` of a
    /// task.
    pub(super) fn forward_by_bands<T: Stored>(
        &self,
        isa: Isa,
        make: impl Fn(usize, Range<usize>, &mut [T]) + Sync,
        (most, rows): (usize, usize),
        weights: &Prepared,
        scratch: &mut [T],
        logits: &mut [f32],
    ) {
        let from = &self.source;
        let line = from.width * self.filter.outputs;
        let images = scratch[..from.len()].par_chunks_mut(from.image());
        images.zip(logits.par_chunks_mut(from.height * line)).enumerate().for_each(
            |(n, (scratch, logits))| {
                let tasks = scratch.par_chunks_mut(rows * from.row()).zip(logits.par_chunks_mut(rows * line));
                tasks.enumerate().for_each(|(task, (scratch, logits))| {
                    for (at, logits) in logits.chunks_mut(most * line).enumerate() {
                        let first = task * rows + at * most;
                        let count = logits.len() / line;
                        let band = &mut scratch[..count * from.row()];
                        make(n, first..first + count, band);
                        for (row, logits) in band.chunks(from.row()).zip(logits.chunks_mut(line)) {
                            self.row(isa, from.inside(row), weights, logits);
                        }
                    }
                });
            },
        );
    }

    fn row<T: Stored>(&self, isa: Isa, row: &[T], weights: &Prepared, logits: &mut [f32]) {
        let (from, outputs) = (&self.source, self.filter.outputs);
        let tap = Tap { source: 0, start: 0, step: from.pitch, columns: 1, length: from.channels, row: 0 };
        let step = round_up(outputs, PANEL);
        let mut padded = [0.0; STRETCH * MOST_LOGITS];
        for (row, logits) in row.chunks(STRETCH * from.pitch).zip(logits.chunks_mut(STRETCH * outputs)) {
            with_row(isa, row, |row| {
                let gather = GatherRow {
                    sources: &[row],
                    taps: &[tap],
                    panels: weights.panels(outputs),
                    begin: Begin::Bias(&weights.bias),
                    relu: false,
                    pixels: row.len() / from.pitch,
                    start: 0,
                    step,
                };
                gather_row(isa, &gather, &mut padded);
            });
            for (logits, padded) in logits.chunks_mut(outputs).zip(padded.chunks(step)) {
                logits.copy_from_slice(&padded[..outputs]);
            }
        }
    }

    /// The gradient of the source from that of the logits.
    pub(super) fn backward<T: Stored>(
        &self,
        isa: Isa,
        gradient: &[f32],
        weights: &Prepared,
        to: Destination<'_, T>,
        input: &mut [T],
    ) {
        let (from, outputs) = (&self.source, self.filter.outputs);
        let tap = Tap { source: 0, start: 0, step: outputs, columns: 1, length: outputs, row: 0 };
        let panels =
            Panels { values: &weights.backward[to.source], rows: outputs, width: panel_width(from.channels) };
        for_rows(input, from, COPY_WORK, |n, y, row| {
            let row = from.inside_mut(row);
            if !to.add {
                row.fill(T::default());
            }
            change_row(isa, row, |row| {
                let gather = GatherRow {
                    sources: &[self.row_of(gradient, n, y)],
                    taps: &[tap],
                    panels,
                    begin: if to.add { Begin::Output } else { Begin::Zero },
                    relu: false,
                    pixels: from.width,
                    start: 0,
                    step: from.pitch,
                };
                gather_row(isa, &gather, row);
            });
            if let Some(output) = to.relu {
                relu_gradient_row(isa, from.pixels(output, n, y), row);
            }
        });
    }

    /// Values of one chunk's sums.
    fn chunk_len(&self) -> usize {
        (self.source.pitch + 1) * self.filter.outputs
    }

    /// Values of the sums of so many chunks.
    pub(super) fn scratch_len(&self, chunks: usize) -> usize {
        chunks * self.chunk_len()
    }

    /// Sums every chunk of the gradients of the weights and the bias, from that of the logits.
    pub(super) fn sum_chunks<T: Stored>(
        &self,
        isa: Isa,
        map: &[T],
        gradient: &[f32],
        of_image: usize,
        scratch: &mut [f32],
    ) {
        let (from, outputs) = (&self.source, self.filter.outputs);
        let chunks = &mut scratch[..self.scratch_len(from.images * of_image)];
        let width = panel_width(from.channels);
        chunks.par_chunks_mut(self.chunk_len()).enumerate().for_each(|(at, sums)| {
            sums.fill(0.0);
            let (weights, bias) = sums.split_at_mut(from.pitch * outputs);
            let mut totals = [0.0f64; MOST_LOGITS];
            Chunk::new(at, of_image).runs(from, 1, |n, y, _| {
                let row = self.row_of(gradient, n, y);
                for pixel in row.chunks(outputs) {
                    totals.iter_mut().zip(pixel).for_each(|(total, value)| *total += f64::from(*value));
                }
                // Logits and source exchanged: then the longer side fills the registers.
                with_row(isa, from.pixels(map, n, y), |values| {
                    let walk = OuterRows {
                        rows: 1,
                        pixels: from.width,
                        input: row,
                        input_start: 0,
                        input_step: outputs,
                        input_row: 0,
                        inputs: outputs,
                        output: values,
                        output_starts: &[0],
                        output_step: from.pitch,
                        output_row: 0,
                        outputs: from.pitch,
                        result_rows: &[0],
                        panel_rows: outputs,
                        panel_width: width,
                    };
                    outer_rows(isa, &walk, weights);
                });
            });
            bias.iter_mut().zip(totals).for_each(|(bias, total)| *bias = total as f32);
        });
    }

    /// The gradients of the weights, as panels, and of the bias, if there is one, of some images, from what
    /// [`sum_chunks`](Self::sum_chunks) has left.
    pub(super) fn weight_gradient(
        &self,
        scratch: &[f32],
        of_image: usize,
        images: Range<usize>,
        weights: &mut [f32],
        bias: &mut [f32],
    ) {
        let (from, outputs) = (&self.source, self.filter.outputs);
        let chunks = Chunks { of_image, len: self.chunk_len(), sums: scratch };
        let sum = |at: usize| chunks.sum(images.clone(), at);
        let (width, to) = (panel_width(from.channels), panel_width(outputs));
        for channel in 0..from.channels {
            for output in 0..outputs {
                let place = output / to * to * from.channels + channel * to + output % to;
                weights[place] = sum(channel / width * width * outputs + output * width + channel % width);
            }
        }
        for (output, bias) in bias.iter_mut().take(outputs).enumerate() {
            *bias = sum(from.pitch * outputs + output);
        }
    }

    /// Logits as `[N, K, H, W]`.
    pub(super) fn to_array(&self, logits: &[f32]) -> Array4<f32> {
        let Shape { images, height, width, .. } = self.source;
        let mut array = Array4::zeros((images, self.filter.outputs, height, width));
        if let Some(values) = array.as_slice_mut() {
            values.par_chunks_mut(width).with_min_len(8).enumerate().for_each(|(line, to)| {
                let (plane, y) = (line / height, line % height);
                let row = self.row_of(logits, plane / self.filter.outputs, y);
                let pixels = row.iter().skip(plane % self.filter.outputs).step_by(self.filter.outputs);
                to.iter_mut().zip(pixels).for_each(|(to, from)| *to = *from);
            });
        }
        array
    }

    /// `[N, K, H, W]` as logits lie.
    pub(super) fn read_array(&self, array: ArrayView4<f32>, logits: &mut [f32]) {
        let array = array.as_standard_layout();
        let Some(values) = array.as_slice() else { return };
        let Shape { height, width, .. } = self.source;
        let outputs = self.filter.outputs;
        logits.par_chunks_mut(width * outputs).with_min_len(8).enumerate().for_each(|(line, to)| {
            let (n, y) = (line / height, line % height);
            for k in 0..outputs {
                let row = &values[((n * outputs + k) * height + y) * width..][..width];
                to[k..].iter_mut().step_by(outputs).zip(row).for_each(|(to, from)| *to = *from);
            }
        });
    }
}
