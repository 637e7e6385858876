//! The layers as operations of Burn, and the walk over them.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::module::{BatchNormTrainOutput, batch_norm_train, conv2d, interpolate, max_pool2d};
use burn::tensor::ops::{ConvOptions, InterpolateMode, InterpolateOptions, MaxPoolOptions};

use crate::executor::error::ExecutorError;
use crate::network::graph::Network;
use crate::network::layer::{NORM_EPSILON, Op};

/// Runs the layers in order and returns the logits. `weighted` computes the layers that have parameters, from the
/// layer's position and its input.
///
/// Every map is handed over at its last use, which frees it as early as can be, and lets Burn work in place.
pub(super) fn walk(
    network: &Network,
    images: Tensor<4>,
    mut weighted: impl FnMut(usize, Tensor<4>) -> Result<Tensor<4>, ExecutorError>,
) -> Result<Tensor<4>, ExecutorError> {
    let mut readers = readers(network);
    let mut maps = vec![Some(images)];
    for (index, layer) in network.layers().iter().enumerate().skip(1) {
        let take = |&input: &usize| {
            readers[input] -= 1;
            if readers[input] == 0 { maps[input].take() } else { maps[input].clone() }
        };
        let mut inputs: Vec<Tensor<4>> = layer.inputs.iter().filter_map(take).collect();
        let map = match layer.op {
            Op::Concat => Tensor::cat(inputs, 1),
            op => one(op, index, inputs.swap_remove(0), &mut weighted)?,
        };
        maps.push(Some(map));
    }
    maps.pop().flatten().ok_or(ExecutorError::NoForward)
}

fn one(
    op: Op,
    index: usize,
    map: Tensor<4>,
    weighted: &mut impl FnMut(usize, Tensor<4>) -> Result<Tensor<4>, ExecutorError>,
) -> Result<Tensor<4>, ExecutorError> {
    Ok(match op {
        Op::Relu => relu(map),
        Op::MaxPool => max_pool2d(map, MaxPoolOptions::new([2, 2])),
        Op::Upsample => {
            let [_, _, h, w] = map.dims();
            let options = InterpolateOptions::new(InterpolateMode::Nearest);
            interpolate(map, options.with_output_size([2 * h, 2 * w]))
        }
        Op::Conv { .. } | Op::BatchNorm { .. } | Op::GroupNorm { .. } => weighted(index, map)?,
        // A network has one input, its first layer, and joins are the caller's work.
        Op::Input { .. } | Op::Concat => map,
    })
}

/// How many layers read each map.
pub(super) fn readers(network: &Network) -> Vec<usize> {
    let mut readers = vec![0; network.layers().len()];
    network.layers().iter().flat_map(|layer| &layer.inputs).for_each(|&input| readers[input] += 1);
    readers
}

/// [`Op::Conv`]: stride 1, zero padding that keeps the size.
pub(super) fn conv(map: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>) -> Tensor<4> {
    let [_, _, kernel, _] = weight.dims();
    conv2d(map, weight, bias, ConvOptions::new([1, 1], [kernel / 2; 2], [1, 1], 1))
}

/// [`Op::BatchNorm`](crate::Op::BatchNorm) with the statistics of the batch, and these statistics (biased variance).
pub(super) fn batch_norm(map: Tensor<4>, scale: Tensor<1>, shift: Tensor<1>) -> BatchNormTrainOutput<4> {
    batch_norm_train(map, scale, shift, NORM_EPSILON)
}

/// [`Op::GroupNorm`](crate::Op::GroupNorm), in training and inference alike.
pub(super) fn group_norm(map: Tensor<4>, groups: usize, scale: Tensor<1>, shift: Tensor<1>) -> Tensor<4> {
    let shape @ [n, c, h, w] = map.dims();
    let device = map.device();
    // A group of one image is a "channel" of a batch of one.
    let rows = map.reshape([1, n * groups, c / groups * h * w]);
    let (ones, zeros) = (Tensor::ones([n * groups], &device), Tensor::zeros([n * groups], &device));
    let normal = batch_norm_train(rows, ones, zeros, NORM_EPSILON).output.reshape(shape);
    normal * scale.reshape([1, c, 1, 1]) + shift.reshape([1, c, 1, 1])
}
