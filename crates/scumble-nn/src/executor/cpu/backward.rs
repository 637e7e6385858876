use std::mem::take;

use ndarray::ArrayView4;
use scumble_kernels::{Isa, gate_row};

use super::conv_backward::Into;
use super::edges;
use super::graph::{MOST_SOURCES, NodeOp};
use super::parameters::Parameters;
use super::program::{Plan, Program, in_place};
use super::resample::{Part, join_slope, pool_slope};
use super::rows::for_rows;
use super::weights::Prepared;

impl Program {
    /// Gradients of all trainable parameters, from that of the logits of the last forward.
    pub(super) fn backward(
        &mut self,
        isa: Isa,
        slope: ArrayView4<f32>,
        prepared: &[Option<Prepared>],
        layout: &Parameters,
        gradient: &mut [f32],
    ) {
        let logits = self.graph.logits;
        let mut begun = vec![false; self.shapes.len()];
        if !self.graph.maps[logits].learns {
            return;
        }
        let mut seed = take(&mut self.slopes[self.slope_slots[logits]]);
        edges::read(slope, &mut seed, &self.shapes[logits]);
        if self.graph.maps[logits].gated {
            let (shape, map) = (&self.shapes[logits], &self.maps[self.map_slots[logits]][..]);
            for_rows(&mut seed, shape, 256, |n, y, row| {
                gate_row(isa, shape.pixels(map, n, y), shape.inside_mut(row));
            });
        }
        self.slopes[self.slope_slots[logits]] = seed;
        begun[logits] = true;
        for index in (0..self.graph.nodes.len()).rev() {
            if self.graph.maps[self.graph.nodes[index].output].learns {
                self.run_back(isa, index, prepared[index].as_ref(), layout, gradient, &mut begun);
            }
        }
    }

    fn run_back(
        &mut self,
        isa: Isa,
        index: usize,
        prepared: Option<&Prepared>,
        layout: &Parameters,
        gradient: &mut [f32],
        begun: &mut [bool],
    ) {
        let node = &self.graph.nodes[index];
        let mut slope = take(&mut self.slopes[self.slope_slots[node.output]]);
        let shape = self.shapes[node.output];
        if let (Plan::Conv(conv), Some(_)) = (&self.plans[index], prepared) {
            let mut sources: [&[f32]; MOST_SOURCES] = [&[]; MOST_SOURCES];
            for (to, source) in sources.iter_mut().zip(&node.sources) {
                *to = &self.maps[self.map_slots[source.map]];
            }
            let (weight, bias) = (layout.weight(node.layer), layout.bias(node.layer));
            let whole = &mut gradient[weight.start..weight.end.max(bias.end)];
            let (weight, bias) = whole.split_at_mut(weight.len());
            conv.weight_gradient(isa, &sources[..node.sources.len()], &slope, &mut self.parts, weight, bias);
        }
        if let Plan::Norm(norm) = &mut self.plans[index] {
            let (weight, bias) = (layout.weight(node.layer), layout.bias(node.layer));
            let map = &self.maps[self.map_slots[node.sources[0].map]];
            norm.measure_slope(isa, map, &mut slope, &mut self.sums);
            let (d_weight, d_bias) = gradient[weight.start..bias.end].split_at_mut(weight.len());
            norm.finish_slope(&self.sums, d_weight, d_bias);
        }
        let mut first = 0;
        for (position, source) in node.sources.iter().enumerate() {
            let part = Part { first, up: source.up };
            let (from, gated) = (self.shapes[source.map], self.graph.maps[source.map].gated);
            first += from.channels;
            if !self.graph.maps[source.map].learns {
                continue;
            }
            let map = &self.maps[self.map_slots[source.map]][..];
            let gate = gated.then_some(map);
            let add = begun[source.map];
            if in_place(&self.graph, node) {
                if let Plan::Norm(norm) = &self.plans[index] {
                    norm.backward(isa, map, None, false, gated, &mut slope);
                }
                begun[source.map] = true;
                continue;
            }
            let mut input = take(&mut self.slopes[self.slope_slots[source.map]]);
            match (&self.plans[index], node.op, prepared) {
                (Plan::Conv(conv), _, Some(prepared)) => {
                    let weights = &prepared.backward[position];
                    conv.backward(isa, position, &slope, weights, Into { add, gate }, &mut input);
                }
                (Plan::Norm(norm), ..) => norm.backward(isa, map, Some(&slope), add, gated, &mut input),
                (_, NodeOp::Pool, _) => {
                    pool_slope(isa, (map, &from), (&slope, &shape), add, gated, &mut input)
                }
                _ => join_slope(isa, (&slope, &shape), part, add, gate, (&mut input, &from)),
            }
            self.slopes[self.slope_slots[source.map]] = input;
            begun[source.map] = true;
        }
        self.slopes[self.slope_slots[node.output]] = slope;
    }
}
