//! Calibration: maps of logits that make predicted probabilities true, fitted to soft labels by maximum
//! likelihood.

mod affine;
mod calibrator;
mod cross_validation;
mod error;
mod fit;
mod isotonic;
mod method;
mod newton;
mod pixels;
mod rows;

pub use calibrator::Calibrator;
pub use cross_validation::{CrossValidation, HeldOut};
pub use error::CalibrateError;
pub use isotonic::Isotonic;
pub use method::CalibrationMethod;
pub use pixels::CalibrationPixels;
