//! Per channel mean and deviation: how images enter a network.

mod builder;
mod error;
mod exposure;

pub use builder::NormalisationBuilder;
pub use error::{NormalisationError, check_finite};
pub use exposure::{Exposure, SeenExposures, Unlike};

use crate::missing::Gap;
use crate::{Raster, Samples};
use ndarray::{Array2, Array3};
use serde::{Deserialize, Serialize};

/// Subtracts a mean from each channel and divides it by a deviation.
///
/// Both are in units of [`Raster::to_unit`]: 1 is 255 in an 8-bit file, 65535 in a 16-bit one, 1 in a float one.
/// So a model trained on 8-bit images reads 16-bit scans of the same scene. A value of this type has been
/// checked: as many deviations as means, everything finite, every deviation above 0.
///
/// A sample that says nothing (NaN, infinite, or the number that stands for no data) becomes the mean: 0. Nothing of it
/// reaches the network.
///
/// ```
/// use scumble_data::{NormalisationBuilder, Raster, Samples};
///
/// let image = Raster { height: 1, width: 2, channels: 1, samples: Samples::U8(vec![0, 255]), indexed: None, nodata: None };
/// let mut builder = NormalisationBuilder::new();
/// builder.add(&image)?;
/// let normalisation = builder.finish()?;
/// assert_eq!(normalisation.mean(), [0.5]);
/// assert_eq!(normalisation.deviation(), [0.5]);
/// assert_eq!(normalisation.normalise(&image)?.as_slice(), Some(&[-1.0, 1.0][..]));
/// # Ok::<(), scumble_data::NormalisationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Normalisation {
    mean: Vec<f32>,
    deviation: Vec<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nodata: Option<f64>,
}

/// What becomes of a raw sample of one channel: (raw - centre) * gain + bias.
///
/// The centre is subtracted first: raw * a + b would cancel badly where the mean is large beside the deviation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tone {
    pub(crate) centre: f32,
    pub(crate) gain: f32,
    pub(crate) bias: f32,
}

impl Tone {
    #[inline]
    pub(crate) fn of(self, raw: f32) -> f32 {
        (raw - self.centre) * self.gain + self.bias
    }

    /// The same of a sample that may say nothing.
    #[inline]
    fn of_sample(self, gap: Gap, raw: f32) -> f32 {
        if gap.is(raw) { self.bias } else { self.of(raw) }
    }
}

impl Normalisation {
    /// Takes means and deviations, one of each per channel, in units of [`Raster::to_unit`].
    ///
    /// # Errors
    /// [`NormalisationError::Values`] for lists of different length, no channel at all, a number that is not
    /// finite, a deviation that is not above 0.
    pub fn new(mean: Vec<f32>, deviation: Vec<f32>) -> Result<Self, NormalisationError> {
        let sound = !mean.is_empty()
            && mean.len() == deviation.len()
            && mean.iter().all(|m| m.is_finite())
            && deviation.iter().all(|d| d.is_finite() && *d > 0.0);
        if sound {
            Ok(Self { mean, deviation, nodata: None })
        } else {
            Err(NormalisationError::Values { mean, deviation })
        }
    }

    /// Mean 0 and deviation 1: [`Raster::to_unit`] alone.
    ///
    /// # Panics
    /// For 0 channels.
    pub fn identity(channels: usize) -> Self {
        assert!(channels > 0, "an image has at least one channel");
        Self { mean: vec![0.0; channels], deviation: vec![1.0; channels], nodata: None }
    }

    /// One mean per channel.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// One standard deviation per channel, above 0.
    pub fn deviation(&self) -> &[f32] {
        &self.deviation
    }

    /// The number that stands for no data in images that do not say it themselves, in units of [`Raster::to_unit`].
    pub fn nodata(&self) -> Option<f64> {
        self.nodata
    }

    /// The same normalisation for images in which this number, in units of [`Raster::to_unit`], stands for no data.
    /// NaN and infinite samples never say anything, and need not be told.
    pub fn with_nodata(self, nodata: Option<f64>) -> Self {
        Self { nodata: nodata.filter(|nodata| nodata.is_finite()), ..self }
    }

    /// As [`Raster::without_data`], with the number that this normalisation knows.
    pub fn without_data(&self, image: &Raster) -> Option<Array2<bool>> {
        self.gap(image).without_data(image)
    }

    /// What says nothing in an image.
    pub(crate) fn gap(&self, image: &Raster) -> Gap {
        Gap::of(image, self.nodata.map(|nodata| nodata * f64::from(image.full_scale())))
    }

    /// The number of channels.
    pub fn channels(&self) -> usize {
        self.mean.len()
    }

    /// Whether `image` has the channels that this normalisation is for.
    ///
    /// # Errors
    /// [`NormalisationError::Channels`].
    pub fn check(&self, image: &Raster) -> Result<(), NormalisationError> {
        let (expected, found) = (self.channels(), image.channels);
        if found == expected { Ok(()) } else { Err(NormalisationError::Channels { expected, found }) }
    }

    /// The whole image as [C, H, W]: (raw / full scale - mean) / deviation, and 0 where a sample says nothing.
    ///
    /// # Errors
    /// [`NormalisationError::Channels`].
    pub fn normalise(&self, image: &Raster) -> Result<Array3<f32>, NormalisationError> {
        self.window(image, (0, 0), (image.height, image.width))
    }

    /// A window of the image, normalised, as [C, height, width]: `corner` is its first (row, column), which may
    /// lie outside. What lies outside is [mirrored](crate::mirror), as in training patches.
    ///
    /// # Errors
    /// [`NormalisationError::Channels`]; [`NormalisationError::Empty`] for an image without pixels.
    pub fn window(
        &self,
        image: &Raster,
        (top, left): (isize, isize),
        (height, width): (usize, usize),
    ) -> Result<Array3<f32>, NormalisationError> {
        self.check(image)?;
        if image.height == 0 || image.width == 0 {
            return Err(NormalisationError::Empty);
        }
        let tones = self.tones(image.full_scale());
        let gap = self.gap(image);
        let columns: Vec<usize> =
            (0..width).map(|x| crate::mirror(left + x as isize, image.width) * image.channels).collect();
        let mut window = Array3::zeros((image.channels, height, width));
        for (channel, (mut plane, tone)) in window.outer_iter_mut().zip(tones).enumerate() {
            for (y, mut line) in plane.outer_iter_mut().enumerate() {
                let start = crate::mirror(top + y as isize, image.height) * image.width * image.channels;
                let places = columns.iter().map(|column| start + column + channel);
                match &image.samples {
                    Samples::U8(v) => {
                        line.iter_mut().zip(places).for_each(|(o, i)| *o = tone.of_sample(gap, v[i].into()))
                    }
                    Samples::U16(v) => {
                        line.iter_mut().zip(places).for_each(|(o, i)| *o = tone.of_sample(gap, v[i].into()))
                    }
                    Samples::F32(v) => {
                        line.iter_mut().zip(places).for_each(|(o, i)| *o = tone.of_sample(gap, v[i]))
                    }
                    Samples::F64(v) => {
                        line.iter_mut().zip(places).for_each(|(o, i)| *o = tone.of_sample(gap, v[i] as f32))
                    }
                }
            }
        }
        Ok(window)
    }

    /// The same, as a function of raw samples: one for each channel of a raster with this full scale.
    pub(crate) fn tones(&self, full_scale: f32) -> Vec<Tone> {
        let scale = f64::from(full_scale);
        let tone = |(&mean, &deviation): (&f32, &f32)| Tone {
            centre: (f64::from(mean) * scale) as f32,
            gain: (scale * f64::from(deviation)).recip() as f32,
            bias: 0.0,
        };
        self.mean.iter().zip(&self.deviation).map(tone).collect()
    }
}

/// The form in which a normalisation is written; reading checks it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    mean: Vec<f32>,
    deviation: Vec<f32>,
    #[serde(default)]
    nodata: Option<f64>,
}

impl TryFrom<Unchecked> for Normalisation {
    type Error = NormalisationError;

    fn try_from(Unchecked { mean, deviation, nodata }: Unchecked) -> Result<Self, Self::Error> {
        Ok(Self::new(mean, deviation)?.with_nodata(nodata))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sound_values_are_read_back() {
        let normalisation = Normalisation::new(vec![0.25, 0.1], vec![0.5, 0.3]).unwrap();
        let text = serde_json::to_string(&normalisation).unwrap();
        assert_eq!(serde_json::from_str::<Normalisation>(&text).unwrap(), normalisation);
        for bad in [
            r#"{"mean":[0],"deviation":[0]}"#,
            r#"{"mean":[0,1],"deviation":[1]}"#,
            r#"{"mean":[],"deviation":[]}"#,
            r#"{"mean":[0],"deviation":[-1]}"#,
            r#"{"mean":[0],"deviation":[1],"std":[1]}"#,
        ] {
            assert!(serde_json::from_str::<Normalisation>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn eight_and_sixteen_bits_of_one_scene_are_one_image() {
        let normalisation = Normalisation::new(vec![0.4], vec![0.2]).unwrap();
        let raster =
            |samples| Raster { height: 1, width: 3, channels: 1, samples, indexed: None, nodata: None };
        let eight = normalisation.normalise(&raster(Samples::U8(vec![0, 100, 255]))).unwrap();
        let sixteen = normalisation.normalise(&raster(Samples::U16(vec![0, 25700, 65535]))).unwrap();
        let float = normalisation.normalise(&raster(Samples::F32(vec![0.0, 100.0 / 255.0, 1.0]))).unwrap();
        for (a, b) in eight.iter().zip(&sixteen).chain(eight.iter().zip(&float)) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn a_window_beyond_the_edge_is_mirrored() {
        let samples = Samples::F32(vec![1.0, 2.0, 3.0]);
        let image = Raster { height: 1, width: 3, channels: 1, samples, indexed: None, nodata: None };
        let window = Normalisation::identity(1).window(&image, (-1, -2), (1, 7)).unwrap();
        assert_eq!(window.as_slice().unwrap(), [3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0]);
    }
}
