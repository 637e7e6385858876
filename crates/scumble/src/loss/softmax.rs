use super::problem::{Problem, planes};
use super::{Classes, Loss, LossError, LossOptions};
use ndarray::{Array, Array3, ArrayView, ArrayView3, Dimension};
use rayon::prelude::*;
use scumble_kernels::Real;

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
/// # Errors
/// Shapes that do not fit, fewer than two classes, targets outside 0..1 or not summing to 1 where the mask is on,
/// bad weights.
///
/// ```
/// use ndarray::array;
/// use scumble::{LossOptions, softmax_cross_entropy};
///
/// // One pixel: half rock, a quarter tree, a quarter water; the network cannot tell.
/// let targets = array![[[0.5_f64], [0.25], [0.25]]];
/// let logits = array![[[0.0], [0.0], [0.0]]];
/// let loss = softmax_cross_entropy(logits.view(), targets.view(), &LossOptions::default())?;
/// assert!((loss.value - 3f64.ln()).abs() < 1e-12);
/// assert!((loss.floor - 1.5 * 2f64.ln()).abs() < 1e-12);
/// # Ok::<(), scumble::LossError>(())
/// ```
pub fn softmax_cross_entropy<R: Real, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<Loss, LossError> {
    let problem = Problem::new(logits, targets, Classes::Exclusive, options)?;
    Ok(evaluate(&problem, None))
}

/// [`softmax_cross_entropy`] and its gradient, w (A q_k - c_k t_k) / denominator with A = sum_k c_k t_k.
///
/// # Errors
/// As [`softmax_cross_entropy`].
pub fn softmax_cross_entropy_gradient<R: Real, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<(Loss, Array<R, D>), LossError> {
    let shape = logits.raw_dim();
    let problem = Problem::new(logits, targets, Classes::Exclusive, options)?;
    let mut gradient = Array3::from_elem(problem.logits.dim(), R::ZERO);
    let loss = evaluate(&problem, Some(&mut gradient));
    Ok((loss, gradient.into_shape_with_order(shape).expect("the same elements")))
}

fn evaluate<R: Real>(problem: &Problem<'_, R>, gradient: Option<&mut Array3<R>>) -> Loss {
    let (outer, _, inner) = problem.logits.dim();
    let divisor = problem.divisor();
    let scale = problem.scale(divisor);
    let class_weights = problem.class_weights;
    let (value, floor) = if inner >= SHORT || outer == 1 {
        let weights = problem.weights.as_ref().map(|w| w.view());
        let (logits, targets) = (problem.logits.view(), problem.targets.view());
        run(&Batch { logits, targets, weights, class_weights, scale }, gradient)
    } else {
        // Classes innermost, as in [N, H, W, K]: one copy to planes, and the gradient back.
        let turn = |array: ArrayView3<'_, R>| -> Array3<R> {
            let classes = array.dim().1;
            let planes = array.permuted_axes([1, 0, 2]).as_standard_layout().into_owned();
            planes.into_shape_with_order((1, classes, outer * inner)).expect("the same elements")
        };
        let (logits, targets) = (turn(problem.logits.view()), turn(problem.targets.view()));
        let weights = problem.weights.as_ref().map(|w| turn(w.view()));
        let weights = weights.as_ref().map(|w| w.view());
        let mut slopes = gradient.is_some().then(|| Array3::from_elem(logits.dim(), R::ZERO));
        let batch = Batch { logits: logits.view(), targets: targets.view(), weights, class_weights, scale };
        let sums = run(&batch, slopes.as_mut());
        if let (Some(gradient), Some(slopes)) = (gradient, slopes) {
            let classes = slopes.dim().1;
            let slopes = slopes.into_shape_with_order((classes, outer, inner)).expect("the same elements");
            gradient.assign(&slopes.permuted_axes([1, 0, 2]));
        }
        sums
    };
    problem.report(value, floor, divisor)
}

struct Batch<'b, R: Real> {
    logits: ArrayView3<'b, R>,
    targets: ArrayView3<'b, R>,
    weights: Option<ArrayView3<'b, R>>,
    class_weights: &'b [R],
    scale: R,
}

/// (sum of losses, sum of floors)
fn run<R: Real>(batch: &Batch<'_, R>, gradient: Option<&mut Array3<R>>) -> (f64, f64) {
    let (outer, classes, inner) = batch.logits.dim();
    // One task: a run of pixels of one image, with the gradient planes of that run.
    let mut tasks: Vec<(usize, usize, Vec<&mut [R]>)> = Vec::new();
    let chunks = inner.div_ceil(CHUNK);
    tasks.extend((0..outer * chunks).map(|i| (i / chunks, i % chunks * CHUNK, Vec::new())));
    if let Some(gradient) = gradient {
        let slopes = gradient.as_slice_mut().expect("just made");
        for (at, plane) in slopes.chunks_mut(inner.max(1)).enumerate() {
            for (chunk, part) in plane.chunks_mut(CHUNK).enumerate() {
                tasks[at / classes * chunks + chunk].2.push(part);
            }
        }
    }
    let sums: Vec<(f64, f64)> = tasks
        .into_par_iter()
        .map(|(image, start, mut slopes)| {
            let range = start..(start + CHUNK).min(inner);
            let logits = planes(&batch.logits, image, range.clone());
            let targets = planes(&batch.targets, image, range.clone());
            let weights = batch
                .weights
                .as_ref()
                .map_or(&[][..], |w| &w.as_slice().expect("in memory order")[image * inner..][range]);
            let class_weights = batch.class_weights;
            let value = scumble_kernels::softmax_cross_entropy(
                &logits,
                &targets,
                class_weights,
                weights,
                batch.scale,
                &mut slopes,
            );
            (value, scumble_kernels::softmax_floor(&targets, class_weights, weights))
        })
        .collect();
    sums.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1))
}
