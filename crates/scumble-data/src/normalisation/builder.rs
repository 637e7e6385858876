//! Mean and deviation of each channel over many images.

use super::{Normalisation, NormalisationError, check_finite};
use crate::{Raster, Samples};

/// Takes the mean and standard deviation of each channel over many images, one image in memory at a time.
///
/// Every pixel of every image weighs the same. A channel without spread gets deviation 1: it carries no
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

    /// Counts one more image; after an error the builder is as it was.
    ///
    /// # Errors
    /// [`NormalisationError::Channels`] if the image has other channels than those before,
    /// [`NormalisationError::NotFinite`] at the first NaN or infinite sample.
    pub fn add(&mut self, image: &Raster) -> Result<(), NormalisationError> {
        let (expected, found) = (self.channels.len(), image.channels);
        if expected != 0 && expected != found {
            return Err(NormalisationError::Channels { expected, found });
        }
        check_finite(image)?;
        self.channels.resize(found, Moments::default());
        match &image.samples {
            Samples::U8(v) => self.take(v, image),
            Samples::U16(v) => self.take(v, image),
            Samples::F32(v) => self.take(v, image),
            Samples::F64(v) => self.take(v, image),
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
    fn take<T: Copy + Into<f64>>(&mut self, samples: &[T], image: &Raster) {
        let scale = f64::from(image.full_scale());
        let width = image.width as f64;
        for row in samples.chunks_exact((image.width * image.channels).max(1)) {
            for (channel, moments) in self.channels.iter_mut().enumerate() {
                let values = || row[channel..].iter().step_by(image.channels).map(|&v| v.into());
                let mean = values().sum::<f64>() / width;
                let squares = values().map(|v| (v - mean) * (v - mean)).sum::<f64>();
                moments.merge(Moments {
                    count: width,
                    mean: mean / scale,
                    squares: squares / (scale * scale),
                });
            }
        }
    }
}

impl Moments {
    /// Moments of two samples together: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm
    /// for computing sample variances" (1979).
    fn merge(&mut self, other: Self) {
        let count = self.count + other.count;
        let step = other.mean - self.mean;
        self.mean += step * other.count / count;
        self.squares += other.squares + step * step * self.count * other.count / count;
        self.count = count;
    }

    /// The standard deviation, or 1 where it is below what f32 samples of this size resolve.
    fn deviation(&self) -> f64 {
        let deviation = (self.squares / self.count).sqrt();
        if deviation > f64::from(f32::EPSILON) * self.mean.abs() && deviation as f32 > 0.0 {
            deviation
        } else {
            1.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(width: usize, channels: usize, samples: Vec<f32>) -> Raster {
        let height = samples.len() / (width * channels);
        Raster { height, width, channels, samples: Samples::F32(samples), indexed: None }
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
