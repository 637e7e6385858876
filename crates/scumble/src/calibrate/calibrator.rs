//! A fitted calibration: logits in, logits of true probabilities out.

use super::{CalibrateError, CalibrationMethod, Isotonic};
use crate::labels::Kind;
use crate::loss::{Prediction, sigmoid, softmax};
use ndarray::{ArrayViewMut4, Axis};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A fitted calibration: from the logits of a classifier to logits whose probabilities are true.
///
/// ```
/// use ndarray::{Array4, array};
/// use scumble::calibrate::Calibrator;
/// use scumble::labels::Kind;
///
/// let calibrator = Calibrator::Temperature { temperature: vec![2.0] };
/// let mut logits: Array4<f32> = array![[[[3.0, -1.0]]]];
/// calibrator.apply(Kind::Binary, logits.view_mut());
/// assert_eq!(logits, array![[[[1.5, -0.5]]]]);
/// assert_eq!(calibrator.to_string(), "temperature 2.000");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "lowercase", deny_unknown_fields)]
pub enum Calibrator {
    /// z / T.
    Temperature {
        /// T: one for all classes, or one for each.
        temperature: Vec<f64>,
    },
    /// Exclusive classes: a_k z_k + b_k.
    Vector {
        /// a.
        scale: Vec<f64>,
        /// b, summing to 0.
        shift: Vec<f64>,
    },
    /// Independent classes: a_k z_k + b_k.
    Platt {
        /// a, above 0.
        scale: Vec<f64>,
        /// b.
        shift: Vec<f64>,
    },
    /// A rising map of each class's probability. Exclusive classes: each against the rest, then divided by
    /// their sum (Zadrozny and Elkan 2002).
    Isotonic {
        /// A map for each class, its values above 0 and below 1.
        maps: Vec<Isotonic>,
    },
}

impl Calibrator {
    /// Its method.
    pub fn method(&self) -> CalibrationMethod {
        match self {
            Self::Temperature { temperature } if temperature.len() > 1 => CalibrationMethod::ClassTemperature,
            Self::Temperature { .. } => CalibrationMethod::Temperature,
            Self::Vector { .. } => CalibrationMethod::Vector,
            Self::Platt { .. } => CalibrationMethod::Platt,
            Self::Isotonic { .. } => CalibrationMethod::Isotonic,
        }
    }

    /// Whether it can be applied to labels of this kind with so many classes (binary: 1).
    ///
    /// # Errors
    /// A method for another kind, another number of classes, numbers that no fit gives.
    pub fn check(&self, kind: Kind, classes: usize) -> Result<(), CalibrateError> {
        let method = self.method();
        if !method.fits(kind) {
            return Err(CalibrateError::Method { method, kind });
        }
        let positive = |values: &[f64]| values.iter().all(|v| v.is_finite() && *v > 0.0);
        let inside = |map: &Isotonic| map.points().all(|(_, y)| y > 0.0 && y < 1.0);
        let (found, sound) = match self {
            Self::Temperature { temperature: t } if t.len() == 1 => (classes, positive(t)),
            Self::Temperature { temperature } => (temperature.len(), positive(temperature)),
            Self::Vector { scale, shift } | Self::Platt { scale, shift } => {
                let sound = scale.iter().chain(shift).all(|v| v.is_finite()) && shift.len() == scale.len();
                (scale.len(), sound && (method == CalibrationMethod::Vector || positive(scale)))
            }
            Self::Isotonic { maps } => (maps.len(), maps.iter().all(inside)),
        };
        if found == classes && sound {
            return Ok(());
        }
        Err(CalibrateError::Damaged(format!(
            "{method} of {found} classes for {classes}, or values out of range"
        )))
    }

    /// Calibrates logits [N, K, H, W] of labels of `kind` in place: sigmoid or softmax of what is left there
    /// are the calibrated probabilities. For a calibrator that [fits](Self::check) these.
    pub fn apply(&self, kind: Kind, mut logits: ArrayViewMut4<'_, f32>) {
        let mut row = vec![0.0; logits.dim().1];
        for mut pixel in logits.lanes_mut(Axis(1)) {
            row.iter_mut().zip(&pixel).for_each(|(x, z)| *x = f64::from(*z));
            self.apply_row(kind, &mut row);
            pixel.iter_mut().zip(&row).for_each(|(z, x)| *z = *x as f32);
        }
    }

    /// The same for the logits of one pixel, in f64.
    pub(super) fn apply_row(&self, kind: Kind, row: &mut [f64]) {
        match self {
            Self::Temperature { temperature } => {
                let last = temperature.len() - 1;
                row.iter_mut().enumerate().for_each(|(k, x)| *x /= temperature[k.min(last)]);
            }
            Self::Vector { scale, shift } | Self::Platt { scale, shift } => {
                row.iter_mut().zip(scale.iter().zip(shift)).for_each(|(x, (a, b))| *x = a * *x + b);
            }
            Self::Isotonic { maps } if kind == Kind::Multiclass => {
                // The softmax of logarithms divides by their sum.
                let q = probabilities(kind, row);
                row.iter_mut().zip(maps).zip(q).for_each(|((x, map), q)| *x = map.at(q).ln());
            }
            Self::Isotonic { maps } => {
                for (x, map) in row.iter_mut().zip(maps) {
                    let y = map.at(sigmoid(*x).0);
                    *x = y.ln() - (-y).ln_1p();
                }
            }
        }
    }
}

/// What the logits of one pixel predict: a sigmoid each, or their softmax.
pub(super) fn probabilities(kind: Kind, row: &[f64]) -> Vec<f64> {
    if kind != Kind::Multiclass {
        return row.iter().map(|x| sigmoid(*x).0).collect();
    }
    let mut predictions = vec![Prediction::default(); row.len()];
    softmax(row, &mut predictions);
    predictions.iter().map(|prediction| prediction.q).collect()
}

impl fmt::Display for Calibrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |values: &[f64]| values.iter().map(|v| format!("{v:.3}")).collect::<Vec<_>>().join(", ");
        write!(f, "{}", self.method())?;
        match self {
            Self::Temperature { temperature } => write!(f, " {}", list(temperature)),
            Self::Vector { scale, shift } | Self::Platt { scale, shift } => {
                write!(f, ", scale {}, shift {}", list(scale), list(shift))
            }
            Self::Isotonic { maps } => {
                let points: Vec<String> = maps.iter().map(|map| map.points().len().to_string()).collect();
                write!(f, ", {} points", points.join(", "))
            }
        }
    }
}
