//! The forward pass: every node in its order, the last convolution of a prediction row by row.

use std::mem::take;

use ndarray::{Array4, ArrayView4};
use scumble_kernels::{Isa, relu_row};

use super::filter::Prepared;
use super::graph::NodeOp;
use super::last_conv::LastConv;
use super::maps::{COPY_WORK, for_rows, from_array, to_array};
use super::parameters::Values;
use super::pool_concat::{Slice, concat, max_pool};
use super::program::{Plan, Program};

impl Program {
    /// Logits of images. In training, batch normalisation uses the statistics of the batch.
    pub(super) fn forward(
        &mut self,
        isa: Isa,
        images: ArrayView4<f32>,
        prepared: &[Option<Prepared>],
        values: Values<'_>,
        trains: bool,
    ) -> Array4<f32> {
        from_array(images, &mut self.maps[self.map_buffers[0]], &self.shapes[0]);
        let alone = prepared.len() - if self.graph.row_by_row { 2 } else { 0 };
        for (index, prepared) in prepared[..alone].iter().enumerate() {
            self.forward_node(isa, index, prepared.as_ref(), values, trains);
        }
        if let [maker, Some(last)] = &prepared[alone..] {
            self.forward_by_rows(isa, maker.as_ref(), last, values);
        }
        to_array(self.map(self.graph.logits), &self.shapes[self.graph.logits])
    }

    fn forward_node(
        &mut self,
        isa: Isa,
        index: usize,
        prepared: Option<&Prepared>,
        values: Values<'_>,
        trains: bool,
    ) {
        self.update_norm(isa, index, values, trains);
        let next = self.graph.nodes.get(index + 1).map(|node| node.op);
        let sums_moments = self.feeds_norm(index) && (trains || next != Some(NodeOp::Batch));
        let node = &self.graph.nodes[index];
        let mut output = take(&mut self.maps[self.map_buffers[node.output]]);
        let mut sums = take(&mut self.sums);
        let first = node.sources[0].map;
        let (shape, from) = (self.shapes[node.output], self.shapes[first]);
        match (&self.plans[index], node.op, prepared) {
            (Plan::Conv(conv), _, Some(prepared)) => {
                let sources = &self.sources(node)[..node.sources.len()];
                let sums = sums_moments.then_some(&mut sums[..]);
                conv.forward(isa, sources, prepared, node.relu, &mut output, sums);
            }
            (Plan::Norm(norm), ..) => {
                let apart = self.map_buffers[first] != self.map_buffers[node.output];
                norm.apply(isa, apart.then(|| self.map(first)), node.relu, &mut output);
            }
            (_, NodeOp::MaxPool, _) => max_pool(isa, self.map(first), &from, &mut output, &shape),
            (_, NodeOp::Relu, _) => {
                let map = self.map(first);
                for_rows(&mut output, &shape, COPY_WORK, |n, y, row| {
                    relu_row(isa, from.pixels(map, n, y), shape.inside_mut(row));
                });
            }
            _ => {
                let mut slices = Vec::with_capacity(node.sources.len());
                let mut first = 0;
                for source in &node.sources {
                    let shape = &self.shapes[source.map];
                    slices.push((self.map(source.map), shape, Slice { first, up: source.up }));
                    first += shape.channels;
                }
                concat(slices.iter().copied(), &mut output, &shape);
            }
        }
        self.sums = sums;
        self.maps[self.map_buffers[node.output]] = output;
    }

    /// Finds the factors of a normalisation; nothing for any other node.
    fn update_norm(&mut self, isa: Isa, index: usize, values: Values<'_>, trains: bool) {
        let (node, Plan::Norm(norm)) = (&self.graph.nodes[index], &mut self.plans[index]) else { return };
        let (weight, bias) = (values.weight(node.layer), values.bias(node.layer));
        if node.op == NodeOp::Batch && !trains {
            let [mean, variance] = values.statistics(node.layer);
            norm.use_running_statistics(weight, bias, mean, variance);
            return;
        }
        let source = node.sources[0].map;
        let before = index.checked_sub(1).map(|before| &self.graph.nodes[before]);
        // Else the convolution before has summed them.
        if !before.is_some_and(|before| before.output == source && matches!(before.op, NodeOp::Conv { .. })) {
            norm.sum_moments(isa, &mut self.maps[self.map_buffers[source]], &mut self.sums);
        }
        norm.use_batch_statistics(&self.sums, weight, bias);
    }

    /// The last two nodes of a prediction: each row of the one is read by the other as soon as it is made.
    fn forward_by_rows(&mut self, isa: Isa, maker: Option<&Prepared>, last: &Prepared, values: Values<'_>) {
        let index = self.graph.nodes.len() - 2;
        self.update_norm(isa, index, values, false);
        let (node, Plan::Conv(conv)) = (&self.graph.nodes[index], &self.plans[index + 1]) else { return };
        let mut scratch = take(&mut self.maps[self.map_buffers[node.output]]);
        let mut logits = take(&mut self.maps[self.map_buffers[self.graph.logits]]);
        let source = self.shapes[node.output];
        match (&self.plans[index], maker) {
            (Plan::Conv(maker), Some(prepared)) => {
                let maps = &self.sources(node)[..node.sources.len()];
                LastConv { conv, prepared: last, source, work: maker.filter.work() }.run(
                    isa,
                    |n, y, row| maker.row(isa, maps, prepared, node.relu, (n, y), row),
                    &mut scratch,
                    &mut logits,
                );
            }
            (Plan::Norm(norm), _) => {
                let map = Some(self.map(node.sources[0].map));
                LastConv { conv, prepared: last, source, work: COPY_WORK }.run(
                    isa,
                    |n, y, row| norm.row(isa, map, node.relu, (n, y), row),
                    &mut scratch,
                    &mut logits,
                );
            }
            _ => {}
        }
        self.maps[self.map_buffers[node.output]] = scratch;
        self.maps[self.map_buffers[self.graph.logits]] = logits;
    }
}
