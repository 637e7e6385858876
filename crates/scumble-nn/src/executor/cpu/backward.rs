//! The backward pass: every node in the reverse order, from the gradient of the logits to those of all parameters.

use std::mem::take;

use ndarray::ArrayView4;
use scumble_kernels::{Isa, relu_gradient_row};

use super::convolution::{Convolution, Destination};
use super::graph::NodeOp;
use super::maps::{COPY_WORK, for_rows, from_array};
use super::parameters::Parameters;
use super::pool_concat::{Slice, concat_gradient, max_pool_gradient};
use super::program::{Plan, Program, Weights, in_place};
use crate::ranks::{ReduceError, Share};

impl<C: Convolution> Program<C> {
    /// Gradients of all trainable parameters into `parameters`, from that of the logits of the last forward: one after the
    /// other those of each node of the share, each laid out by `layout`.
    pub(super) fn backward(
        &mut self,
        isa: Isa,
        gradient: ArrayView4<f32>,
        weights: &[Weights<C>],
        (share, layout): (&Share<'_>, &Parameters),
        parameters: &mut [f32],
    ) -> Result<(), ReduceError> {
        let logits = self.graph.logits;
        if !self.graph.maps[logits].needs_gradient {
            return Ok(());
        }
        let mut begun = vec![false; self.shapes.len()];
        if let Some(Plan::Head(head)) = self.plans.last() {
            head.read_array(gradient, &mut self.logits_gradient);
        } else {
            self.begin_at_logits_map(isa, gradient);
        }
        begun[logits] = true;
        for index in (0..self.graph.nodes.len()).rev() {
            if self.graph.maps[self.graph.nodes[index].output].needs_gradient {
                self.backward_node(isa, index, &weights[index], (share, layout), parameters, &mut begun)?;
            }
        }
        Ok(())
    }

    /// The gradient of logits that are a map.
    fn begin_at_logits_map(&mut self, isa: Isa, gradient: ArrayView4<f32>) {
        let logits = self.graph.logits;
        let mut of_logits = take(&mut self.gradients[self.gradient_buffers[logits]]);
        from_array(gradient, &mut of_logits, &self.shapes[logits]);
        if self.graph.maps[logits].after_relu {
            let (shape, map) = (&self.shapes[logits], self.map(logits));
            for_rows(&mut of_logits, shape, COPY_WORK, |n, y, row| {
                relu_gradient_row(isa, shape.pixels(map, n, y), shape.inside_mut(row));
            });
        }
        self.gradients[self.gradient_buffers[logits]] = of_logits;
    }

    /// Gradients of a node's parameters and of the maps that it reads; `begun` says which maps' gradients hold something.
    fn backward_node(
        &mut self,
        isa: Isa,
        index: usize,
        weights: &Weights<C>,
        (share, layout): (&Share<'_>, &Parameters),
        parameters: &mut [f32],
        begun: &mut [bool],
    ) -> Result<(), ReduceError> {
        let node = &self.graph.nodes[index];
        let mut gradient = take(&mut self.gradients[self.gradient_buffers[node.output]]);
        let shape = self.shapes[node.output];
        let parameters = parameters.chunks_exact_mut(layout.len()).map(|parameters| {
            let (weight, bias) = (layout.weight(node.layer), layout.bias(node.layer));
            parameters[weight.start..weight.end.max(bias.end)].split_at_mut(weight.len())
        });
        if let (Plan::Conv(_) | Plan::Head(_), Some(chunks)) = (&self.plans[index], self.chunks) {
            let mut scratch = take(&mut self.scratch);
            let sources = &self.sources(node)[..node.sources.len()];
            let has_bias = !layout.bias(node.layer).is_empty();
            match &self.plans[index] {
                Plan::Conv(conv) => {
                    conv.sum_chunks(isa, sources, &gradient, chunks, has_bias, &mut scratch);
                    for (images, (weight, bias)) in share.nodes().zip(parameters) {
                        conv.weight_gradient(&scratch, chunks, images, weight, bias);
                    }
                }
                Plan::Head(head) => {
                    head.sum_chunks(isa, sources[0], &self.logits_gradient, chunks, &mut scratch);
                    for (images, (weight, bias)) in share.nodes().zip(parameters) {
                        head.weight_gradient(&scratch, chunks, images, weight, bias);
                    }
                }
                _ => {}
            }
            self.scratch = scratch;
        } else if let Plan::Norm(norm) = &mut self.plans[index] {
            let map = &self.maps[self.map_buffers[node.sources[0].map]];
            norm.sum_gradients(isa, map, &mut gradient, &mut self.sums);
            if let Err(error) = norm.parameter_gradients(&self.sums, share, parameters) {
                self.gradients[self.gradient_buffers[node.output]] = gradient;
                return Err(error);
            }
        }
        let mut first = 0;
        for (position, source) in node.sources.iter().enumerate() {
            let slice = Slice { first, up: source.up };
            let (from, after_relu) = (self.shapes[source.map], self.graph.maps[source.map].after_relu);
            first += from.channels;
            if !self.graph.maps[source.map].needs_gradient {
                continue;
            }
            let add = begun[source.map];
            begun[source.map] = true;
            if in_place(&self.graph, node) {
                if let Plan::Norm(norm) = &self.plans[index] {
                    norm.backward(isa, self.map(source.map), None, false, after_relu, &mut gradient);
                }
                continue;
            }
            let mut input = take(&mut self.gradients[self.gradient_buffers[source.map]]);
            let map = self.map(source.map);
            let relu = after_relu.then_some(map);
            let to = Destination { source: position, add, relu };
            match (&self.plans[index], node.op, weights) {
                (Plan::Conv(conv), _, Weights::Conv(weights)) => {
                    conv.backward(isa, &gradient, weights, to, &mut input);
                }
                (Plan::Head(head), _, Weights::Head(weights)) => {
                    head.backward(isa, &self.logits_gradient, weights, to, &mut input);
                }
                (Plan::Norm(norm), ..) => {
                    norm.backward(isa, map, Some(&gradient), add, after_relu, &mut input);
                }
                (_, NodeOp::MaxPool, _) => {
                    max_pool_gradient(isa, (map, &from), (&gradient, &shape), add, after_relu, &mut input);
                }
                _ => concat_gradient(isa, (&gradient, &shape), slice, add, relu, (&mut input, &from)),
            }
            self.gradients[self.gradient_buffers[source.map]] = input;
        }
        self.gradients[self.gradient_buffers[node.output]] = gradient;
        Ok(())
    }
}
