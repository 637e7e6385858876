//! The arrays on which other programs' numbers were computed, and comparisons with them.

use ndarray::{Array2, Array3, ArrayD, array};
use scumble::loss::{Loss, LossKind, LossOptions, loss, loss_gradient};

pub(crate) type Options<'a> = LossOptions<'a, f64>;

pub(crate) fn shaped(values: [f64; 24]) -> Array3<f64> {
    Array3::from_shape_vec((2, 3, 4), values.to_vec()).unwrap()
}

/// Logits [N, K, pixels] = [2, 3, 4].
pub(crate) fn logits() -> Array3<f64> {
    shaped([
        -2.316, 2.414, -1.12, -1.061, -1.982, -3.136, -0.746, 3.731, -2.271, 1.473, 3.171, 1.561, 0.301,
        0.928, 1.815, 3.273, 0.105, -1.367, -1.753, 0.568, 1.335, -3.361, -1.122, -1.599,
    ])
}

/// Soft labels of independent classes.
pub(crate) fn independent() -> Array3<f64> {
    shaped([
        0.796, 0.657, 0.451, 0.639, 0.332, 0.43, 0.016, 0.978, 0.287, 0.29, 0.847, 0.902, 0.753, 0.532,
        0.874, 0.004, 0.874, 0.17, 0.704, 0.788, 0.576, 0.948, 0.222, 0.642,
    ])
}

/// Soft labels of exclusive classes.
pub(crate) fn exclusive() -> Array3<f64> {
    shaped([
        0.6416015625,
        0.5341796875,
        0.4677734375,
        0.35546875,
        0.1630859375,
        0.2421875,
        0.4794921875,
        0.2236328125,
        0.1953125,
        0.2236328125,
        0.052734375,
        0.4208984375,
        0.4677734375,
        0.203125,
        0.2998046875,
        0.4296875,
        0.3056640625,
        0.2666015625,
        0.5654296875,
        0.154296875,
        0.2265625,
        0.5302734375,
        0.134765625,
        0.416015625,
    ])
}

/// A class for each pixel, -100 where there is none: PyTorch's `ignore_index`.
pub(crate) fn indices() -> ArrayD<i64> {
    array![[2, 2, -100, 2], [1, 2, 1, 2]].into_dyn()
}

pub(crate) fn pixel_weights() -> Array2<f64> {
    array![[0.78, 0.72, 0.78, 0.91], [0.21, 0.38, 0.63, 0.64]]
}

pub(crate) const CLASS_WEIGHTS: [f64; 3] = [0.5, 1.0, 2.0];

pub(crate) fn s(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Sigmoid cross entropy as it is written in textbooks.
pub(crate) fn bce(x: f64, t: f64) -> f64 {
    -t * s(x).ln() - (1.0 - t) * (1.0 - s(x)).ln()
}

/// -ln softmax(x)_k at a pixel.
pub(crate) fn cost(x: &Array3<f64>, n: usize, k: usize, i: usize) -> f64 {
    (0..3).map(|j| x[[n, j, i]].exp()).sum::<f64>().ln() - x[[n, k, i]]
}

pub(crate) fn taken(kind: LossKind, t: &Array3<f64>, options: &Options<'_>) -> Loss {
    loss(kind, logits().view(), t.view(), options).unwrap()
}

/// Value and the two entries of the gradient that were noted, [0, 1, 2] and [1, 2, 3].
pub(crate) fn with_slopes(kind: LossKind, t: &Array3<f64>, options: &Options<'_>) -> [f64; 3] {
    let (loss, g) = loss_gradient(kind, logits().view(), t.view(), options).unwrap();
    [loss.value, g[[0, 1, 2]], g[[1, 2, 3]]]
}

#[track_caller]
pub(crate) fn same(found: impl IntoIterator<Item = f64>, wanted: impl IntoIterator<Item = f64>) {
    let (found, wanted): (Vec<_>, Vec<_>) = (found.into_iter().collect(), wanted.into_iter().collect());
    assert_eq!(found.len(), wanted.len());
    for (a, b) in found.iter().zip(&wanted) {
        assert!((a - b).abs() <= 2e-14 * b.abs().max(1.0), "{found:?} is not {wanted:?}");
    }
}
