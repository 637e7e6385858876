use super::report::factor;
use super::{Denominator, Loss, LossError, LossOptions};
use ndarray::{Array3, ArrayD, ArrayView, ArrayView3, ArrayViewD, Axis, CowArray, Dimension, Ix3, IxDyn};
use scumble_kernels::{Real, Target};
use std::ops::Range;

/// Whether the classes of a pixel are one question or K.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Classes {
    Independent,
    Exclusive,
}

/// Logits, targets and weights that were checked and belong together, as [outer, K, inner] in memory order.
///
/// A loss reads nothing but a `Problem`: what cannot be computed cannot be put into one. Whether the targets are
/// probabilities shows in the pass over them; see [`check`](super::check::check).
pub(super) struct Problem<'a, R: Real, T = R> {
    pub(super) logits: CowArray<'a, R, Ix3>,
    pub(super) targets: CowArray<'a, T, Ix3>,
    /// Mask and pixel weights folded, [outer, 1 or K, inner]; `None`: all 1.
    pub(super) weights: Option<Array3<R>>,
    /// Empty: all 1.
    pub(super) class_weights: &'a [R],
    denominator: Denominator,
    valid: u64,
    all: u64,
    batch: u64,
}

impl<'a, R: Real, T: Target<R>> Problem<'a, R, T> {
    pub(super) fn unseen<D: Dimension>(
        logits: ArrayView<'a, R, D>,
        targets: ArrayView<'a, T, D>,
        classes: Classes,
        options: &'a LossOptions<'_, R>,
    ) -> Result<Self, LossError> {
        let shape = logits.shape().to_vec();
        let axis = options.class_axis;
        if axis >= shape.len() {
            return Err(LossError::ClassAxis { axis, rank: shape.len() });
        }
        if targets.shape() != shape {
            return Err(wrong_shape("the target array", targets.shape(), &shape, ""));
        }
        let k = shape[axis];
        if classes == Classes::Exclusive && k < 2 {
            return Err(LossError::OneClass(k));
        }
        check_class_weights(options.class_weights, k)?;
        let folded =
            Folded { outer: shape[..axis].iter().product(), inner: shape[axis + 1..].iter().product() };
        let mask = options.mask.as_ref().map(|m| spread("the mask", m, classes, &shape, axis)).transpose()?;
        let weights = options
            .weights
            .as_ref()
            .map(|w| spread("the weight array", w, classes, &shape, axis))
            .transpose()?;
        if let Some(weights) = &weights {
            check_weights(weights)?;
        }
        let questions = if classes == Classes::Exclusive { 1 } else { k };
        let all = (folded.outer * questions * folded.inner) as u64;
        let mask = mask.map(|m| folded.array(m));
        let valid = mask.as_ref().map_or(all, |m| {
            let counted = m.iter().filter(|&&on| on).count() as u64;
            counted * (questions / m.dim().1) as u64
        });
        Ok(Self {
            logits: folded.cow(logits),
            targets: folded.cow(targets),
            weights: fold_weights(mask, weights.map(|w| folded.array(w))),
            class_weights: options.class_weights,
            denominator: options.denominator,
            valid,
            all,
            batch: if axis == 0 { 1 } else { shape[0] as u64 },
        })
    }

    /// What the sum is divided by; `weight_sum` is only taken where it is the answer.
    pub(super) fn divisor(&self, weight_sum: impl FnOnce(&Self) -> f64) -> f64 {
        match self.denominator {
            Denominator::Valid => self.valid as f64,
            Denominator::All => self.all as f64,
            Denominator::Batch => self.batch as f64,
            Denominator::Weights => weight_sum(self),
            Denominator::None => 1.0,
        }
    }

    /// What a gradient is multiplied by.
    pub(super) fn scale(&self, divisor: f64) -> R {
        R::from_f64(factor(divisor, self.valid))
    }

    pub(super) fn report(&self, sum: f64, floor: f64, divisor: f64) -> Loss {
        Loss::new(sum, floor, self.denominator, divisor, self.valid)
    }
}

/// [.., K, ..] seen as [outer, K, inner].
struct Folded {
    outer: usize,
    inner: usize,
}

impl Folded {
    fn cow<'a, T: Clone, D: Dimension>(&self, array: ArrayView<'a, T, D>) -> CowArray<'a, T, Ix3> {
        let classes = array.len() / (self.outer * self.inner).max(1);
        let shape = (self.outer, classes, self.inner);
        if array.is_standard_layout() {
            return CowArray::from(array.into_shape_with_order(shape).expect("the same elements"));
        }
        let owned = array.as_standard_layout().into_owned();
        CowArray::from(owned.into_shape_with_order(shape).expect("the same elements"))
    }

    /// Masks and weights: spread over the pixels, with their own class axis of 1 or K.
    fn array<T: Clone>(&self, array: ArrayD<T>) -> Array3<T> {
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
    let view = if array.ndim() + 1 == logits.len() {
        array.view().insert_axis(Axis(axis))
    } else if array.ndim() == logits.len() {
        array.view()
    } else {
        return Err(fail());
    };
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

fn fold_weights<R: Real>(mask: Option<Array3<bool>>, weights: Option<Array3<R>>) -> Option<Array3<R>> {
    let (mask, weights) = match (mask, weights) {
        (None, weights) => return weights,
        (Some(mask), None) => return Some(mask.mapv(|on| if on { R::ONE } else { R::ZERO })),
        (Some(mask), Some(weights)) => (mask, weights),
    };
    let (outer, m, inner) = mask.dim();
    let shape = (outer, m.max(weights.dim().1), inner);
    let mask = mask.broadcast(shape).expect("class axes of 1 or K");
    let weights = weights.broadcast(shape).expect("class axes of 1 or K");
    Some(ndarray::Zip::from(&mask).and(&weights).map_collect(|&on, &w| if on { w } else { R::ZERO }))
}

fn check_class_weights<R: Real>(weights: &[R], classes: usize) -> Result<(), LossError> {
    if !weights.is_empty() && weights.len() != classes {
        return Err(LossError::ClassWeights { found: weights.len(), classes });
    }
    match weights.iter().position(|w| !is_weight(*w)) {
        Some(at) => {
            Err(LossError::Weight { what: "class weight", index: vec![at], value: weights[at].to_f64() })
        }
        None => Ok(()),
    }
}

fn check_weights<R: Real>(weights: &ArrayD<R>) -> Result<(), LossError> {
    match weights.indexed_iter().find(|(_, w)| !is_weight(**w)) {
        Some((index, w)) => {
            Err(LossError::Weight { what: "pixel weight", index: index.slice().to_vec(), value: w.to_f64() })
        }
        None => Ok(()),
    }
}

fn is_weight<R: Real>(weight: R) -> bool {
    weight.to_f64().is_finite() && weight >= R::ZERO
}

/// A run of pixels of one outer slice, a plane a class.
pub(super) fn planes<'v, R>(
    array: &'v ArrayView3<'_, R>,
    outer: usize,
    pixels: Range<usize>,
) -> Vec<&'v [R]> {
    let (_, classes, inner) = array.dim();
    let all = array.as_slice().expect("problems are in memory order");
    (0..classes).map(|k| &all[(outer * classes + k) * inner..][pixels.clone()]).collect()
}
