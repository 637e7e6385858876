use rayon::prelude::*;
use scumble_kernels::{PANEL, Panels, panel_width, round_up};

use super::forward::Weights;
use super::graph::{Graph, Node, NodeOp};
use super::program::kernel;
use crate::network::NORM_EPSILON;

/// How a convolution's weights are read: its sources, in order.
#[derive(Clone)]
pub(super) struct Kernel {
    /// Side: 1 or 3.
    pub(super) side: usize,
    pub(super) outputs: usize,
    /// Channels of each source, and whether it is upsampled.
    pub(super) sources: Vec<(usize, bool)>,
}

/// Forms of a convolution's weights that are made anew when the weights have changed.
pub(super) struct Prepared {
    pub(super) forward: Vec<f32>,
    pub(super) forward_rows: usize,
    pub(super) bias: Vec<f32>,
    /// For each source, the weights of its gradient; empty if it needs none.
    pub(super) backward: Vec<Vec<f32>>,
}

impl Kernel {
    fn taps(&self) -> usize {
        self.side * self.side
    }

    /// Rows of a panel of the weights themselves.
    pub(super) fn rows(&self) -> usize {
        self.taps() * self.sources.iter().map(|source| source.0).sum::<usize>()
    }

    /// Rows in which the forward pass has a source's weights: 9 taps for every channel, or, of an upsampled source, 2 x 2
    /// taps for each of the 2 x 2 places of an output pixel.
    fn forward_rows_of(&self, (channels, up): (usize, bool)) -> usize {
        if up { 16 * channels } else { self.taps() * channels }
    }

    /// The first forward row of each source, and the number of rows.
    pub(super) fn forward_rows(&self) -> (Vec<usize>, usize) {
        let mut rows = 0;
        let firsts = self.sources.iter().map(|&source| {
            rows += self.forward_rows_of(source);
            rows - self.forward_rows_of(source)
        });
        (firsts.collect(), rows)
    }

    /// The first row of each source in the weights themselves.
    pub(super) fn firsts(&self) -> Vec<usize> {
        let mut rows = 0;
        let firsts = self.sources.iter().map(|&(channels, _)| {
            rows += self.taps() * channels;
            rows - self.taps() * channels
        });
        firsts.collect()
    }

    /// Multiplications of an output pixel.
    pub(super) fn work(&self) -> usize {
        self.rows() * round_up(self.outputs, PANEL)
    }

    pub(super) fn prepared(&self, learns: &[bool]) -> Prepared {
        let (_, forward_rows) = self.forward_rows();
        let outputs = round_up(self.outputs, PANEL);
        let backward = self.sources.iter().zip(learns).map(|(&(channels, _), &learns)| {
            if learns {
                vec![0.0; round_up(channels, PANEL) * self.taps() * self.outputs]
            } else {
                Vec::new()
            }
        });
        Prepared {
            forward: vec![0.0; outputs * forward_rows],
            forward_rows,
            bias: vec![0.0; outputs],
            backward: backward.collect(),
        }
    }

    /// Fills [`Prepared::forward`].
    ///
    /// Nearest-neighbour upsampling lets an output pixel see only 2 x 2 different pixels of the small map through its
    /// 3 x 3 taps: the taps that meet the same pixel are summed here, once. Along each axis, an even output reads
    /// the pixel before through tap 0 and its own through taps 1 and 2; an odd one, its own through 0 and 1 and the next
    /// through 2.
    pub(super) fn prepare_forward(&self, weights: &[f32], prepared: &mut Prepared) {
        let width = panel_width(self.outputs);
        let (rows, firsts, (forward_firsts, forward_rows)) =
            (self.rows(), self.firsts(), self.forward_rows());
        let panels =
            prepared.forward.par_chunks_mut(forward_rows * width).zip(weights.par_chunks(rows * width));
        panels.for_each(|(to, from)| {
            for ((&(channels, up), &first), &forward) in self.sources.iter().zip(&firsts).zip(&forward_firsts)
            {
                let block = channels * width;
                let from = &from[first * width..][..self.taps() * block];
                let to = &mut to[forward * width..][..self.forward_rows_of((channels, up)) * width];
                if !up {
                    to.copy_from_slice(from);
                    continue;
                }
                for (index, to) in to.chunks_mut(block).enumerate() {
                    let (py, px, a, b) = (index / 8, index / 4 % 2, index / 2 % 2, index % 2);
                    to.fill(0.0);
                    for kh in met(py, a) {
                        for kw in met(px, b) {
                            add(to, &from[(kh * 3 + kw) * block..][..block]);
                        }
                    }
                }
            }
        });
    }

    /// Fills [`Prepared::backward`]: inputs and outputs exchanged. Of a source that is not upsampled, the kernel is turned
    /// by half a turn; an upsampled one meets the sums of [`scumble_kernels::box_sums_row`], in the order of taps.
    pub(super) fn prepare_backward(&self, weights: &[f32], prepared: &mut Prepared) {
        let (width, rows, taps, firsts) =
            (panel_width(self.outputs), self.rows(), self.taps(), self.firsts());
        for (((&(channels, up), first), to), outputs) in
            self.sources.iter().zip(firsts).zip(&mut prepared.backward).zip(std::iter::repeat(self.outputs))
        {
            if to.is_empty() {
                continue;
            }
            let to_width = panel_width(channels);
            to.par_chunks_mut(taps * outputs * to_width).enumerate().for_each(|(panel, to)| {
                let used = to_width.min(channels - panel * to_width);
                for tap in 0..taps {
                    let turned = if up { tap } else { taps - 1 - tap };
                    let row = first + turned * channels + panel * to_width;
                    for o in 0..outputs {
                        let from = &weights[o / width * width * rows + row * width + o % width..];
                        let to = &mut to[(tap * outputs + o) * to_width..][..used];
                        for (to, from) in to.iter_mut().zip(from.iter().step_by(width)) {
                            *to = *from;
                        }
                    }
                }
            });
        }
    }
}

impl Prepared {
    pub(super) fn panels(&self, outputs: usize) -> Panels<'_> {
        Panels { values: &self.forward, rows: self.forward_rows, width: panel_width(outputs) }
    }
}

/// The taps along an axis through which an output of this parity sees the first (0) or second (1) of its two pixels.
fn met(parity: usize, pixel: usize) -> std::ops::Range<usize> {
    match (parity, pixel) {
        (0, 0) => 0..1,
        (0, _) => 1..3,
        (_, 0) => 0..2,
        _ => 2..3,
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

/// Makes a convolution's weights ready, in training for the gradients of its sources too. Other nodes have none.
pub(super) fn fill(
    graph: &Graph,
    node: &Node,
    weights: Weights<'_>,
    prepared: &mut Option<Prepared>,
    trains: bool,
) {
    let (Some(kernel), Some(prepared), NodeOp::Conv { norm, .. }) = (kernel(graph, node), prepared, node.op)
    else {
        return;
    };
    let own = &weights.trainable[weights.layout.weight(node.layer)];
    if trains {
        kernel.prepare_backward(own, prepared);
    }
    kernel.prepare_forward(own, prepared);
    let bias = &weights.trainable[weights.layout.bias(node.layer)];
    if bias.is_empty() {
        prepared.bias.fill(0.0);
    } else {
        prepared.bias.copy_from_slice(bias);
    }
    let Some(norm) = norm else { return };
    // scale (w x + b) + shift = (scale w) x + (scale b + shift)
    let [mean, variance] = weights.layout.statistics(norm).map(|range| &weights.running[range]);
    let [scale, shift] =
        [weights.layout.weight(norm), weights.layout.bias(norm)].map(|range| &weights.trainable[range]);
    let width = panel_width(kernel.outputs);
    for output in 0..kernel.outputs {
        let factor = f64::from(scale[output]) / (f64::from(variance[output]) + NORM_EPSILON).sqrt();
        let (bias, shift) = (&mut prepared.bias[output], f64::from(shift[output]));
        *bias = (factor * (f64::from(*bias) - f64::from(mean[output])) + shift) as f32;
        let first = output / width * width * prepared.forward_rows + output % width;
        for weight in prepared.forward[first..].iter_mut().step_by(width).take(prepared.forward_rows) {
            *weight = (f64::from(*weight) * factor) as f32;
        }
    }
}
