//! A loss by its kind: value, gradient, map, and weighted sums of them.

use super::brier::Brier;
use super::class_inputs::ClassInputs;
use super::error::LossError;
use super::focal::Focal;
use super::frame::Loss;
use super::kind::LossKind;
use super::options::{Classes, LossOptions};
use super::overlap::Overlap;
use super::pixel_loss::{Output, evaluate};
use super::pointwise::CrossEntropy;
use super::sigmoid::{sigmoid_cross_entropy, sigmoid_cross_entropy_gradient};
use super::softmax::{softmax_cross_entropy, softmax_cross_entropy_gradient};
use super::term::LossTerm;
use ndarray::{Array, Array3, ArrayD, ArrayView, Dimension};
use scumble_kernels::Real;

/// A loss of any kind: value, floor and excess.
///
/// Logits and targets have one shape, [N, K, ...] unless [`LossOptions::class_axis`] says otherwise.
///
/// # Errors
/// Shapes that do not fit, targets that are no probabilities, bad weights, settings out of range, options that mean
/// nothing for this kind.
///
/// ```
/// use ndarray::array;
/// use scumble::loss::{Extent, LossKind, LossOptions, loss};
///
/// // Soft labels predicted exactly: no overlap is missing, and the cross entropy is at its floor.
/// let targets = array![[[0.8_f64, 0.3, 0.5]]];
/// let logits = targets.mapv(|t| (t / (1.0 - t)).ln());
/// let dice = LossKind::Dice { smooth: 0.0, over: Extent::Image };
/// assert!(loss(dice, logits.view(), targets.view(), &LossOptions::default())?.value < 1e-15);
/// let sigmoid = loss(LossKind::Sigmoid, logits.view(), targets.view(), &LossOptions::default())?;
/// assert!(sigmoid.excess < 1e-15 && sigmoid.floor > 0.5);
/// # Ok::<(), scumble::loss::LossError>(())
/// ```
pub fn loss<R: Real, D: Dimension>(
    kind: LossKind,
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<Loss, LossError> {
    match kind {
        LossKind::Sigmoid => sigmoid_cross_entropy(logits, targets, options),
        LossKind::Softmax => softmax_cross_entropy(logits, targets, options),
        _ => Ok(plain(kind, logits, targets, options, Output::Value)?.0),
    }
}

/// [`loss`] and its gradient with respect to the logits, in their shape.
///
/// # Errors
/// As [`loss`].
pub fn loss_gradient<R: Real, D: Dimension>(
    kind: LossKind,
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<(Loss, Array<R, D>), LossError> {
    match kind {
        LossKind::Sigmoid => sigmoid_cross_entropy_gradient(logits, targets, options),
        LossKind::Softmax => softmax_cross_entropy_gradient(logits, targets, options),
        _ => {
            let shape = logits.raw_dim();
            let (loss, gradient) = plain(kind, logits, targets, options, Output::Gradient)?;
            let gradient = gradient.expect("wanted").into_shape_with_order(shape);
            Ok((loss, gradient.expect("the same elements")))
        }
    }
}

/// [`loss`] and its terms, weighted but not divided: their sum is the value times its divisor.
///
/// Over independent classes the map has the logits' shape, over exclusive ones their shape without the class axis.
///
/// # Errors
/// As [`loss`], and overlaps, which have no map.
pub fn loss_map<R: Real, D: Dimension>(
    kind: LossKind,
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<(Loss, ArrayD<R>), LossError> {
    let mut shape = logits.shape().to_vec();
    let (loss, map) = plain(kind, logits, targets, options, Output::Map)?;
    if kind.classes(options.classes) == Classes::Exclusive {
        shape.remove(options.class_axis);
    }
    Ok((loss, map.expect("wanted").into_shape_with_order(shape).expect("the same elements")))
}

/// A weighted sum of losses and its gradient: what a training may minimise.
///
/// The floor is the sum of the floors. It is reached where one prediction is best for every term, as it is for
/// sigmoid, softmax, Brier and overlaps without class weights; else the sum stays above it. Divisor and number of
/// valid terms are the first loss's.
///
/// # Errors
/// As [`loss`], and no term at all.
///
/// ```
/// use ndarray::array;
/// use scumble::loss::{Classes, LossKind, LossOptions, LossTerm, loss, loss_sum_gradient};
///
/// let (logits, targets) = (array![[[1.0_f32], [0.0]]], array![[[0.6_f32], [0.4]]]);
/// let options = LossOptions::default().classes(Classes::Exclusive);
/// let jaccard: LossKind = "jaccard".parse()?;
/// let terms = [LossTerm { kind: LossKind::Softmax, weight: 0.25 }, LossTerm { kind: jaccard, weight: 0.75 }];
/// let (sum, _) = loss_sum_gradient(&terms, logits.view(), targets.view(), &options)?;
/// let parts = terms.map(|term| loss(term.kind, logits.view(), targets.view(), &options).unwrap().value);
/// assert_eq!(sum.value, 0.25 * parts[0] + 0.75 * parts[1]);
/// # Ok::<(), scumble::loss::LossError>(())
/// ```
pub fn loss_sum_gradient<R: Real, D: Dimension>(
    terms: &[LossTerm],
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<(Loss, Array<R, D>), LossError> {
    let mut sum: Option<(Loss, Array<R, D>)> = None;
    for term in terms {
        term.check()?;
        let (mut loss, mut gradient) = loss_gradient(term.kind, logits.view(), targets.view(), options)?;
        (loss.value, loss.floor) = (term.weight * loss.value, term.weight * loss.floor);
        let weight = R::from_f64(term.weight);
        gradient.mapv_inplace(|g| weight * g);
        sum = Some(match sum {
            None => (loss, gradient),
            Some((mut first, mut slopes)) => {
                (first.value, first.floor) = (first.value + loss.value, first.floor + loss.floor);
                slopes.zip_mut_with(&gradient, |a, &b| *a = *a + b);
                (first, slopes)
            }
        });
    }
    let (mut loss, gradient) = sum.ok_or(LossError::NoTerm)?;
    loss.excess = loss.value - loss.floor;
    Ok((loss, gradient))
}

/// The kinds that have no kernel, and the maps of those that have one.
fn plain<R: Real, D: Dimension>(
    kind: LossKind,
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, R, D>,
    options: &LossOptions<'_, R>,
    output: Output,
) -> Result<(Loss, Option<Array3<R>>), LossError> {
    kind.check()?;
    if kind.is_overlap() {
        if output == Output::Map {
            return Err(LossError::NoMap(kind.name()));
        }
        if !(options.positive_weights.is_empty() && options.balance.is_empty()) {
            let advice = "weigh both kinds of error by tversky's alpha and beta";
            return Err(LossError::NotFor { option: "positive weight", kind: kind.name(), advice });
        }
    }
    let mut inputs = ClassInputs::new(logits, targets, kind.classes(options.classes), options)?;
    Ok(match kind {
        LossKind::Sigmoid | LossKind::Softmax => evaluate(&inputs, &CrossEntropy, output),
        LossKind::Focal { gamma } => evaluate(&inputs, &Focal { gamma }, output),
        LossKind::Brier => evaluate(&inputs, &Brier, output),
        LossKind::Dice { .. } | LossKind::Jaccard { .. } | LossKind::Tversky { .. } => {
            let overlap = Overlap::of(kind).expect("one of the three");
            overlap.evaluate(&mut inputs, output == Output::Gradient)
        }
    })
}
