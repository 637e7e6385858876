//! Raters' masks, and whose they are.

use super::error::LabelError;
use super::space::LabelSpace;
use ndarray::{Array3, ArrayView2, ArrayView3, Axis, Slice, Zip};
use std::borrow::Cow;
use std::ops::Range;

/// The mark of a pixel that a rater did not look at.
pub const UNSEEN: u16 = u16::MAX;

/// One rater's hard opinion of one image.
///
/// `marks` is [G, H, W]. Binary and multiclass: G = 1 and a mark is a class index. Multilabel: G = K and a
/// mark is 0 or 1. [`UNSEEN`] anywhere means that the rater did not judge this pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaterMask {
    marks: Array3<u16>,
}

impl RaterMask {
    /// Takes marks as described above.
    ///
    /// # Errors
    /// A mark beyond the classes; a number of maps that does not fit the kind.
    pub fn new(space: &LabelSpace, marks: Array3<u16>) -> Result<Self, LabelError> {
        let (groups, height, width) = marks.dim();
        if groups != space.groups() {
            return Err(LabelError::Shape {
                what: "the rater's mask",
                found: marks.shape().to_vec(),
                expected: vec![space.groups(), height, width],
            });
        }
        let mask = Self { marks };
        mask.check(space.states())?;
        Ok(mask)
    }

    /// Of marks that fit by construction.
    pub(crate) fn of_marks(marks: Array3<u16>) -> Self {
        Self { marks }
    }

    /// Whether every mark is one of `states` or [`UNSEEN`]: a mask knows only the classes that it was made for.
    pub(crate) fn check(&self, states: usize) -> Result<(), LabelError> {
        let beyond = |mark: u16| (usize::from(mark) >= states) & (mark != UNSEEN);
        // Without a branch in the row this is one pass of vector instructions, and mostly the only one.
        if !self.marks.rows().into_iter().any(|row| row.fold(false, |any, mark| any | beyond(*mark))) {
            return Ok(());
        }
        match self.marks.indexed_iter().find(|(_, mark)| beyond(**mark)) {
            Some(((_, row, column), &index)) => {
                Err(LabelError::Index { row, column, index, classes: states })
            }
            None => Ok(()),
        }
    }

    /// A binary mask, every pixel seen.
    pub fn from_mask(mask: ArrayView2<'_, bool>) -> Self {
        Self { marks: mask.mapv(u16::from).insert_axis(Axis(0)) }
    }

    /// The same opinion of some rows alone.
    ///
    /// # Panics
    /// Rows beyond the mask.
    pub fn rows(&self, rows: Range<usize>) -> Self {
        Self { marks: self.marks.slice_axis(Axis(1), Slice::from(rows)).to_owned() }
    }

    /// Marks [G, H, W]; see the type.
    pub fn marks(&self) -> ArrayView3<'_, u16> {
        self.marks.view()
    }

    /// Takes back the rater's opinion wherever `unseen` [H, W] is true.
    ///
    /// # Errors
    /// Another shape.
    pub fn hide(&mut self, unseen: ArrayView2<'_, bool>) -> Result<(), LabelError> {
        let (groups, height, width) = self.marks.dim();
        let unseen = unseen.broadcast((groups, height, width)).ok_or_else(|| LabelError::Shape {
            what: "the map of unseen pixels",
            found: unseen.shape().to_vec(),
            expected: vec![height, width],
        })?;
        Zip::from(&mut self.marks).and(unseen).for_each(|mark, &hide| {
            if hide {
                *mark = UNSEEN;
            }
        });
        Ok(())
    }
}

/// A rater's mask and who drew it: what everything takes that looks at the raters of one image.
///
/// Fusion, agreement and judge take anything that can be gone through and gives these: a slice, vector or iterator of
/// (name, mask), or of masks alone where names do not matter. A rater without a name is called by the place among the
/// masks, counted from 1.
///
/// ```
/// use ndarray::array;
/// use scumble::fusion::mean;
/// use scumble::labels::{Kind, LabelSpace, RaterMask};
///
/// let water = LabelSpace::new(Kind::Binary, ["water"])?;
/// let mask = |row: [bool; 2]| RaterMask::from_mask(array![row].view());
/// let (first, second) = (mask([true, true]), mask([true, false]));
/// let without_names = mean(&water, [&first, &second])?;
/// let with_names = mean(&water, &[("ann", first), ("bob", second)])?;
/// assert_eq!(without_names, with_names);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedMask<'a> {
    /// The rater's name; empty where it does not matter.
    pub rater: Cow<'a, str>,
    /// The mask.
    pub mask: &'a RaterMask,
}

/// Nobody's masks: said where nothing shall be compared with the raters.
pub const NO_RATERS: [NamedMask<'static>; 0] = [];

impl<'a> From<&'a RaterMask> for NamedMask<'a> {
    fn from(mask: &'a RaterMask) -> Self {
        Self { rater: Cow::Borrowed(""), mask }
    }
}

impl<'a, S: AsRef<str>> From<&'a (S, RaterMask)> for NamedMask<'a> {
    fn from((rater, mask): &'a (S, RaterMask)) -> Self {
        Self { rater: Cow::Borrowed(rater.as_ref()), mask }
    }
}

impl<'a, S: AsRef<str> + ?Sized> From<(&'a S, &'a RaterMask)> for NamedMask<'a> {
    fn from((rater, mask): (&'a S, &'a RaterMask)) -> Self {
        Self { rater: Cow::Borrowed(rater.as_ref()), mask }
    }
}

/// Each mask with a name: its own, or the place.
pub(crate) fn named<'a>(masks: impl IntoIterator<Item = impl Into<NamedMask<'a>>>) -> Vec<NamedMask<'a>> {
    let name = |(place, mask): (usize, NamedMask<'a>)| match mask.rater.is_empty() {
        true => NamedMask { rater: Cow::Owned((place + 1).to_string()), ..mask },
        false => mask,
    };
    masks.into_iter().map(Into::into).enumerate().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::kind::Kind;
    use crate::labels::space::space;
    use ndarray::array;

    #[test]
    fn an_index_beyond_the_classes_is_refused_with_its_pixel() {
        let error = RaterMask::new(&space(Kind::Multiclass, 3), array![[[0, 1], [7, 2]]]).unwrap_err();
        assert_eq!(error, LabelError::Index { row: 1, column: 0, index: 7, classes: 3 });
    }
}
