//! An image as a picture: of many bands three, of any numbers black to white.

use crate::{Raster, Samples};

impl Raster {
    /// The image as a picture, row by row: red, green and blue of each pixel. Of many bands [three](shown_bands) are shown, and
    /// other numbers than 8 bits from their least to their largest value; where there is no data it is black.
    ///
    /// ```
    /// use scumble_data::{Raster, Samples};
    ///
    /// let samples = Samples::F32(vec![-1.0, 1.0, 3.0, f32::NAN]);
    /// let image = Raster { height: 2, width: 2, channels: 1, samples, indexed: None, nodata: None };
    /// assert_eq!(image.shown(), [[0; 3], [128; 3], [255; 3], [0; 3]]);
    /// ```
    pub fn shown(&self) -> Vec<[u8; 3]> {
        self.shown_as(&ShownRange::of(self))
    }

    /// The same of some rows of an image whose numbers have this range.
    pub fn shown_as(&self, range: &ShownRange) -> Vec<[u8; 3]> {
        let bands = shown_bands(self.channels);
        let ranges = range.0.map(|[low, high]| match high > low {
            true => (low, high),
            false if low.is_finite() => (low, low + 1.0),
            false => (0.0, 1.0),
        });
        let pixel = |at: usize| {
            let (row, column) = (at / self.width, at % self.width);
            std::array::from_fn(|i| {
                let (low, high) = ranges[i];
                let share = (self.raw(row, column, bands[i]) - low) / (high - low);
                (share.clamp(0.0, 1.0) * 255.0).round() as u8
            })
        };
        (0..self.height * self.width).map(pixel).collect()
    }
}

/// The least and the largest number of the bands that are shown: what becomes black and white.
///
/// ```
/// use scumble_data::{Raster, Samples, ShownRange};
///
/// let samples = Samples::F32(vec![0.0, 2.0, 4.0, 1.0]);
/// let image = Raster { height: 2, width: 2, channels: 1, samples, indexed: None, nodata: None };
/// let (above, below) = (image.rows(0..1), image.rows(1..2));
/// let range = ShownRange::of(&above).merge(ShownRange::of(&below));
/// assert_eq!([above.shown_as(&range), below.shown_as(&range)].concat(), image.shown());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShownRange([[f32; 2]; 3]);

impl ShownRange {
    /// Of an image, or some of its rows.
    pub fn of(image: &Raster) -> Self {
        Self(shown_bands(image.channels).map(|band| image.shown_range(band)))
    }

    /// That of both.
    pub fn merge(self, other: Self) -> Self {
        let both = |i: usize| [self.0[i][0].min(other.0[i][0]), self.0[i][1].max(other.0[i][1])];
        Self(std::array::from_fn(both))
    }
}

impl Raster {
    fn shown_range(&self, band: usize) -> [f32; 2] {
        if matches!(self.samples, Samples::U8(_)) {
            return [0.0, 255.0];
        }
        let nodata = self.nodata.map(|nodata| nodata as f32);
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for row in 0..self.height {
            for column in 0..self.width {
                let value = self.raw(row, column, band);
                if value.is_finite() && Some(value) != nodata {
                    (low, high) = (low.min(value), high.max(value));
                }
            }
        }
        [low, high]
    }
}

/// Which of so many channels are shown as red, green and blue.
pub fn shown_bands(channels: usize) -> [usize; 3] {
    match channels {
        1 | 2 => [0; 3],
        3 => [0, 1, 2],
        n => [n * 3 / 4, n / 2, n / 4],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bits_stay_and_what_says_nothing_stretches_nothing() {
        let image = |channels, samples, nodata| Raster {
            height: 1,
            width: 2,
            channels,
            samples,
            indexed: None,
            nodata,
        };
        assert_eq!(image(3, Samples::U8(vec![1, 2, 3, 4, 5, 6]), None).shown(), [[1, 2, 3], [4, 5, 6]]);
        assert_eq!(image(1, Samples::U16(vec![500, 500]), None).shown(), [[0; 3]; 2]);
        assert_eq!(image(2, Samples::F32(vec![-9999.0, 7.0, 2.0, 7.0]), Some(-9999.0)).shown(), [[0; 3]; 2]);
        assert_eq!(image(1, Samples::F32(vec![f32::INFINITY; 2]), None).shown(), [[255; 3]; 2]);
        let bands = Samples::U8((0..16).collect());
        assert_eq!(image(8, bands, None).shown(), [[6, 4, 2], [14, 12, 10]]);
    }
}
