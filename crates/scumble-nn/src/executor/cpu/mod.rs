//! The executor on the processor: everything is planned for one shape of the input, and memory is laid out once.
//!
//! From the ground up:
//!
//! - [`maps`]: how feature maps lie in memory, and how tasks fill them, divided by shapes alone, so that results are the
//!   same bytes with any number of threads; [`buffers`]: which maps share memory;
//! - [`graph`] turns the network's layers into fewer, larger steps;
//! - [`parameters`] and [`filter`] hold the weights in the forms that kernels read, [`memory`] all that training remembers;
//! - [`convolution`] says what an arithmetic brings: maps and convolutions of f32 are [`conv`] and [`conv_gradient`], those of
//!   bf16 are [`tiles`];
//! - [`norm`], [`pool_concat`] and [`head`] are the other steps, for maps of either kind;
//! - [`program`] plans them for a shape, [`forward`] and [`backward`] run them.

mod backward;
mod buffers;
mod conv;
mod conv_gradient;
mod convolution;
mod filter;
mod forward;
mod graph;
mod head;
mod maps;
mod memory;
mod norm;
mod parameters;
mod pool_concat;
mod program;
mod tiles;

use ndarray::{Array4, ArrayView4};
use scumble_kernels::Isa;

use self::conv::ConvPlan;
use self::convolution::{Convolution, Source, chunks_of_image};
use self::filter::Filter;
use self::graph::{Graph, Node, NodeOp};
use self::memory::Memory;
use self::parameters::{Parameters, Values, total, unpack};
use self::program::{Plan, Program, Weights};
use self::tiles::TileConv;
use super::error::ExecutorError;
use super::interface::{Executor, check_images, check_share};
use super::precision::Precision;
use super::state::State;
use super::update::Update;
use crate::network::graph::Network;
use crate::network::layer::Op;
use crate::network::parameter::Tensors;
use crate::ranks::Share;

/// Puts a network with a state that has been checked on the processor.
pub(super) fn open(precision: Precision, network: &Network, state: &State) -> Box<dyn Executor> {
    match precision {
        Precision::F32 => Box::new(CpuExecutor::<ConvPlan>::open(network, state)),
        Precision::Bf16 => Box::new(CpuExecutor::<TileConv>::open(network, state)),
    }
}

/// A network with weights on the processor, in the arithmetic of the convolution.
struct CpuExecutor<C: Convolution> {
    network: Network,
    isa: Isa,
    layout: Parameters,
    memory: Memory,
    /// Of the last batch. While ranks come together, one of each [node](Share) of this rank's images.
    gradient: Vec<f32>,
    /// Where a step is: what may be called next.
    progress: Progress,
    training: Option<Program<C>>,
    training_weights: Vec<Weights<C>>,
    prediction: Option<Program<C>>,
    prediction_weights: Vec<Weights<C>>,
    /// Whether the averages have changed since `prediction_weights` was made.
    stale: bool,
}

#[derive(Default)]
struct Progress {
    forward: bool,
    backward: bool,
}

impl<C: Convolution> CpuExecutor<C> {
    /// The state has been checked against the network.
    fn open(network: &Network, state: &State) -> Self {
        let graph = Graph::new(network, false);
        let layout = Parameters::new(network, &graph);
        Self {
            network: network.clone(),
            isa: Isa::best(),
            memory: Memory::new(state, &layout),
            gradient: vec![0.0; total(&layout.trainable)],
            progress: Progress::default(),
            training: None,
            training_weights: room(&graph),
            prediction: None,
            prediction_weights: room(&Graph::new(network, true)),
            stale: true,
            layout,
        }
    }

    /// Refuses a batch of which some batch normalisation has no variance.
    fn check_variance(&self, images: &ArrayView4<f32>, all: usize) -> Result<(), ExecutorError> {
        let (_, _, height, width) = images.dim();
        for (layer, stride) in self.network.layers().iter().zip(self.network.layer_strides()) {
            let single = all * (height / stride) * (width / stride) == 1;
            if single && matches!(layer.op, Op::BatchNorm { .. }) {
                return Err(ExecutorError::SingleValue { layer: layer.name.clone() });
            }
        }
        Ok(())
    }
}

/// Room for the weights of every convolution.
fn room<C: Convolution>(graph: &Graph) -> Vec<Weights<C>> {
    let sources = |node: &Node| -> Vec<Source> {
        let source = |map: usize| (graph.maps[map].packed, graph.maps[map].needs_gradient);
        let sources = node.sources.iter().map(|input| source(input.map));
        sources.map(|(packed, needs_gradient)| Source { packed, needs_gradient }).collect()
    };
    let room = |node: &Node| match Filter::of(graph, node) {
        Some(filter) if graph.head && node.output == graph.logits => {
            Weights::Head(filter.prepared(sources(node).iter().map(|source| source.needs_gradient)))
        }
        Some(filter) => Weights::Conv(C::room(&filter, &sources(node))),
        None => Weights::None,
    };
    graph.nodes.iter().map(room).collect()
}

/// Makes the weights of every convolution ready, in training for the gradients of what it reads too.
fn prepare<C: Convolution>(
    isa: Isa,
    program: &Program<C>,
    values: Values<'_>,
    weights: &mut [Weights<C>],
    trains: bool,
) {
    for ((node, plan), weights) in program.graph.nodes.iter().zip(&program.plans).zip(weights) {
        match (plan, weights) {
            (Plan::Conv(conv), Weights::Conv(weights)) => {
                C::prepare(isa, conv.parts().0, node, values, weights, trains);
            }
            (Plan::Head(head), Weights::Head(weights)) => head.filter.prepare(node, values, weights, trains),
            _ => {}
        }
    }
}

/// The program for a batch, made anew if the last one had another shape.
fn program<'a, C: Convolution>(
    held: &'a mut Option<Program<C>>,
    network: &Network,
    images: &ArrayView4<f32>,
    trains: Option<&Share<'_>>,
) -> &'a mut Program<C> {
    let (count, _, height, width) = images.dim();
    let input = [count, height, width];
    let chunks = trains.map(|share| chunks_of_image(share.all()));
    let kept = held.take().filter(|program| program.input == input && program.chunks == chunks);
    held.insert(kept.unwrap_or_else(|| Program::new(Graph::new(network, chunks.is_none()), input, chunks)))
}

impl<C: Convolution> Executor for CpuExecutor<C> {
    fn network(&self) -> &Network {
        &self.network
    }

    fn infer(&mut self, images: ArrayView4<f32>) -> Result<Array4<f32>, ExecutorError> {
        check_images(&self.network, &images)?;
        let program = program(&mut self.prediction, &self.network, &images, None);
        let Memory { average, average_statistics, .. } = &self.memory;
        let values = Values { layout: &self.layout, trainable: average, running: average_statistics };
        if self.stale {
            prepare(self.isa, program, values, &mut self.prediction_weights, false);
            self.stale = false;
        }
        Ok(program.forward(self.isa, images, &self.prediction_weights, values, None)?)
    }

    fn forward_share(
        &mut self,
        images: ArrayView4<f32>,
        share: &Share<'_>,
    ) -> Result<Array4<f32>, ExecutorError> {
        check_images(&self.network, &images)?;
        check_share(images.dim().0, share)?;
        self.progress.forward = false;
        self.check_variance(&images, share.all())?;
        let program = program(&mut self.training, &self.network, &images, Some(share));
        let Memory { weights, statistics, .. } = &mut self.memory;
        let values = Values { layout: &self.layout, trainable: weights, running: statistics };
        prepare(self.isa, program, values, &mut self.training_weights, true);
        let logits = program.forward(self.isa, images, &self.training_weights, values, Some(share))?;
        for (node, plan) in program.graph.nodes.iter().zip(&program.plans) {
            if let (NodeOp::Batch, Plan::Norm(norm)) = (node.op, plan) {
                let [mean, variance] = self.layout.statistics(node.layer);
                let both = &mut statistics[mean.start..variance.end];
                let (mean, variance) = both.split_at_mut(mean.len());
                norm.update_running_statistics(mean, variance);
            }
        }
        self.progress.forward = true;
        Ok(logits)
    }

    fn backward_share(&mut self, gradient: ArrayView4<f32>, share: &Share<'_>) -> Result<(), ExecutorError> {
        let Some(program) = self.training.as_mut().filter(|_| self.progress.forward) else {
            return Err(ExecutorError::NoForward);
        };
        let shape = &program.shapes[program.graph.logits];
        let expected = [shape.images, shape.channels, shape.height, shape.width];
        if gradient.shape() != expected {
            let (n, k, h, w) = gradient.dim();
            return Err(ExecutorError::Gradient { expected, found: [n, k, h, w] });
        }
        check_share(shape.images, share)?;
        self.progress = Progress::default();
        let len = total(&self.layout.trainable);
        self.gradient.resize(share.nodes().len() * len, 0.0);
        program.backward(
            self.isa,
            gradient,
            &self.training_weights,
            (share, &self.layout),
            &mut self.gradient,
        )?;
        share.sum_nodes(&mut self.gradient, len)?;
        self.progress.backward = true;
        Ok(())
    }

    fn gradients(&self) -> Result<Tensors, ExecutorError> {
        if !self.progress.backward {
            return Err(ExecutorError::NoBackward);
        }
        let mut tensors = Tensors::new();
        unpack(&self.layout.trainable, &self.gradient, &mut tensors);
        Ok(tensors)
    }

    fn update(&mut self, update: &Update) -> Result<(), ExecutorError> {
        update.check()?;
        if !self.progress.backward {
            return Err(ExecutorError::NoBackward);
        }
        self.memory.step(self.isa, &self.layout, &self.gradient, update);
        self.stale = true;
        Ok(())
    }

    fn state(&self) -> Result<State, ExecutorError> {
        Ok(self.memory.state(&self.layout))
    }

    fn restore(&mut self, state: &State) -> Result<(), ExecutorError> {
        state.check(&self.network)?;
        self.memory = Memory::new(state, &self.layout);
        self.progress = Progress::default();
        self.stale = true;
        Ok(())
    }
}
