//! A convolution's weights, in the forms that the kernels read.

use rayon::prelude::*;
use scumble_kernels::{PANEL, Panels, panel_width, round_up};

use super::graph::{Graph, Node, NodeOp};
use super::parameters::Values;
use crate::network::layer::NORM_EPSILON;

/// How a convolution's weights are read: its sources, in order.
pub(super) struct Filter {
    /// Side: 1 or 3.
    pub(super) side: usize,
    pub(super) outputs: usize,
    /// Channels of each source, and whether it is upsampled.
    pub(super) sources: Vec<(usize, bool)>,
    /// Rows of a panel of the weights themselves: for each source, its taps, of each its channels.
    pub(super) rows: usize,
    /// The first of these rows of each source.
    pub(super) firsts: Vec<usize>,
    /// Rows of a panel of the forward pass, and the first of each source.
    pub(super) forward_rows: usize,
    pub(super) forward_firsts: Vec<usize>,
}

impl Filter {
    /// Of a node of a graph, if it is a convolution.
    pub(super) fn of(graph: &Graph, node: &Node) -> Option<Self> {
        let NodeOp::Conv { kernel, .. } = node.op else { return None };
        let sources =
            node.sources.iter().map(|source| (graph.maps[source.map].channels, source.up)).collect();
        Some(Self::new(kernel, graph.maps[node.output].channels, sources))
    }

    fn new(side: usize, outputs: usize, sources: Vec<(usize, bool)>) -> Self {
        let mut filter = Self {
            side,
            outputs,
            sources,
            rows: 0,
            firsts: Vec::new(),
            forward_rows: 0,
            forward_firsts: Vec::new(),
        };
        for &source in &filter.sources {
            filter.firsts.push(filter.rows);
            filter.forward_firsts.push(filter.forward_rows);
            filter.rows += side * side * source.0;
            filter.forward_rows += forward_rows(side, source);
        }
        filter
    }

    /// Taps of a channel.
    fn taps(&self) -> usize {
        self.side * self.side
    }

    /// Multiplications of an output pixel.
    pub(super) fn work(&self) -> usize {
        self.rows * round_up(self.outputs, PANEL)
    }
}

/// Rows in which the forward pass has a source's weights: its taps for every channel, or, of an upsampled source, 2 x 2
/// taps for each of the 2 x 2 places of an output pixel.
fn forward_rows(side: usize, (channels, up): (usize, bool)) -> usize {
    if up { 16 * channels } else { side * side * channels }
}

/// Forms of a convolution's weights that are made anew when the weights have changed.
pub(super) struct Prepared {
    pub(super) forward: Vec<f32>,
    pub(super) forward_rows: usize,
    pub(super) bias: Vec<f32>,
    /// For each source, the weights of its gradient; empty if it needs none.
    pub(super) backward: Vec<Vec<f32>>,
}

impl Filter {
    /// Room for the forms; `needs_gradient` of each source.
    pub(super) fn prepared(&self, needs_gradient: impl IntoIterator<Item = bool>) -> Prepared {
        let outputs = round_up(self.outputs, PANEL);
        let backward = self.sources.iter().zip(needs_gradient).map(|(&(channels, _), needed)| {
            if needed {
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
    fn prepare_forward(&self, weights: &[f32], prepared: &mut Prepared) {
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
    fn prepare_backward(&self, weights: &[f32], prepared: &mut Prepared) {
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

    /// Fills all forms for a node, in training those of the sources' gradients too. A batch normalisation that is folded in is
    /// part of the weights.
    pub(super) fn prepare(&self, node: &Node, values: Values<'_>, prepared: &mut Prepared, trains: bool) {
        let NodeOp::Conv { norm, .. } = node.op else { return };
        let own = values.weight(node.layer);
        if trains {
            self.prepare_backward(own, prepared);
        }
        self.prepare_forward(own, prepared);
        let bias = values.bias(node.layer);
        if bias.is_empty() {
            prepared.bias.fill(0.0);
        } else {
            prepared.bias.copy_from_slice(bias);
        }
        if let Some(norm) = norm {
            self.fold(norm, values, prepared.forward_rows, &mut prepared.forward, &mut prepared.bias);
        }
    }
}

impl Filter {
    /// The weights and the bias of a node, with the batch normalisation that is part of it; no weights if there is none: they
    /// are its own.
    pub(super) fn folded(&self, node: &Node, values: Values<'_>) -> (Option<Vec<f32>>, Vec<f32>) {
        let mut bias = vec![0.0; round_up(self.outputs, PANEL)];
        bias[..values.bias(node.layer).len()].copy_from_slice(values.bias(node.layer));
        let NodeOp::Conv { norm: Some(norm), .. } = node.op else { return (None, bias) };
        let mut weights = values.weight(node.layer).to_vec();
        self.fold(norm, values, self.rows, &mut weights, &mut bias);
        (Some(weights), bias)
    }

    /// Makes a batch normalisation part of panels of so many rows, and of the bias:
    ///
    /// ```text
    /// scale (w x + b) + shift  =  (scale w) x + (scale b + shift)
    /// ```
    fn fold(&self, norm: usize, values: Values<'_>, rows: usize, panels: &mut [f32], bias: &mut [f32]) {
        let [mean, variance] = values.statistics(norm);
        let [scale, shift] = [values.weight(norm), values.bias(norm)];
        let width = panel_width(self.outputs);
        for output in 0..self.outputs {
            let factor = f64::from(scale[output]) / (f64::from(variance[output]) + NORM_EPSILON).sqrt();
            let (bias, shift) = (&mut bias[output], f64::from(shift[output]));
            *bias = (factor * (f64::from(*bias) - f64::from(mean[output])) + shift) as f32;
            let first = output / width * width * rows + output % width;
            for weight in panels[first..].iter_mut().step_by(width).take(rows) {
                *weight = (f64::from(*weight) * factor) as f32;
            }
        }
    }
}

impl Prepared {
    pub(super) fn panels(&self, outputs: usize) -> Panels<'_> {
        Panels { values: &self.forward, rows: self.forward_rows, width: panel_width(outputs) }
    }
}

/// The taps along an axis through which an output of this parity sees the first (0) or second (1) of its two pixels.
pub(super) fn met(parity: usize, pixel: usize) -> std::ops::Range<usize> {
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
