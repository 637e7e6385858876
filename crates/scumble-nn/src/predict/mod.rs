//! Whole images through a network, by overlapping tiles blended without seams.

mod averaging;
mod axis;
mod band;
mod error;
mod image;
mod predictor;

pub use averaging::Averaging;
pub use error::PredictError;
pub use image::{DEFAULT_TILE, TakeBands};
pub(crate) use image::{Member, read_bands as predict_bands, read_image as predict_image};
pub use predictor::Predictor;
