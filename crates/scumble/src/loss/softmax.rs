//! The softmax cross entropy: one question with K answers.

use super::class_inputs::ClassInputs;
use super::error::LossError;
use super::frame::Loss;
use super::fused::{Fused, take, written_over};
use super::options::{Classes, LossOptions};
use super::planes::{Planes, Task};
use ndarray::{Array, ArrayView, ArrayViewMut, Dimension};
use scumble_kernels::{Isa, Real, Sums, TargetElement};

/// Softmax cross entropy of logits against soft targets over K exclusive classes, with its floor and excess.
///
/// With q = softmax(x) over the class axis, targets t that sum to 1, pixel weight w and class weights c_k:
///
/// `loss = sum_pixels w (-sum_k c_k t_k ln q_k) / denominator`
///
/// Class weights act as in PyTorch's `cross_entropy` with probability targets. The floor is the true minimum: the
/// entropy of t, or with class weights the value at q proportional to c_k t_k. For K = 2 this is the sigmoid
/// cross entropy of the logits' difference.
///
/// Targets are of the logits' type, or u8 and u16 that mean probability times 255 and 65535: read as they are, they give
/// what a float copy would give. Their sums may be half a step a class from 1, as rounding leaves them.
///
/// # Errors
/// Shapes that do not fit, fewer than two classes, targets outside 0..1 or not summing to 1 where mask and weight let
/// them count, bad weights.
///
/// ```
/// use ndarray::array;
/// use scumble::loss::{LossOptions, softmax_cross_entropy};
///
/// // One pixel: half rock, a quarter tree, a quarter water; the network cannot tell.
/// let targets = array![[[0.5_f64], [0.25], [0.25]]];
/// let logits = array![[[0.0], [0.0], [0.0]]];
/// let loss = softmax_cross_entropy(logits.view(), targets.view(), &LossOptions::default())?;
/// assert!((loss.value - 3f64.ln()).abs() < 1e-12);
/// assert!((loss.floor - 1.5 * 2f64.ln()).abs() < 1e-12);
/// # Ok::<(), scumble::loss::LossError>(())
/// ```
pub fn softmax_cross_entropy<R: Real, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, impl TargetElement<R>, D>,
    options: &LossOptions<'_, R>,
) -> Result<Loss, LossError> {
    take::<Softmax, _, _, _>(logits, targets, options, None)
}

/// [`softmax_cross_entropy`] and its gradient, w (A q_k - c_k t_k) / denominator with A = sum_k c_k t_k.
///
/// # Errors
/// As [`softmax_cross_entropy`].
pub fn softmax_cross_entropy_gradient<R: Real, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, impl TargetElement<R>, D>,
    options: &LossOptions<'_, R>,
) -> Result<(Loss, Array<R, D>), LossError> {
    let mut gradient = Array::from_elem(logits.raw_dim(), R::ZERO);
    let loss = take::<Softmax, _, _, _>(logits, targets, options, gradient.as_slice_mut())?;
    Ok((loss, gradient))
}

/// As [`softmax_cross_entropy_gradient`], with the gradient written over `gradient`: nothing as large is allocated.
///
/// In memory order with at least 64 pixels after the class axis it is written in the one pass, else copied afterwards.
///
/// # Errors
/// As [`softmax_cross_entropy`], and a gradient of another shape than the logits. What `gradient` holds after an
/// error is unspecified.
///
/// ```
/// use ndarray::array;
/// use scumble::loss::{LossOptions, softmax_cross_entropy_gradient_into};
///
/// let (logits, targets) = (array![[[0.0f32], [0.0]]], array![[[51u8], [204]]]); // 20 % and 80 %
/// let mut gradient = array![[[f32::NAN], [f32::NAN]]];
/// let options = LossOptions::default();
/// softmax_cross_entropy_gradient_into(logits.view(), targets.view(), &options, gradient.view_mut())?;
/// assert_eq!(gradient, array![[[0.3], [-0.3]]]);
/// # Ok::<(), scumble::loss::LossError>(())
/// ```
pub fn softmax_cross_entropy_gradient_into<R: Real, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, impl TargetElement<R>, D>,
    options: &LossOptions<'_, R>,
    gradient: ArrayViewMut<'_, R, D>,
) -> Result<Loss, LossError> {
    written_over(logits, gradient, |logits, slopes| {
        take::<Softmax, _, _, _>(logits, targets, options, slopes)
    })
}

pub(super) struct Softmax;

impl Fused for Softmax {
    const CLASSES: Classes = Classes::Exclusive;

    fn sums<R: Real, T: TargetElement<R>>(
        inputs: &ClassInputs<'_, R, T>,
        gradient: Option<&mut [R]>,
    ) -> Sums {
        let (isa, scale, with_floor) = (Isa::best(), R::from_f64(inputs.frame.scale()), inputs.with_floor);
        let class_weights = inputs.class_weights;
        let parts = Planes::new(inputs, 1).each(gradient, |task| {
            let Task { logits, targets, weights, mut gradient, .. } = task;
            scumble_kernels::softmax_cross_entropy(
                isa,
                &logits,
                &targets,
                class_weights,
                weights.of(0),
                scale,
                &mut gradient,
                with_floor,
            )
        });
        parts.into_iter().fold(Sums::NOTHING, Sums::and)
    }
}
