//! The forward pass: every node in its order, the last convolution of a prediction row by row.

use std::mem::take;

use ndarray::{Array4, ArrayView4};
use scumble_kernels::{Isa, relu_row};

use super::convolution::Convolution;
use super::filter::Prepared;
use super::graph::NodeOp;
use super::maps::{COPY_WORK, for_rows, from_array, rows_per_task, to_array};
use super::parameters::Values;
use super::pool_concat::{Slice, concat, max_pool};
use super::program::{Plan, Program, Weights};
use crate::ranks::{ReduceError, Share};

impl<C: Convolution> Program<C> {
    /// Logits of images. In training, batch normalisation uses the statistics of the batch of which they are a share.
    pub(super) fn forward(
        &mut self,
        isa: Isa,
        images: ArrayView4<f32>,
        weights: &[Weights<C>],
        values: Values<'_>,
        trains: Option<&Share<'_>>,
    ) -> Result<Array4<f32>, ReduceError> {
        from_array(images, &mut self.maps[self.map_buffers[0]], &self.shapes[0]);
        let alone = weights.len() - if self.graph.row_by_row { 2 } else { 0 };
        for (index, weights) in weights[..alone].iter().enumerate() {
            self.forward_node(isa, index, weights, values, trains)?;
        }
        if let [maker, Weights::Head(last)] = &weights[alone..] {
            self.forward_by_rows(isa, maker, last, values)?;
        }
        Ok(match self.plans.last() {
            Some(Plan::Head(head)) => head.to_array(&self.logits),
            _ => to_array(self.map(self.graph.logits), &self.shapes[self.graph.logits]),
        })
    }

    fn forward_node(
        &mut self,
        isa: Isa,
        index: usize,
        weights: &Weights<C>,
        values: Values<'_>,
        trains: Option<&Share<'_>>,
    ) -> Result<(), ReduceError> {
        self.update_norm(isa, index, values, trains)?;
        let next = self.graph.nodes.get(index + 1).map(|node| node.op);
        let sums_moments = self.feeds_norm(index) && (trains.is_some() || next != Some(NodeOp::Batch));
        let node = &self.graph.nodes[index];
        let mut output = take(&mut self.maps[self.map_buffers[node.output]]);
        let mut sums = take(&mut self.sums);
        let first = node.sources[0].map;
        let (shape, from) = (self.shapes[node.output], self.shapes[first]);
        match (&self.plans[index], node.op, weights) {
            (Plan::Conv(conv), _, Weights::Conv(weights)) => {
                let sources = &self.sources(node)[..node.sources.len()];
                let sums = sums_moments.then_some(&mut sums[..]);
                conv.forward(isa, sources, weights, node.relu, &mut output, sums);
            }
            (Plan::Head(head), _, Weights::Head(weights)) => {
                let mut logits = take(&mut self.logits);
                head.forward(isa, self.map(first), weights, &mut logits);
                self.logits = logits;
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
        Ok(())
    }

    /// Finds the factors of a normalisation; nothing for any other node.
    fn update_norm(
        &mut self,
        isa: Isa,
        index: usize,
        values: Values<'_>,
        trains: Option<&Share<'_>>,
    ) -> Result<(), ReduceError> {
        let (node, Plan::Norm(norm)) = (&self.graph.nodes[index], &mut self.plans[index]) else {
            return Ok(());
        };
        let (weight, bias) = (values.weight(node.layer), values.bias(node.layer));
        if node.op == NodeOp::Batch && trains.is_none() {
            let [mean, variance] = values.statistics(node.layer);
            norm.use_running_statistics(weight, bias, mean, variance);
            return Ok(());
        }
        let source = node.sources[0].map;
        let before = index.checked_sub(1).map(|before| &self.graph.nodes[before]);
        // Else the convolution before has summed them.
        if !before.is_some_and(|before| before.output == source && matches!(before.op, NodeOp::Conv { .. })) {
            norm.sum_moments(isa, &mut self.maps[self.map_buffers[source]], &mut self.sums);
        }
        norm.use_batch_statistics(&self.sums, weight, bias, trains)
    }

    /// The last two nodes of a prediction: rows of the one are read by the other as soon as they are made.
    fn forward_by_rows(
        &mut self,
        isa: Isa,
        maker: &Weights<C>,
        last: &Prepared,
        values: Values<'_>,
    ) -> Result<(), ReduceError> {
        let index = self.graph.nodes.len() - 2;
        self.update_norm(isa, index, values, None)?;
        let (node, Plan::Head(head)) = (&self.graph.nodes[index], &self.plans[index + 1]) else {
            return Ok(());
        };
        let mut scratch = take(&mut self.maps[self.map_buffers[node.output]]);
        let mut logits = take(&mut self.logits);
        let shape = self.shapes[node.output];
        match (&self.plans[index], maker) {
            (Plan::Conv(conv), Weights::Conv(weights)) => {
                let maps = &self.sources(node)[..node.sources.len()];
                let rows = C::task_rows(conv.parts().0, &shape).next_multiple_of(C::BAND);
                head.forward_by_bands(
                    isa,
                    |n, rows, band| conv.rows(isa, maps, weights, node.relu, (n, rows), band),
                    (C::BAND, rows),
                    last,
                    &mut scratch,
                    &mut logits,
                );
            }
            (Plan::Norm(norm), _) => {
                let map = Some(self.map(node.sources[0].map));
                head.forward_by_bands(
                    isa,
                    |n, rows, row| norm.row(isa, map, node.relu, (n, rows.start), shape.inside_mut(row)),
                    (1, rows_per_task(&shape, COPY_WORK)),
                    last,
                    &mut scratch,
                    &mut logits,
                );
            }
            _ => {}
        }
        self.maps[self.map_buffers[node.output]] = scratch;
        self.logits = logits;
        Ok(())
    }
}
