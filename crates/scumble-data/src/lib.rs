//! Files for scumble: images, label maps, raters, datasets, splits, patches and augmentation.
#![forbid(unsafe_code)]

mod raster;

pub use raster::{Raster, Samples};
