//! Class indices as targets.

use super::error::LossError;
use ndarray::{Array, ArrayD, ArrayView, ArrayViewD, Axis, Dimension, IxDyn};
use scumble_kernels::Real;

/// Class indices as targets: 1 at the class, 0 elsewhere, and a mask that is off where the index is `ignore`.
///
/// `indices` has the shape of `logits` without the class axis, or with a class axis of 1. The cross entropy of
/// these targets is the log loss, to the last bit.
///
/// # Errors
/// Another shape, an index that no class has, an `ignore` that one has.
///
/// ```
/// use ndarray::array;
/// use scumble::loss::{LossOptions, one_hot, softmax_cross_entropy};
///
/// let logits = array![[[2.0_f64, 0.0], [0.0, 1.0], [0.0, 0.0]]]; // [N, K, pixels]
/// let (targets, mask) = one_hot(array![[1, -1]].view().into_dyn(), logits.view(), 1, Some(-1))?;
/// let options = LossOptions::default().mask(mask.view());
/// let loss = softmax_cross_entropy(logits.view(), targets.view(), &options)?;
/// assert!((loss.value - (2f64.exp() + 2.0).ln()).abs() < 1e-15 && loss.floor == 0.0);
/// # Ok::<(), scumble::loss::LossError>(())
/// ```
pub fn one_hot<R: Real, D: Dimension>(
    indices: ArrayViewD<'_, i64>,
    logits: ArrayView<'_, R, D>,
    class_axis: usize,
    ignore: Option<i64>,
) -> Result<(Array<R, D>, ArrayD<bool>), LossError> {
    let shape = logits.shape();
    let Some(&classes) = shape.get(class_axis) else {
        return Err(LossError::ClassAxis { axis: class_axis, rank: shape.len() });
    };
    if let Some(value) = ignore
        && usize::try_from(value).is_ok_and(|value| value < classes)
    {
        return Err(LossError::IgnoreIndex { value });
    }
    let mut pixels = shape.to_vec();
    pixels.remove(class_axis);
    let mut with_axis = shape.to_vec();
    with_axis[class_axis] = 1;
    let found = indices.shape().to_vec();
    let indices = if found == with_axis { indices.index_axis_move(Axis(class_axis), 0) } else { indices };
    if indices.shape() != pixels {
        return Err(LossError::Shape {
            what: "the array of class indices",
            found,
            logits: shape.to_vec(),
            hint: "; give one index a pixel: the same shape without the class axis",
        });
    }
    let mut targets = ArrayD::from_elem(IxDyn(shape), R::ZERO);
    for (pixel, &value) in indices.indexed_iter() {
        if Some(value) == ignore {
            continue;
        }
        let class = usize::try_from(value).ok().filter(|class| *class < classes);
        let class =
            class.ok_or_else(|| LossError::ClassIndex { index: pixel.slice().to_vec(), value, classes })?;
        let mut at = pixel.slice().to_vec();
        at.insert(class_axis, class);
        targets[IxDyn(&at)] = R::ONE;
    }
    let targets = targets.into_dimensionality().expect("the logits' shape");
    Ok((targets, indices.mapv(|value| Some(value) != ignore)))
}
