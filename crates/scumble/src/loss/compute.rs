//! A loss by its kind: value, gradient, map, and weighted sums of them.

use super::brier::Brier;
use super::by_kernel::Pointwise;
use super::class_inputs::ClassInputs;
use super::error::LossError;
use super::focal::Focal;
use super::frame::Loss;
use super::fused::{Fused, report, written_over};
use super::kind::LossKind;
use super::options::{Classes, LossOptions};
use super::overlap::Overlap;
use super::pixel_loss::evaluate;
use super::pointwise::CrossEntropy;
use super::sigmoid::{
    Sigmoid, sigmoid_cross_entropy, sigmoid_cross_entropy_gradient, sigmoid_cross_entropy_gradient_into,
};
use super::softmax::{
    Softmax, softmax_cross_entropy, softmax_cross_entropy_gradient, softmax_cross_entropy_gradient_into,
};
use super::term::LossTerm;
use ndarray::{Array, ArrayD, ArrayView, ArrayViewMut, Dimension};
use rayon::prelude::*;
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
        _ => Ok(by_kernel(kind, &inputs_of(kind, logits, targets, options)?, None)),
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
            let mut gradient = Array::from_elem(logits.raw_dim(), R::ZERO);
            let inputs = inputs_of(kind, logits, targets, options)?;
            Ok((by_kernel(kind, &inputs, gradient.as_slice_mut()), gradient))
        }
    }
}

/// As [`loss_gradient`], with the gradient written over `gradient`: nothing as large is allocated, and no memory is new, which
/// takes longer than the arithmetic.
///
/// In memory order (as [`ndarray::Array::zeros`] makes it) it is written in place, else copied afterwards.
///
/// # Errors
/// As [`loss`], and a gradient of another shape than the logits. What `gradient` holds after an error is unspecified.
///
/// ```
/// use ndarray::array;
/// use scumble::loss::{LossKind, LossOptions, loss_gradient, loss_gradient_into};
///
/// let (logits, targets) = (array![[[0.5_f32, -1.0]]], array![[[0.2_f32, 1.0]]]);
/// let mut gradient = array![[[f32::NAN, f32::NAN]]];
/// let options = LossOptions::default();
/// loss_gradient_into(LossKind::Brier, logits.view(), targets.view(), &options, gradient.view_mut())?;
/// assert_eq!(gradient, loss_gradient(LossKind::Brier, logits.view(), targets.view(), &options)?.1);
/// # Ok::<(), scumble::loss::LossError>(())
/// ```
pub fn loss_gradient_into<R: Real, D: Dimension>(
    kind: LossKind,
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, R, D>,
    options: &LossOptions<'_, R>,
    gradient: ArrayViewMut<'_, R, D>,
) -> Result<Loss, LossError> {
    match kind {
        LossKind::Sigmoid => sigmoid_cross_entropy_gradient_into(logits, targets, options, gradient),
        LossKind::Softmax => softmax_cross_entropy_gradient_into(logits, targets, options, gradient),
        _ => written_over(logits, gradient, |logits, slopes| {
            Ok(by_kernel(kind, &inputs_of(kind, logits, targets, options)?, slopes))
        }),
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
    kind.check()?;
    if kind.is_overlap() {
        return Err(LossError::NoMap(kind.name()));
    }
    let mut shape = logits.shape().to_vec();
    let inputs = inputs_of(kind, logits, targets, options)?;
    let (loss, map) = match kind {
        LossKind::Focal { gamma } => evaluate(&inputs, &Focal { gamma }),
        LossKind::Brier => evaluate(&inputs, &Brier),
        _ => evaluate(&inputs, &CrossEntropy),
    };
    if kind.classes(options.classes) == Classes::Exclusive {
        shape.remove(options.class_axis);
    }
    Ok((loss, map.into_shape_with_order(shape).expect("the same elements")))
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
    if let [term] = terms {
        term.check()?;
        let (mut loss, mut gradient) = loss_gradient(term.kind, logits, targets, options)?;
        (loss.value, loss.floor) = (term.weight * loss.value, term.weight * loss.floor);
        loss.excess = loss.value - loss.floor;
        add(&mut gradient, None, R::from_f64(term.weight));
        return Ok((loss, gradient));
    }
    // What several terms read is folded and checked once for each reading of the classes.
    let mut inputs: Vec<ClassInputs<'_, R>> = Vec::new();
    let mut gradient = Array::from_elem(logits.raw_dim(), R::ZERO);
    let mut slopes = gradient.clone();
    let mut sum: Option<Loss> = None;
    for term in terms {
        term.check()?;
        let classes = term.kind.classes(options.classes);
        refuse(term.kind, options)?;
        let at = match inputs.iter().position(|inputs| inputs.classes == classes) {
            Some(at) => at,
            None => {
                inputs.push(ClassInputs::new(logits.view(), targets.view(), classes, options)?);
                inputs.len() - 1
            }
        };
        let loss = by_kernel(term.kind, &inputs[at], slopes.as_slice_mut());
        add(&mut gradient, Some(&slopes), R::from_f64(term.weight));
        let sum = sum.get_or_insert(Loss { value: 0.0, floor: 0.0, ..loss });
        sum.value += term.weight * loss.value;
        sum.floor += term.weight * loss.floor;
    }
    let mut loss = sum.ok_or(LossError::NoTerm)?;
    loss.excess = loss.value - loss.floor;
    Ok((loss, gradient))
}

/// Adds `weight` times the slopes, or multiplies what is there.
fn add<R: Real, D: Dimension>(gradient: &mut Array<R, D>, slopes: Option<&Array<R, D>>, weight: R) {
    const CHUNK: usize = 1 << 15;
    let gradient = gradient.as_slice_mut().expect("just made").par_chunks_mut(CHUNK);
    match slopes {
        None if weight == R::ONE => {}
        None => gradient.for_each(|part| part.iter_mut().for_each(|g| *g = weight * *g)),
        Some(slopes) => {
            let slopes = slopes.as_slice().expect("just made").par_chunks(CHUNK);
            gradient.zip(slopes).for_each(|(to, from)| {
                to.iter_mut().zip(from).for_each(|(to, from)| *to = *to + weight * *from);
            });
        }
    }
}

/// What a kind reads, checked, and that the options mean something for it.
fn inputs_of<'a, R: Real, D: Dimension>(
    kind: LossKind,
    logits: ArrayView<'a, R, D>,
    targets: ArrayView<'a, R, D>,
    options: &'a LossOptions<'_, R>,
) -> Result<ClassInputs<'a, R>, LossError> {
    refuse(kind, options)?;
    ClassInputs::new(logits, targets, kind.classes(options.classes), options)
}

/// Settings out of range, and options that mean nothing for this kind.
fn refuse<R: Real>(kind: LossKind, options: &LossOptions<'_, R>) -> Result<(), LossError> {
    kind.check()?;
    if kind.is_overlap() && !(options.positive_weights.is_empty() && options.balance.is_empty()) {
        let advice = "weigh both kinds of error by tversky's alpha and beta";
        return Err(LossError::NotFor { option: "positive weight", kind: kind.name(), advice });
    }
    Ok(())
}

/// The loss; its gradient, if wanted, is written over, in the logits' order.
fn by_kernel<R: Real>(kind: LossKind, inputs: &ClassInputs<'_, R>, gradient: Option<&mut [R]>) -> Loss {
    match kind {
        LossKind::Sigmoid => report(inputs, &Sigmoid::sums(inputs, gradient)),
        LossKind::Softmax => report(inputs, &Softmax::sums(inputs, gradient)),
        LossKind::Focal { gamma } => Pointwise::Focal(gamma).evaluate(inputs, gradient),
        LossKind::Brier => Pointwise::Brier.evaluate(inputs, gradient),
        LossKind::Dice { .. } | LossKind::Jaccard { .. } | LossKind::Tversky { .. } => {
            Overlap::of(kind).expect("one of the three").evaluate(inputs, gradient)
        }
    }
}
