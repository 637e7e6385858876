//! Whole images through a network, by overlapping tiles blended without seams.

mod adapt;
mod averaging;
mod axis;
mod band;
mod combine;
mod error;
mod image;
mod known;
mod looked;
mod pixels;
mod predictor;
mod resample;
mod together;

pub use averaging::{Averaging, Mean, UnknownMean};
pub use error::PredictError;
pub(crate) use image::{Asked, Member, read_bands as predict_bands, read_image as predict_image};
pub use image::{DEFAULT_TILE, TakeBands, WatchTiles};
pub use known::known;
pub use looked::{LookedImage, TakeKnown};
pub use predictor::Predictor;
pub use together::TogetherError;
