//! A decoded file: its numbers in the file's own type.

use ndarray::{Array3, ArrayView3};
use std::ops::Range;

/// The numbers of a decoded file, in the type that the file has.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// 8 bits a sample (1-bit files too: 0 and 1).
    U8(Vec<u8>),
    /// 16 bits a sample.
    U16(Vec<u16>),
    /// Floating point. Wider files are narrowed, but where a map is read to be judged.
    F32(Vec<f32>),
    /// 64-bit floating point, or integers that 16 bits do not hold.
    F64(Vec<f64>),
}

impl Samples {
    /// Bytes of a sample.
    pub(crate) fn bytes_each(&self) -> usize {
        match self {
            Self::U8(_) => 1,
            Self::U16(_) => 2,
            Self::F32(_) => 4,
            Self::F64(_) => 8,
        }
    }
}

/// One decoded file: [height, width, channels], interleaved, in the file's own number type.
///
/// Images keep their type in memory (a 10,000 x 10,000 RGB photograph stays 300 MB) and become f32 where a
/// patch or tile is cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Samples a pixel.
    pub channels: usize,
    /// height * width * channels numbers.
    pub samples: Samples,
    /// The file itself says that its values are indices (a PNG palette) or on/off (1 bit): the largest
    /// value that it can hold, then.
    pub indexed: Option<u16>,
    /// The number that stands where there is no data, if the file (GDAL_NODATA) or dataset.toml says so; NaN, where
    /// that is said to be so. See [`without_data`](Self::without_data).
    pub nodata: Option<f64>,
}

impl Raster {
    /// Sample `channel` of the pixel at (row, column), as the file has it (64-bit floats narrowed).
    ///
    /// # Panics
    /// Outside the raster.
    #[inline]
    pub fn raw(&self, row: usize, column: usize, channel: usize) -> f32 {
        let at = (row * self.width + column) * self.channels + channel;
        match &self.samples {
            Samples::U8(v) => f32::from(v[at]),
            Samples::U16(v) => f32::from(v[at]),
            Samples::F32(v) => v[at],
            Samples::F64(v) => v[at] as f32,
        }
    }

    /// What the samples take in memory, in bytes.
    pub fn bytes(&self) -> usize {
        self.height * self.width * self.channels * self.samples.bytes_each()
    }

    /// Some of its rows.
    ///
    /// ```
    /// use scumble_data::{Raster, Samples};
    ///
    /// let samples = Samples::U8(vec![1, 2, 3, 4]);
    /// let raster = Raster { height: 2, width: 2, channels: 1, samples, indexed: None, nodata: None };
    /// assert_eq!(raster.rows(1..2).samples, Samples::U8(vec![3, 4]));
    /// ```
    ///
    /// # Panics
    /// Rows beyond the raster.
    pub fn rows(&self, rows: Range<usize>) -> Self {
        let row = self.width * self.channels;
        let at = rows.start * row..rows.end * row;
        let samples = match &self.samples {
            Samples::U8(v) => Samples::U8(v[at].to_vec()),
            Samples::U16(v) => Samples::U16(v[at].to_vec()),
            Samples::F32(v) => Samples::F32(v[at].to_vec()),
            Samples::F64(v) => Samples::F64(v[at].to_vec()),
        };
        Self { height: rows.len(), samples, ..*self }
    }

    /// Drops the first rows and puts others behind the rest, as they are one raster.
    ///
    /// # Panics
    /// Rows of another width, channels or type; more rows than there are.
    pub(crate) fn move_down(&mut self, dropped: usize, more: Self) {
        fn moved<T>(samples: &mut Vec<T>, dropped: usize, more: Vec<T>) {
            samples.drain(..dropped);
            samples.extend(more);
        }
        assert_eq!((more.width, more.channels), (self.width, self.channels), "rows of one raster");
        let at = dropped * self.width * self.channels;
        self.height = self.height - dropped + more.height;
        match (&mut self.samples, more.samples) {
            (Samples::U8(v), Samples::U8(more)) => moved(v, at, more),
            (Samples::U16(v), Samples::U16(more)) => moved(v, at, more),
            (Samples::F32(v), Samples::F32(more)) => moved(v, at, more),
            (Samples::F64(v), Samples::F64(more)) => moved(v, at, more),
            _ => panic!("rows of one type"),
        }
    }

    /// What 1 is in this raster: 255, 65535 or, for floats, 1.
    pub fn full_scale(&self) -> f32 {
        match self.samples {
            Samples::U8(_) => 255.0,
            Samples::U16(_) => 65535.0,
            Samples::F32(_) | Samples::F64(_) => 1.0,
        }
    }

    /// The whole raster as [channels, height, width], divided by [`full_scale`](Self::full_scale).
    pub fn to_unit(&self) -> Array3<f32> {
        let scale = self.full_scale();
        Array3::from_shape_fn((self.channels, self.height, self.width), |(c, y, x)| self.raw(y, x, c) / scale)
    }

    /// Whether the numbers are floating point.
    pub(crate) fn is_float(&self) -> bool {
        matches!(self.samples, Samples::F32(_) | Samples::F64(_))
    }

    /// A float raster from [channels, height, width].
    pub fn from_planes(planes: ArrayView3<'_, f32>) -> Self {
        let (channels, height, width) = planes.dim();
        let samples = planes.permuted_axes([1, 2, 0]).iter().copied().collect();
        Self { height, width, channels, samples: Samples::F32(samples), indexed: None, nodata: None }
    }
}

/// The place inside 0..length that `index` shows when the axis is mirrored at its first and last pixel.
///
/// The pixel at the edge is not repeated (numpy calls it `reflect`), and one may go any distance beyond it:
///
/// ```
/// use scumble_data::mirror;
///
/// let places: Vec<usize> = (-3..6).map(|index| mirror(index, 3)).collect();
/// assert_eq!(places, [1, 2, 1, 0, 1, 2, 1, 0, 1]);
/// assert_eq!(mirror(7, 1), 0);
/// ```
///
/// # Panics
/// For a length of 0.
#[inline]
pub fn mirror(index: isize, length: usize) -> usize {
    assert!(length > 0, "nothing to mirror");
    let inside = usize::try_from(index).is_ok_and(|index| index < length);
    if inside || length == 1 {
        return if inside { index as usize } else { 0 };
    }
    let period = 2 * (length as isize - 1);
    let place = index.rem_euclid(period);
    place.min(period - place) as usize
}
