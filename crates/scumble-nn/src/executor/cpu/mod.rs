//! The executor on the processor: everything is planned for one shape of the input, and memory is laid out once.
//!
//! - [`graph`] turns the network's layers into fewer, larger steps; [`program`] plans them for a shape;
//! - [`parameters`] and [`weights`] hold the weights in the forms that kernels read;
//! - [`forward`] and [`backward`] run the steps, each with the help of [`conv`], [`norm`] or [`resample`];
//! - [`head`] is the last convolution in prediction;
//! - [`rows`] divides maps into tasks, by shapes alone: results are the same bytes with any number of threads.

mod backward;
mod boxes;
mod conv;
mod conv_backward;
mod edges;
mod forward;
mod graph;
mod head;
mod kernel;
mod norm;
mod optimiser;
mod parameters;
mod program;
mod resample;
mod rows;
mod shape;
mod slots;
mod taps;
mod weight_gradient;
mod weights;

use ndarray::{Array4, ArrayView4};
use scumble_kernels::Isa;

use self::forward::Weights;
use self::graph::{Graph, NodeOp};
use self::parameters::{Parameters, pack, total, unpack};
use self::program::{Plan, Program};
use self::weights::Prepared;
use super::{Executor, ExecutorError, State, Update, check_images};
use crate::network::{Network, Tensors};

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

/// [`State`] in the layout of the kernels.
struct Memory {
    steps: u64,
    weights: Vec<f32>,
    statistics: Vec<f32>,
    average: Vec<f32>,
    average_statistics: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
}

#[derive(Default)]
struct Progress {
    forward: bool,
    backward: bool,
}

impl CpuExecutor {
    /// The state has been checked against the network.
    pub(super) fn open(network: &Network, state: &State) -> Self {
        let graph = Graph::new(network, false);
        let layout = Parameters::new(network, &graph);
        Self {
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
        }
    }

    /// Refuses a batch of which some batch normalisation has no variance.
    fn check_variance(&self, images: &ArrayView4<f32>) -> Result<(), ExecutorError> {
        let (count, _, height, width) = images.dim();
        for (layer, stride) in self.network.layers().iter().zip(self.network.layer_strides()) {
            let single = count * (height / stride) * (width / stride) == 1;
            if single && matches!(layer.op, crate::network::Op::BatchNorm { .. }) {
                return Err(ExecutorError::SingleValue { layer: layer.name.clone() });
            }
        }
        Ok(())
    }
}

impl Memory {
    fn new(state: &State, layout: &Parameters) -> Self {
        Self {
            steps: state.steps,
            weights: pack(&layout.trainable, &state.weights),
            statistics: pack(&layout.running, &state.weights),
            average: pack(&layout.trainable, &state.average),
            average_statistics: pack(&layout.running, &state.average),
            first: pack(&layout.trainable, &state.first_moment),
            second: pack(&layout.trainable, &state.second_moment),
        }
    }
}

/// Room for the prepared weights of every convolution.
fn prepared(graph: &Graph) -> Vec<Option<Prepared>> {
    let learns =
        |node: &graph::Node| node.sources.iter().map(|s| graph.maps[s.map].learns).collect::<Vec<_>>();
    let room = |node| program::kernel(graph, node).map(|kernel| kernel.prepared(&learns(node)));
    graph.nodes.iter().map(room).collect()
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
        let memory = &self.memory;
        let weights =
            Weights { layout: &self.layout, trainable: &memory.average, running: &memory.average_statistics };
        if self.stale {
            let nodes = program.graph.nodes.iter().zip(&program.plans);
            for ((node, plan), prepared) in nodes.zip(&mut self.prediction_weights) {
                weights::fill(plan, node, weights, prepared, false);
            }
            self.stale = false;
        }
        Ok(program.forward(self.isa, images, &self.prediction_weights, weights, false))
    }

    fn forward(&mut self, images: ArrayView4<f32>) -> Result<Array4<f32>, ExecutorError> {
        check_images(&self.network, &images)?;
        self.progress.forward = false;
        self.check_variance(&images)?;
        let program = program(&mut self.training, &self.network, &images, true);
        let memory = &mut self.memory;
        let weights =
            Weights { layout: &self.layout, trainable: &memory.weights, running: &memory.statistics };
        let nodes = program.graph.nodes.iter().zip(&program.plans);
        for ((node, plan), prepared) in nodes.zip(&mut self.training_weights) {
            weights::fill(plan, node, weights, prepared, true);
        }
        let logits = program.forward(self.isa, images, &self.training_weights, weights, true);
        for (node, plan) in program.graph.nodes.iter().zip(&program.plans) {
            if let (NodeOp::Batch, Plan::Norm(norm)) = (node.op, plan) {
                let [mean, variance] = self.layout.statistics(node.layer);
                let both = &mut memory.statistics[mean.start..variance.end];
                let (mean, variance) = both.split_at_mut(mean.len());
                norm.follow(mean, variance);
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
        let memory = &self.memory;
        let named = |trainable: &[f32], running: Option<&[f32]>| {
            let mut tensors = Tensors::new();
            unpack(&self.layout.trainable, trainable, &mut tensors);
            if let Some(running) = running {
                unpack(&self.layout.running, running, &mut tensors);
            }
            tensors
        };
        Ok(State {
            steps: memory.steps,
            weights: named(&memory.weights, Some(&memory.statistics)),
            average: named(&memory.average, Some(&memory.average_statistics)),
            first_moment: named(&memory.first, None),
            second_moment: named(&memory.second, None),
        })
    }

    fn restore(&mut self, state: &State) -> Result<(), ExecutorError> {
        state.check(&self.network)?;
        self.memory = Memory::new(state, &self.layout);
        self.progress = Progress::default();
        self.stale = true;
        Ok(())
    }
}
