//! How bright and how full of contrast images are: what a model has seen, and whether another image is like that.

use super::Normalisation;
use crate::missing::Gap;
use crate::{Raster, Samples};
use serde::{Deserialize, Serialize};

/// The samples of a channel as f32, whatever the file's numbers are.
macro_rules! with_samples {
    ($image:expr, $channel:expr, |$samples:ident| $body:expr) => {
        match &$image.samples {
            Samples::U8(v) => {
                let $samples = channel_of(v, $channel, $image.channels).map(f32::from);
                $body
            }
            Samples::U16(v) => {
                let $samples = channel_of(v, $channel, $image.channels).map(f32::from);
                $body
            }
            Samples::F32(v) => {
                let $samples = channel_of(v, $channel, $image.channels);
                $body
            }
            Samples::F64(v) => {
                let $samples = channel_of(v, $channel, $image.channels).map(|v| v as f32);
                $body
            }
        }
    };
}

/// Where the samples of each channel of one image lie, in units of [`Raster::to_unit`], of those that say something: their
/// mean and standard deviation, or what stands for them and is robust.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposure {
    /// One mean a channel; NaN where nothing is known of it.
    pub mean: Vec<f64>,
    /// One deviation a channel.
    pub deviation: Vec<f64>,
}

impl Exposure {
    /// A median is taken of at most so many samples of a channel: of every second, third .. where there are more.
    pub const MEDIAN_SAMPLES: usize = 1 << 20;
    /// The distance between percentiles 2.5 and 97.5 of a normal distribution over its deviation.
    pub const TAILS_APART: f64 = 3.919_928;

    /// Of an image; by channel `limits` is the range beyond which samples say nothing.
    pub(crate) fn of(image: &Raster, gap: Gap, limits: Option<&[[f32; 2]]>) -> Self {
        Self::by(image, |channel| {
            let (count, sum) = add_up(image, gap, limits, channel, (0.0, 0.0));
            let mean = sum / count;
            (mean, (add_squares(image, gap, limits, channel, (mean, 0.0)) / count).sqrt())
        })
    }

    /// Median and spread between percentiles, which a few samples of any value hardly move: the spread from percentile 2.5
    /// to 97.5 in units of that of a normal distribution of deviation 1. Of about a million samples, evenly chosen.
    pub(crate) fn robust(image: &Raster, gap: Gap, limits: Option<&[[f32; 2]]>) -> Self {
        let step = median_step(image.height * image.width);
        Self::by(image, |channel| median_and_spread(chosen(image, gap, limits, channel, (0, step))))
    }

    /// One (centre, spread) in the file's numbers a channel.
    fn by(image: &Raster, of_channel: impl Fn(usize) -> (f64, f64)) -> Self {
        Self::in_units((0..image.channels).map(of_channel), image.full_scale())
    }

    /// One (centre, spread) a channel of numbers of this full scale.
    pub(super) fn in_units(channels: impl Iterator<Item = (f64, f64)>, full_scale: f32) -> Self {
        let scale = f64::from(full_scale);
        let (mean, deviation) = channels.map(|(mean, deviation)| (mean / scale, deviation / scale)).unzip();
        Self { mean, deviation }
    }

    /// What brings a channel to mean 0 and deviation 1: its mean and deviation, but 0 and 1 where nothing is known of it or
    /// it has no spread.
    pub(super) fn scale_of(&self, channel: usize) -> (f64, f64) {
        let (mean, deviation) = (self.mean[channel], self.deviation[channel]);
        match (mean.is_finite(), is_spread(mean, deviation)) {
            (true, true) => (mean, deviation),
            (true, false) => (mean, 1.0),
            _ => (0.0, 1.0),
        }
    }
}

/// Whether a deviation is above what f32 samples of this size resolve; else the channel carries no information and must not
/// be blown up.
pub(super) fn is_spread(mean: f64, deviation: f64) -> bool {
    // NaN, of a channel that no image says anything of, is no more than anything.
    deviation > f64::from(f32::EPSILON) * mean.abs() && deviation as f32 > 0.0
}

/// The percentiles around the median.
const TAILS: [f64; 2] = [0.025, 0.975];

/// Whether a sample of a channel says something.
fn counts(channel: usize, gap: Gap, limits: Option<&[[f32; 2]]>) -> impl Fn(&f32) -> bool + Clone {
    let [least, largest] = limits.map_or([f32::NEG_INFINITY, f32::INFINITY], |limits| limits[channel]);
    move |v| !gap.is(*v) && (least..=largest).contains(v)
}

fn channel_of<T: Copy>(samples: &[T], channel: usize, of: usize) -> impl Iterator<Item = T> + Clone {
    samples.iter().skip(channel).step_by(of).copied()
}

/// Of a channel, how many samples say something and what they sum to, added to those of the rows above.
///
/// Mean and deviation take two looks, which do not cancel; sums go from row to row, so parts of an image give those of all.
pub(super) fn add_up(
    image: &Raster,
    gap: Gap,
    limits: Option<&[[f32; 2]]>,
    channel: usize,
    above: (f64, f64),
) -> (f64, f64) {
    with_samples!(image, channel, |samples| {
        let counted = samples.filter(counts(channel, gap, limits));
        counted.fold(above, |(count, sum), v| (count + 1.0, sum + f64::from(v)))
    })
}

/// The same of the squared distances from a mean.
pub(super) fn add_squares(
    image: &Raster,
    gap: Gap,
    limits: Option<&[[f32; 2]]>,
    channel: usize,
    (mean, above): (f64, f64),
) -> f64 {
    with_samples!(image, channel, |samples| {
        let counted = samples.filter(counts(channel, gap, limits));
        counted.fold(above, |sum, v| sum + (f64::from(v) - mean).powi(2))
    })
}

/// Every how many pixels of so many a sample is taken for a median.
pub(super) fn median_step(pixels: usize) -> usize {
    pixels.div_ceil(Exposure::MEDIAN_SAMPLES).max(1)
}

/// The samples of a channel that a median is taken of, where `above` pixels stand before these.
pub(super) fn chosen(
    image: &Raster,
    gap: Gap,
    limits: Option<&[[f32; 2]]>,
    channel: usize,
    (above, step): (usize, usize),
) -> Vec<f32> {
    let first = above.next_multiple_of(step) - above;
    with_samples!(image, channel, |samples| {
        samples.skip(first).step_by(step).filter(counts(channel, gap, limits)).collect()
    })
}

pub(super) fn median_and_spread(mut samples: Vec<f32>) -> (f64, f64) {
    if samples.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    let last = (samples.len() - 1) as f64;
    let mut quantile = |share: f64| {
        let (_, value, _) = samples.select_nth_unstable_by((share * last).round() as usize, f32::total_cmp);
        f64::from(*value)
    };
    let median = quantile(0.5);
    let [low, high] = TAILS.map(&mut quantile);
    (median, (high - low) / Exposure::TAILS_APART)
}

/// The exposures that a model was trained on: by channel the least and the largest mean and deviation of an image, and the
/// usual deviation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeenExposures {
    mean: Vec<[f32; 2]>,
    deviation: Vec<[f32; 2]>,
    /// The usual deviation, a geometric mean; older models do not know it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    usual: Vec<f32>,
}

/// An image whose exposure is far outside of what a model has seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Unlike {
    /// The channel.
    pub channel: usize,
    /// Its mean and deviation in the image, in units of [`Raster::to_unit`].
    pub found: [f64; 2],
    /// The least and the largest mean that the model has seen.
    pub means: [f64; 2],
    /// The least and the largest deviation.
    pub deviations: [f64; 2],
}

/// A mean so many deviations of all images together from theirs is far outside.
const BRIGHTNESS: f64 = 4.0;
/// A deviation so many times above or below that of all images together is far outside.
const CONTRAST: f64 = 8.0;

impl SeenExposures {
    /// Of the images' exposures; None of none.
    pub fn of<'e>(images: impl IntoIterator<Item = &'e Exposure>) -> Option<Self> {
        let mut seen: Option<Self> = None;
        let mut logarithms: Vec<(f64, f64)> = Vec::new();
        for Exposure { mean, deviation } in images {
            let empty = || vec![[f32::INFINITY, f32::NEG_INFINITY]; mean.len()];
            let seen =
                seen.get_or_insert_with(|| Self { mean: empty(), deviation: empty(), usual: Vec::new() });
            for (ranges, values) in [(&mut seen.mean, mean), (&mut seen.deviation, deviation)] {
                for (range, &value) in ranges.iter_mut().zip(values).filter(|(_, value)| value.is_finite()) {
                    *range = [range[0].min(value as f32), range[1].max(value as f32)];
                }
            }
            logarithms.resize(mean.len(), (0.0, 0.0));
            for ((count, sum), (&mean, &deviation)) in logarithms.iter_mut().zip(mean.iter().zip(deviation)) {
                if is_spread(mean, deviation) {
                    (*count, *sum) = (*count + 1.0, *sum + deviation.ln());
                }
            }
        }
        if let Some(seen) = &mut seen {
            let usual =
                |(count, sum): &(f64, f64)| if *count > 0.0 { (sum / count).exp() as f32 } else { 1.0 };
            seen.usual = logarithms.iter().map(usual).collect();
        }
        // A channel that no image says anything of.
        let known = |seen: &Self| seen.mean.iter().flatten().all(|v| v.is_finite());
        seen.filter(known)
    }
}

impl SeenExposures {
    /// The number of channels.
    pub fn channels(&self) -> usize {
        self.mean.len().min(self.deviation.len())
    }

    /// The usual deviation of a training image, where it is known.
    pub(super) fn usual(&self, channel: usize) -> Option<f64> {
        self.usual.get(channel).map(|&usual| f64::from(usual)).filter(|usual| *usual > 0.0)
    }

    /// The least and the largest mean and deviation that are followed; a deviation half as large as the least is so, too, for
    /// an image of little contrast has little to show, and most of what it shows is noise.
    pub(super) fn followed(&self, channel: usize) -> [[f64; 2]; 2] {
        let [least, largest] = self.deviation[channel].map(f64::from);
        let deviations = [(0.5 * least).max(f64::from(f32::MIN_POSITIVE)), largest];
        [self.mean[channel].map(f64::from), deviations]
    }
}

impl Normalisation {
    /// Whether an image is far outside of the exposures that a model has [seen](Self::seen); the channel that is so most.
    ///
    /// Far is a mean more than 4 deviations (of all images together) from that of all, or a deviation more than 8 times
    /// above or below, unless the model has seen images like that: an image of other units, of another number of bits, much
    /// too bright or dark, or of one grey. None, too, for an image of other channels, or that says nothing.
    pub fn unlike(&self, image: &Raster) -> Option<Unlike> {
        if image.channels != self.channels() {
            return None;
        }
        self.unlike_exposure(&Exposure::of(image, self.gap(image), None))
    }

    /// The same of an image of this exposure.
    pub(super) fn unlike_exposure(&self, exposure: &Exposure) -> Option<Unlike> {
        let channels = (0..self.channels()).filter_map(|channel| {
            let of_all = [&self.mean, &self.deviation].map(|of| f64::from(of[channel]));
            let range = |ranges: &[[f32; 2]], value: f64| match ranges.get(channel) {
                Some(range) => range.map(f64::from),
                None => [value; 2],
            };
            let means = range(self.seen.as_ref().map_or(&[], |seen| &seen.mean), of_all[0]);
            let deviations = range(self.seen.as_ref().map_or(&[], |seen| &seen.deviation), of_all[1]);
            let [mean, deviation] = [exposure.mean[channel], exposure.deviation[channel]];
            let outside = |value: f64, [least, largest]: [f64; 2]| value < least || value > largest;
            let bright = (mean - of_all[0]).abs() / (BRIGHTNESS * of_all[1]);
            let contrast = (deviation / of_all[1]).max(of_all[1] / deviation) / CONTRAST;
            let bright = if outside(mean, means) { bright } else { 0.0 };
            let far = bright.max(if outside(deviation, deviations) { contrast } else { 0.0 });
            (far > 1.0).then_some((far, Unlike { channel, found: [mean, deviation], means, deviations }))
        });
        channels.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, unlike)| unlike)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(samples: Samples) -> Raster {
        Raster { height: 1, width: 4, channels: 1, samples, indexed: None, nodata: None }
    }

    /// What a model has seen of two 8-bit images.
    fn model() -> Normalisation {
        let images = [vec![40, 60, 80, 100], vec![80, 100, 120, 140]].map(|v| image(Samples::U8(v)));
        let exposures = images.each_ref().map(|image| Exposure::of(image, Gap::of(image, None), None));
        let mut builder = super::super::NormalisationBuilder::new();
        images.iter().for_each(|image| builder.add(image).unwrap());
        builder.finish().unwrap().with_seen(SeenExposures::of(&exposures))
    }

    #[test]
    fn other_units_bits_and_exposures_are_unlike_and_the_same_scene_is_not() {
        let normalisation = model();
        let unlike = |samples| normalisation.unlike(&image(samples)).is_some();
        assert!(!unlike(Samples::U8(vec![40, 60, 80, 100])));
        assert!(!unlike(Samples::U8(vec![60, 90, 100, 120])));
        assert!(!unlike(Samples::U16([60, 90, 100, 120].map(|v| v * 257).to_vec())));
        assert!(unlike(Samples::F32(vec![60.0, 90.0, 100.0, 120.0])));
        assert!(unlike(Samples::U16([60, 90, 100, 120].map(|v| v * 16).to_vec())));
        assert!(unlike(Samples::U8(vec![255, 240, 230, 255])));
        assert!(unlike(Samples::U8(vec![90; 4])));
        assert!(unlike(Samples::U8(vec![0; 4])));
        // Without a sample that says something there is nothing to compare.
        assert!(!unlike(Samples::F32(vec![f32::NAN; 4])));
    }

    #[test]
    fn a_model_that_does_not_know_what_it_has_seen_warns_of_gross_differences_alone() {
        let normalisation = model().with_seen(None);
        let unlike = |samples| normalisation.unlike(&image(samples)).is_some();
        assert!(
            !unlike(Samples::U8(vec![40, 60, 80, 100])) && !unlike(Samples::U8(vec![200, 220, 180, 190]))
        );
        assert!(unlike(Samples::F32(vec![60.0, 90.0, 100.0, 120.0])) && unlike(Samples::U8(vec![90; 4])));
    }

    #[test]
    fn one_grey_is_like_one_grey() {
        let grey = image(Samples::U8(vec![90; 4]));
        let seen = SeenExposures::of([&Exposure::of(&grey, Gap::of(&grey, None), None)]);
        let normalisation = Normalisation::new(vec![90.0 / 255.0], vec![1.0]).unwrap().with_seen(seen);
        assert_eq!(normalisation.unlike(&grey), None);
    }
}
