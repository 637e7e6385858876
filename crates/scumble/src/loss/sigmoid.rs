use super::problem::Problem;
use super::{Classes, Loss, LossError, LossOptions};
use ndarray::{Array, Array3, ArrayView, Axis, Dimension, Zip};
use rayon::prelude::*;
use scumble_kernels::Real;

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
/// have one shape, [N, K, ...] unless [`LossOptions::class_axis`] says otherwise. The sums are f64; for f32 arrays
/// each term is good to about 3e-7 of itself, also at logits of 1e4.
///
/// # Errors
/// Shapes that do not fit, targets outside 0..1 where the mask is on, bad weights.
///
/// ```
/// use ndarray::array;
/// use scumble::{LossOptions, sigmoid_cross_entropy};
///
/// // Two pixels, both certain by their label to 70 %. The first logit says 0.7 as well, the second 0.5.
/// let logits = array![[[0.847_297_9_f32, 0.0]]];
/// let targets = array![[[0.7, 0.7]]];
/// let loss = sigmoid_cross_entropy(logits.view(), targets.view(), &LossOptions::default())?;
/// assert!((loss.floor - 0.610_864).abs() < 1e-6);
/// assert!((loss.excess - 0.041_142).abs() < 1e-6);
/// # Ok::<(), scumble::LossError>(())
/// ```
pub fn sigmoid_cross_entropy<R: Real, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<Loss, LossError> {
    let problem = Problem::new(logits, targets, Classes::Independent, options)?;
    Ok(evaluate(&problem, None))
}

/// [`sigmoid_cross_entropy`] and its gradient with respect to the logits, w c_k (s - t) / denominator, in one pass.
///
/// # Errors
/// As [`sigmoid_cross_entropy`].
pub fn sigmoid_cross_entropy_gradient<R: Real, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<(Loss, Array<R, D>), LossError> {
    let shape = logits.raw_dim();
    let problem = Problem::new(logits, targets, Classes::Independent, options)?;
    let mut gradient = Array3::from_elem(problem.logits.dim(), R::ZERO);
    let loss = evaluate(&problem, Some(&mut gradient));
    Ok((loss, gradient.into_shape_with_order(shape).expect("the same elements")))
}

fn evaluate<R: Real>(problem: &Problem<'_, R>, gradient: Option<&mut Array3<R>>) -> Loss {
    let weights = element_weights(problem);
    let weights = weights.as_ref().map_or(&[][..], |w| w.as_slice().expect("just made"));
    let logits = problem.logits.as_slice().expect("problems are in memory order");
    let targets = problem.targets.as_slice().expect("problems are in memory order");
    let divisor = problem.divisor();
    let scale = problem.scale(divisor);
    let task = |(chunk, slope): (usize, &mut [R])| {
        let range = chunk * CHUNK..(chunk * CHUNK + CHUNK).min(logits.len());
        let weights = if weights.is_empty() { weights } else { &weights[range.clone()] };
        let targets = &targets[range.clone()];
        let value = scumble_kernels::sigmoid_cross_entropy(&logits[range], targets, weights, scale, slope);
        (value, scumble_kernels::sigmoid_floor(targets, weights))
    };
    let sums: Vec<(f64, f64)> = match gradient {
        Some(gradient) => {
            let slopes = gradient.as_slice_mut().expect("just made");
            slopes.par_chunks_mut(CHUNK).enumerate().map(task).collect()
        }
        None => {
            (0..logits.len().div_ceil(CHUNK)).into_par_iter().map(|chunk| task((chunk, &mut []))).collect()
        }
    };
    let (value, floor) = sums.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    problem.report(value, floor, divisor)
}

/// Pixel weight times class weight for each element, or `None` where all are 1.
fn element_weights<R: Real>(problem: &Problem<'_, R>) -> Option<Array3<R>> {
    if problem.weights.is_none() && problem.class_weights.is_empty() {
        return None;
    }
    let shape = problem.logits.dim();
    let mut weights = match &problem.weights {
        Some(weights) => weights.broadcast(shape).expect("class axis of 1 or K").to_owned(),
        None => Array3::from_elem(shape, R::ONE),
    };
    for (mut plane, &c) in weights.axis_iter_mut(Axis(1)).zip(problem.class_weights) {
        Zip::from(&mut plane).for_each(|w| *w = *w * c);
    }
    Some(weights)
}
