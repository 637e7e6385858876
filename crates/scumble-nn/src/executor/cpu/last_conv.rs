//! The last convolution of a prediction, run row by row behind the node before it.

use rayon::prelude::*;
use scumble_kernels::{Begin, GatherRow, Isa, PANEL, Tap, gather_row, round_up};

use super::conv::ConvPlan;
use super::filter::Prepared;
use super::graph::MOST_LOGITS;
use super::maps::{Shape, rows_per_task};

/// Pixels at a time: their outputs, padded to whole registers, stay in the first cache.
const STRETCH: usize = 64;

/// The network's last convolution, 1 x 1 to a few logits, run on every row of its source as soon as that is made.
///
/// The source, the largest map of a U-Net, then never leaves the cache; with the logits padded to sixteen, as maps are,
/// reading and writing both would take longer than the arithmetic.
pub(super) struct LastConv<'a> {
    pub(super) conv: &'a ConvPlan,
    pub(super) prepared: &'a Prepared,
    /// Of the source, and the multiplications that a pixel of it takes.
    pub(super) source: Shape,
    pub(super) work: usize,
}

impl LastConv<'_> {
    /// `make(n, y, row)` makes a row of the source, border excluded. `scratch` has room for the whole source.
    pub(super) fn run(
        &self,
        isa: Isa,
        make: impl Fn(usize, usize, &mut [f32]) + Sync,
        scratch: &mut [f32],
        logits: &mut [f32],
    ) {
        let (from, to) = (&self.source, &self.conv.output);
        let rows = rows_per_task(from, self.work);
        let images = scratch[..from.len()].par_chunks_mut(from.image());
        images.zip(logits[..to.len()].par_chunks_mut(to.image())).enumerate().for_each(
            |(n, (scratch, logits))| {
                let tasks =
                    scratch.par_chunks_mut(rows * from.row()).zip(logits.par_chunks_mut(rows * to.row()));
                tasks.enumerate().for_each(|(task, (scratch, logits))| {
                    let row = &mut scratch[..from.width * from.pitch];
                    for (bordered, logits) in (task * rows..).zip(logits.chunks_mut(to.row())) {
                        if (1..=from.height).contains(&bordered) {
                            make(n, bordered - 1, row);
                            self.row(isa, row, to.inside_mut(logits));
                        }
                    }
                });
            },
        );
    }

    fn row(&self, isa: Isa, row: &[f32], logits: &mut [f32]) {
        let (from, outputs) = (&self.source, self.conv.output.pitch);
        let tap = Tap { source: 0, start: 0, step: from.pitch, columns: 1, length: from.channels, row: 0 };
        let step = round_up(outputs, PANEL);
        let mut padded = [0.0; STRETCH * MOST_LOGITS];
        for (row, logits) in row.chunks(STRETCH * from.pitch).zip(logits.chunks_mut(STRETCH * outputs)) {
            let pixels = row.len() / from.pitch;
            let gather = GatherRow {
                sources: &[row],
                taps: &[tap],
                panels: self.prepared.panels(outputs),
                begin: Begin::Bias(&self.prepared.bias),
                relu: false,
                pixels,
                start: 0,
                step,
            };
            gather_row(isa, &gather, &mut padded);
            for (logits, padded) in logits.chunks_mut(outputs).zip(padded.chunks(step)) {
                logits.copy_from_slice(&padded[..outputs]);
            }
        }
    }
}
