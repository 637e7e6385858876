//! A slice with its neighbours.

use super::source::DecodeError;
use super::stack::stack;
use super::{SliceAddress, count_slices, file_and_slice, read_image, slice_of};
use crate::missing::Gap;
use crate::{DataError, Raster, Samples};
use std::borrow::Cow;
use std::path::Path;

/// Decodes a slice of a volume with the `context` slices before it and those behind it: [`read_image`] of each, as the channels
/// of one image, from the first to the last. At its ends a volume goes on as in a mirror, without its last slice twice.
///
/// The slice says where there is data: where it has none no neighbour has, and where a neighbour has none it is as the slice.
///
/// # Errors
/// As [`read_image`]; an image that is no slice, where there should be neighbours.
///
/// ```no_run
/// use scumble_data::read_image_in_context;
///
/// let image = read_image_in_context("brain.nii.gz@0003".as_ref(), 1)?;
/// assert_eq!(image.channels, 3); // slices 2, 3 and 4
/// # Ok::<(), scumble_data::DataError>(())
/// ```
pub fn read_image_in_context(path: &Path, context: usize) -> Result<Raster, DataError> {
    if context == 0 {
        return read_image(path);
    }
    let (file, slice) = file_and_slice(path);
    let Some(SliceAddress { axis, number }) = slice else {
        let reason = format!(
            "an image without slices beside it, where {context} on either side are looked at; name a slice of a volume"
        );
        return Err(DataError::Unsupported { path: path.to_owned(), reason });
    };
    let count = count_slices(file, axis)?;
    let slices = neighbours(number, context, count);
    let images = slices.map(|number| read_image(&slice_of(file, SliceAddress { axis, number })));
    let images = of_one_type(images.collect::<Result<_, _>>()?);
    let image = stack(images).map_err(|fault: DecodeError| fault.at(path, "volume"))?;
    Ok(image.with_gaps_of_slice(context))
}

/// The slices from `context` before one to `context` behind it, of `count`.
fn neighbours(slice: usize, context: usize, count: usize) -> impl Iterator<Item = usize> {
    let (last, context) = (count.saturating_sub(1) as i64, context as i64);
    (-context..=context).map(move |step| {
        // There and back again.
        let period = (2 * last).max(1);
        let place = (slice as i64 + step).rem_euclid(period);
        if last == 0 { 0 } else { place.min(period - place) as usize }
    })
}

/// Integers of one slice may be another type than those of the next.
fn of_one_type(mut images: Vec<Raster>) -> Vec<Raster> {
    let kind = |image: &Raster| std::mem::discriminant(&image.samples);
    if images.iter().any(|image| kind(image) != kind(&images[0])) {
        for image in &mut images {
            let value = |at: usize| match &image.samples {
                Samples::U8(v) => v[at].into(),
                Samples::U16(v) => v[at].into(),
                Samples::F32(v) => v[at],
                Samples::F64(v) => v[at] as f32,
            };
            let count = image.height * image.width * image.channels;
            image.samples = Samples::F32((0..count).map(value).collect());
        }
    }
    images
}

impl Raster {
    /// An image of slices of which the middle one says where there is data.
    pub(crate) fn with_gaps_of_slice(mut self, context: usize) -> Self {
        fn settle<T: Copy + Into<f64>>(samples: &mut [T], (slices, channels): (usize, usize), gap: Gap) {
            let empty = |sample: &T| gap.is((*sample).into() as f32);
            for pixel in samples.chunks_exact_mut(slices * channels) {
                let own: Vec<T> = pixel[slices / 2 * channels..][..channels].to_vec();
                let nothing = own.iter().all(empty);
                for slice in pixel.chunks_exact_mut(channels) {
                    for (sample, own) in slice.iter_mut().zip(&own) {
                        if nothing || empty(sample) {
                            *sample = *own;
                        }
                    }
                }
            }
        }
        let (slices, gap) = (2 * context + 1, Gap::of(&self, None));
        if context > 0 && self.channels.is_multiple_of(slices) && gap.is_in(&self) {
            let of = (slices, self.channels / slices);
            match &mut self.samples {
                Samples::U8(v) => settle(v, of, gap),
                Samples::U16(v) => settle(v, of, gap),
                Samples::F32(v) => settle(v, of, gap),
                Samples::F64(v) => settle(v, of, gap),
            }
        }
        self
    }

    /// Of a slice that was [read with](read_image_in_context) `context` slices on either side, the slice alone.
    ///
    /// ```
    /// use scumble_data::{Raster, Samples};
    ///
    /// let samples = Samples::U8(vec![2, 3, 4, 12, 13, 14]);
    /// let image = Raster { height: 1, width: 2, channels: 3, samples, indexed: None, nodata: None };
    /// assert_eq!(image.own_slice(1).samples, Samples::U8(vec![3, 13]));
    /// ```
    pub fn own_slice(&self, context: usize) -> Cow<'_, Self> {
        fn own<T: Copy>(samples: &[T], slices: usize, channels: usize) -> Vec<T> {
            let first = slices / 2 * channels;
            let pixels = samples.chunks_exact(slices * channels);
            pixels.flat_map(|pixel| &pixel[first..first + channels]).copied().collect()
        }
        let slices = 2 * context + 1;
        if context == 0 || !self.channels.is_multiple_of(slices) {
            return Cow::Borrowed(self);
        }
        let channels = self.channels / slices;
        let samples = match &self.samples {
            Samples::U8(v) => Samples::U8(own(v, slices, channels)),
            Samples::U16(v) => Samples::U16(own(v, slices, channels)),
            Samples::F32(v) => Samples::F32(own(v, slices, channels)),
            Samples::F64(v) => Samples::F64(own(v, slices, channels)),
        };
        let (height, width, indexed, nodata) = (self.height, self.width, self.indexed, self.nodata);
        Cow::Owned(Self { height, width, channels, samples, indexed, nodata })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slice_says_where_there_is_data() {
        let nan = f32::NAN;
        // Two pixels of three slices: a neighbour without data, then a slice without.
        let samples = Samples::F32(vec![nan, 2.0, 3.0, 4.0, nan, 6.0]);
        let image = Raster { height: 1, width: 2, channels: 3, samples, indexed: None, nodata: None };
        let settled = image.with_gaps_of_slice(1);
        let Samples::F32(found) = &settled.samples else { panic!() };
        assert_eq!((&found[..3], found[3..].iter().all(|v| v.is_nan())), (&[2.0, 2.0, 3.0][..], true));
        assert_eq!(settled.without_data(), Some(ndarray::array![[false, true]]));
        let samples = Samples::U8(vec![0, 7, 9]);
        let image = Raster { height: 1, width: 1, channels: 3, samples, indexed: None, nodata: Some(0.0) };
        assert_eq!(image.with_gaps_of_slice(1).samples, Samples::U8(vec![7, 7, 9]));
    }

    #[test]
    fn a_volume_goes_on_as_in_a_mirror() {
        let of = |slice, context, count| neighbours(slice, context, count).collect::<Vec<_>>();
        assert_eq!(of(3, 2, 9), [1, 2, 3, 4, 5]);
        assert_eq!(of(0, 2, 9), [2, 1, 0, 1, 2]);
        assert_eq!(of(8, 2, 9), [6, 7, 8, 7, 6]);
        assert_eq!(of(0, 2, 2), [0, 1, 0, 1, 0]);
        assert_eq!(of(1, 3, 2), [0, 1, 0, 1, 0, 1, 0]);
        assert_eq!(of(0, 2, 1), [0; 5]);
    }
}
