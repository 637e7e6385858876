//! Which samples of an image say nothing, and which of its pixels count.

use crate::{Raster, Samples};
use ndarray::{Array2, ArrayView2, ArrayView3, Axis};
use scumble::labels::SoftLabels;

/// Tells the samples of an image that say nothing: NaN, infinite, or the number that stands for no data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gap {
    nodata: Option<f64>,
}

/// Six digits of a number are the same number: programs write -3.40282e+38 and mean the least f32.
pub(crate) const SAME: f64 = 2e-6;

impl Gap {
    /// Of an image; `nodata` stands for no data where the image does not say it itself.
    pub(crate) fn of(image: &Raster, nodata: Option<f64>) -> Self {
        Self { nodata: image.nodata.or(nodata) }
    }

    /// Whether a sample is the number that stands for no data.
    #[inline]
    pub(crate) fn is_nodata(self, sample: f32) -> bool {
        self.nodata.is_some_and(|nodata| {
            let near = (f64::from(sample) - nodata).abs() <= SAME * nodata.abs();
            near && nodata.is_finite() || sample == nodata as f32 || sample.is_nan() && nodata.is_nan()
        })
    }

    /// Whether a sample says nothing.
    #[inline]
    pub(crate) fn is(self, sample: f32) -> bool {
        !sample.is_finite() || self.is_nodata(sample)
    }

    /// Whether any sample of the image says nothing.
    pub(crate) fn is_in(self, image: &Raster) -> bool {
        match &image.samples {
            Samples::U8(_) | Samples::U16(_) if self.nodata.is_none() => false,
            Samples::U8(v) => v.iter().any(|&v| self.is(v.into())),
            Samples::U16(v) => v.iter().any(|&v| self.is(v.into())),
            Samples::F32(v) => v.iter().any(|&v| self.is(v)),
            Samples::F64(v) => v.iter().any(|&v| self.is(v as f32)),
        }
    }

    /// True where no channel says anything, [H, W]; None where there is no such pixel.
    pub(crate) fn without_data(self, image: &Raster) -> Option<Array2<bool>> {
        if self.is_in(image) { everywhere(image, |sample| self.is(sample)) } else { None }
    }
}

/// True where every channel of the pixel is such, [H, W]; None where there is no such pixel.
fn everywhere(image: &Raster, such: impl Fn(f32) -> bool) -> Option<Array2<bool>> {
    let of_pixel = |(y, x)| (0..image.channels).all(|c| such(image.raw(y, x, c)));
    let map = Array2::from_shape_fn((image.height, image.width), of_pixel);
    map.iter().any(|&such| such).then_some(map)
}

impl Raster {
    /// True where the pixel has no data, [H, W]: every channel is NaN, infinite, or the [number](Self::nodata) that
    /// stands for no data. None where there is no such pixel.
    ///
    /// As in rasterio's `dataset_mask`, a pixel has data where any channel has some; what its other channels lack is the
    /// mean for a network.
    ///
    /// ```
    /// use scumble_data::{Raster, Samples};
    ///
    /// let samples = Samples::F32(vec![-9999.0, f32::NAN, -9999.0, 0.5]);
    /// let image = Raster { height: 1, width: 2, channels: 2, samples, indexed: None, nodata: Some(-9999.0) };
    /// assert_eq!(image.without_data(), Some(ndarray::array![[true, false]]));
    /// ```
    pub fn without_data(&self) -> Option<Array2<bool>> {
        Gap::of(self, None).without_data(self)
    }

    /// True where every channel has the [number](Self::nodata) that is said to stand for no data, [H, W]; None where
    /// there is no such pixel. A label that counts there counts for nothing; at other NaN it is a mistake.
    pub fn said_without_data(&self) -> Option<Array2<bool>> {
        self.nodata?;
        let gap = Gap::of(self, None);
        everywhere(self, |sample| gap.is_nodata(sample))
    }
}

/// Where a label counts, [H, W]: its pixel is valid and weighs something, for one class at least.
pub fn counted(labels: &SoftLabels) -> Array2<bool> {
    counted_by(labels.effective_weights(true).view())
}

/// The same by weights [G, H, W].
pub(crate) fn counted_by(weights: ArrayView3<'_, f32>) -> Array2<bool> {
    weights.map_axis(Axis(0), |groups| groups.iter().any(|&w| w > 0.0))
}

/// Where a raster first has a sample that is NaN or infinite: (row, column, channel), counted from 0; where `counted`
/// [H, W] is given, of the pixels that count. NaN that is said to stand for no data is none.
///
/// Such a pixel would be learnt from, and nothing is known of it.
pub fn first_non_finite(
    raster: &Raster,
    counted: Option<ArrayView2<'_, bool>>,
) -> Option<(usize, usize, usize)> {
    let gap = Gap::of(raster, None);
    let wrong = |(at, value): (usize, f32)| {
        let pixel = at / raster.channels;
        let place = (pixel / raster.width, pixel % raster.width, at % raster.channels);
        let counts = counted.as_ref().is_none_or(|counted| counted[[place.0, place.1]]);
        (!value.is_finite() && counts && !gap.is_nodata(value)).then_some(place)
    };
    match &raster.samples {
        Samples::U8(_) | Samples::U16(_) => None,
        Samples::F32(samples) => samples.iter().copied().enumerate().find_map(wrong),
        Samples::F64(samples) => samples.iter().map(|&v| v as f32).enumerate().find_map(wrong),
    }
}

/// Samples far outside of those that count in their image, at pixels that count for nothing: most likely a number that
/// stands for no data, or what was in memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlying {
    /// How many pixels have such samples.
    pub pixels: u64,
    /// The least of them, as the file has it.
    pub least: f32,
    /// The largest of them.
    pub largest: f32,
}

impl Outlying {
    /// Those of two images.
    pub fn merge(self, other: Self) -> Self {
        Self {
            pixels: self.pixels + other.pixels,
            least: self.least.min(other.least),
            largest: self.largest.max(other.largest),
        }
    }
}

/// The range of the samples that count, by channel, and what lies far outside of it where nothing counts.
///
/// Far is more than twice as far as the range is wide or its numbers are large: a glare that is left out of the label
/// is not, -9999 among reflectances is. None where nothing is far, as in every 8-bit image.
pub(crate) fn limits(image: &Raster, counted: ArrayView2<'_, bool>) -> Option<(Vec<[f32; 2]>, Outlying)> {
    if matches!(image.samples, Samples::U8(_)) || counted.iter().all(|&counts| counts) {
        return None;
    }
    let gap = Gap::of(image, None);
    let mut ranges = vec![[f32::INFINITY, f32::NEG_INFINITY]; image.channels];
    for ((y, x), _) in counted.indexed_iter().filter(|(_, counts)| **counts) {
        for (c, [least, largest]) in ranges.iter_mut().enumerate() {
            let sample = image.raw(y, x, c);
            if !gap.is(sample) {
                (*least, *largest) = (least.min(sample), largest.max(sample));
            }
        }
    }
    for range in &mut ranges {
        let [least, largest] = *range;
        let width = 2.0 * (largest - least).max(largest.abs()).max(least.abs());
        // Nothing is known of the scale of a channel without any sample, or of zeros.
        let known = least <= largest && width > 0.0;
        *range = if known { [least - width, largest + width] } else { [f32::NEG_INFINITY, f32::INFINITY] };
    }
    let mut far: Option<Outlying> = None;
    for y in 0..image.height {
        for x in 0..image.width {
            let samples = (0..image.channels).map(|c| (image.raw(y, x, c), ranges[c]));
            let outside =
                samples.filter(|(v, [least, largest])| !gap.is(*v) && !(*least..=*largest).contains(v));
            let of_pixel = outside
                .map(|(v, _)| Outlying { pixels: 1, least: v, largest: v })
                .reduce(|a, b| Outlying { pixels: 1, ..a.merge(b) });
            far = far.into_iter().chain(of_pixel).reduce(Outlying::merge);
        }
    }
    far.map(|far| (ranges, far))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn image(width: usize, samples: Vec<f32>, nodata: Option<f64>) -> Raster {
        let channels = samples.len() / width;
        Raster { height: 1, width, channels, samples: Samples::F32(samples), indexed: None, nodata }
    }

    #[test]
    fn the_first_sample_that_is_no_number_is_named() {
        let samples = Samples::F32(vec![0.0, 1.0, 2.0, f32::INFINITY, 4.0, f32::NAN, 6.0, 7.0]);
        let image = Raster { height: 2, width: 2, channels: 2, samples, indexed: None, nodata: None };
        assert_eq!(first_non_finite(&image, None), Some((0, 1, 1)));
        let error = crate::check_finite(&image, None).unwrap_err();
        assert!(error.to_string().contains("row 0, column 1, channel 1: inf"));
        let left_out = array![[true, false], [true, true]];
        assert_eq!(first_non_finite(&image, Some(left_out.view())), Some((1, 0, 1)));
        let left_out = array![[true, false], [false, true]];
        assert_eq!(first_non_finite(&image, Some(left_out.view())), None);
        let said = Raster { nodata: Some(f64::NAN), ..image };
        assert_eq!(first_non_finite(&said, None), Some((0, 1, 1)));
    }

    #[test]
    fn a_number_is_nodata_to_six_digits_and_zero_exactly() {
        let is = |nodata, sample| Gap { nodata: Some(nodata) }.is_nodata(sample);
        assert!(is(-3.40282e38, f32::MIN) && is(f64::MIN, f32::NEG_INFINITY) && is(-9999.0, -9999.0));
        assert!(is(0.0, 0.0) && !is(0.0, 1e-30) && !is(-9999.0, -9998.0) && !is(255.0, 254.9));
        assert!(is(f64::NAN, f32::NAN) && !is(f64::NAN, 0.0) && is(f64::INFINITY, f32::INFINITY));
        assert!(!is(f64::INFINITY, 1.0));
    }

    #[test]
    fn a_pixel_has_data_where_a_channel_has_some() {
        let found = image(3, vec![-9.0, -9.0, -9.0, 1.0, f32::NAN, -9.0], Some(-9.0)).without_data();
        assert_eq!(found, Some(array![[true, false, true]]));
        assert_eq!(image(3, vec![0.0, 1.0, 2.0], Some(-9.0)).without_data(), None);
    }

    #[test]
    fn what_is_far_outside_is_told_only_where_nothing_counts() {
        let picture = image(4, vec![0.2, 0.9, -9999.0, 2.5], None);
        let (ranges, far) = limits(&picture, array![[true, true, false, false]].view()).unwrap();
        assert_eq!(far, Outlying { pixels: 1, least: -9999.0, largest: -9999.0 });
        assert!(ranges[0][0] < 0.2 && ranges[0][1] > 2.5);
        assert_eq!(limits(&picture, array![[true, true, true, false]].view()), None);
        assert_eq!(limits(&picture, array![[true; 4]].view()), None);
    }
}
