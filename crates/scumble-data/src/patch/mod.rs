//! Random patches of images and their soft labels, with augmentation that keeps the labels true.

mod appearance;
mod augmentation;
mod colour;
mod error;
mod geometry;
mod image;
mod labels;
mod raters;
mod sample;
mod sampler;
mod taps;
#[cfg(test)]
mod tests;
mod values;

pub use augmentation::{Augmentation, AugmentationOptions};
pub use error::{AugmentationError, SampleError};
pub use sample::{Sample, SampleRows};
pub use sampler::{Batch, Patch, PatchSampler, batch};
