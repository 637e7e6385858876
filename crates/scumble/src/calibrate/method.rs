//! The names of the methods of calibration.

use super::CalibrateError;
use crate::labels::Kind;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How predictions are calibrated.
///
/// ```
/// use scumble::calibrate::CalibrationMethod;
/// use scumble::labels::Kind;
///
/// assert_eq!("platt".parse(), Ok(CalibrationMethod::Platt));
/// assert!(!CalibrationMethod::Platt.fits(Kind::Multiclass));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalibrationMethod {
    /// All logits divided by one number (Guo et al. 2017).
    #[default]
    Temperature,
    /// The logits of each overlapping class divided by a number of its own.
    ClassTemperature,
    /// Exclusive classes: a scale and a shift for each logit (vector scaling, Guo et al. 2017).
    Vector,
    /// Independent classes: a scale and a shift for each logit (Platt 1999).
    Platt,
    /// Any rising map of each class's probability (Zadrozny and Elkan 2002).
    Isotonic,
}

impl CalibrationMethod {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Temperature, Self::ClassTemperature, Self::Vector, Self::Platt, Self::Isotonic];

    /// The name used in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::ClassTemperature => "class-temperature",
            Self::Vector => "vector",
            Self::Platt => "platt",
            Self::Isotonic => "isotonic",
        }
    }

    /// Whether it is for predictions of this kind.
    pub fn fits(self, kind: Kind) -> bool {
        match self {
            Self::Temperature | Self::Isotonic => true,
            Self::ClassTemperature => kind == Kind::Multilabel,
            Self::Vector => kind == Kind::Multiclass,
            Self::Platt => kind != Kind::Multiclass,
        }
    }
}

impl fmt::Display for CalibrationMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for CalibrationMethod {
    type Err = CalibrateError;

    fn from_str(name: &str) -> Result<Self, CalibrateError> {
        let found = Self::ALL.into_iter().find(|method| method.name() == name);
        found.ok_or_else(|| CalibrateError::UnknownMethod { name: name.into() })
    }
}
