//! What is known of the label sets of pixels, and how it comes from raters.

use super::check::{check_sets, sets_of};
use super::error::JointError;
use super::family::{ENUMERABLE, JointFamily};
use crate::labels::{Kind, LabelSpace, RaterMask, UNSEEN};
use crate::loss::Fold;
use ndarray::{Array, Array2, ArrayView, Axis, Dimension, IxDyn};
use scumble_kernels::Real;

/// What is known of the label sets of the pixels.
///
/// Shapes are those of the parameters [N, P, pixels..] with another class axis, or none for label sets.
#[derive(Debug, Clone)]
pub enum JointTargets<'a, R: Real, D: Dimension> {
    /// A distribution over the 2^K label sets of each pixel, [N, 2^K, pixels..], in state order; K <= 12.
    Distribution(ArrayView<'a, R, D>),
    /// The probability of each label, [N, K, pixels..]: enough for the independent family, and for any where K = 1.
    ///
    /// The floor is then the sum of the labels' binary entropies, that of labels which are independent.
    Marginals(ArrayView<'a, R, D>),
    /// The label sets that raters gave, [N, pixels..] for each, `None` where one did not judge the pixel; any K.
    ///
    /// The target is their empirical distribution: the loss of a pixel is the mean negative log likelihood of its
    /// raters. A pixel that nobody judged is not valid. To count each rater once rather than each pixel, give the
    /// raters' counts as weights ([`label_set_targets`](crate::joint::label_set_targets) has them).
    Sets(Vec<ArrayView<'a, Option<u64>, D::Smaller>>),
}

/// The label set that one rater gave each pixel, [H, W]; bit i is label i.
///
/// `None` where the rater left any of the labels unjudged: part of a set is no set.
///
/// # Errors
/// More than 64 labels.
///
/// ```
/// use ndarray::array;
/// use scumble::joint::label_sets;
/// use scumble::labels::{Kind, LabelSpace, RaterMask, UNSEEN};
///
/// let marks = array![[[1, 0, 1]], [[1, 0, UNSEEN]]];
/// let rater = RaterMask::new(&LabelSpace::unnamed(Kind::Multilabel, 2)?, marks)?;
/// assert_eq!(label_sets(&rater)?, array![[Some(0b11), Some(0), None]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn label_sets(rater: &RaterMask) -> Result<Array2<Option<u64>>, JointError> {
    let marks = rater.marks();
    // As many labels as any family takes.
    JointFamily::independent(marks.dim().0)?;
    Ok(marks.map_axis(Axis(0), |marks| {
        let bit = |(label, &mark): (usize, &u16)| (mark != UNSEEN).then(|| u64::from(mark != 0) << label);
        marks.iter().enumerate().map(bit).try_fold(0, |set, bit| Some(set | bit?))
    }))
}

/// The sets of `labels` labels as exclusive classes, 2^K of them; bit i of a class is label i.
///
/// # Errors
/// No label, or too many for a class each set: more than 12.
///
/// ```
/// let space = scumble::joint::set_space(2)?;
/// assert_eq!((space.count(), space.groups()), (4, 1));
/// assert!(scumble::joint::set_space(13).is_err());
/// # Ok::<(), scumble::joint::JointError>(())
/// ```
pub fn set_space(labels: usize) -> Result<LabelSpace, JointError> {
    let states = JointFamily::powerset(labels)?.parameters();
    Ok(LabelSpace::unnamed(Kind::Multiclass, states).expect("two sets or more"))
}

/// Raters' label sets as one soft target: the empirical distribution, and how many raters it is of.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelSetTargets<R: Real, D: Dimension> {
    /// The share of raters who gave each label set, [N, 2^K, pixels..]; 0 where nobody judged.
    pub distribution: Array<R, D::Larger>,
    /// How many raters judged each pixel, [N, pixels..]: the weights of maximum likelihood.
    pub raters: Array<R, D>,
}

impl<R: Real, D: Dimension> LabelSetTargets<R, D> {
    /// True where at least one rater judged: the mask.
    pub fn seen(&self) -> Array<bool, D> {
        self.raters.mapv(|n| n > R::ZERO)
    }
}

/// The empirical distribution of raters' label sets over 2^K states; their arrays are [N, pixels..], the states go to
/// axis `class_axis` of the result.
///
/// Cross entropy against it is the mean negative log likelihood of the raters; with `raters` as weights and their sum
/// as denominator, that of all raters of all pixels. Beyond 12 labels give the sets themselves to the loss
/// ([`JointTargets::Sets`](crate::joint::JointTargets::Sets)).
///
/// # Errors
/// No rater, arrays of different shapes, a label beyond K, more than 12 labels, no such axis.
///
/// ```
/// use ndarray::array;
/// use scumble::joint::label_set_targets;
///
/// let (first, second) = (array![[Some(0b11), Some(0)]], array![[Some(0b01), None]]);
/// let targets = label_set_targets::<f64, _>(&[first.view(), second.view()], 2, 1)?;
/// assert_eq!(targets.distribution, array![[[0.0, 1.0], [0.5, 0.0], [0.0, 0.0], [0.5, 0.0]]]);
/// assert_eq!(targets.raters, array![[2.0, 1.0]]);
/// # Ok::<(), scumble::joint::JointError>(())
/// ```
pub fn label_set_targets<R: Real, D: Dimension>(
    raters: &[ArrayView<'_, Option<u64>, D>],
    labels: usize,
    class_axis: usize,
) -> Result<LabelSetTargets<R, D>, JointError> {
    let shape = raters.first().ok_or(JointError::NoRater)?.raw_dim();
    if !(1..=ENUMERABLE).contains(&labels) {
        let advice = "give the sets themselves to the loss";
        return Err(JointError::States { what: "the distribution over the sets", labels, advice });
    }
    let mut larger = shape.slice().to_vec();
    if class_axis > larger.len() {
        return Err(JointError::ClassAxis { axis: class_axis, rank: larger.len() + 1 });
    }
    larger.insert(class_axis, 1 << labels);
    let fold = Fold::new(&larger, class_axis)?;
    let sets = raters.iter().map(|sets| sets_of(sets, &fold)).collect::<Result<Vec<_>, _>>()?;
    check_sets(&sets, &JointFamily::independent(labels)?, &fold)?;
    let mut distribution = Array::from_elem(IxDyn(&larger), R::ZERO);
    let mut counts = Vec::with_capacity(fold.count());
    for pixel in 0..fold.count() {
        let seen = || sets.iter().filter_map(|sets| sets[pixel]);
        let count = seen().count();
        for set in seen() {
            let share = &mut distribution[&fold.place_of(pixel, Some(set as usize)).index()[..]];
            *share = *share + R::ONE;
        }
        for state in 0..1 << labels {
            let share = &mut distribution[&fold.place_of(pixel, Some(state)).index()[..]];
            *share = *share / R::from_f64(count.max(1) as f64);
        }
        counts.push(R::from_f64(count as f64));
    }
    let distribution = distribution.into_dimensionality().expect("one axis more");
    Ok(LabelSetTargets { distribution, raters: fold.map(counts) })
}

/// The probability of each label, [N, K, pixels..], under distributions over the label sets, [N, 2^K, pixels..].
///
/// # Errors
/// No such axis, a class axis that is no power of 2 up to 2^12.
///
/// ```
/// use ndarray::array;
///
/// let p = array![[[0.1_f64], [0.2], [0.3], [0.4]]];
/// let marginals = scumble::joint::state_marginals(p.view(), 1)?;
/// assert!((marginals - array![[[0.6], [0.7]]]).iter().all(|d: &f64| d.abs() < 1e-15));
/// # Ok::<(), scumble::joint::JointError>(())
/// ```
pub fn state_marginals<R: Real, D: Dimension>(
    distribution: ArrayView<'_, R, D>,
    class_axis: usize,
) -> Result<Array<R, D>, JointError> {
    let fold = Fold::new(distribution.shape(), class_axis)?;
    let states = distribution.shape()[class_axis];
    if !states.is_power_of_two() || !(2..=1 << ENUMERABLE).contains(&states) {
        let expected = fold.shape_with(states.next_power_of_two().clamp(2, 1 << ENUMERABLE));
        let hint = "; the class axis has a number for each label set, 2^K";
        let found = distribution.shape().to_vec();
        return Err(JointError::Shape { what: "the distribution", found, expected, hint });
    }
    let labels = states.ilog2() as usize;
    let mut marginals = Array::from_elem(IxDyn(&fold.shape_with(labels)), R::ZERO);
    for (label, mut plane) in marginals.axis_iter_mut(Axis(class_axis)).enumerate() {
        let mut sum = Array::<f64, IxDyn>::zeros(IxDyn(&fold.pixels));
        for (state, share) in distribution.view().into_dyn().axis_iter(Axis(class_axis)).enumerate() {
            if state >> label & 1 == 1 {
                sum.zip_mut_with(&share, |sum, p| *sum += p.to_f64());
            }
        }
        plane.assign(&sum.mapv(R::from_f64));
    }
    Ok(marginals.into_dimensionality().expect("the rank it came with"))
}
