use std::mem::take;

use ndarray::{Array4, ArrayView4};
use scumble_kernels::{Isa, relu_row};

use super::edges;
use super::graph::{MOST_SOURCES, Node, NodeOp};
use super::head::Head;
use super::norm;
use super::parameters::Parameters;
use super::program::{Plan, Program};
use super::resample::{Part, join, pool};
use super::rows::for_rows;
use super::weights::Prepared;

/// Weights and running statistics, as [`Parameters`] lays them out.
#[derive(Clone, Copy)]
pub(super) struct Weights<'a> {
    pub(super) layout: &'a Parameters,
    pub(super) trainable: &'a [f32],
    pub(super) running: &'a [f32],
}

impl Program {
    /// Logits of images. In training, batch normalisation uses the statistics of the batch.
    pub(super) fn forward(
        &mut self,
        isa: Isa,
        images: ArrayView4<f32>,
        prepared: &[Option<Prepared>],
        weights: Weights<'_>,
        trains: bool,
    ) -> Array4<f32> {
        edges::read(images, &mut self.maps[self.map_slots[0]], &self.shapes[0]);
        let alone = prepared.len() - if self.graph.head { 2 } else { 0 };
        for (index, prepared) in prepared[..alone].iter().enumerate() {
            self.run(isa, index, prepared.as_ref(), weights, trains);
        }
        if let [maker, Some(head)] = &prepared[alone..] {
            self.run_head(isa, maker.as_ref(), head, weights);
        }
        edges::write(&self.maps[self.map_slots[self.graph.logits]], &self.shapes[self.graph.logits])
    }

    fn run(
        &mut self,
        isa: Isa,
        index: usize,
        prepared: Option<&Prepared>,
        weights: Weights<'_>,
        trains: bool,
    ) {
        self.settle(isa, index, weights, trains);
        let measured =
            trains || !matches!(self.graph.nodes.get(index + 1).map(|node| node.op), Some(NodeOp::Batch));
        let measured = measured && self.measured(index);
        let node = &self.graph.nodes[index];
        let mut output = take(&mut self.maps[self.map_slots[node.output]]);
        let first = node.sources[0].map;
        let (shape, from) = (self.shapes[node.output], self.shapes[first]);
        match (&mut self.plans[index..], prepared) {
            ([Plan::Conv(conv), rest @ ..], Some(prepared)) => {
                let mut sources: [&[f32]; MOST_SOURCES] = [&[]; MOST_SOURCES];
                for (to, source) in sources.iter_mut().zip(&node.sources) {
                    *to = &self.maps[self.map_slots[source.map]];
                }
                let sums = match rest {
                    [Plan::Norm(_), ..] if measured => Some(&mut self.sums[..]),
                    _ => None,
                };
                conv.forward(isa, &sources[..node.sources.len()], prepared, node.relu, &mut output, sums);
            }
            ([Plan::Norm(norm), ..], _) => {
                let apart = self.map_slots[first] != self.map_slots[node.output];
                let map = apart.then(|| &self.maps[self.map_slots[first]][..]);
                norm.apply(isa, map, node.relu, &mut output);
            }
            _ => {
                let map = &self.maps[self.map_slots[first]][..];
                match node.op {
                    NodeOp::Pool => pool(isa, map, &from, &mut output, &shape),
                    NodeOp::Relu => for_rows(&mut output, &shape, 256, |n, y, row| {
                        relu_row(isa, from.pixels(map, n, y), shape.inside_mut(row));
                    }),
                    _ => {
                        let mut parts = Vec::with_capacity(node.sources.len());
                        let mut first = 0;
                        for source in &node.sources {
                            let shape = &self.shapes[source.map];
                            let map = &self.maps[self.map_slots[source.map]][..];
                            parts.push((map, shape, Part { first, up: source.up }));
                            first += shape.channels;
                        }
                        join(parts.iter().copied(), &mut output, &shape);
                    }
                }
            }
        }
        self.maps[self.map_slots[node.output]] = output;
    }

    /// Finds the factors of a normalisation; nothing for any other node.
    fn settle(&mut self, isa: Isa, index: usize, weights: Weights<'_>, trains: bool) {
        let (node, Plan::Norm(norm)) = (&self.graph.nodes[index], &mut self.plans[index]) else { return };
        let (weight, bias) = (weights.layout.weight(node.layer), weights.layout.bias(node.layer));
        let (weight, bias) = (&weights.trainable[weight], &weights.trainable[bias]);
        if node.op == NodeOp::Batch && !trains {
            let [mean, variance] = weights.layout.statistics(node.layer);
            norm.set_running(weight, bias, &weights.running[mean], &weights.running[variance]);
            return;
        }
        let source = node.sources[0].map;
        let before = index.checked_sub(1).map(|before| &self.graph.nodes[before]);
        // Else the convolution before has made the sums.
        if !before.is_some_and(|before| before.output == source && matches!(before.op, NodeOp::Conv { .. })) {
            norm.measure(isa, &mut self.maps[self.map_slots[source]], &mut self.sums);
        }
        norm.finish(&self.sums, weight, bias);
    }

    /// The last two nodes of a prediction, row by row.
    fn run_head(&mut self, isa: Isa, maker: Option<&Prepared>, head: &Prepared, weights: Weights<'_>) {
        let index = self.graph.nodes.len() - 2;
        self.settle(isa, index, weights, false);
        let (node, Plan::Conv(conv)) = (&self.graph.nodes[index], &self.plans[index + 1]) else { return };
        let mut scratch = take(&mut self.maps[self.map_slots[node.output]]);
        let mut logits = take(&mut self.maps[self.map_slots[self.graph.logits]]);
        let source = self.shapes[node.output];
        match (&self.plans[index], maker) {
            (Plan::Conv(maker), Some(prepared)) => {
                let maps = self.sources(node);
                let maps = &maps[..node.sources.len()];
                Head { conv, prepared: head, source, work: maker.kernel.work() }.run(
                    isa,
                    |n, y, row| maker.row(isa, maps, prepared, node.relu, (n, y), row),
                    &mut scratch,
                    &mut logits,
                );
            }
            (Plan::Norm(norm), _) => {
                let map = Some(&self.maps[self.map_slots[node.sources[0].map]][..]);
                Head { conv, prepared: head, source, work: norm::WORK }.run(
                    isa,
                    |n, y, row| norm.row(isa, map, node.relu, (n, y), row),
                    &mut scratch,
                    &mut logits,
                );
            }
            _ => {}
        }
        self.maps[self.map_slots[node.output]] = scratch;
        self.maps[self.map_slots[self.graph.logits]] = logits;
    }

    /// The maps that a node reads.
    fn sources(&self, node: &Node) -> [&[f32]; MOST_SOURCES] {
        let mut sources: [&[f32]; MOST_SOURCES] = [&[]; MOST_SOURCES];
        for (to, source) in sources.iter_mut().zip(&node.sources) {
            *to = &self.maps[self.map_slots[source.map]];
        }
        sources
    }
}
