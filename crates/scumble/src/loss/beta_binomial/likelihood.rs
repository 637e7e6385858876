//! The likelihood over arrays, with its gradient.

use super::count_inputs::CountInputs;
use super::pixel::beta_binomial;
use crate::labels::binary_entropy;
use crate::loss::error::LossError;
use crate::loss::frame::Loss;
use crate::loss::options::LossOptions;
use ndarray::{Array, Array3, ArrayView, Axis, Dimension};
use rayon::prelude::*;
use scumble_kernels::Real;

/// Elements that one task takes: fixed, so that the sum has one order whatever the number of threads.
const CHUNK: usize = 1 << 12;

/// Negative log likelihood of counted opinions under beta-binomial predictions, in nats, with its floor and
/// excess.
///
/// For K separate classes (K = 1: binary) logits are [N, 2 K, ...]: those of the means, then those of the
/// correlations of two raters' opinions. `yes` and `total` are [N, K, ...] (class axis 1 unless the options
/// say otherwise): k of n raters saw the class. They need not be whole numbers. With w the weight of an
/// element,
///
/// `loss = sum w (-ln P(k of n)) / denominator`
///
/// with P as in [`beta_binomial_reference`](crate::loss::beta_binomial_reference). Divided by
/// [`Denominator::Weights`](crate::loss::Denominator::Weights), the weighted sum of all n, it is the loss of one
/// opinion, and stands beside the [sigmoid cross entropy](crate::loss::sigmoid_cross_entropy) weighted by the
/// number of raters: at correlation 0 the two are equal, and the floor, the entropy of k/n for each opinion,
/// is that of the cross entropy. No correlation gets below it (see there), so the excess means the same.
///
/// An element that the mask leaves out, of weight 0 or without opinions adds nothing, NaN or not, and is not
/// counted. Logits of 1e4 give a finite loss. The time grows with the opinions. All sums are f64, the same at
/// any number of threads.
///
/// # Errors
/// Shapes that do not fit, counts that are no counts (yes above total, negative, NaN), bad weights, options
/// that only labels have: class weights, balance, smoothing, ignore values.
///
/// ```
/// use ndarray::array;
/// use scumble::loss::{Denominator, LossOptions, beta_binomial_loss};
///
/// // Five raters who agree on each of two pixels, on opposite sides, where the image tells nothing.
/// let (yes, total) = (array![[[5.0_f64, 0.0]]], array![[[5.0, 5.0]]]);
/// let options = LossOptions::default().denominator(Denominator::Weights);
/// let loss = |r: f64| {
///     let logits = array![[[0.0, 0.0], [r, r]]];
///     beta_binomial_loss(logits.view(), yes.view(), total.view(), &options).map(|loss| loss.value)
/// };
/// // To independent raters this is 10 tosses of a coin. To raters who copy each other it is 2.
/// assert!((loss(-1e4)? - 2f64.ln()).abs() < 1e-12);
/// assert!((loss(1e4)? - 2.0 * 2f64.ln() / 10.0).abs() < 1e-11);
/// # Ok::<(), scumble::loss::LossError>(())
/// ```
pub fn beta_binomial_loss<R: Real, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    yes: ArrayView<'_, R, D>,
    total: ArrayView<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<Loss, LossError> {
    let inputs = CountInputs::new(logits, yes, total, options)?;
    Ok(evaluate(&inputs, None))
}

/// [`beta_binomial_loss`] and its gradient with respect to the logits, in their shape.
///
/// # Errors
/// As [`beta_binomial_loss`].
pub fn beta_binomial_loss_gradient<R: Real, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    yes: ArrayView<'_, R, D>,
    total: ArrayView<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<(Loss, Array<R, D>), LossError> {
    let shape = logits.raw_dim();
    let inputs = CountInputs::new(logits, yes, total, options)?;
    let mut gradient = Array3::from_elem(inputs.logits.dim(), R::ZERO);
    let loss = evaluate(&inputs, Some(&mut gradient));
    Ok((loss, gradient.into_shape_with_order(shape).expect("the same elements")))
}

/// The loss; its gradient [outer, 2 K, inner] is written where it is wanted.
fn evaluate<R: Real>(inputs: &CountInputs<'_, R>, gradient: Option<&mut Array3<R>>) -> Loss {
    let (outer, classes, inner) = inputs.total.dim();
    let (rows, scale) = (outer * classes, inputs.frame.scale());
    let chunks = inner.div_ceil(CHUNK);
    let wanted = gradient.is_some();
    let task = |at: usize| {
        let (o, k, start) = (at / chunks / classes, at / chunks % classes, at % chunks * CHUNK);
        let mut part = Partial { value: 0.0, floor: 0.0, slopes: Vec::new() };
        for i in start..(start + CHUNK).min(inner) {
            let [value, floor, slopes @ ..] = element(inputs, o, k, i);
            part.value += value;
            part.floor += floor;
            if wanted {
                part.slopes.push(slopes.map(|slope: f64| R::from_f64(scale * slope)));
            }
        }
        part
    };
    let parts: Vec<Partial<R>> = (0..rows * chunks).into_par_iter().map(task).collect();
    if let Some(gradient) = gradient {
        for (row, parts) in parts.chunks(chunks.max(1)).enumerate() {
            let mut image = gradient.index_axis_mut(Axis(0), row / classes);
            let slopes = parts.iter().flat_map(|part| &part.slopes).enumerate();
            slopes.for_each(|(i, [by_mean, by_correlation])| {
                image[[row % classes, i]] = *by_mean;
                image[[classes + row % classes, i]] = *by_correlation;
            });
        }
    }
    let (value, floor) = parts.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.value, sum.1 + part.floor));
    inputs.frame.report(value, floor)
}

struct Partial<R> {
    value: f64,
    floor: f64,
    slopes: Vec<[R; 2]>,
}

/// Weighted loss, floor and slopes by both logits of one element.
fn element<R: Real>(inputs: &CountInputs<'_, R>, o: usize, k: usize, i: usize) -> [f64; 4] {
    let total = inputs.total[[o, k, i]].to_f64();
    let Some(weight) = inputs.weight(o, k, i).filter(|_| total > 0.0) else { return [0.0; 4] };
    let yes = inputs.yes[[o, k, i]].to_f64();
    let logit = |class: usize| inputs.logits[[o, class, i]].to_f64();
    let classes = inputs.total.dim().1;
    let (value, [by_mean, by_correlation]) = beta_binomial(logit(k), logit(classes + k), yes, total);
    let floor = total * binary_entropy((yes / total).min(1.0));
    [value, floor, by_mean, by_correlation].map(|x| weight * x)
}
