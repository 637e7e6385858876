use super::fused::{Fused, take};
use super::into::in_memory_order;
use super::problem::{Problem, planes};
use super::{Classes, Loss, LossError, LossOptions};
use ndarray::{Array, Array3, ArrayView, ArrayView3, ArrayViewMut, Dimension};
use rayon::prelude::*;
use scumble_kernels::{Isa, Real, Sums, TargetElement};

/// Pixels that one task takes: fixed, so that the sum has one order whatever the number of threads.
const CHUNK: usize = 1 << 13;
/// Fewer neighbours than this in memory, and planes are worth making.
const SHORT: usize = 64;

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
    in_memory_order(logits.shape(), gradient, |slopes| {
        take::<Softmax, _, _, _>(logits.view(), targets, options, Some(slopes))
    })
}

struct Softmax;

impl Fused for Softmax {
    const CLASSES: Classes = Classes::Exclusive;

    fn sums<R: Real, T: TargetElement<R>>(problem: &Problem<'_, R, T>, gradient: Option<&mut [R]>) -> Sums {
        evaluate(problem, gradient)
    }
}

/// The sums over all pixels.
fn evaluate<R: Real, T: TargetElement<R>>(problem: &Problem<'_, R, T>, gradient: Option<&mut [R]>) -> Sums {
    let (outer, classes, inner) = problem.logits.dim();
    let (scale, with_floor) = (problem.scale(), problem.with_floor);
    let class_weights = problem.class_weights;
    if inner >= SHORT || outer == 1 {
        let weights = problem.weights.as_ref().map(|w| w.view());
        let (logits, targets) = (problem.logits.view(), problem.targets.view());
        return run(&Batch { logits, targets, weights, class_weights, scale, with_floor }, gradient);
    }
    // Classes innermost, as in [N, H, W, K]: one copy to planes, and the gradient back.
    let logits = turn(problem.logits.view());
    let targets = turn(problem.targets.view());
    let weights = problem.weights.as_ref().map(|w| turn(w.view()));
    let weights = weights.as_ref().map(|w| w.view());
    let batch =
        Batch { logits: logits.view(), targets: targets.view(), weights, class_weights, scale, with_floor };
    let Some(gradient) = gradient else { return run(&batch, None) };
    let mut slopes = Array3::from_elem(logits.dim(), R::ZERO);
    let sums = run(&batch, slopes.as_slice_mut());
    let slopes = slopes.into_shape_with_order((classes, outer, inner)).expect("the same elements");
    let mut gradient =
        ArrayViewMut::from_shape((outer, classes, inner), gradient).expect("the same elements");
    gradient.assign(&slopes.permuted_axes([1, 0, 2]));
    sums
}

/// [outer, K, inner] to [1, K, outer * inner].
fn turn<T: Copy>(array: ArrayView3<'_, T>) -> Array3<T> {
    let (outer, classes, inner) = array.dim();
    let planes = array.permuted_axes([1, 0, 2]).as_standard_layout().into_owned();
    planes.into_shape_with_order((1, classes, outer * inner)).expect("the same elements")
}

struct Batch<'b, R: Real, T> {
    logits: ArrayView3<'b, R>,
    targets: ArrayView3<'b, T>,
    weights: Option<ArrayView3<'b, R>>,
    class_weights: &'b [R],
    scale: R,
    with_floor: bool,
}

/// The gradient, if wanted, is [outer, K, inner] as the logits.
fn run<R: Real, T: TargetElement<R>>(batch: &Batch<'_, R, T>, gradient: Option<&mut [R]>) -> Sums {
    let (outer, classes, inner) = batch.logits.dim();
    // One task: a run of pixels of one image, with the gradient planes of that run.
    let mut tasks: Vec<(usize, usize, Vec<&mut [R]>)> = Vec::new();
    let chunks = inner.div_ceil(CHUNK);
    tasks.extend((0..outer * chunks).map(|i| (i / chunks, i % chunks * CHUNK, Vec::new())));
    if let Some(slopes) = gradient {
        for (at, plane) in slopes.chunks_mut(inner.max(1)).enumerate() {
            for (chunk, part) in plane.chunks_mut(CHUNK).enumerate() {
                tasks[at / classes * chunks + chunk].2.push(part);
            }
        }
    }
    let (isa, class_weights, scale) = (Isa::best(), batch.class_weights, batch.scale);
    let parts: Vec<Sums> = tasks
        .into_par_iter()
        .map(|(image, start, mut slopes)| {
            let range = start..(start + CHUNK).min(inner);
            let logits = planes(&batch.logits, image, range.clone());
            let targets = planes(&batch.targets, image, range.clone());
            let weights = batch
                .weights
                .as_ref()
                .map_or(&[][..], |w| &w.as_slice().expect("in memory order")[image * inner..][range]);
            scumble_kernels::softmax_cross_entropy(
                isa,
                &logits,
                &targets,
                class_weights,
                weights,
                scale,
                &mut slopes,
                batch.with_floor,
            )
        })
        .collect();
    parts.into_iter().fold(Sums::NOTHING, Sums::and)
}
