//! The arrays of a loss, and what pixels and classes weigh.

use super::{Error, LossRequest};
use crate::JobError;
use ndarray::ArrayD;
use scumble::LossOptions;
use scumble::loss::Real;
use scumble_data::{NumberArray, read_array};
use std::path::Path;

/// The arrays as their files have them.
pub(super) struct Inputs {
    pub(super) logits: NumberArray,
    pub(super) targets: NumberArray,
    pub(super) mask: Option<ArrayD<bool>>,
    pub(super) weights: Option<NumberArray>,
}

impl Inputs {
    pub(super) fn read(request: &LossRequest) -> Result<Self, JobError> {
        let logits = read_array(&request.logits)?;
        if !is_float(&logits) {
            let problem = "logits are floats, f32 or f64; this array has integers".to_owned();
            return Err(Error::Array { path: request.logits.clone(), problem }.into());
        }
        let weighting = &request.weighting;
        Ok(Self {
            logits,
            targets: read_array(&request.targets)?,
            mask: weighting.mask.as_deref().map(mask).transpose()?,
            weights: weighting.weight.as_deref().map(read_array).transpose()?,
        })
    }

    /// Whether to compute in f64: if any of the two has it.
    pub(super) fn wide(&self) -> bool {
        matches!(self.logits, NumberArray::F64(_)) || matches!(self.targets, NumberArray::F64(_))
    }
}

pub(super) fn is_float(array: &NumberArray) -> bool {
    matches!(array, NumberArray::F32(_) | NumberArray::F64(_))
}

fn mask(path: &Path) -> Result<ArrayD<bool>, JobError> {
    match read_array(path)? {
        NumberArray::Bool(mask) => Ok(mask),
        NumberArray::Integer(mask) => Ok(mask.mapv(|on| on != 0)),
        _ => {
            let problem = "a mask is bool or u8, this array has floats".to_owned();
            Err(Error::Array { path: path.to_owned(), problem }.into())
        }
    }
}

/// The numbers as the type to compute in.
pub(super) fn numbers<R: Real>(array: NumberArray) -> ArrayD<R> {
    match array {
        NumberArray::Bool(array) => array.mapv(|on| if on { R::ONE } else { R::ZERO }),
        NumberArray::Integer(array) => array.mapv(|n| R::from_f64(n as f64)),
        NumberArray::F32(array) => array.mapv(|x| R::from_f64(x.into())),
        NumberArray::F64(array) => array.mapv(R::from_f64),
        _ => unreachable!("no other numbers are read"),
    }
}

/// What pixels and classes weigh, in the type to compute in.
pub(super) struct Weights<R> {
    pub(super) classes: Vec<R>,
    positive: Vec<R>,
    pixels: Option<ArrayD<R>>,
    mask: Option<ArrayD<bool>>,
}

impl<R: Real> Weights<R> {
    pub(super) fn new(
        request: &LossRequest,
        pixels: Option<NumberArray>,
        mask: Option<ArrayD<bool>>,
    ) -> Self {
        let narrow = |weights: &[f64]| weights.iter().map(|w| R::from_f64(*w)).collect();
        Self {
            classes: narrow(&request.weighting.class_weights),
            positive: narrow(&request.weighting.positive_weights),
            pixels: pixels.map(numbers),
            mask,
        }
    }

    /// The options that every kind of loss has.
    pub(super) fn options(&self, request: &LossRequest) -> LossOptions<'_, R> {
        let mut options = LossOptions::default()
            .denominator(request.denominator)
            .class_weights(&self.classes)
            .positive_weights(&self.positive)
            .label_smoothing(request.weighting.label_smoothing);
        if let Some(mask) = &self.mask {
            options = options.mask(mask.view());
        }
        if let Some(pixels) = &self.pixels {
            options = options.weights(pixels.view());
        }
        if request.weighting.unchecked {
            options = options.unchecked();
        }
        options
    }
}

/// The values that were computed: the loss and, as far as they are asked for, gradient and map.
pub(super) type Computed<R> = (scumble::Loss, Option<ArrayD<R>>, Option<ArrayD<R>>);
