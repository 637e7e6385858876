//! The files of scripts/golden_images.py and what is in them.

use super::fixture;
use scumble_data::{Raster, Samples};
use std::path::PathBuf;

/// One of them.
pub(crate) fn image(name: &str) -> PathBuf {
    fixture(&format!("images/{name}"))
}

/// The numbers of a raster, and how wide they are.
pub(crate) fn numbers(raster: &Raster) -> (Vec<f64>, u32) {
    match &raster.samples {
        Samples::U8(samples) => (samples.iter().map(|v| f64::from(*v)).collect(), 8),
        Samples::U16(samples) => (samples.iter().map(|v| f64::from(*v)).collect(), 16),
        Samples::F32(samples) => (samples.iter().map(|v| f64::from(*v)).collect(), 32),
        Samples::F64(samples) => (samples.clone(), 64),
    }
}

/// What scripts/golden_images.py has put there: [height, width, channels].
pub(crate) fn formula(
    (height, width, channels): (usize, usize, usize),
    of: impl Fn(usize) -> f64,
) -> Vec<f64> {
    let mut values = Vec::new();
    for y in 0..height {
        for x in 0..width {
            values.extend((0..channels).map(|c| of(3 * y * y + 5 * x + 11 * c * x + (y ^ x) * (c + 1))));
        }
    }
    values
}

/// As 8-bit files have it.
pub(crate) fn byte(value: usize) -> f64 {
    (value % 100) as f64
}
