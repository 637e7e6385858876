//! Where each named tensor lies among the numbers that the kernels read.

use std::ops::Range;

use ndarray::{Array2, ArrayD, Axis};
use scumble_kernels::{PANEL, panel_width, round_up};

use super::graph::{Graph, NodeOp};
use crate::network::graph::Network;
use crate::network::layer::{Layer, Op};
use crate::network::parameter::{Parameter, Tensors};

/// Where each named tensor lies in one long vector, and how.
///
/// Weights, gradients, moments and the average are vectors of the same layout, the one that the kernels read: the
/// optimiser is one pass over them, and the forward pass has nothing to rearrange. The padding stays zero.
pub(super) struct Parameters {
    /// What the optimiser changes.
    pub(super) trainable: Vec<Slot>,
    /// Running statistics, in a vector of their own.
    pub(super) running: Vec<Slot>,
    /// For every layer, the ranges of its trainable parameters: weight or scale, then bias or shift.
    layers: Vec<Vec<Range<usize>>>,
    /// For every layer, those of its running mean and variance.
    statistics: Vec<Vec<Range<usize>>>,
}

/// One tensor.
pub(super) struct Slot {
    pub(super) parameter: Parameter,
    pub(super) range: Range<usize>,
    /// For a convolution's weight, the channels of each source that its convolution reads.
    sources: Vec<usize>,
}

impl Parameters {
    pub(super) fn new(network: &Network, graph: &Graph) -> Self {
        let layers = network.layers().len();
        let mut all = Self {
            trainable: Vec::new(),
            running: Vec::new(),
            layers: vec![Vec::new(); layers],
            statistics: vec![Vec::new(); layers],
        };
        for parameter in network.parameters() {
            let owner = parameter.name.rsplit_once('.').map_or("", |(owner, _)| owner);
            let owns = |layer: &Layer| layer.name == owner;
            let Some(layer) = network.layers().iter().position(owns) else { continue };
            let mut sources = Vec::new();
            let mut len = round_up(parameter.shape[0], PANEL);
            if matches!(network.layers()[layer].op, Op::Conv { .. }) && parameter.shape.len() == 4 {
                len *= parameter.shape[1..].iter().product::<usize>();
                let node =
                    graph.nodes.iter().find(|n| n.layer == layer && matches!(n.op, NodeOp::Conv { .. }));
                let channels = |map: usize| graph.maps[map].channels;
                sources = node.iter().flat_map(|n| &n.sources).map(|s| channels(s.map)).collect();
            }
            let (slots, ranges) = if parameter.trainable() {
                (&mut all.trainable, &mut all.layers)
            } else {
                (&mut all.running, &mut all.statistics)
            };
            let start = slots.last().map_or(0, |slot| slot.range.end);
            ranges[layer].push(start..start + len);
            slots.push(Slot { parameter, range: start..start + len, sources });
        }
        all
    }

    /// Numbers of all that the optimiser changes.
    pub(super) fn len(&self) -> usize {
        total(&self.trainable)
    }

    /// The range of a layer's weight or scale.
    pub(super) fn weight(&self, layer: usize) -> Range<usize> {
        self.layers[layer][0].clone()
    }

    /// The range of a layer's bias or shift, empty if it has none.
    pub(super) fn bias(&self, layer: usize) -> Range<usize> {
        self.layers[layer].get(1).map_or(0..0, Clone::clone)
    }

    /// The ranges of a layer's running mean and variance.
    pub(super) fn statistics(&self, layer: usize) -> [Range<usize>; 2] {
        [self.statistics[layer][0].clone(), self.statistics[layer][1].clone()]
    }
}

/// Weights and running statistics of all layers, as [`Parameters`] lays them out.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) layout: &'a Parameters,
    pub(super) trainable: &'a [f32],
    pub(super) running: &'a [f32],
}

impl<'a> Values<'a> {
    /// A layer's weight or scale.
    pub(super) fn weight(&self, layer: usize) -> &'a [f32] {
        &self.trainable[self.layout.weight(layer)]
    }

    /// A layer's bias or shift, empty if it has none.
    pub(super) fn bias(&self, layer: usize) -> &'a [f32] {
        &self.trainable[self.layout.bias(layer)]
    }

    /// A layer's running mean and variance.
    pub(super) fn statistics(&self, layer: usize) -> [&'a [f32]; 2] {
        self.layout.statistics(layer).map(|range| &self.running[range])
    }
}

/// Values of all slots.
pub(super) fn total(slots: &[Slot]) -> usize {
    slots.last().map_or(0, |slot| slot.range.end)
}

/// Named tensors as one vector. They have been checked against the network.
pub(super) fn pack(slots: &[Slot], tensors: &Tensors) -> Vec<f32> {
    let mut vector = vec![0.0; total(slots)];
    for slot in slots {
        let to = &mut vector[slot.range.clone()];
        if let Some(tensor) = tensors.get(&slot.parameter.name) {
            for (value, place) in tensor.iter().zip(slot.places()) {
                to[place] = *value;
            }
        }
    }
    vector
}

/// A vector as named tensors, added to `tensors`.
pub(super) fn unpack(slots: &[Slot], vector: &[f32], tensors: &mut Tensors) {
    for slot in slots {
        let from = &vector[slot.range.clone()];
        let mut places = slot.places();
        let next = || places.next().map_or(0.0, |place| from[place]);
        let tensor = ArrayD::from_shape_simple_fn(slot.parameter.shape.as_slice(), next);
        tensors.insert(slot.parameter.name.clone(), tensor);
    }
}

impl Slot {
    /// A convolution's weight as a matrix [outputs, inputs x kernel]. Its columns are in the order of the kernels' rows.
    pub(super) fn matrix(&self, values: &[f32]) -> Array2<f32> {
        let outputs = self.parameter.shape[0];
        let mut matrix = Array2::zeros((outputs, self.parameter.len() / outputs));
        let (rows, width) = (matrix.dim().1, panel_width(outputs));
        let panels = matrix.axis_chunks_iter_mut(Axis(0), width).zip(values.chunks(rows * width));
        panels.for_each(|(mut lines, panel)| {
            for (mut line, first) in lines.outer_iter_mut().zip(0..) {
                line.iter_mut().zip(panel[first..].iter().step_by(width)).for_each(|(to, from)| *to = *from);
            }
        });
        matrix
    }

    /// Each number of such a matrix with its place in the layout of the kernels.
    pub(super) fn scatter(&self, matrix: &Array2<f32>, values: &mut [f32], put: impl Fn(&mut f32, f32)) {
        let width = panel_width(self.parameter.shape[0]);
        let rows = matrix.dim().1;
        let panels = matrix.axis_chunks_iter(Axis(0), width).zip(values.chunks_mut(rows * width));
        panels.for_each(|(lines, panel)| {
            for (line, first) in lines.outer_iter().zip(0..) {
                line.iter()
                    .zip(panel[first..].iter_mut().step_by(width))
                    .for_each(|(from, to)| put(to, *from));
            }
        });
    }

    /// Where each element of the tensor, in C order, lies in the slot.
    fn places(&self) -> Box<dyn Iterator<Item = usize> + '_> {
        let &[outputs, inputs, kernel, _] = &self.parameter.shape[..] else {
            return Box::new(0..self.parameter.len());
        };
        let (taps, width) = (kernel * kernel, panel_width(outputs));
        let rows = inputs * taps;
        // Each source has rows of its own: [tap][channel].
        let mut firsts = Vec::with_capacity(inputs);
        for &channels in &self.sources {
            let before = firsts.len();
            firsts.extend((0..channels).map(|channel| (before * taps + channel, channels)));
        }
        Box::new((0..outputs).flat_map(move |output| {
            let firsts = firsts.clone();
            (0..inputs).flat_map(move |input| {
                let (first, channels) = firsts[input];
                (0..taps).map(move |tap| {
                    let row = first + tap * channels;
                    output / width * width * rows + row * width + output % width
                })
            })
        }))
    }
}
