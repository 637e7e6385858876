//! Arrays of any rank seen as [outer, K, inner].

use super::{Classes, LossError};
use ndarray::{Array3, ArrayD, ArrayView, ArrayViewD, Axis, CowArray, Dimension, Ix3, IxDyn, Zip};
use scumble_kernels::Real;

/// [.., K, ..] seen as [outer, K, inner].
pub(super) struct Folded {
    pub(super) outer: usize,
    pub(super) inner: usize,
}

impl Folded {
    pub(super) fn cow<'a, T: Clone, D: Dimension>(&self, array: ArrayView<'a, T, D>) -> CowArray<'a, T, Ix3> {
        let classes = array.len() / (self.outer * self.inner).max(1);
        let shape = (self.outer, classes, self.inner);
        if array.is_standard_layout() {
            return CowArray::from(array.into_shape_with_order(shape).expect("the same elements"));
        }
        let owned = array.as_standard_layout().into_owned();
        CowArray::from(owned.into_shape_with_order(shape).expect("the same elements"))
    }

    /// Masks and weights: spread over the pixels, with their own class axis of 1 or K.
    pub(super) fn array<T: Clone>(&self, array: ArrayD<T>) -> Array3<T> {
        let classes = array.len() / (self.outer * self.inner).max(1);
        let owned = array.as_standard_layout().into_owned();
        owned.into_shape_with_order((self.outer, classes, self.inner)).expect("the same elements")
    }
}

/// Gives a mask or weight array the logits' rank and pixels; the class axis stays 1 or K.
pub(super) fn spread<T: Clone>(
    what: &'static str,
    array: &ArrayViewD<'_, T>,
    classes: Classes,
    logits: &[usize],
    axis: usize,
) -> Result<ArrayD<T>, LossError> {
    let hint = match classes {
        Classes::Independent => {
            "; give one number a pixel (no class axis, or one of length 1) or one an element"
        }
        Classes::Exclusive => "; give one number a pixel: no class axis, or one of length 1",
    };
    let fail = || wrong_shape(what, array.shape(), logits, hint);
    let mut view = array.view();
    if view.ndim() < logits.len() {
        // One number a pixel; missing leading axes are repeated.
        while view.ndim() + 1 < logits.len() {
            view = view.insert_axis(Axis(0));
        }
        view = view.insert_axis(Axis(axis));
    }
    if view.ndim() != logits.len() {
        return Err(fail());
    }
    let own = view.shape()[axis];
    if own != 1 && (classes == Classes::Exclusive || own != logits[axis]) {
        return Err(fail());
    }
    let mut shape = logits.to_vec();
    shape[axis] = own;
    view.broadcast(IxDyn(&shape)).map(|broad| broad.to_owned()).ok_or_else(fail)
}

pub(super) fn wrong_shape(
    what: &'static str,
    found: &[usize],
    logits: &[usize],
    hint: &'static str,
) -> LossError {
    LossError::Shape { what, found: found.to_vec(), logits: logits.to_vec(), hint }
}

/// Both masks, their class axes 1 or K.
pub(super) fn both(a: Option<Array3<bool>>, b: Option<Array3<bool>>) -> Option<Array3<bool>> {
    let (a, b) = match (a, b) {
        (Some(a), Some(b)) => (a, b),
        (one, other) => return one.or(other),
    };
    let (outer, classes, inner) = a.dim();
    let shape = (outer, classes.max(b.dim().1), inner);
    let a = a.broadcast(shape).expect("class axes of 1 or K");
    let b = b.broadcast(shape).expect("class axes of 1 or K");
    Some(Zip::from(&a).and(&b).map_collect(|&a, &b| a && b))
}

/// Pixel weights, 0 where the mask is off.
pub(super) fn masked<R: Real>(mask: Option<Array3<bool>>, weights: Option<Array3<R>>) -> Option<Array3<R>> {
    let (mask, weights) = match (mask, weights) {
        (None, weights) => return weights,
        (Some(mask), None) => return Some(mask.mapv(|on| if on { R::ONE } else { R::ZERO })),
        (Some(mask), Some(weights)) => (mask, weights),
    };
    let (outer, m, inner) = mask.dim();
    let shape = (outer, m.max(weights.dim().1), inner);
    let mask = mask.broadcast(shape).expect("class axes of 1 or K");
    let weights = weights.broadcast(shape).expect("class axes of 1 or K");
    let both = Zip::from(&mask).and(&weights).map_collect(|&on, &w| if on { w } else { R::ZERO });
    Some(both.as_standard_layout().into_owned())
}
