//! From the strips and tiles of a page to the samples of a raster.

use super::advice::CONVERT;
use super::compression::Compression;
use super::directory::{ByteOrder, Directory};
use super::jpeg;
use super::layout::{Colors, Layout, Number, Predictor, tag};
use super::predictor;
use crate::formats::source::{DecodeError, Source, narrow};
use crate::formats::{Purpose, nodata};
use crate::{Raster, Samples};
use half::f16;
use std::io::{Read, Seek, SeekFrom};

/// Decodes a page and turns it upright.
pub(super) fn decode(
    layout: &Layout,
    directory: &Directory,
    source: &mut Source,
    purpose: Purpose,
) -> Result<Raster, DecodeError> {
    if layout.compression == Compression::Jpeg && purpose != Purpose::Picture {
        return Err(DecodeError::Unsupported(
            "JPEG inside changes values; labels and masks need a lossless file".to_owned(),
        ));
    }
    layout.believe(source.bytes)?;
    let chunks = Chunks::read(layout, directory, source)?;
    let (height, width) = layout.orientation.size((layout.height, layout.width));
    let channels = layout.kept.len();
    macro_rules! values {
        ($from:expr) => {
            layout.orientation.turn(chunks.gather(source, $from)?, (layout.height, layout.width, channels))
        };
    }
    /// Integers without a natural full scale.
    macro_rules! integers {
        ($type:ty) => {
            match purpose {
                Purpose::Labels | Purpose::Judging => narrow(&values!(<$type>::from_le_bytes)),
                Purpose::Picture => Samples::F32(values!(|bytes| <$type>::from_le_bytes(bytes) as f32)),
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
        (Number::Float, _) if purpose == Purpose::Judging => Samples::F64(values!(f64::from_le_bytes)),
        (Number::Float, _) => Samples::F32(values!(|bytes| f64::from_le_bytes(bytes) as f32)),
    };
    let nodata = self::nodata(directory, source)?;
    let raster = Raster { height, width, channels, samples, indexed: layout.indexed(), nodata };
    match purpose {
        Purpose::Labels | Purpose::Judging => Ok(raster),
        Purpose::Picture => picture(raster, layout, directory, source),
    }
}

/// The stored number that stands where there is no data, if the page says so.
pub(super) fn nodata(directory: &Directory, source: &mut Source) -> Result<Option<f64>, DecodeError> {
    let text = directory.bytes(source, tag::GDAL_NODATA)?;
    text.map_or(Ok(None), |text| nodata::parse(&String::from_utf8_lossy(&text)))
}

/// What viewers show: the colours of a palette, white where white is 0, and fewer than 8 bits in the range of 8.
fn picture(
    mut raster: Raster,
    layout: &Layout,
    directory: &Directory,
    source: &mut Source,
) -> Result<Raster, DecodeError> {
    raster.indexed = None;
    let largest = layout.largest();
    if layout.colors == Colors::Palette {
        if raster.nodata.is_some() {
            return Err(DecodeError::Unsupported(
                "GDAL_NODATA is an index, and no colour says where there is no data; convert the file with \
                 `gdal_translate -expand rgb IN OUT`"
                    .to_owned(),
            ));
        }
        let palette = palette(layout, directory, source)?;
        let color = |index: usize| palette[index];
        raster.samples = Samples::U8(match &raster.samples {
            Samples::U8(indices) => indices.iter().flat_map(|&index| color(usize::from(index))).collect(),
            Samples::U16(indices) => indices.iter().flat_map(|&index| color(usize::from(index))).collect(),
            _ => {
                return Err(DecodeError::Broken("indices of a palette that are no whole numbers".to_owned()));
            }
        });
        raster.channels = 3;
        return Ok(raster);
    }
    let white_is_zero = layout.colors == Colors::WhiteIsZero;
    match &mut raster.samples {
        Samples::U8(samples) if white_is_zero || largest < 255 => {
            raster.nodata = raster.nodata.map(|value| {
                let full = f64::from(largest);
                (if white_is_zero { full - value } else { value }) * 255.0 / full
            });
            for sample in samples {
                let light = if white_is_zero { largest - u16::from(*sample) } else { u16::from(*sample) };
                *sample = (light * 255 / largest) as u8;
            }
        }
        Samples::U16(samples) if white_is_zero => {
            raster.nodata = raster.nodata.map(|value| f64::from(largest) - value);
            samples.iter_mut().for_each(|sample| *sample = largest - *sample);
        }
        // Other numbers have no white.
        _ => {}
    }
    Ok(raster)
}

/// The colours of all indices, 8 bits a channel.
fn palette(layout: &Layout, directory: &Directory, source: &mut Source) -> Result<Vec<[u8; 3]>, DecodeError> {
    let map = directory.numbers(source, tag::COLOR_MAP)?.unwrap_or_default();
    let colors = usize::from(layout.largest()) + 1;
    if map.len() != 3 * colors {
        return Err(DecodeError::Broken(format!(
            "a palette of {} numbers where {} belong",
            map.len(),
            3 * colors
        )));
    }
    // Colours have 16 bits; some writers give 8.
    let shift = if map.iter().all(|value| *value < 256) { 0 } else { 8 };
    let channel = |at: usize| (map[at] >> shift).min(255) as u8;
    Ok((0..colors).map(|at| [channel(at), channel(colors + at), channel(2 * colors + at)]).collect())
}

/// Where the strips or tiles of a page are.
struct Chunks<'a> {
    layout: &'a Layout,
    order: ByteOrder,
    offsets: Vec<u64>,
    lengths: Vec<u64>,
    inside: jpeg::Inside,
}

impl<'a> Chunks<'a> {
    fn read(layout: &'a Layout, directory: &Directory, source: &mut Source) -> Result<Self, DecodeError> {
        let (offsets, lengths) = match layout.tiled {
            true => (tag::TILE_OFFSETS, tag::TILE_BYTES),
            false => (tag::STRIP_OFFSETS, tag::STRIP_BYTES),
        };
        let offsets = directory.numbers(source, offsets)?.unwrap_or_default();
        let lengths = directory.numbers(source, lengths)?.unwrap_or_default();
        let (down, across) = layout.grid();
        let planes = if layout.planes { layout.samples } else { 1 };
        let count = down.saturating_mul(across).saturating_mul(planes);
        if offsets.len() < count || lengths.len() < count {
            return Err(DecodeError::Broken(format!(
                "{} places and {} lengths of its {count} strips or tiles",
                offsets.len(),
                lengths.len()
            )));
        }
        let inside = jpeg::Inside {
            tables: match layout.compression {
                Compression::Jpeg => directory.bytes(source, tag::JPEG_TABLES)?.unwrap_or_default(),
                _ => Vec::new(),
            },
            height: layout.chunk.0,
            width: layout.chunk.1,
            channels: layout.samples_together(),
            to_rgb: layout.colors == Colors::YCbCr,
        };
        Ok(Self { layout, order: directory.order(), offsets, lengths, inside })
    }

    /// The samples of the page as they are stored, pixel by pixel, without alpha.
    fn gather<T: Copy + Default, const N: usize>(
        &self,
        source: &mut Source,
        from: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, DecodeError> {
        let Layout { height, width, samples, ref kept, planes, .. } = *self.layout;
        let (rows, columns) = self.layout.chunk;
        let (down, across) = self.layout.grid();
        let channels = kept.len();
        let mut gathered = vec![T::default(); height * width * channels];
        let mut chunk = Chunk::default();
        let all = [0];
        for (channel, &plane) in if planes { &kept[..] } else { &all }.iter().enumerate() {
            for at in 0..down * across {
                let (top, left) = (at / across * rows, at % across * columns);
                let (inside, wide) = (rows.min(height - top), columns.min(width - left));
                let stored = if self.layout.tiled { rows } else { inside };
                self.unpack(plane * down * across + at, stored, source, &mut chunk)?;
                let numbers = chunk.samples.as_chunks::<N>().0;
                let per_row = columns * self.layout.samples_together();
                for (y, row) in numbers.chunks_exact(per_row).take(inside).enumerate() {
                    let begin = ((top + y) * width + left) * channels;
                    let out = &mut gathered[begin..begin + wide * channels];
                    if planes {
                        for (pixel, number) in out.chunks_exact_mut(channels).zip(row) {
                            pixel[channel] = from(*number);
                        }
                    } else if channels == samples {
                        for (sample, number) in out.iter_mut().zip(row) {
                            *sample = from(*number);
                        }
                    } else {
                        for (pixel, stored) in out.chunks_exact_mut(channels).zip(row.chunks_exact(samples)) {
                            for (sample, &which) in pixel.iter_mut().zip(kept) {
                                *sample = from(stored[which]);
                            }
                        }
                    }
                }
            }
        }
        Ok(gathered)
    }

    /// The samples of strip or tile `at`, of `rows` rows, as little-endian numbers of 8, 16, 32 or 64 bits.
    fn unpack(
        &self,
        at: usize,
        rows: usize,
        source: &mut Source,
        chunk: &mut Chunk,
    ) -> Result<(), DecodeError> {
        let layout = self.layout;
        let (offset, length) = (self.offsets[at], self.lengths[at]);
        if (offset, length) == (0, 0) {
            return Err(DecodeError::Unsupported(format!(
                "TIFF with strips or tiles that are left out is not read; {CONVERT}"
            )));
        }
        let early = || DecodeError::Broken("the file ends too early".to_owned());
        let length =
            usize::try_from(length).ok().filter(|&n| n as u64 <= source.bytes.0).ok_or_else(early)?;
        chunk.packed.resize(length, 0);
        source.reader.seek(SeekFrom::Start(offset))?;
        source.reader.read_exact(&mut chunk.packed)?;
        if layout.bits_turned && layout.compression != Compression::Jpeg {
            chunk.packed.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        }
        chunk.samples.resize(rows * layout.row_bytes(), 0);
        let whole = layout.chunk.0 * layout.row_bytes();
        layout.compression.unpack(&chunk.packed, &mut chunk.samples, whole, &self.inside)?;
        // The predictor for floats has an order of its own.
        if self.order == ByteOrder::Big && layout.predictor != Predictor::Float {
            match layout.bits {
                16 => chunk.samples.as_chunks_mut::<2>().0.iter_mut().for_each(|number| number.reverse()),
                32 => chunk.samples.as_chunks_mut::<4>().0.iter_mut().for_each(|number| number.reverse()),
                64 => chunk.samples.as_chunks_mut::<8>().0.iter_mut().for_each(|number| number.reverse()),
                _ => {}
            }
        }
        predictor::undo(&mut chunk.samples, layout);
        if !layout.bits.is_multiple_of(8) {
            chunk.samples = widen(&chunk.samples, layout);
        }
        Ok(())
    }
}

/// A strip or tile, packed and not; kept for the next one.
#[derive(Default)]
struct Chunk {
    packed: Vec<u8>,
    samples: Vec<u8>,
}

/// Numbers of 1 to 15 bits, the highest bit first, to whole bytes or pairs of them.
fn widen(packed: &[u8], layout: &Layout) -> Vec<u8> {
    let bits = layout.bits;
    let in_a_row = layout.chunk.1 * layout.samples_together();
    let bytes = bits.div_ceil(8);
    let mut wide = Vec::new();
    for row in packed.chunks_exact(layout.row_bytes()) {
        let (mut buffer, mut filled) = (0_u32, 0);
        let mut row = row.iter();
        for _ in 0..in_a_row {
            while filled < bits {
                buffer = buffer << 8 | u32::from(*row.next().expect("a row has all its bits"));
                filled += 8;
            }
            filled -= bits;
            let number = buffer >> filled & u32::from(layout.largest());
            wide.extend_from_slice(&number.to_le_bytes()[..bytes]);
        }
    }
    wide
}
