//! One opinion of one class, as bits.

use crate::labels::{Kind, RaterMask, UNSEEN};
use ndarray::{ArrayView3, Axis};

/// One opinion of one class: on, off or unseen at each pixel, 64 pixels a word.
///
/// ```
/// use scumble::score::diversity::HardMask;
///
/// let a = HardMask::new([Some(true), Some(true), Some(false), None]);
/// let b = HardMask::new([Some(true), Some(false), Some(false), Some(true)]);
/// assert_eq!(a.iou(&b), Some(0.5)); // of the three pixels that both have seen
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HardMask {
    on: Vec<u64>,
    seen: Vec<u64>,
}

impl HardMask {
    /// Takes pixels in order; `None` is unseen.
    pub fn new(pixels: impl IntoIterator<Item = Option<bool>>) -> Self {
        let (mut on, mut seen) = (Vec::new(), Vec::new());
        for (at, pixel) in pixels.into_iter().enumerate() {
            if at % 64 == 0 {
                on.push(0);
                seen.push(0);
            }
            if let Some(value) = pixel {
                seen[at / 64] |= 1 << (at % 64);
                on[at / 64] |= u64::from(value) << (at % 64);
            }
        }
        Self { on, seen }
    }

    /// One class of a rater's mask (or of a sample) of labels of `kind`; what is not `valid` [G, H, W] is
    /// unseen.
    ///
    /// The class of a binary label is 0, and a mark of 1 is on.
    ///
    /// # Panics
    /// For a class beyond the mask's.
    pub fn of_class(kind: Kind, mask: &RaterMask, class: usize, valid: ArrayView3<'_, bool>) -> Self {
        Self::new(pixels_of_class(kind, mask, class, valid))
    }

    /// Intersection over union, of masks of the same pixels, where both have seen the pixel; `None` if
    /// neither is on anywhere there.
    pub fn iou(&self, other: &Self) -> Option<f64> {
        let (mut both, mut either) = (0u64, 0u64);
        for ((a, b), seen) in self.on.iter().zip(&other.on).zip(self.seen.iter().zip(&other.seen)) {
            let seen = seen.0 & seen.1;
            both += u64::from((a & b & seen).count_ones());
            either += u64::from(((a | b) & seen).count_ones());
        }
        (either > 0).then(|| both as f64 / either as f64)
    }
}

/// One class of a rater's mask, pixel by pixel; `None` where it is unseen or not valid.
pub(super) fn pixels_of_class(
    kind: Kind,
    mask: &RaterMask,
    class: usize,
    valid: ArrayView3<'_, bool>,
) -> Vec<Option<bool>> {
    let group = if kind == Kind::Multilabel { class } else { 0 };
    let on = if kind == Kind::Multiclass { class } else { 1 };
    let marks = mask.marks();
    let (marks, valid) = (marks.index_axis(Axis(0), group), valid.index_axis(Axis(0), group));
    let pixels = marks.iter().zip(valid);
    pixels.map(|(&mark, &valid)| (valid && mark != UNSEEN).then_some(usize::from(mark) == on)).collect()
}
