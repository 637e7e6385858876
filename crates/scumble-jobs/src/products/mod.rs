//! What people look at and work with, made of probability maps: masks, objects, outlines, contours, uncertainty.

mod error;
mod geojson;
mod image;
mod plan;
mod request;
mod table;
mod threshold;

pub use error::Error;
pub use request::{Level, OutlineFormat, Products};
pub use threshold::{Threshold, Thresholds};

pub(crate) use image::ProbabilityMaps;
pub(crate) use plan::Plan;
