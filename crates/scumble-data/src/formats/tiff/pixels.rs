//! From the strips and tiles of a page to the samples of a raster: all of its rows, or some.

use super::chunks::Chunks;
use super::compression::Compression;
use super::directory::Directory;
use super::layout::{Layout, Number, tag};
use super::picture::Picture;
use crate::formats::source::{DecodeError, Source, admit_pixels, narrow, narrowed};
use crate::formats::{Purpose, nodata};
use crate::{Raster, Samples};
use half::f16;
use std::ops::Range;

/// A page whose pixels are to be decoded.
pub(super) struct Page {
    layout: Layout,
    chunks: Chunks,
    nodata: Option<f64>,
    /// How it is shown, if it is read as a picture.
    picture: Option<Picture>,
    purpose: Purpose,
    /// Whether all integers of the page fit 16 bits, if that is known.
    narrow: Option<bool>,
}

impl Page {
    pub(super) fn open(
        mut layout: Layout,
        directory: &Directory,
        source: &mut Source,
        purpose: Purpose,
    ) -> Result<Self, DecodeError> {
        if layout.compression == Compression::Jpeg && purpose != Purpose::Picture {
            return Err(DecodeError::Unsupported(
                "JPEG inside changes values; labels and masks need a lossless file".to_owned(),
            ));
        }
        let chunks = Chunks::read(&mut layout, directory, source)?;
        let (height, width) = layout.chunk;
        admit_pixels((height, width, layout.samples_together()), layout.bits.div_ceil(8))?;
        let nodata = self::nodata(directory, source)?;
        let picture = match purpose {
            Purpose::Picture => Some(Picture::read(&layout, directory, source, nodata)?),
            Purpose::Labels | Purpose::Judging => None,
        };
        Ok(Self { layout, chunks, nodata, picture, purpose, narrow: None })
    }

    /// Rows and columns as they are shown.
    pub(super) fn size(&self) -> (usize, usize) {
        self.layout.orientation.size((self.layout.height, self.layout.width))
    }

    /// Looks at all rows, if what one row becomes depends on the others: integers without a natural full scale that are
    /// labels.
    pub(super) fn look(&mut self, source: &mut Source) -> Result<(), DecodeError> {
        let integers = match (self.layout.number, self.layout.bits) {
            (Number::Unsigned, bits) => bits > 16,
            (Number::Signed, _) => true,
            (Number::Float, _) => false,
        };
        if self.purpose == Purpose::Picture || !integers {
            return Ok(());
        }
        let (height, width) = self.size();
        let rows = (LOOK / width.max(1)).max(1);
        let mut narrow = true;
        for top in (0..height).step_by(rows) {
            let band = self.rows(source, top..(top + rows).min(height))?;
            narrow &= matches!(band.samples, Samples::U16(_));
        }
        self.narrow = Some(narrow);
        Ok(())
    }

    /// Decodes some rows, upright.
    pub(super) fn rows(&mut self, source: &mut Source, rows: Range<usize>) -> Result<Raster, DecodeError> {
        let Self { layout, chunks, .. } = self;
        let (turn, stored) = (layout.orientation, (layout.height, layout.width));
        let (height, width) = turn.size(stored);
        let channels = layout.kept.len();
        admit_pixels((rows.len(), width, layout.samples), layout.bits.div_ceil(8))?;
        let window = turn.window(rows.clone(), stored);
        let next = (rows.end < height).then(|| turn.window(rows.end..rows.end + 1, stored));
        let size = (window.rows.len(), window.columns.len(), channels);
        macro_rules! values {
            ($from:expr) => {
                turn.turn(chunks.gather(layout, source, (&window, next.as_ref()), $from)?, size)
            };
        }
        /// Integers without a natural full scale.
        macro_rules! integers {
            ($type:ty) => {
                match (self.purpose, self.narrow) {
                    (Purpose::Picture, _) => {
                        Samples::F32(values!(|bytes| <$type>::from_le_bytes(bytes) as f32))
                    }
                    (_, None) => narrow(&values!(<$type>::from_le_bytes)),
                    (_, Some(fits)) => narrowed(&values!(<$type>::from_le_bytes), fits),
                }
            };
        }
        let samples = match (layout.number, layout.bits) {
            (Number::Unsigned, ..=8) => Samples::U8(values!(u8::from_le_bytes)),
            (Number::Unsigned, ..=16) => Samples::U16(values!(u16::from_le_bytes)),
            (Number::Unsigned, 32) => integers!(u32),
            (Number::Unsigned, _) => integers!(u64),
            (Number::Signed, 8) => integers!(i8),
            (Number::Signed, 16) => integers!(i16),
            (Number::Signed, 32) => integers!(i32),
            (Number::Signed, _) => integers!(i64),
            (Number::Float, 16) => Samples::F32(values!(|bytes| f16::from_le_bytes(bytes).to_f32())),
            (Number::Float, 32) => Samples::F32(values!(f32::from_le_bytes)),
            (Number::Float, _) if self.purpose == Purpose::Judging => {
                Samples::F64(values!(f64::from_le_bytes))
            }
            (Number::Float, _) => Samples::F32(values!(|bytes| f64::from_le_bytes(bytes) as f32)),
        };
        let (indexed, nodata) = (layout.indexed(), self.nodata);
        let raster = Raster { height: rows.len(), width, channels, samples, indexed, nodata };
        match &self.picture {
            None => Ok(raster),
            Some(picture) => picture.of(raster, &self.layout),
        }
    }
}

/// Pixels of a look.
const LOOK: usize = 1 << 20;

/// The stored number that stands where there is no data, if the page says so.
pub(super) fn nodata(directory: &Directory, source: &mut Source) -> Result<Option<f64>, DecodeError> {
    let text = directory.bytes(source, tag::GDAL_NODATA)?;
    text.map_or(Ok(None), |text| nodata::parse(&String::from_utf8_lossy(&text)))
}
