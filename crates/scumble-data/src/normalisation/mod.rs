//! Per channel mean and deviation: how images enter a network.

mod builder;
mod error;
mod exposure;
mod look;
mod method;
mod normalised;
mod units;

pub use builder::NormalisationBuilder;
pub use error::{NormalisationError, check_finite};
pub use exposure::{Exposure, SeenExposures, Unlike};
pub use look::ImageLook;
pub use method::NormalisationMethod;
pub use normalised::{Entry, NormalisedImage};
pub use units::{AbsoluteUnits, Extent};

use crate::Raster;
use crate::missing::{Gap, SAME};
use ndarray::{Array2, Array3};
use serde::{Deserialize, Serialize};

/// Subtracts a mean from each channel and divides it by a deviation: those of all training images, or of the image itself
/// ([`NormalisationMethod`]).
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
    #[serde(skip_serializing_if = "is_default")]
    method: NormalisationMethod,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<SeenExposures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nodata: Option<f64>,
}

/// The exposures that [`NormalisationMethod::Both`] follows half of the way in a channel, in units of [`Raster::to_unit`]: an
/// image outside of these ranges counts as the nearest inside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Followed {
    /// The least and the largest mean.
    pub means: [f64; 2],
    /// The least and the largest deviation.
    pub deviations: [f64; 2],
    /// The usual deviation, from which half of the way is counted.
    pub usual: f64,
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
    /// Brings samples of this full scale to mean 0 and deviation 1, both in units of [`Raster::to_unit`].
    fn new(full_scale: f32, mean: f64, deviation: f64) -> Self {
        let scale = f64::from(full_scale);
        Self { centre: (mean * scale) as f32, gain: (scale * deviation).recip() as f32, bias: 0.0 }
    }

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
    /// How far a sample may be from the number that stands for no data, as a share of it, and still be that number.
    pub const SAME_NODATA: f64 = SAME;

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
            Ok(Self { mean, deviation, method: NormalisationMethod::Dataset, seen: None, nodata: None })
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
        let (mean, deviation) = (vec![0.0; channels], vec![1.0; channels]);
        Self { mean, deviation, method: NormalisationMethod::Dataset, seen: None, nodata: None }
    }

    /// By which statistics images enter.
    pub fn method(&self) -> NormalisationMethod {
        self.method
    }

    /// The same by other statistics.
    pub fn with_method(self, method: NormalisationMethod) -> Self {
        Self { method, ..self }
    }

    /// The exposures of the training images, where they are known.
    pub fn seen(&self) -> Option<&SeenExposures> {
        self.seen.as_ref()
    }

    /// The same with the exposures of the training images.
    ///
    /// # Panics
    /// Those of another number of channels.
    pub fn with_seen(self, seen: Option<SeenExposures>) -> Self {
        assert!(
            seen.as_ref().is_none_or(|seen| seen.channels() == self.channels()),
            "exposures of the channels"
        );
        Self { seen, ..self }
    }

    /// One mean per channel, of all training images.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// One standard deviation per channel, of all training images, above 0.
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
    /// As [`of`](Self::of).
    pub fn normalise(&self, image: &Raster) -> Result<Array3<f32>, NormalisationError> {
        Ok(self.of(image)?.window((0, 0), (image.height, image.width)))
    }

    /// An image as a network sees it. Where its own statistics are asked for, they are taken here, over all that says
    /// something.
    ///
    /// # Errors
    /// [`NormalisationError::Channels`]; [`NormalisationError::Empty`] for an image without pixels.
    pub fn of<'i>(&self, image: &'i Raster) -> Result<NormalisedImage<'i>, NormalisationError> {
        self.check(image)?;
        if image.height == 0 || image.width == 0 {
            return Err(NormalisationError::Empty);
        }
        let gap = self.gap(image);
        let tones = self.tones(image.full_scale(), || self.own(image, gap, None));
        Ok(NormalisedImage::new(image, Entry::new((image.height, image.width), gap, tones)))
    }

    /// The statistics of an image itself that the method asks for; by channel `limits` is the range beyond which samples say
    /// nothing.
    pub(crate) fn own(&self, image: &Raster, gap: Gap, limits: Option<&[[f32; 2]]>) -> Exposure {
        match self.method {
            NormalisationMethod::Percentile => Exposure::robust(image, gap, limits),
            _ => Exposure::of(image, gap, limits),
        }
    }

    /// The same, as a function of raw samples: one for each channel of a raster with this full scale and, where the method
    /// asks for them, statistics of its own.
    pub(crate) fn tones(&self, full_scale: f32, own: impl FnOnce() -> Exposure) -> Vec<Tone> {
        let channels = 0..self.channels();
        let tone = |(mean, deviation)| Tone::new(full_scale, mean, deviation);
        match self.method {
            NormalisationMethod::Dataset => self.tones_of_set(full_scale),
            NormalisationMethod::None => channels.map(|_| tone((0.0, 1.0))).collect(),
            NormalisationMethod::Image | NormalisationMethod::Percentile => {
                let own = own();
                channels.map(|c| tone(own.scale_of(c))).collect()
            }
            NormalisationMethod::Both => {
                let own = own();
                let half_way = |c| {
                    let tone = tone(own.scale_of(c));
                    let (mean, deviation) = self.half_way(c, own.scale_of(c));
                    Tone { gain: tone.gain * deviation as f32, bias: mean as f32, ..tone }
                };
                channels.map(half_way).collect()
            }
        }
    }

    /// The same of a training image: by both it is where it is.
    pub(crate) fn training_tones(&self, full_scale: f32, own: impl FnOnce() -> Exposure) -> Vec<Tone> {
        match self.method {
            NormalisationMethod::Both => self.tones_of_set(full_scale),
            _ => self.tones(full_scale, own),
        }
    }

    fn tones_of_set(&self, full_scale: f32) -> Vec<Tone> {
        let scales = self.mean.iter().zip(&self.deviation);
        scales.map(|(&mean, &deviation)| Tone::new(full_scale, mean.into(), deviation.into())).collect()
    }

    /// Where a channel of an image of this mean and deviation is brought, in deviations of the data set: half of the way
    /// from the set's mean and the usual deviation to its own, or to the nearest of a training image.
    fn half_way(&self, channel: usize, own: (f64, f64)) -> (f64, f64) {
        let Followed { means, deviations, usual } = self.followed(channel);
        // Not `clamp`, which refuses a range that a damaged file has the wrong way round.
        let within = |value: f64, [least, largest]: [f64; 2]| value.min(largest).max(least);
        let (mean, deviation) = (within(own.0, means), within(own.1, deviations));
        let [centre, spread] = [&self.mean, &self.deviation].map(|of| f64::from(of[channel]));
        (0.5 * (mean - centre) / spread, usual / spread * (deviation / usual).sqrt())
    }

    /// Which exposures of images [`NormalisationMethod::Both`] follows in a channel.
    ///
    /// ```
    /// use scumble_data::Normalisation;
    ///
    /// // Nothing is known of the training images but what they are together.
    /// let followed = Normalisation::new(vec![0.5], vec![0.25])?.followed(0);
    /// assert_eq!(followed.usual, 0.25);
    /// assert!(followed.means[1].is_infinite());
    /// # Ok::<(), scumble_data::NormalisationError>(())
    /// ```
    ///
    /// # Panics
    /// A channel that there is not.
    pub fn followed(&self, channel: usize) -> Followed {
        let any = [[f64::NEG_INFINITY, f64::INFINITY]; 2];
        let [means, deviations] = self.seen.as_ref().map_or(any, |seen| seen.followed(channel));
        let usual = self.seen.as_ref().and_then(|seen| seen.usual(channel));
        Followed { means, deviations, usual: usual.unwrap_or(self.deviation[channel].into()) }
    }
}

fn is_default(method: &NormalisationMethod) -> bool {
    *method == NormalisationMethod::default()
}

/// The form in which a normalisation is written; reading checks it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    mean: Vec<f32>,
    deviation: Vec<f32>,
    #[serde(default)]
    method: NormalisationMethod,
    #[serde(default)]
    seen: Option<SeenExposures>,
    #[serde(default)]
    nodata: Option<f64>,
}

impl TryFrom<Unchecked> for Normalisation {
    type Error = NormalisationError;

    fn try_from(Unchecked { mean, deviation, method, seen, nodata }: Unchecked) -> Result<Self, Self::Error> {
        let normalisation = Self::new(mean, deviation)?.with_method(method).with_nodata(nodata);
        Ok(Self { seen: seen.filter(|seen| seen.channels() == normalisation.channels()), ..normalisation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Samples;

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
        let window = Normalisation::identity(1).of(&image).unwrap().window((-1, -2), (1, 7));
        assert_eq!(window.as_slice().unwrap(), [3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0]);
    }

    fn grey(values: impl IntoIterator<Item = f32>) -> Raster {
        let samples: Vec<f32> = values.into_iter().collect();
        let (height, width) = (1, samples.len());
        Raster { height, width, channels: 1, samples: Samples::F32(samples), indexed: None, nodata: None }
    }

    /// Two training images, and how they are seen.
    fn by(method: NormalisationMethod) -> (Normalisation, [Raster; 2]) {
        let images = [grey((0..200).map(|i| i as f32)), grey((0..200).map(|i| 40.0 + 2.0 * i as f32))];
        let mut builder = NormalisationBuilder::new();
        images.iter().for_each(|image| builder.add(image).unwrap());
        let exposures = images.each_ref().map(|image| Exposure::of(image, Gap::of(image, None), None));
        let normalisation = builder.finish().unwrap().with_method(method);
        (normalisation.with_seen(SeenExposures::of(&exposures)), images)
    }

    fn moments(values: &Array3<f32>) -> (f64, f64) {
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len() as f64;
        let squares = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>();
        (mean, (squares / values.len() as f64).sqrt())
    }

    #[test]
    fn by_its_own_statistics_an_image_enters_alike_at_any_exposure() {
        for method in [NormalisationMethod::Image, NormalisationMethod::Percentile] {
            let (normalisation, [image, _]) = by(method);
            let seen = normalisation.normalise(&image).unwrap();
            let brighter = grey((0..200).map(|i| 0.3 * i as f32 + 7.0));
            for (a, b) in seen.iter().zip(&normalisation.normalise(&brighter).unwrap()) {
                assert!((a - b).abs() < 1e-4, "{method}: {a} {b}");
            }
        }
        let (normalisation, [image, _]) = by(NormalisationMethod::Image);
        let (mean, deviation) = moments(&normalisation.normalise(&image).unwrap());
        assert!(mean.abs() < 1e-5 && (deviation - 1.0).abs() < 1e-5);
    }

    #[test]
    fn a_few_saturated_and_empty_pixels_do_not_move_percentiles() {
        let (normalisation, [image, _]) = by(NormalisationMethod::Percentile);
        let clean = normalisation.normalise(&image).unwrap();
        let spoilt = grey((0..200).map(|i| match i {
            100 => 65535.0,
            101 => 0.0,
            _ => i as f32,
        }));
        let seen = normalisation.normalise(&spoilt).unwrap();
        for at in (0..200).filter(|at| !(100..=101).contains(at)) {
            assert!((seen[[0, 0, at]] - clean[[0, 0, at]]).abs() < 0.06, "{at}");
        }
    }

    #[test]
    fn both_is_half_of_the_way_and_no_exposure_is_far_from_those_seen() {
        let of_set = by(NormalisationMethod::Dataset).0;
        let (both, images) = by(NormalisationMethod::Both);
        let deviations = images.each_ref().map(|image| moments(&of_set.normalise(image).unwrap()).1);
        let usual = (deviations[0] * deviations[1]).sqrt();
        for image in &images {
            let (full, half) = (of_set.normalise(image).unwrap(), both.normalise(image).unwrap());
            let ((mean, deviation), (half_mean, half_deviation)) = (moments(&full), moments(&half));
            assert!((half_mean - 0.5 * mean).abs() < 1e-5);
            assert!((half_deviation - (usual * deviation).sqrt()).abs() < 1e-5);
        }
        let [(low, narrow), (high, wide)] = images.each_ref().map(|i| moments(&both.normalise(i).unwrap()));
        // Half of the least deviation is the least.
        let narrow = narrow * 0.5_f64.sqrt();
        for (gain, offset, expected) in [(30.0, 9000.0, (high, wide)), (1e-3, -500.0, (low, narrow))] {
            let elsewhere = grey((0..200).map(|i| gain * i as f32 + offset));
            let (mean, deviation) = moments(&both.normalise(&elsewhere).unwrap());
            assert!((mean - expected.0).abs() < 1e-2 && (deviation - expected.1).abs() < 1e-2, "{gain}");
        }
        // One grey has no spread to bring anywhere.
        assert!(both.normalise(&grey([5.0; 9])).unwrap().iter().all(|v| v.is_finite()));
    }

    #[test]
    fn none_is_units_alone_and_every_method_is_read_back() {
        let image = grey([0.5, 2.0]);
        let none = by(NormalisationMethod::None).0;
        assert_eq!(none.normalise(&image).unwrap().as_slice(), Some(&[0.5, 2.0][..]));
        for method in ["dataset", "image", "percentile", "both", "none"] {
            let normalisation = by(serde_json::from_str(&format!("{method:?}")).unwrap()).0;
            assert_eq!(normalisation.method().to_string(), method);
            let text = serde_json::to_string(&normalisation).unwrap();
            assert_eq!(serde_json::from_str::<Normalisation>(&text).unwrap(), normalisation);
        }
    }
}
