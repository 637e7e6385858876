use burn::tensor::Tensor;
use burn::tensor::module::{BatchNormTrainOutput, batch_norm_train};

use crate::network::NORM_EPSILON;

/// [`Op::BatchNorm`](crate::network::Op::BatchNorm) with the statistics of the batch, and these statistics (biased variance).
pub(super) fn batch_norm(map: Tensor<4>, scale: Tensor<1>, shift: Tensor<1>) -> BatchNormTrainOutput<4> {
    batch_norm_train(map, scale, shift, NORM_EPSILON)
}

/// [`Op::GroupNorm`](crate::network::Op::GroupNorm), in training and inference alike.
pub(super) fn group_norm(map: Tensor<4>, groups: usize, scale: Tensor<1>, shift: Tensor<1>) -> Tensor<4> {
    let shape @ [n, c, h, w] = map.dims();
    let device = map.device();
    // A group of one image is a "channel" of a batch of one.
    let rows = map.reshape([1, n * groups, c / groups * h * w]);
    let (ones, zeros) = (Tensor::ones([n * groups], &device), Tensor::zeros([n * groups], &device));
    let normal = batch_norm_train(rows, ones, zeros, NORM_EPSILON).output.reshape(shape);
    normal * scale.reshape([1, c, 1, 1]) + shift.reshape([1, c, 1, 1])
}
