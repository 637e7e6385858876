use super::FusionError;
use super::paint::paint;
use crate::labels::{Kind, LabelError, RaterMask, SoftLabels, UNSEEN, Votes};

/// The frequency of opinion: at each pixel k/n, with both counts kept.
///
/// It estimates the probability that the next rater says yes, which is what soft cross entropy trains for.
/// A rater may have missed regions ([`crate::labels::UNSEEN`]); a pixel without any opinion is not valid.
///
/// # Errors
/// Masks of different shapes, or that do not fit the kind; no mask at all.
///
/// ```
/// use ndarray::array;
/// use scumble::fusion::mean;
/// use scumble::labels::{Kind, RaterMask};
///
/// let first = RaterMask::from_mask(array![[true, true, false]].view());
/// let second = RaterMask::from_mask(array![[true, false, false]].view());
/// let labels = mean(Kind::Binary, 1, &[first, second])?;
/// assert_eq!(labels.probabilities().as_slice(), Some(&[1.0, 0.5, 0.0][..]));
/// # Ok::<(), scumble::labels::LabelError>(())
/// ```
pub fn mean(kind: Kind, classes: usize, masks: &[RaterMask]) -> Result<SoftLabels, LabelError> {
    let first = masks.first().ok_or(LabelError::NoRater)?;
    let (_, height, width) = first.marks().dim();
    let mut votes = Votes::new(kind, classes, (height, width));
    for mask in masks {
        votes.add(mask)?;
    }
    Ok(votes.into_labels())
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
/// use scumble::labels::{Kind, RaterMask};
///
/// let mask = |row: [bool; 2]| RaterMask::from_mask(array![row].view());
/// let masks = [("expert".to_owned(), mask([true, true])), ("student".to_owned(), mask([true, false]))];
/// let weight = |rater: &str| if rater == "expert" { 3.0 } else { 1.0 };
/// let labels = weighted_mean(Kind::Binary, 1, &masks, weight)?;
/// assert_eq!(labels.probabilities().as_slice(), Some(&[1.0, 0.75][..]));
/// assert_eq!(labels.votes().unwrap().total(), array![[[2, 2]]]);
/// # Ok::<(), scumble::fusion::FusionError>(())
/// ```
pub fn weighted_mean(
    kind: Kind,
    classes: usize,
    masks: &[(String, RaterMask)],
    weight: impl Fn(&str) -> f64,
) -> Result<SoftLabels, FusionError> {
    let weights: Vec<f64> = masks.iter().map(|(rater, _)| weight(rater)).collect();
    let unfit = |w: f64| !w.is_finite() || w < 0.0;
    let none = weights.iter().all(|w| *w == 0.0);
    if let Some(((rater, _), value)) = masks.iter().zip(&weights).find(|(_, w)| none || unfit(**w)) {
        return Err(FusionError::Weight { rater: rater.clone(), value: *value });
    }
    let first = usize::from(kind != Kind::Multiclass);
    let labels = paint(kind, classes, masks, |_, marks| {
        let mut shares = vec![0.0; kind.states(classes)];
        for (mark, weight) in marks.iter().zip(&weights).filter(|(mark, _)| **mark != UNSEEN) {
            shares[usize::from(*mark)] += weight;
        }
        let sum: f64 = shares.iter().sum();
        (sum > 0.0).then(|| shares[first..].iter().map(|share| (share / sum) as f32).collect())
    })?;
    with_counts(labels, masks)
}

/// Puts the masks' counts beside a label that was made of them.
pub(super) fn with_counts(
    labels: SoftLabels,
    masks: &[(String, RaterMask)],
) -> Result<SoftLabels, FusionError> {
    let mut votes = Votes::new(labels.kind(), labels.classes(), labels.size());
    for (rater, mask) in masks {
        votes.add(mask).map_err(FusionError::mask(rater))?;
    }
    Ok(labels.with_votes(votes).expect("counted over the label's own masks"))
}
