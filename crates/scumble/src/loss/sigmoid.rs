//! The sigmoid cross entropy: K questions of yes or no.

use super::class_inputs::ClassInputs;
use super::error::LossError;
use super::frame::Loss;
use super::fused::{Fused, take, written_over};
use super::options::{Classes, LossOptions};
use ndarray::{Array, Array3, ArrayView, ArrayViewMut, Axis, CowArray, Dimension, Ix3, Zip};
use rayon::prelude::*;
use scumble_kernels::{Isa, Real, Sums, TargetElement};

/// Elements that one task takes: fixed, so that the sum has one order whatever the number of threads.
const CHUNK: usize = 1 << 15;

/// Sigmoid cross entropy of logits against soft targets, with its floor and excess.
///
/// For K independent classes (K = 1: binary), logit x, target t in 0..1, s = 1/(1+exp(-x)):
///
/// `loss = sum w c_k (-(1-t) ln(1-s) - t ln s) / denominator`
///
/// with pixel weight w and class weight c_k. A hard target gives the ordinary log loss. This is the quantity that
/// Caffe's `SigmoidCrossEntropyLoss` and PyTorch's `binary_cross_entropy_with_logits` compute. Logits and targets
/// have one shape, [N, K, ...] unless [`LossOptions::class_axis`] says otherwise. Targets are of the logits' type, or u8
/// and u16 that mean probability times 255 and 65535: read as they are, they give what a float copy would give.
/// The sums are f64; for f32 arrays each term is good to about 3e-7 of itself, also at logits of 1e4.
///
/// # Errors
/// Shapes that do not fit, targets outside 0..1 where mask and weight let them count, bad weights.
///
/// ```
/// use ndarray::array;
/// use scumble::loss::{LossOptions, sigmoid_cross_entropy};
///
/// // Two pixels, both certain by their label to 70 %. The first logit says 0.7 as well, the second 0.5.
/// let logits = array![[[0.847_297_9_f32, 0.0]]];
/// let targets = array![[[0.7, 0.7]]];
/// let loss = sigmoid_cross_entropy(logits.view(), targets.view(), &LossOptions::default())?;
/// assert!((loss.floor - 0.610_864).abs() < 1e-6);
/// assert!((loss.excess - 0.041_142).abs() < 1e-6);
/// # Ok::<(), scumble::loss::LossError>(())
/// ```
pub fn sigmoid_cross_entropy<R: Real, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, impl TargetElement<R>, D>,
    options: &LossOptions<'_, R>,
) -> Result<Loss, LossError> {
    take::<Sigmoid, _, _, _>(logits, targets, options, None)
}

/// [`sigmoid_cross_entropy`] and its gradient with respect to the logits, w c_k (s - t) / denominator, in one pass.
///
/// # Errors
/// As [`sigmoid_cross_entropy`].
pub fn sigmoid_cross_entropy_gradient<R: Real, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, impl TargetElement<R>, D>,
    options: &LossOptions<'_, R>,
) -> Result<(Loss, Array<R, D>), LossError> {
    let mut gradient = Array::from_elem(logits.raw_dim(), R::ZERO);
    let loss = take::<Sigmoid, _, _, _>(logits, targets, options, gradient.as_slice_mut())?;
    Ok((loss, gradient))
}

/// As [`sigmoid_cross_entropy_gradient`], with the gradient written over `gradient`: nothing as large is allocated.
///
/// In memory order (as [`ndarray::Array::zeros`] makes it) it is written in the one pass, else copied afterwards.
///
/// # Errors
/// As [`sigmoid_cross_entropy`], and a gradient of another shape than the logits. What `gradient` holds after an
/// error is unspecified.
///
/// ```
/// use ndarray::array;
/// use scumble::loss::{LossOptions, sigmoid_cross_entropy_gradient_into};
///
/// let mut gradient = array![[[f32::NAN, f32::NAN]]];
/// let (logits, targets) = (array![[[0.0, 0.0]]], array![[[51u8, 255]]]); // 20 % and 100 %
/// let options = LossOptions::default();
/// sigmoid_cross_entropy_gradient_into(logits.view(), targets.view(), &options, gradient.view_mut())?;
/// assert_eq!(gradient, array![[[0.15, -0.25]]]); // (1/2 - t) / 2 pixels
/// # Ok::<(), scumble::loss::LossError>(())
/// ```
pub fn sigmoid_cross_entropy_gradient_into<R: Real, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, impl TargetElement<R>, D>,
    options: &LossOptions<'_, R>,
    gradient: ArrayViewMut<'_, R, D>,
) -> Result<Loss, LossError> {
    written_over(logits, gradient, |logits, slopes| {
        take::<Sigmoid, _, _, _>(logits, targets, options, slopes)
    })
}

pub(super) struct Sigmoid;

impl Fused for Sigmoid {
    const CLASSES: Classes = Classes::Independent;

    fn sums<R: Real, T: TargetElement<R>>(
        inputs: &ClassInputs<'_, R, T>,
        gradient: Option<&mut [R]>,
    ) -> Sums {
        let weights = element_weights(inputs);
        let weights = weights.as_ref().map_or(&[][..], |w| w.as_slice().expect("just made"));
        let logits = inputs.logits.as_slice().expect("planes are in memory order");
        let targets = inputs.targets.as_slice().expect("planes are in memory order");
        let (isa, scale, with_floor) = (Isa::best(), R::from_f64(inputs.frame.scale()), inputs.with_floor);
        let task = |(chunk, slopes): (usize, &mut [R])| {
            let range = chunk * CHUNK..(chunk * CHUNK + CHUNK).min(logits.len());
            let weights = if weights.is_empty() { weights } else { &weights[range.clone()] };
            let (logits, targets) = (&logits[range.clone()], &targets[range]);
            scumble_kernels::sigmoid_cross_entropy(isa, logits, targets, weights, scale, slopes, with_floor)
        };
        let parts: Vec<Sums> = match gradient {
            Some(slopes) => slopes.par_chunks_mut(CHUNK).enumerate().map(task).collect(),
            None => {
                let chunks = (0..logits.len().div_ceil(CHUNK)).into_par_iter();
                chunks.map(|chunk| task((chunk, &mut []))).collect()
            }
        };
        parts.into_iter().fold(Sums::NOTHING, Sums::and)
    }
}

/// Pixel weight times class weight for each element, or `None` where all are 1.
fn element_weights<'i, R: Real, T: TargetElement<R>>(
    inputs: &'i ClassInputs<'_, R, T>,
) -> Option<CowArray<'i, R, Ix3>> {
    let shape = inputs.logits.dim();
    let own = inputs.frame.weights.as_ref();
    if inputs.class_weights.is_empty() && own.is_none_or(|weights| weights.dim() == shape) {
        return own.map(|weights| weights.view().into());
    }
    let mut weights = match own {
        Some(weights) => weights.broadcast(shape).expect("class axis of 1 or K").to_owned(),
        None => Array3::from_elem(shape, R::ONE),
    };
    for (mut plane, &c) in weights.axis_iter_mut(Axis(1)).zip(inputs.class_weights) {
        Zip::from(&mut plane).for_each(|w| *w = *w * c);
    }
    Some(weights.into())
}
