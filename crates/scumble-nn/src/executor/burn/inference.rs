//! A network in prediction: batch normalisations are folded into convolutions.

use burn::tensor::Tensor;

use super::layers::{conv, group_norm, readers, walk};
use crate::executor::error::ExecutorError;
use crate::network::graph::Network;
use crate::network::layer::{NORM_EPSILON, Op};

/// A network ready to predict: every batch normalisation has become part of the convolution before it.
pub(super) struct Predictor {
    layers: Vec<Ready>,
}

/// What a layer with parameters does in inference.
enum Ready {
    /// Nothing: a layer without parameters, or a normalisation that was folded away.
    Nothing,
    Conv {
        weight: Tensor<4>,
        bias: Option<Tensor<1>>,
    },
    /// A batch normalisation that follows something else than a convolution of its own.
    Affine {
        scale: Tensor<4>,
        shift: Tensor<4>,
    },
    Group {
        groups: usize,
        scale: Tensor<1>,
        shift: Tensor<1>,
    },
}

impl Predictor {
    /// From the averaged weights and running statistics of each layer, in the order of its parameters.
    pub(super) fn new(
        network: &Network,
        weights: &[Tensor<1>],
        statistics: &[Tensor<1>],
        firsts: [&[usize]; 2],
    ) -> Self {
        let readers = readers(network);
        let mut layers: Vec<Ready> = Vec::with_capacity(network.layers().len());
        for (index, layer) in network.layers().iter().enumerate() {
            let weight = |offset: usize| weights[firsts[0][index] + offset].clone();
            let ready = match layer.op {
                Op::Conv { inputs, outputs, kernel, bias } => Ready::Conv {
                    weight: weight(0).reshape([outputs, inputs, kernel, kernel]),
                    bias: bias.then(|| weight(1)),
                },
                Op::BatchNorm { channels } => {
                    let statistic = |offset: usize| statistics[firsts[1][index] + offset].clone();
                    let scale = weight(0) / (statistic(1) + NORM_EPSILON).sqrt();
                    let shift = weight(1) - statistic(0) * scale.clone();
                    let before = layer.inputs[0];
                    match &mut layers[before] {
                        Ready::Conv { weight, bias } if readers[before] == 1 => {
                            fold(weight, bias, scale, shift);
                            Ready::Nothing
                        }
                        _ => {
                            let shape = [1, channels, 1, 1];
                            Ready::Affine { scale: scale.reshape(shape), shift: shift.reshape(shape) }
                        }
                    }
                }
                Op::GroupNorm { groups, .. } => Ready::Group { groups, scale: weight(0), shift: weight(1) },
                _ => Ready::Nothing,
            };
            layers.push(ready);
        }
        Self { layers }
    }

    /// Logits of images.
    pub(super) fn run(&self, network: &Network, images: Tensor<4>) -> Result<Tensor<4>, ExecutorError> {
        walk(network, images, |index, map| {
            Ok(match &self.layers[index] {
                Ready::Nothing => map,
                Ready::Conv { weight, bias } => conv(map, weight.clone(), bias.clone()),
                Ready::Affine { scale, shift } => map * scale.clone() + shift.clone(),
                Ready::Group { groups, scale, shift } => {
                    group_norm(map, *groups, scale.clone(), shift.clone())
                }
            })
        })
    }
}

/// `scale (w x + b) + shift  =  (scale w) x + (scale b + shift)`
fn fold(weight: &mut Tensor<4>, bias: &mut Option<Tensor<1>>, scale: Tensor<1>, shift: Tensor<1>) {
    let [outputs, ..] = weight.dims();
    *weight = weight.clone() * scale.clone().reshape([outputs, 1, 1, 1]);
    *bias = Some(bias.take().map_or(shift.clone(), |bias| bias * scale + shift));
}
