use super::LossError;
use super::fold::wrong_shape;
use ndarray::{Array, ArrayViewMut, Dimension};
use scumble_kernels::Real;

/// Hands `work` the caller's gradient in memory order: its own memory where it is, else a copy that is put back.
pub(super) fn in_memory_order<R: Real, D: Dimension, L>(
    logits: &[usize],
    mut gradient: ArrayViewMut<'_, R, D>,
    work: impl FnOnce(&mut [R]) -> Result<L, LossError>,
) -> Result<L, LossError> {
    if gradient.shape() != logits {
        return Err(wrong_shape("the gradient", gradient.shape(), logits, ""));
    }
    if let Some(slopes) = gradient.as_slice_mut() {
        return work(slopes);
    }
    let mut own = Array::from_elem(gradient.raw_dim(), R::ZERO);
    let loss = work(own.as_slice_mut().expect("just made"))?;
    gradient.assign(&own);
    Ok(loss)
}
