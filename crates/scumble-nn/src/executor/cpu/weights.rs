use rayon::prelude::*;
use scumble_kernels::{PANEL, Panels, panel_width, round_up};

use super::forward::Weights;
use super::graph::{Node, NodeOp};
use super::kernel::{Kernel, forward_rows};
use super::program::Plan;
use crate::network::NORM_EPSILON;

/// Forms of a convolution's weights that are made anew when the weights have changed.
pub(super) struct Prepared {
    pub(super) forward: Vec<f32>,
    pub(super) forward_rows: usize,
    pub(super) bias: Vec<f32>,
    /// For each source, the weights of its gradient; empty if it needs none.
    pub(super) backward: Vec<Vec<f32>>,
}

impl Kernel {
    /// Room for the forms; a source that does not learn needs no gradient.
    pub(super) fn prepared(&self, learns: &[bool]) -> Prepared {
        let outputs = round_up(self.outputs, PANEL);
        let backward = self.sources.iter().zip(learns).map(|(&(channels, _), &learns)| {
            if learns {
                vec![0.0; round_up(channels, PANEL) * self.taps() * self.outputs]
            } else {
                Vec::new()
            }
        });
        Prepared {
            forward: vec![0.0; outputs * self.forward_rows],
            forward_rows: self.forward_rows,
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
        let to = prepared.forward.par_chunks_mut(self.forward_rows * width);
        to.zip(weights.par_chunks(self.rows * width)).for_each(|(to, from)| {
            for (source, &(channels, up)) in self.sources.iter().enumerate() {
                let block = channels * width;
                let from = &from[self.firsts[source] * width..][..self.taps() * block];
                let rows = forward_rows(self.side, (channels, up));
                let to = &mut to[self.forward_firsts[source] * width..][..rows * width];
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
        let (width, taps, outputs) = (panel_width(self.outputs), self.taps(), self.outputs);
        let sources = self.sources.iter().zip(&self.firsts).zip(&mut prepared.backward);
        for ((&(channels, up), first), to) in sources {
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
                        let from = &weights[o / width * width * self.rows + row * width + o % width..];
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
    plan: &Plan,
    node: &Node,
    weights: Weights<'_>,
    prepared: &mut Option<Prepared>,
    trains: bool,
) {
    let (Plan::Conv(conv), Some(prepared), NodeOp::Conv { norm, .. }) = (plan, prepared, node.op) else {
        return;
    };
    let kernel = &conv.kernel;
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
