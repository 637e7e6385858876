//! What a loss is told beside its arrays.

use crate::arrays::{Float, refused};
use ndarray::ArrayViewD;
use numpy::{PyReadonlyArrayDyn, PyReadwriteArrayDyn};
use pyo3::prelude::*;
use scumble::LossOptions;
use serde::de::DeserializeOwned;

/// Options as Python has them, by the names of `scumble.loss`; what nobody has chosen is `None`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Options<'py, R: Float> {
    pub(crate) class_axis: Option<isize>,
    pub(crate) classes: Option<String>,
    pub(crate) denominator: String,
    pub(crate) mask: Option<PyReadonlyArrayDyn<'py, bool>>,
    pub(crate) ignore_value: Option<f64>,
    pub(crate) weight: Option<PyReadonlyArrayDyn<'py, R>>,
    pub(crate) class_weight: Vec<f64>,
    pub(crate) positive_weight: Vec<f64>,
    pub(crate) balance: Option<String>,
    pub(crate) label_smoothing: f64,
    pub(crate) unchecked: bool,
    pub(crate) gamma: Option<f64>,
    pub(crate) smooth: Option<f64>,
    pub(crate) over: Option<String>,
    pub(crate) alpha: Option<f64>,
    pub(crate) beta: Option<f64>,
    pub(crate) labels: Option<usize>,
    pub(crate) components: Option<usize>,
    /// Whether floor and excess are wanted.
    pub(crate) floor: bool,
    /// Memory for the gradient, if it is wanted. Losses of classes write it there, of joint families and counts it comes back.
    pub(crate) gradient: Option<PyReadwriteArrayDyn<'py, R>>,
    pub(crate) map: bool,
    /// Whether a loss that is not finite is an error.
    pub(crate) finite: bool,
}

/// What all losses read of the options, in the numbers in which they are computed.
pub(crate) struct Weighing<'a, R> {
    mask: Option<ArrayViewD<'a, bool>>,
    weight: Option<ArrayViewD<'a, R>>,
    pub(crate) classes: Vec<R>,
    positive: Vec<R>,
}

impl<R: Float> Options<'_, R> {
    pub(crate) fn weighing(&self) -> Weighing<'_, R> {
        let narrow = |weights: &[f64]| weights.iter().map(|w| R::from_f64(*w)).collect();
        Weighing {
            mask: self.mask.as_ref().map(|mask| mask.as_array()),
            weight: self.weight.as_ref().map(|weight| weight.as_array()),
            classes: narrow(&self.class_weight),
            positive: narrow(&self.positive_weight),
        }
    }

    /// What of the options is no array, for the side that runs without Python.
    pub(crate) fn plain(&self) -> PyResult<Plain> {
        Ok(Plain {
            class_axis: self.class_axis,
            denominator: named("denominator", &self.denominator)?,
            ignore_value: self.ignore_value,
            label_smoothing: self.label_smoothing,
            unchecked: self.unchecked,
            floor: self.floor,
            gradient: self.gradient.is_some(),
            map: self.map,
            finite: self.finite,
        })
    }
}

/// Options that are no arrays, checked as far as names go.
#[derive(Debug, Clone)]
pub(crate) struct Plain {
    class_axis: Option<isize>,
    denominator: scumble::loss::Denominator,
    pub(crate) ignore_value: Option<f64>,
    label_smoothing: f64,
    pub(crate) unchecked: bool,
    floor: bool,
    pub(crate) gradient: bool,
    pub(crate) map: bool,
    pub(crate) finite: bool,
}

impl Plain {
    /// The class axis counted from the front; `None` where it is left open.
    pub(crate) fn axis(&self, rank: usize) -> PyResult<Option<usize>> {
        match self.class_axis {
            Some(axis) if axis < 0 => match rank.checked_add_signed(axis) {
                Some(front) => Ok(Some(front)),
                None => Err(refused(format!("the class axis is {axis}, but the logits have {rank} axes"))),
            },
            axis => Ok(axis.map(isize::unsigned_abs)),
        }
    }

    /// The options that every kind of loss has.
    pub(crate) fn with<'w, R: Float>(&self, weighing: &'w Weighing<'_, R>) -> LossOptions<'w, R> {
        let mut options = LossOptions::default()
            .denominator(self.denominator)
            .class_weights(&weighing.classes)
            .positive_weights(&weighing.positive)
            .label_smoothing(self.label_smoothing);
        if let Some(mask) = &weighing.mask {
            options = options.mask(mask.view());
        }
        if let Some(weight) = &weighing.weight {
            options = options.weights(weight.view());
        }
        if self.unchecked {
            options = options.unchecked();
        }
        if self.floor { options } else { options.without_floor() }
    }
}

/// A choice by its name; the error lists all names.
pub(crate) fn named<T: DeserializeOwned>(what: &str, name: &str) -> PyResult<T> {
    serde_json::from_value(name.into()).map_err(|error| refused(format!("{what}: {error}")))
}
