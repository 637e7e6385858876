//! Losses whose value, floor, gradient and look at the targets come from one pass of a kernel.

use super::check;
use super::class_inputs::ClassInputs;
use super::error::LossError;
use super::frame::Loss;
use super::options::{Classes, LossOptions};
use ndarray::{Array, ArrayView, ArrayViewMut, Dimension};
use scumble_kernels::{Real, Sums, TargetElement};

/// A loss that a kernel takes.
pub(super) trait Fused {
    /// How it reads the classes.
    const CLASSES: Classes;

    /// The sums over all inputs; the gradient, if wanted, is written over, in the logits' order.
    fn sums<R: Real, T: TargetElement<R>>(inputs: &ClassInputs<'_, R, T>, gradient: Option<&mut [R]>)
    -> Sums;
}

/// The loss, and its gradient where it is wanted.
pub(super) fn take<F: Fused, R: Real, T: TargetElement<R>, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, T, D>,
    options: &LossOptions<'_, R>,
    gradient: Option<&mut [R]>,
) -> Result<Loss, LossError> {
    if options.ignore_value.is_some() && T::STEP > 0.0 {
        return Err(LossError::NotFor {
            option: "ignore value",
            kind: "targets in steps, each of which is a probability",
            advice: "give a mask",
        });
    }
    if options.relabels() {
        // These targets are no longer the caller's when the kernel sees them, so they are looked at before.
        let own = targets.mapv(T::probability);
        let inputs = ClassInputs::new(logits, own.view(), F::CLASSES, options)?;
        let sums = F::sums(&inputs, gradient);
        return Ok(report(&inputs, &sums));
    }
    let inputs = ClassInputs::unseen(logits, targets, F::CLASSES, options)?;
    let sums = F::sums(&inputs, gradient);
    if !(options.unchecked || check::seen::<R, T>(&sums, inputs.targets.dim().1)) {
        inputs.check_targets()?;
    }
    Ok(report(&inputs, &sums))
}

/// What the sums say; NaN for a floor that was not asked for.
pub(super) fn report<R: Real, T: TargetElement<R>>(inputs: &ClassInputs<'_, R, T>, sums: &Sums) -> Loss {
    inputs.frame.report(sums.value, if inputs.with_floor { sums.floor } else { f64::NAN })
}

/// A loss with its gradient written over the caller's: in its own memory where that is in memory order, else by a copy that is
/// put back.
pub(super) fn written_over<R: Real, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    mut gradient: ArrayViewMut<'_, R, D>,
    take: impl FnOnce(ArrayView<'_, R, D>, Option<&mut [R]>) -> Result<Loss, LossError>,
) -> Result<Loss, LossError> {
    if gradient.shape() != logits.shape() {
        let (found, logits) = (gradient.shape().to_vec(), logits.shape().to_vec());
        return Err(LossError::Shape { what: "the gradient", found, logits, hint: "" });
    }
    if let Some(slopes) = gradient.as_slice_mut() {
        return take(logits, Some(slopes));
    }
    let mut own = Array::from_elem(gradient.raw_dim(), R::ZERO);
    let loss = take(logits, own.as_slice_mut())?;
    gradient.assign(&own);
    Ok(loss)
}
