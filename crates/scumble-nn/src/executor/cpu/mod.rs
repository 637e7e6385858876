//! The executor on the processor: everything is planned for one shape of the input, and memory is laid out once.
//!
//! From the ground up:
//!
//! - [`maps`]: how feature maps lie in memory, and how tasks fill them, divided by shapes alone, so that results are the
//!   same bytes with any number of threads; [`buffers`]: which maps share memory;
//! - [`graph`] turns the network's layers into fewer, larger steps;
//! - [`parameters`] and [`filter`] hold the weights in the forms that kernels read, [`memory`] all that training remembers;
//! - [`conv`] and [`conv_gradient`], [`norm`], [`pool_concat`] and [`last_conv`] are the steps;
//! - [`program`] plans them for a shape, [`forward`] and [`backward`] run them.

mod backward;
mod buffers;
mod conv;
mod conv_gradient;
mod filter;
mod forward;
mod graph;
mod last_conv;
mod maps;
mod memory;
mod norm;
mod parameters;
mod pool_concat;
mod program;

use ndarray::{Array4, ArrayView4};
use scumble_kernels::Isa;

use self::filter::{Filter, Prepared};
use self::graph::{Graph, Node, NodeOp};
use self::memory::Memory;
use self::parameters::{Parameters, Values, total, unpack};
use self::program::{Plan, Program};
use super::device::Device;
use super::error::ExecutorError;
use super::interface::{Executor, check_images};
use super::precision::Precision;
use super::state::State;
use super::update::Update;
use crate::network::graph::Network;
use crate::network::layer::Op;
use crate::network::parameter::Tensors;

/// A network with weights on the processor.
pub(super) struct CpuExecutor {
    network: Network,
    isa: Isa,
    layout: Parameters,
    memory: Memory,
    gradient: Vec<f32>,
    /// Where a step is: what may be called next.
    progress: Progress,
    training: Option<Program>,
    training_weights: Vec<Option<Prepared>>,
    prediction: Option<Program>,
    prediction_weights: Vec<Option<Prepared>>,
    /// Whether the averages have changed since `prediction_weights` was made.
    stale: bool,
}

#[derive(Default)]
struct Progress {
    forward: bool,
    backward: bool,
}

impl CpuExecutor {
    /// The state has been checked against the network.
    ///
    /// # Errors
    /// A precision that it does not run in.
    pub(super) fn open(
        precision: Precision,
        network: &Network,
        state: &State,
    ) -> Result<Self, ExecutorError> {
        if precision != Precision::F32 {
            return Err(ExecutorError::Precision { device: Device::Cpu, precision });
        }
        let graph = Graph::new(network, false);
        let layout = Parameters::new(network, &graph);
        Ok(Self {
            network: network.clone(),
            isa: Isa::best(),
            memory: Memory::new(state, &layout),
            gradient: vec![0.0; total(&layout.trainable)],
            progress: Progress::default(),
            training: None,
            training_weights: prepared(&graph),
            prediction: None,
            prediction_weights: prepared(&Graph::new(network, true)),
            stale: true,
            layout,
        })
    }

    /// Refuses a batch of which some batch normalisation has no variance.
    fn check_variance(&self, images: &ArrayView4<f32>) -> Result<(), ExecutorError> {
        let (count, _, height, width) = images.dim();
        for (layer, stride) in self.network.layers().iter().zip(self.network.layer_strides()) {
            let single = count * (height / stride) * (width / stride) == 1;
            if single && matches!(layer.op, Op::BatchNorm { .. }) {
                return Err(ExecutorError::SingleValue { layer: layer.name.clone() });
            }
        }
        Ok(())
    }
}

/// Room for the prepared weights of every convolution.
fn prepared(graph: &Graph) -> Vec<Option<Prepared>> {
    let needed = |node: &Node| -> Vec<bool> {
        node.sources.iter().map(|source| graph.maps[source.map].needs_gradient).collect()
    };
    let room = |node| Filter::of(graph, node).map(|filter| filter.prepared(&needed(node)));
    graph.nodes.iter().map(room).collect()
}

/// Makes the weights of every convolution ready, in training for the gradients of what it reads too.
fn prepare(program: &Program, values: Values<'_>, prepared: &mut [Option<Prepared>], trains: bool) {
    for ((node, plan), prepared) in program.graph.nodes.iter().zip(&program.plans).zip(prepared) {
        if let (Plan::Conv(conv), Some(prepared)) = (plan, prepared) {
            conv.filter.prepare(node, values, prepared, trains);
        }
    }
}

/// The program for a batch, made anew if the last one had another shape.
fn program<'a>(
    held: &'a mut Option<Program>,
    network: &Network,
    images: &ArrayView4<f32>,
    trains: bool,
) -> &'a mut Program {
    let (count, _, height, width) = images.dim();
    let input = [count, height, width];
    let kept = held.take().filter(|program| program.input == input);
    held.insert(kept.unwrap_or_else(|| Program::new(Graph::new(network, !trains), input, trains)))
}

impl Executor for CpuExecutor {
    fn network(&self) -> &Network {
        &self.network
    }

    fn infer(&mut self, images: ArrayView4<f32>) -> Result<Array4<f32>, ExecutorError> {
        check_images(&self.network, &images)?;
        let program = program(&mut self.prediction, &self.network, &images, false);
        let Memory { average, average_statistics, .. } = &self.memory;
        let values = Values { layout: &self.layout, trainable: average, running: average_statistics };
        if self.stale {
            prepare(program, values, &mut self.prediction_weights, false);
            self.stale = false;
        }
        Ok(program.forward(self.isa, images, &self.prediction_weights, values, false))
    }

    fn forward(&mut self, images: ArrayView4<f32>) -> Result<Array4<f32>, ExecutorError> {
        check_images(&self.network, &images)?;
        self.progress.forward = false;
        self.check_variance(&images)?;
        let program = program(&mut self.training, &self.network, &images, true);
        let Memory { weights, statistics, .. } = &mut self.memory;
        let values = Values { layout: &self.layout, trainable: weights, running: statistics };
        prepare(program, values, &mut self.training_weights, true);
        let logits = program.forward(self.isa, images, &self.training_weights, values, true);
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

    fn backward(&mut self, gradient: ArrayView4<f32>) -> Result<(), ExecutorError> {
        let Some(program) = self.training.as_mut().filter(|_| self.progress.forward) else {
            return Err(ExecutorError::NoForward);
        };
        let shape = &program.shapes[program.graph.logits];
        let expected = [shape.images, shape.channels, shape.height, shape.width];
        if gradient.shape() != expected {
            let (n, k, h, w) = gradient.dim();
            return Err(ExecutorError::Gradient { expected, found: [n, k, h, w] });
        }
        program.backward(self.isa, gradient, &self.training_weights, &self.layout, &mut self.gradient);
        self.progress = Progress { forward: false, backward: true };
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
