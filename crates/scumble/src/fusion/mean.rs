use crate::labels::{Kind, LabelError, RaterMask, SoftLabels, Votes};

/// The frequency of opinion: at each pixel k/n, with both counts kept.
///
/// It estimates the probability that the next rater says yes, which is what soft cross entropy trains for.
/// A rater may have missed regions ([`crate::UNSEEN`]); a pixel without any opinion is not valid.
///
/// # Errors
/// Masks of different shapes, or that do not fit the kind; no mask at all.
///
/// ```
/// use ndarray::array;
/// use scumble::{Kind, RaterMask, mean};
///
/// let first = RaterMask::from_mask(array![[true, true, false]].view());
/// let second = RaterMask::from_mask(array![[true, false, false]].view());
/// let labels = mean(Kind::Binary, 1, &[first, second])?;
/// assert_eq!(labels.probabilities().as_slice(), Some(&[1.0, 0.5, 0.0][..]));
/// # Ok::<(), scumble::LabelError>(())
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
