use ndarray::{Array4, ArrayView4};
use rayon::prelude::*;

use super::rows::for_rows;
use super::shape::Shape;

/// Multiplications of a pixel, for the size of tasks.
const WORK: usize = 256;

/// `[N, C, H, W]` as a map.
pub(super) fn read(images: ArrayView4<f32>, map: &mut [f32], shape: &Shape) {
    let images = images.as_standard_layout();
    let Some(images) = images.as_slice() else { return };
    for_rows(map, shape, WORK, |n, y, row| {
        let row = shape.inside_mut(row);
        for (x, pixel) in row.chunks_mut(shape.pitch).enumerate() {
            for (c, value) in pixel.iter_mut().enumerate() {
                let plane = (n * shape.channels + c) * shape.area();
                *value = if c < shape.channels { images[plane + y * shape.width + x] } else { 0.0 };
            }
        }
    });
}

/// A map as `[N, C, H, W]`.
pub(super) fn write(map: &[f32], shape: &Shape) -> Array4<f32> {
    let mut images = Array4::zeros((shape.images, shape.channels, shape.height, shape.width));
    if let Some(values) = images.as_slice_mut() {
        values.par_chunks_mut(shape.width).enumerate().for_each(|(line, to)| {
            let (plane, y) = (line / shape.height, line % shape.height);
            let (n, c) = (plane / shape.channels, plane % shape.channels);
            let pixels = shape.pixels(map, n, y).chunks(shape.pitch);
            to.iter_mut().zip(pixels).for_each(|(to, pixel)| *to = pixel[c]);
        });
    }
    images
}
