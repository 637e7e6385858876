//! What is there: intensities and contents, without the pixels.

use crate::missing::{Gap, Outlying, limits};
use crate::{Numbers, Raster, Samples};
use ndarray::ArrayView2;
use scumble::labels::RaterMask;

/// What one image looks like, without its pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageSummary {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// The number type of the file.
    pub numbers: Numbers,
    /// The intensities of each channel, at the pixels that count.
    pub channels: Vec<Intensity>,
    /// How many pixels have no data.
    pub without_data: u64,
    /// What lies far outside of what counts, at pixels that do not.
    pub outlying: Option<Outlying>,
    /// BLAKE3 of size and decoded pixels: the same in whatever format and compression they are stored.
    pub content: [u8; 32],
}

/// The samples of one channel, as the file has them (not divided by the full scale).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intensity {
    /// The least.
    pub minimum: f64,
    /// The largest.
    pub maximum: f64,
    /// Their sum; over `samples` it is the mean.
    pub sum: f64,
    /// How many samples have the largest value. Where that is more than a few of many, the camera was saturated,
    /// whatever the largest number of the type.
    pub at_maximum: u64,
    /// How many there are.
    pub samples: u64,
}

impl ImageSummary {
    /// Looks at a decoded image. Samples that say nothing (NaN, infinite, or standing for no data) and pixels that are
    /// not [`counted`](crate::counted), [H, W], where these are given, have no part in the intensities.
    ///
    /// # Panics
    /// Counted pixels of another size than the image.
    pub fn new(image: &Raster, numbers: Numbers, counted: Option<ArrayView2<'_, bool>>) -> Self {
        let gap = Gap::of(image, None);
        let counts = |at: usize, sample: f64| {
            let counts = |counted: &ArrayView2<'_, bool>| counted[[at / image.width, at % image.width]];
            counted.as_ref().is_none_or(counts) && !gap.is(sample as f32)
        };
        let channels = (0..image.channels).map(|channel| match &image.samples {
            Samples::U8(v) => Intensity::of(v, channel, image.channels, counts),
            Samples::U16(v) => Intensity::of(v, channel, image.channels, counts),
            Samples::F32(v) => Intensity::of(v, channel, image.channels, counts),
            Samples::F64(v) => Intensity::of(v, channel, image.channels, counts),
        });
        let without_data = image.without_data().map_or(0, |map| map.iter().filter(|empty| **empty).count());
        Self {
            height: image.height,
            width: image.width,
            numbers,
            channels: channels.collect(),
            without_data: without_data as u64,
            outlying: counted.and_then(|counted| limits(image, counted)).map(|(_, outlying)| outlying),
            content: content(image),
        }
    }
}

impl Intensity {
    fn of<T: Copy + Into<f64>>(
        samples: &[T],
        channel: usize,
        of: usize,
        counts: impl Fn(usize, f64) -> bool,
    ) -> Self {
        let none = f64::INFINITY;
        let mut found = Self { minimum: none, maximum: -none, sum: 0.0, at_maximum: 0, samples: 0 };
        for (at, value) in samples.iter().skip(channel).step_by(of).map(|v| (*v).into()).enumerate() {
            if !counts(at, value) {
                continue;
            }
            if value > found.maximum {
                (found.maximum, found.at_maximum) = (value, 0);
            }
            found.minimum = found.minimum.min(value);
            found.at_maximum += u64::from(value == found.maximum);
            found.sum += value;
            found.samples += 1;
        }
        found
    }

    /// Adds the samples of another image; `at_maximum` then counts each image's own largest value.
    pub fn merge(&mut self, other: &Self) {
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
        self.sum += other.sum;
        self.at_maximum += other.at_maximum;
        self.samples += other.samples;
    }

    /// The mean of the samples; NaN without one.
    pub fn mean(&self) -> f64 {
        self.sum / self.samples as f64
    }
}

fn content(image: &Raster) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for length in [image.height, image.width, image.channels] {
        hasher.update(&(length as u64).to_le_bytes());
    }
    match &image.samples {
        Samples::U8(v) => update(hasher.update(b"u8"), v, |v| [v]),
        Samples::U16(v) => update(hasher.update(b"u16"), v, |v| v.to_le_bytes()),
        Samples::F32(v) => update(hasher.update(b"f32"), v, |v| v.to_le_bytes()),
        Samples::F64(v) => update(hasher.update(b"f64"), v, |v| v.to_le_bytes()),
    }
    hasher.finalize().into()
}

/// BLAKE3 of the size and the marks of a mask: equal where the masks are.
pub fn mask_content(mask: &RaterMask) -> [u8; 32] {
    let marks = mask.marks();
    let mut hasher = blake3::Hasher::new();
    for length in marks.shape() {
        hasher.update(&(*length as u64).to_le_bytes());
    }
    let marks = marks.as_standard_layout();
    update(&mut hasher, marks.as_slice().expect("standard layout"), |mark| mark.to_le_bytes());
    hasher.finalize().into()
}

/// Hashes numbers a buffer at a time.
fn update<T: Copy, const N: usize>(hasher: &mut blake3::Hasher, values: &[T], bytes: impl Fn(T) -> [u8; N]) {
    for values in values.chunks(1 << 13) {
        let buffer: Vec<u8> = values.iter().flat_map(|value| bytes(*value)).collect();
        hasher.update(&buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn raster(samples: Samples) -> Raster {
        Raster { height: 2, width: 2, channels: 2, samples, indexed: None, nodata: None }
    }

    #[test]
    fn intensities_are_counted_channel_by_channel() {
        let image = raster(Samples::U16(vec![1, 9, 5, 9, 5, 9, 2, 0]));
        let summary = ImageSummary::new(&image, Numbers::U16, None);
        let [a, b] = summary.channels[..] else { panic!("two channels") };
        assert_eq!((a.minimum, a.maximum, a.mean(), a.at_maximum), (1.0, 5.0, 3.25, 2));
        assert_eq!((b.minimum, b.maximum, b.mean(), b.at_maximum), (0.0, 9.0, 6.75, 3));
        let nan = raster(Samples::F32(vec![f32::NAN, 1.0, 2.0, 1.0, 2.0, 1.0, f32::NAN, 1.0]));
        let channel = ImageSummary::new(&nan, Numbers::Float, None).channels[0];
        assert_eq!((channel.maximum, channel.samples, channel.at_maximum), (2.0, 2, 2));
        let gaps = Raster { nodata: Some(2.0), ..nan };
        let counted = array![[true, true], [false, true]];
        let summary = ImageSummary::new(&gaps, Numbers::Float, Some(counted.view()));
        assert_eq!(
            summary.channels.iter().map(|c| (c.sum, c.samples)).collect::<Vec<_>>(),
            [(0.0, 0), (3.0, 3)]
        );
        assert_eq!(summary.without_data, 0);
    }

    #[test]
    fn content_is_size_type_and_pixels() {
        let content = |image: &Raster| ImageSummary::new(image, Numbers::U8, None).content;
        let image = raster(Samples::U8((0..8).collect()));
        assert_eq!(content(&image), content(&image.clone()));
        let flat = Raster { height: 1, width: 4, ..image.clone() };
        let other = raster(Samples::U8((1..9).collect()));
        assert_ne!(content(&image), content(&flat));
        assert_ne!(content(&image), content(&other));
    }
}
