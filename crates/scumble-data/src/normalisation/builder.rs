//! Mean and deviation of each channel over many images.

use super::exposure::is_spread;
use super::{Normalisation, NormalisationError, check_finite};
use crate::missing::Gap;
use crate::{Raster, Samples};
use ndarray::{ArrayView2, Axis};

/// Takes the mean and standard deviation of each channel over many images, one image in memory at a time.
///
/// Every pixel that counts weighs the same. Samples that say nothing have no part in it. A channel without spread gets deviation 1: it carries no
/// information and must not be blown up.
#[derive(Debug, Clone, Default)]
pub struct NormalisationBuilder {
    channels: Vec<Moments>,
}

/// Count, mean and sum of squared differences from the mean.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl NormalisationBuilder {
    /// No image yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts every pixel of one more image; after an error the builder is as it was.
    ///
    /// # Errors
    /// [`NormalisationError::Channels`] if the image has other channels than those before,
    /// [`NormalisationError::NotFinite`] at the first NaN or infinite sample that is not said to be no data.
    pub fn add(&mut self, image: &Raster) -> Result<(), NormalisationError> {
        self.add_where(image, None)
    }

    /// The same of the pixels that are [`counted`](crate::counted), [H, W]: what does not count may be any number, or
    /// none.
    ///
    /// # Errors
    /// As [`add`](Self::add), at the first such sample that counts.
    ///
    /// # Panics
    /// Pixels of another size than the image.
    pub fn add_counted(
        &mut self,
        image: &Raster,
        counted: ArrayView2<'_, bool>,
    ) -> Result<(), NormalisationError> {
        assert_eq!(counted.dim(), (image.height, image.width), "the pixels of the image");
        self.add_where(image, Some(counted))
    }

    fn add_where(
        &mut self,
        image: &Raster,
        counted: Option<ArrayView2<'_, bool>>,
    ) -> Result<(), NormalisationError> {
        let (expected, found) = (self.channels.len(), image.channels);
        if expected != 0 && expected != found {
            return Err(NormalisationError::Channels { expected, found });
        }
        check_finite(image, counted)?;
        self.channels.resize(found, Moments::default());
        match &image.samples {
            Samples::U8(v) => self.take(v, image, counted),
            Samples::U16(v) => self.take(v, image, counted),
            Samples::F32(v) => self.take(v, image, counted),
            Samples::F64(v) => self.take(v, image, counted),
        }
        Ok(())
    }

    /// The normalisation of all images so far.
    ///
    /// # Errors
    /// [`NormalisationError::Empty`] if there was no pixel.
    pub fn finish(self) -> Result<Normalisation, NormalisationError> {
        if self.channels.iter().all(|c| c.count == 0.0) {
            return Err(NormalisationError::Empty);
        }
        let deviation = self.channels.iter().map(|c| c.deviation() as f32).collect();
        Normalisation::new(self.channels.iter().map(|c| c.mean as f32).collect(), deviation)
    }

    /// Row by row: a row stays in the cache for its second look, and two looks do not cancel.
    fn take<T: Copy + Into<f64>>(
        &mut self,
        samples: &[T],
        image: &Raster,
        counted: Option<ArrayView2<'_, bool>>,
    ) {
        let scale = f64::from(image.full_scale());
        let gap = Gap::of(image, None);
        let counted = counted.filter(|counted| !counted.iter().all(|&counts| counts));
        let some = counted.is_some() || gap.is_in(image);
        for (y, row) in samples.chunks_exact((image.width * image.channels).max(1)).enumerate() {
            let counted = counted.as_ref().map(|counted| counted.index_axis(Axis(0), y));
            let counts = |x: usize| counted.as_ref().is_none_or(|counted| counted[x]);
            for (channel, moments) in self.channels.iter_mut().enumerate() {
                let all = row[channel..].iter().step_by(image.channels).map(|&v| v.into());
                moments.merge(if some {
                    let counted = all.enumerate().filter(|(x, v)| counts(*x) && !gap.is(*v as f32));
                    Moments::of(counted.map(|(_, v)| v), scale)
                } else {
                    Moments::of(all, scale)
                });
            }
        }
    }
}

impl Moments {
    fn of(values: impl Iterator<Item = f64> + Clone, scale: f64) -> Self {
        let count = values.clone().count() as f64;
        let mean = values.clone().sum::<f64>() / count;
        let squares = values.map(|v| (v - mean) * (v - mean)).sum::<f64>();
        Self { count, mean: mean / scale, squares: squares / (scale * scale) }
    }

    /// Moments of two samples together: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm
    /// for computing sample variances" (1979).
    fn merge(&mut self, other: Self) {
        if other.count == 0.0 {
            return;
        }
        let count = self.count + other.count;
        let step = other.mean - self.mean;
        self.mean += step * other.count / count;
        self.squares += other.squares + step * step * self.count * other.count / count;
        self.count = count;
    }

    /// The standard deviation, or 1 where it is below what f32 samples of this size resolve.
    fn deviation(&self) -> f64 {
        let deviation = (self.squares / self.count).sqrt();
        if is_spread(self.mean, deviation) { deviation } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(width: usize, channels: usize, samples: Vec<f32>) -> Raster {
        let height = samples.len() / (width * channels);
        Raster { height, width, channels, samples: Samples::F32(samples), indexed: None, nodata: None }
    }

    #[test]
    fn many_images_are_one_sample() {
        let values: Vec<f32> = (0..120).map(|i| 1000.0 + (i * 37 % 101) as f32).collect();
        let mut whole = NormalisationBuilder::new();
        whole.add(&floats(10, 2, values.clone())).unwrap();
        let mut parts = NormalisationBuilder::new();
        for part in values.chunks(40) {
            parts.add(&floats(5, 2, part.to_vec())).unwrap();
        }
        let (whole, parts) = (whole.finish().unwrap(), parts.finish().unwrap());
        assert_eq!(whole, parts);

        let first: Vec<f64> = values.iter().step_by(2).map(|&v| f64::from(v)).collect();
        let mean = first.iter().sum::<f64>() / 60.0;
        let variance = first.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 60.0;
        assert_eq!(whole.mean()[0], mean as f32);
        assert_eq!(whole.deviation()[0], variance.sqrt() as f32);
    }

    #[test]
    fn a_channel_without_spread_has_deviation_1() {
        let mut builder = NormalisationBuilder::new();
        builder.add(&floats(30, 1, vec![0.1; 900])).unwrap();
        assert_eq!(builder.finish().unwrap().deviation(), [1.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_forgotten() {
        let mut builder = NormalisationBuilder::new();
        assert_eq!(builder.clone().finish().unwrap_err(), NormalisationError::Empty);
        builder.add(&floats(2, 1, vec![0.0, 1.0])).unwrap();
        let three = builder.add(&floats(1, 3, vec![0.0; 3])).unwrap_err();
        assert_eq!(three, NormalisationError::Channels { expected: 1, found: 3 });
        let nan = builder.add(&floats(2, 1, vec![0.0, f32::NAN])).unwrap_err();
        assert!(matches!(nan, NormalisationError::NotFinite { row: 0, column: 1, channel: 0, .. }), "{nan}");
        assert_eq!(builder.finish().unwrap().mean(), [0.5]);
    }
}
