//! The frequency of opinion.

use super::error::FusionError;
use super::paint::paint;
use super::planes::check;
use crate::labels::{Kind, LabelSpace, NamedMask, SoftLabels, UNSEEN, Votes, named};

/// The frequency of opinion: at each pixel k/n, with both counts kept.
///
/// It estimates the probability that the next rater says yes, which is what soft cross entropy trains for.
/// A rater may have missed regions ([`crate::labels::UNSEEN`]); a pixel without any opinion is not valid.
///
/// # Errors
/// No mask, two of one rater, masks of different sizes or that do not fit the labels.
///
/// ```
/// use ndarray::array;
/// use scumble::fusion::mean;
/// use scumble::labels::{Kind, LabelSpace, RaterMask};
///
/// let water = LabelSpace::new(Kind::Binary, ["water"])?;
/// let first = RaterMask::from_mask(array![[true, true, false]].view());
/// let second = RaterMask::from_mask(array![[true, false, false]].view());
/// let labels = mean(&water, &[first, second])?;
/// assert_eq!(labels.probabilities().as_slice(), Some(&[1.0, 0.5, 0.0][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mean<'a>(
    space: &LabelSpace,
    masks: impl IntoIterator<Item = impl Into<NamedMask<'a>>>,
) -> Result<SoftLabels, FusionError> {
    let masks = named(masks);
    let size = check(space, &masks)?;
    Ok(count(space, &masks, size)?.into_labels())
}

/// The frequency of opinion, each rater counted with a weight: sum w \[mark = k\] / sum w over those who have seen the
/// pixel.
///
/// The counts k and n that are kept beside it are those of the raters, each counted once. A pixel that only raters of
/// weight 0 have seen is not valid.
///
/// # Errors
/// A weight that is negative or not finite, or all of them 0; masks as for [`mean`]; two masks of one rater.
///
/// ```
/// use ndarray::array;
/// use scumble::fusion::weighted_mean;
/// use scumble::labels::{Kind, LabelSpace, RaterMask};
///
/// let water = LabelSpace::new(Kind::Binary, ["water"])?;
/// let mask = |row: [bool; 2]| RaterMask::from_mask(array![row].view());
/// let masks = [("expert", mask([true, true])), ("student", mask([true, false]))];
/// let weight = |rater: &str| if rater == "expert" { 3.0 } else { 1.0 };
/// let labels = weighted_mean(&water, &masks, weight)?;
/// assert_eq!(labels.probabilities().as_slice(), Some(&[1.0, 0.75][..]));
/// assert_eq!(labels.votes().unwrap().total(), array![[[2, 2]]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn weighted_mean<'a>(
    space: &LabelSpace,
    masks: impl IntoIterator<Item = impl Into<NamedMask<'a>>>,
    weight: impl Fn(&str) -> f64,
) -> Result<SoftLabels, FusionError> {
    let masks = named(masks);
    let weights: Vec<f64> = masks.iter().map(|one| weight(&one.rater)).collect();
    let unfit = |w: f64| !w.is_finite() || w < 0.0;
    let none = weights.iter().all(|w| *w == 0.0);
    if let Some((one, value)) = masks.iter().zip(&weights).find(|(_, w)| none || unfit(**w)) {
        return Err(FusionError::Weight { rater: one.rater.to_string(), value: *value });
    }
    let first = usize::from(space.kind() != Kind::Multiclass);
    let labels = paint(space, &masks, |_, marks| {
        let mut shares = vec![0.0; space.states()];
        for (mark, weight) in marks.iter().zip(&weights).filter(|(mark, _)| **mark != UNSEEN) {
            shares[usize::from(*mark)] += weight;
        }
        let sum: f64 = shares.iter().sum();
        (sum > 0.0).then(|| shares[first..].iter().map(|share| (share / sum) as f32).collect())
    })?;
    with_counts(space, labels, &masks)
}

/// Puts the masks' counts beside a label that was made of them.
pub(super) fn with_counts(
    space: &LabelSpace,
    labels: SoftLabels,
    masks: &[NamedMask<'_>],
) -> Result<SoftLabels, FusionError> {
    let votes = count(space, masks, labels.size())?;
    Ok(labels.with_votes(votes).expect("counted over the label's own masks"))
}

fn count(space: &LabelSpace, masks: &[NamedMask<'_>], size: (usize, usize)) -> Result<Votes, FusionError> {
    let mut votes = Votes::new(space, size);
    for NamedMask { rater, mask } in masks {
        votes.add(mask).map_err(FusionError::mask(rater))?;
    }
    Ok(votes)
}
