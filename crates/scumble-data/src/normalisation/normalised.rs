//! An image as a network sees it.

use super::Tone;
use crate::missing::Gap;
use crate::{Raster, Samples};
use ndarray::Array3;

/// An image and what becomes of its samples, for windows of it.
#[derive(Debug, Clone)]
pub struct NormalisedImage<'i> {
    image: &'i Raster,
    gap: Gap,
    /// One a channel.
    tones: Vec<Tone>,
}

impl<'i> NormalisedImage<'i> {
    /// An image that has pixels, with as many tones as channels.
    pub(super) fn new(image: &'i Raster, gap: Gap, tones: Vec<Tone>) -> Self {
        Self { image, gap, tones }
    }

    /// A window, normalised, as [C, height, width]: `corner` is its first (row, column), which may lie outside. What
    /// lies outside is [mirrored](crate::mirror), as in training patches.
    pub fn window(&self, (top, left): (isize, isize), (height, width): (usize, usize)) -> Array3<f32> {
        let Self { image, gap, ref tones } = *self;
        let columns: Vec<usize> =
            (0..width).map(|x| crate::mirror(left + x as isize, image.width) * image.channels).collect();
        let mut window = Array3::zeros((image.channels, height, width));
        for (channel, (mut plane, tone)) in window.outer_iter_mut().zip(tones).enumerate() {
            for (y, mut line) in plane.outer_iter_mut().enumerate() {
                let start = crate::mirror(top + y as isize, image.height) * image.width * image.channels;
                let places = columns.iter().map(|column| start + column + channel);
                let line = line.iter_mut().zip(places);
                match &image.samples {
                    Samples::U8(v) => line.for_each(|(o, i)| *o = tone.of_sample(gap, v[i].into())),
                    Samples::U16(v) => line.for_each(|(o, i)| *o = tone.of_sample(gap, v[i].into())),
                    Samples::F32(v) => line.for_each(|(o, i)| *o = tone.of_sample(gap, v[i])),
                    Samples::F64(v) => line.for_each(|(o, i)| *o = tone.of_sample(gap, v[i] as f32)),
                }
            }
        }
        window
    }
}
