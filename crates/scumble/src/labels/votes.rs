//! The counted opinions of several raters.

use super::error::LabelError;
use super::kind::Kind;
use super::raters::{RaterMask, UNSEEN};
use super::space::LabelSpace;
use ndarray::{Array3, ArrayView3, Axis, Zip};

/// The opinions of several raters, counted: at each pixel k of n raters saw the class.
///
/// k of n is a binomial (multinomial) observation, so soft cross entropy with target k/n and weight n is its
/// negative log likelihood up to a constant. Both numbers are kept for that reason.
///
/// ```
/// use ndarray::array;
/// use scumble::labels::{Kind, LabelSpace, RaterMask, Votes};
///
/// let mut votes = Votes::new(&LabelSpace::unnamed(Kind::Binary, 1)?, (1, 2));
/// votes.add(&RaterMask::from_mask(array![[true, true]].view()))?;
/// votes.add(&RaterMask::from_mask(array![[false, true]].view()))?;
/// let labels = votes.into_labels();
/// assert_eq!(labels.probabilities().as_slice(), Some(&[0.5, 1.0][..]));
/// # Ok::<(), scumble::labels::LabelError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Votes {
    pub(super) kind: Kind,
    pub(super) yes: Array3<u16>,
    pub(super) total: Array3<u16>,
}

impl Votes {
    /// No votes yet, for an image of (height, width).
    pub fn new(space: &LabelSpace, (height, width): (usize, usize)) -> Self {
        Self {
            kind: space.kind(),
            yes: Array3::zeros((space.count(), height, width)),
            total: Array3::zeros((space.groups(), height, width)),
        }
    }

    /// Builds votes from counts: `yes` [K, H, W] and `total` [G, H, W].
    ///
    /// # Errors
    /// Shapes that do not belong together; more raters for a class than raters in all.
    pub fn from_counts(kind: Kind, yes: Array3<u16>, total: Array3<u16>) -> Result<Self, LabelError> {
        let (classes, height, width) = yes.dim();
        if total.dim() != (kind.groups(classes), height, width) {
            return Err(LabelError::Shape {
                what: "the rater counts",
                found: total.shape().to_vec(),
                expected: vec![kind.groups(classes), height, width],
            });
        }
        for ((class, row, column), &yes) in yes.indexed_iter() {
            let judged = total[[if total.dim().0 == 1 { 0 } else { class }, row, column]];
            if yes > judged {
                return Err(LabelError::Votes { class, row, column, yes, judged });
            }
        }
        Ok(Self { kind, yes, total })
    }

    /// Counts one more rater.
    ///
    /// # Errors
    /// A mask of another shape or with a class beyond these; the votes are then unchanged.
    pub fn add(&mut self, mask: &RaterMask) -> Result<(), LabelError> {
        let marks = mask.marks();
        if marks.dim() != self.total.dim() {
            return Err(LabelError::Shape {
                what: "the rater's mask",
                found: marks.shape().to_vec(),
                expected: self.total.shape().to_vec(),
            });
        }
        mask.check(self.kind.states(self.yes.dim().0))?;
        if self.total.iter().any(|&n| n >= UNSEEN - 1) {
            return Err(LabelError::TooManyRaters);
        }
        Zip::from(&mut self.total).and(marks).for_each(|n, &mark| *n += u16::from(mark != UNSEEN));
        match self.kind {
            Kind::Multiclass => {
                for (class, mut yes) in self.yes.outer_iter_mut().enumerate() {
                    let seen = marks.index_axis(Axis(0), 0);
                    Zip::from(&mut yes)
                        .and(seen)
                        .for_each(|k, &mark| *k += u16::from(usize::from(mark) == class));
                }
            }
            Kind::Binary | Kind::Multilabel => {
                Zip::from(&mut self.yes)
                    .and(marks)
                    .for_each(|k, &mark| *k += mark * u16::from(mark != UNSEEN));
            }
        }
        Ok(())
    }

    /// The kind of label that these votes make.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// k: raters who saw the class, [K, H, W].
    pub fn yes(&self) -> ArrayView3<'_, u16> {
        self.yes.view()
    }

    /// n: raters who judged the pixel, [G, H, W] (G = K for multilabel, else 1).
    pub fn total(&self) -> ArrayView3<'_, u16> {
        self.total.view()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::space::space;
    use ndarray::array;

    #[test]
    fn a_missing_region_leaves_the_others_votes() {
        let mut votes = Votes::new(&space(Kind::Binary, 1), (1, 3));
        votes.add(&RaterMask::from_mask(array![[true, false, true]].view())).unwrap();
        let mut second = RaterMask::from_mask(array![[false, true, true]].view());
        second.hide(array![[true, false, false]].view()).unwrap();
        votes.add(&second).unwrap();
        assert_eq!(votes.total().as_slice(), Some(&[1, 2, 2][..]));
        let labels = votes.into_labels();
        assert_eq!(labels.probabilities().as_slice(), Some(&[1.0, 0.5, 1.0][..]));
    }

    #[test]
    fn a_pixel_nobody_judged_is_not_valid() {
        let mut votes = Votes::new(&space(Kind::Multiclass, 3), (1, 2));
        votes.add(&RaterMask::new(&space(Kind::Multiclass, 3), array![[[2, UNSEEN]]]).unwrap()).unwrap();
        let labels = votes.into_labels();
        assert_eq!(labels.valid().as_slice(), Some(&[true, false][..]));
        assert_eq!(labels.probabilities()[[2, 0, 0]], 1.0);
    }

    #[test]
    fn a_class_is_neither_no_nor_yes() {
        let three = RaterMask::new(&space(Kind::Multiclass, 3), array![[[0, 2]]]).unwrap();
        let mut votes = Votes::new(&space(Kind::Binary, 1), (1, 2));
        let error = votes.add(&three).unwrap_err();
        assert_eq!(error, LabelError::Index { row: 0, column: 1, index: 2, classes: 2 });
        assert_eq!(votes, Votes::new(&space(Kind::Binary, 1), (1, 2)));
    }

    #[test]
    fn no_class_has_more_raters_than_the_pixel() {
        let (yes, total) = (array![[[1, 0]], [[0, 3]]], array![[[1, 2]], [[1, 2]]]);
        for kind in [Kind::Multilabel, Kind::Multiclass] {
            let total = total.slice_axis(Axis(0), (..kind.groups(2)).into()).to_owned();
            let error = Votes::from_counts(kind, yes.clone(), total).unwrap_err();
            assert_eq!(error, LabelError::Votes { class: 1, row: 0, column: 1, yes: 3, judged: 2 });
        }
    }

    #[test]
    fn a_mask_of_another_size_changes_nothing() {
        let mut votes = Votes::new(&space(Kind::Binary, 1), (2, 2));
        let before = votes.clone();
        let wide = RaterMask::new(&space(Kind::Binary, 1), Array3::zeros((1, 2, 3))).unwrap();
        assert!(votes.add(&wide).is_err());
        assert_eq!(votes, before);
    }
}
