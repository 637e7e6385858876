//! Whole images through a network, by overlapping tiles blended without seams.

mod axis;
mod error;
mod image;
mod predictor;

pub use error::PredictError;
pub(crate) use image::read_bands as predict_bands;
pub use image::{DEFAULT_TILE, TakeBands, predict_image};
pub use predictor::Predictor;
