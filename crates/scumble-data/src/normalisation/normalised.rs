//! An image as a network sees it.

use super::Tone;
use crate::missing::Gap;
use crate::{Raster, Samples};
use ndarray::Array3;

/// An image and what becomes of its samples, for windows of it.
#[derive(Debug, Clone)]
pub struct NormalisedImage<'i> {
    image: &'i Raster,
    entry: Entry,
}

impl<'i> NormalisedImage<'i> {
    /// An image that has pixels.
    pub(super) fn new(image: &'i Raster, entry: Entry) -> Self {
        Self { image, entry }
    }

    /// What becomes of its samples.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// A window, normalised, as [C, height, width]: `corner` is its first (row, column), which may lie outside. What
    /// lies outside is [mirrored](crate::mirror), as in training patches.
    pub fn window(&self, corner: (isize, isize), size: (usize, usize)) -> Array3<f32> {
        self.entry.window((self.image, 0), corner, size)
    }
}

/// What becomes of the samples of one image where they enter a network, whether the image is in memory or some of its rows.
#[derive(Debug, Clone)]
pub struct Entry {
    /// (height, width) of all of the image.
    size: (usize, usize),
    gap: Gap,
    /// One a channel.
    tones: Vec<Tone>,
}

impl Entry {
    /// Of an image of (height, width), with as many tones as channels.
    pub(super) fn new(size: (usize, usize), gap: Gap, tones: Vec<Tone>) -> Self {
        Self { size, gap, tones }
    }

    /// [`NormalisedImage::window`] of an image of which these rows are in memory, the first of them being row `first`.
    ///
    /// ```
    /// use scumble_data::{Normalisation, Raster, Samples};
    ///
    /// let samples = Samples::F32((0..12).map(|i| i as f32).collect());
    /// let image = Raster { height: 4, width: 3, channels: 1, samples, indexed: None, nodata: None };
    /// let normalised = Normalisation::new(vec![5.0], vec![2.0])?.of(&image)?;
    /// let found = normalised.entry().window((&image.rows(1..4), 1), (2, -1), (3, 3));
    /// assert_eq!(found, normalised.window((2, -1), (3, 3)));
    /// # Ok::<(), scumble_data::NormalisationError>(())
    /// ```
    ///
    /// # Panics
    /// Rows of the window that are not in memory.
    pub fn window(
        &self,
        (rows, first): (&Raster, usize),
        (top, left): (isize, isize),
        (height, width): (usize, usize),
    ) -> Array3<f32> {
        let Self { size, gap, ref tones } = *self;
        let columns: Vec<usize> =
            (0..width).map(|x| crate::mirror(left + x as isize, size.1) * rows.channels).collect();
        let mut window = Array3::zeros((rows.channels, height, width));
        for (channel, (mut plane, tone)) in window.outer_iter_mut().zip(tones).enumerate() {
            for (y, mut line) in plane.outer_iter_mut().enumerate() {
                let row = crate::mirror(top + y as isize, size.0) - first;
                let start = row * rows.width * rows.channels;
                let places = columns.iter().map(|column| start + column + channel);
                let line = line.iter_mut().zip(places);
                match &rows.samples {
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
