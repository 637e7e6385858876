//! What must be known of a whole image before any of its rows can enter a network, taken from its rows.

use super::exposure::{add_squares, add_up, chosen, median_and_spread, median_step};
use super::{Entry, Exposure, Normalisation, NormalisationError, NormalisationMethod, Unlike, check_finite};
use crate::missing::Gap;
use crate::{DataError, Raster, RasterReader};
use std::ops::Range;

/// What must be known of a whole image before any of its rows can enter a network: the exposure of all of it, how much of it
/// has no data. The numbers are those of the image in memory, to the bit.
///
/// ```no_run
/// use scumble_data::{Normalisation, RasterReader};
///
/// let normalisation = Normalisation::identity(3);
/// let mut reader = RasterReader::image("orthophoto.tif".as_ref())?.expect("a TIFF is read by rows");
/// let look = normalisation.look(&mut reader)?;
/// println!("{} pixels without data", look.without_data);
/// # Ok::<(), scumble_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ImageLook {
    /// (height, width).
    pub size: (usize, usize),
    /// Samples a pixel.
    pub channels: usize,
    /// Mean and deviation of each channel.
    pub exposure: Exposure,
    /// How many pixels have no data.
    pub without_data: u64,
    /// The first sample that is no number, and is not said to stand for no data.
    pub not_finite: Option<NormalisationError>,
    /// What stands for the exposure where percentiles are asked for.
    robust: Option<Exposure>,
    /// A row of the image, as its others are.
    like: Raster,
}

impl ImageLook {
    /// Bytes of a pixel in memory.
    pub fn pixel_bytes(&self) -> usize {
        self.channels * self.like.samples.bytes_each()
    }
}

/// Samples of a band.
const BAND: usize = 1 << 22;

impl Normalisation {
    /// Looks at all rows of an image, twice.
    ///
    /// # Errors
    /// As [`RasterReader::rows`].
    pub fn look(&self, image: &mut RasterReader) -> Result<ImageLook, DataError> {
        let size = image.size();
        let like = image.rows(0..0)?;
        let (gap, channels, full_scale) = (self.gap(&like), like.channels, like.full_scale());
        let step = median_step(size.0 * size.1);
        let median = self.method() == NormalisationMethod::Percentile;
        let (mut sums, mut squares) = (vec![(0.0, 0.0); channels], vec![0.0; channels]);
        let mut medians = vec![Vec::new(); if median { channels } else { 0 }];
        let (mut without_data, mut not_finite) = (0, None);
        for rows in bands(size, channels) {
            let band = image.rows(rows.clone())?;
            for (channel, sums) in sums.iter_mut().enumerate() {
                *sums = add_up(&band, gap, None, channel, *sums);
            }
            for (channel, medians) in medians.iter_mut().enumerate() {
                medians.extend(chosen(&band, gap, None, channel, (rows.start * size.1, step)));
            }
            without_data += empty(gap, &band);
            not_finite =
                not_finite.or_else(|| check_finite(&band, None).err().map(|wrong| below(wrong, rows.start)));
        }
        for rows in bands(size, channels) {
            let band = image.rows(rows)?;
            for (channel, (squares, (count, sum))) in squares.iter_mut().zip(&sums).enumerate() {
                *squares = add_squares(&band, gap, None, channel, (sum / count, *squares));
            }
        }
        let moments =
            sums.iter().zip(&squares).map(|((count, sum), squares)| (sum / count, (squares / count).sqrt()));
        let exposure = Exposure::in_units(moments, full_scale);
        let robust =
            median.then(|| Exposure::in_units(medians.into_iter().map(median_and_spread), full_scale));
        Ok(ImageLook { size, channels, exposure, without_data, not_finite, robust, like })
    }

    /// How rows of an image enter a network, as [`of`](Self::of) says of an image in memory.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn of_look(&self, look: &ImageLook) -> Result<Entry, NormalisationError> {
        self.check(&look.like)?;
        if look.size.0 == 0 || look.size.1 == 0 {
            return Err(NormalisationError::Empty);
        }
        let own = || look.robust.as_ref().unwrap_or(&look.exposure).clone();
        let tones = self.tones(look.like.full_scale(), own);
        Ok(Entry::new(look.size, self.gap(&look.like), tones))
    }

    /// [`unlike`](Self::unlike) of an image that was looked at.
    pub fn unlike_look(&self, look: &ImageLook) -> Option<Unlike> {
        if look.channels == self.channels() { self.unlike_exposure(&look.exposure) } else { None }
    }
}

fn bands((height, width): (usize, usize), channels: usize) -> impl Iterator<Item = Range<usize>> {
    let rows = (BAND / (width * channels).max(1)).max(1);
    (0..height).step_by(rows).map(move |top| top..(top + rows).min(height))
}

fn empty(gap: Gap, band: &Raster) -> u64 {
    gap.without_data(band).map_or(0, |empty| empty.iter().filter(|empty| **empty).count() as u64)
}

/// The same, with rows counted from the top of the image.
fn below(wrong: NormalisationError, top: usize) -> NormalisationError {
    match wrong {
        NormalisationError::NotFinite { row, column, channel, value } => {
            NormalisationError::NotFinite { row: row + top, column, channel, value }
        }
        other => other,
    }
}
