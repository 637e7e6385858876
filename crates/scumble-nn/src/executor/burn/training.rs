//! A network in training, differentiated by Burn.

use burn::tensor::Tensor;

use super::layers::{batch_norm, conv, group_norm, walk};
use crate::executor::error::ExecutorError;
use crate::network::graph::Network;
use crate::network::layer::{NORM_MOMENTUM, Op};

/// A forward that waits for its backward.
pub(super) struct Tape {
    /// The logits, with the graph that led to them.
    logits: Tensor<4>,
    /// The weights in that graph, in the order of the slots.
    leaves: Vec<Tensor<1>>,
}

impl Tape {
    /// Runs the network in training mode. Returns the tape, and for each running statistic the tensor that it moves
    /// towards, in the order of the statistics' slots.
    pub(super) fn record(
        network: &Network,
        images: Tensor<4>,
        weights: Vec<Tensor<1>>,
        firsts: &[usize],
    ) -> Result<(Self, Vec<Tensor<1>>), ExecutorError> {
        let leaves: Vec<_> = weights.into_iter().map(|weight| weight.autodiff().require_grad()).collect();
        let mut statistics = Vec::new();
        let logits = walk(network, images.autodiff(), |index, map| {
            let layer = &network.layers()[index];
            let leaf = |offset: usize| leaves[firsts[index] + offset].clone();
            Ok(match layer.op {
                Op::Conv { inputs, outputs, kernel, bias } => {
                    let weight = leaf(0).reshape([outputs, inputs, kernel, kernel]);
                    conv(map, weight, bias.then(|| leaf(1)))
                }
                Op::BatchNorm { .. } => {
                    let [n, _, h, w] = map.dims();
                    let count = n * h * w;
                    if count == 1 {
                        return Err(ExecutorError::SingleValue { layer: layer.name.clone() });
                    }
                    let batch = batch_norm(map, leaf(0), leaf(1));
                    statistics.push(batch.mean.inner());
                    // The map is normalised with the biased variance; the unbiased one is remembered, as PyTorch does.
                    statistics.push(batch.variance.inner() * (count as f64 / (count - 1) as f64));
                    batch.output
                }
                Op::GroupNorm { groups, .. } => group_norm(map, groups, leaf(0), leaf(1)),
                _ => map,
            })
        })?;
        Ok((Self { logits, leaves }, statistics))
    }

    /// The logits without their graph.
    pub(super) fn logits(&self) -> Tensor<4> {
        self.logits.clone().inner()
    }

    /// Shape of the logits.
    pub(super) fn shape(&self) -> [usize; 4] {
        self.logits.dims()
    }

    /// The gradients of all leaves, as one vector, from that of the loss with respect to the logits.
    ///
    /// Burn differentiates scalars. `sum(logits * gradient)` is the one whose derivative with respect to the logits is
    /// the gradient.
    pub(super) fn backward(self, gradient: Tensor<4>) -> Tensor<1> {
        let mut gradients = (self.logits * gradient.autodiff()).sum().backward();
        let of = |leaf: &Tensor<1>| {
            let zeros = || Tensor::zeros(leaf.dims(), &leaf.device().without_autodiff());
            leaf.grad_remove(&mut gradients).unwrap_or_else(zeros)
        };
        Tensor::cat(self.leaves.iter().map(of).collect(), 0)
    }
}

/// The running statistics after a batch.
pub(super) fn update_running_statistics(running: Tensor<1>, batch: Vec<Tensor<1>>) -> Tensor<1> {
    running * (1.0 - NORM_MOMENTUM) + Tensor::cat(batch, 0) * NORM_MOMENTUM
}
