//! TIFF of any usual number type; pages are channels or slices.

use super::source::{Bytes, DecodeError, Source, keep_channels, narrow};
use super::stack::stack;
use super::{Format, Numbers, Pages, Purpose, RasterInfo, nodata};
use crate::{Raster, Samples};
use std::fs::File;
use std::io::BufReader;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::{SampleFormat, Tag};
use tiff::{ColorType, TiffError};

/// Tagged Image File Format: uncompressed, LZW or deflate, strips or tiles. Pages are channels, or asked for one by one.
pub(super) struct Tiff;

impl Format for Tiff {
    fn name(&self) -> &'static str {
        "TIFF"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["tif", "tiff"]
    }

    fn begins(&self, head: &[u8]) -> bool {
        [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| head.starts_with(*magic))
    }

    fn is_sliced(&self, pages: Pages) -> bool {
        pages == Pages::Slices
    }

    fn slices(&self, source: &mut Source) -> Result<usize, DecodeError> {
        Ok(pages(&mut open(source)?)?.len())
    }

    fn nodata(&self, source: &mut Source) -> Result<Option<f64>, DecodeError> {
        let slice = source.slice;
        let mut decoder = open(source)?;
        chosen(&mut decoder, slice)?;
        let tag = decoder.find_tag(Tag::GdalNodata)?;
        tag.map_or(Ok(None), |text| nodata::parse(&text.into_string()?))
    }

    fn info(&self, source: &mut Source) -> Result<RasterInfo, DecodeError> {
        let slice = source.slice;
        let mut decoder = open(source)?;
        let pages = chosen(&mut decoder, slice)?;
        let (layout, numbers) = (Layout::read(&mut decoder)?, numbers(&mut decoder)?);
        let mut channels = layout.keep;
        for &page in &pages[1..] {
            decoder.seek_to_image(page)?;
            channels += Layout::read(&mut decoder)?.keep;
        }
        let Layout { height, width, .. } = layout;
        Ok(RasterInfo {
            height,
            width,
            channels,
            numbers,
            indexed: layout.indexed(),
            affine: None,
            nodata: None,
        })
    }

    fn decode(&self, source: &mut Source, purpose: Purpose) -> Result<Raster, DecodeError> {
        let (bytes, slice) = (source.bytes, source.slice);
        let mut decoder = open(source)?;
        let pages = chosen(&mut decoder, slice)?;
        let (mut all, mut largest) = (0_usize, 0);
        for &page in &pages {
            decoder.seek_to_image(page)?;
            let size = Layout::read(&mut decoder)?.believe(bytes)?;
            // Pages may point at the same pixels: what each can be, all of them together need not be.
            all = all.saturating_add(size);
            largest = largest.max(size);
        }
        bytes.believe((all, 1, 1), 1)?;
        let mut limits = limits(bytes);
        // The decoder counts the entries of directories against this too, in memory many times their size.
        let directories = limits.ifd_value_size.saturating_mul(64).saturating_add(1 << 16);
        limits.decoding_buffer_size = largest.saturating_add(directories);
        limits.intermediate_buffer_size = largest.saturating_add(1 << 20);
        let mut decoder = decoder.with_limits(limits);
        let mut rasters = Vec::new();
        for page in pages {
            decoder.seek_to_image(page)?;
            rasters.push(decode_page(&mut decoder, bytes, purpose)?);
        }
        stack(rasters)
    }
}

/// The pages that a slice or, without one, the whole file means; the decoder stands at the first of them.
fn chosen(
    decoder: &mut Decoder<&mut BufReader<File>>,
    slice: Option<usize>,
) -> Result<Vec<usize>, DecodeError> {
    let pages = pages(decoder)?;
    let chosen = match slice {
        Some(slice) => pages.get(slice).map(|&page| vec![page]).unwrap_or_default(),
        None => pages,
    };
    let first = *chosen.first().ok_or_else(|| DecodeError::Broken("there is no such page".to_owned()))?;
    decoder.seek_to_image(first)?;
    Ok(chosen)
}

/// The pages but for thumbnails and masks of transparency.
fn pages(decoder: &mut Decoder<&mut BufReader<File>>) -> Result<Vec<usize>, DecodeError> {
    let mut pages = vec![0];
    for page in 1.. {
        if !decoder.more_images() {
            break;
        }
        decoder.next_image()?;
        let kind: u32 = decoder.find_tag_unsigned(Tag::NewSubfileType)?.unwrap_or(0);
        if kind & (THUMBNAIL | TRANSPARENCY) == 0 {
            pages.push(page);
        }
    }
    Ok(pages)
}

const THUMBNAIL: u32 = 1;
const TRANSPARENCY: u32 = 4;

fn numbers(decoder: &mut Decoder<&mut BufReader<File>>) -> Result<Numbers, DecodeError> {
    let bits = decoder.colortype()?.bit_depth();
    let formats: Vec<u16> = decoder.find_tag_unsigned_vec(Tag::SampleFormat)?.unwrap_or_default();
    let is = |format: SampleFormat| formats.first() == Some(&format.to_u16());
    Ok(match bits {
        _ if is(SampleFormat::IEEEFP) => Numbers::Float,
        _ if is(SampleFormat::Int) => Numbers::Integer,
        ..=8 => Numbers::U8,
        16 => Numbers::U16,
        _ => Numbers::Integer,
    })
}

fn decode_page(
    decoder: &mut Decoder<&mut BufReader<File>>,
    bytes: Bytes,
    purpose: Purpose,
) -> Result<Raster, DecodeError> {
    let layout = Layout::read(decoder)?;
    let size = layout.believe(bytes)?;
    let Layout { height, width, samples, bits, keep } = layout;
    let mut decoded = DecodingResult::U8(Vec::new());
    let planes = decoder.read_image_to_buffer(&mut decoded)?;
    if bits < 8 {
        let DecodingResult::U8(packed) = decoded else {
            return Err(DecodeError::Unsupported(format!("TIFF with {bits} bits a sample; use 8 or 16")));
        };
        let on_off = unpack_bits(&packed, height, width, purpose)?;
        return Ok(Raster {
            height,
            width,
            channels: 1,
            samples: on_off,
            indexed: layout.indexed(),
            nodata: None,
        });
    }
    let found = decoded.as_buffer(0).byte_len();
    if found != size {
        return Err(DecodeError::Broken(format!("{found} bytes of pixels, expected {size}")));
    }
    let mut numbers = convert(decoded, purpose);
    if planes.planes > 1 {
        numbers = interleave(&numbers, height * width, samples);
    }
    let raster = Raster { height, width, channels: samples, samples: numbers, indexed: None, nodata: None };
    Ok(keep_channels(raster, keep))
}

struct Layout {
    height: usize,
    width: usize,
    /// Samples a pixel in the file, alpha included.
    samples: usize,
    bits: u8,
    /// Channels without alpha.
    keep: usize,
}

impl Layout {
    fn read(decoder: &mut Decoder<&mut BufReader<File>>) -> Result<Self, DecodeError> {
        let (width, height) = decoder.dimensions()?;
        let color = decoder.colortype()?;
        let bits = color.bit_depth();
        let samples = decoder.find_tag_unsigned::<u16>(Tag::SamplesPerPixel)?.unwrap_or(1);
        let samples = usize::from(samples);
        let extra: Vec<u16> = decoder.find_tag_unsigned_vec(Tag::ExtraSamples)?.unwrap_or_default();
        // 1: associated alpha, 2: unassociated alpha; other extra samples are bands like any other.
        let alpha = matches!(extra.last(), Some(1 | 2));
        let keep = match color {
            ColorType::Gray(_) | ColorType::RGB(_) => samples,
            ColorType::GrayA(_) | ColorType::RGBA(_) => samples - 1,
            ColorType::Multiband { .. } => samples - usize::from(alpha && samples > 1),
            other => {
                return Err(DecodeError::Unsupported(format!(
                    "TIFF with {other:?} pixels; convert it to grey or RGB"
                )));
            }
        };
        if bits < 8 && (bits != 1 || samples != 1) {
            return Err(DecodeError::Unsupported(format!("TIFF with {bits} bits a sample; use 1, 8 or 16")));
        }
        Ok(Self { height: height as usize, width: width as usize, samples, bits, keep })
    }

    /// Bytes of the decoded page, if a file of this length can hold it.
    fn believe(&self, bytes: Bytes) -> Result<usize, DecodeError> {
        let each = usize::from(self.bits).div_ceil(8);
        let count = bytes.believe((self.height, self.width, self.samples), each)?;
        Ok(count.saturating_mul(each))
    }

    fn indexed(&self) -> Option<u16> {
        (self.bits == 1).then_some(1)
    }
}

fn open(source: &mut Source) -> Result<Decoder<&mut BufReader<File>>, DecodeError> {
    Ok(Decoder::new(&mut source.reader)?.with_limits(limits(source.bytes)))
}

fn limits(bytes: Bytes) -> Limits {
    let mut limits = Limits::default();
    limits.ifd_value_size = usize::try_from(bytes.0).unwrap_or(usize::MAX);
    limits
}

fn convert(decoded: DecodingResult, purpose: Purpose) -> Samples {
    /// Integers without a natural full scale.
    macro_rules! integers {
        ($values:expr) => {
            match purpose {
                Purpose::Labels | Purpose::Judging => narrow(&$values),
                Purpose::Picture => Samples::F32($values.into_iter().map(|v| v as f32).collect()),
            }
        };
    }
    match decoded {
        DecodingResult::U8(v) => Samples::U8(v),
        DecodingResult::U16(v) => Samples::U16(v),
        DecodingResult::F32(v) => Samples::F32(v),
        DecodingResult::F64(v) if purpose == Purpose::Judging => Samples::F64(v),
        DecodingResult::F64(v) => Samples::F32(v.into_iter().map(|v| v as f32).collect()),
        DecodingResult::F16(v) => Samples::F32(v.into_iter().map(f32::from).collect()),
        DecodingResult::I8(v) => integers!(v),
        DecodingResult::I16(v) => integers!(v),
        DecodingResult::U32(v) => integers!(v),
        DecodingResult::I32(v) => integers!(v),
        DecodingResult::U64(v) => integers!(v),
        DecodingResult::I64(v) => integers!(v),
    }
}

/// One plane a channel -> one pixel after the other.
fn interleave(planes: &Samples, pixels: usize, channels: usize) -> Samples {
    fn gather<T: Copy>(planes: &[T], pixels: usize, channels: usize) -> Vec<T> {
        (0..pixels).flat_map(|at| (0..channels).map(move |c| planes[c * pixels + at])).collect()
    }
    match planes {
        Samples::U8(v) => Samples::U8(gather(v, pixels, channels)),
        Samples::U16(v) => Samples::U16(gather(v, pixels, channels)),
        Samples::F32(v) => Samples::F32(gather(v, pixels, channels)),
        Samples::F64(v) => Samples::F64(gather(v, pixels, channels)),
    }
}

/// 1-bit rows padded to whole bytes -> 0 and 1 (labels) or 0 and 255 (pictures).
fn unpack_bits(packed: &[u8], height: usize, width: usize, purpose: Purpose) -> Result<Samples, DecodeError> {
    let row_bytes = width.div_ceil(8);
    if packed.len() < height * row_bytes {
        return Err(DecodeError::Broken("fewer rows than the header says".to_owned()));
    }
    let on = if purpose == Purpose::Picture { 255 } else { 1 };
    let rows = packed.chunks_exact(row_bytes).take(height);
    Ok(Samples::U8(rows.flat_map(|row| (0..width).map(|x| (row[x / 8] >> (7 - x % 8) & 1) * on)).collect()))
}

impl From<TiffError> for DecodeError {
    fn from(error: TiffError) -> Self {
        match error {
            TiffError::IoError(error) => DecodeError::Io(error),
            TiffError::UnsupportedError(error) => DecodeError::Unsupported(format!("TIFF: {error}")),
            TiffError::FormatError(error) => DecodeError::Broken(error.to_string()),
            TiffError::LimitsExceeded => {
                DecodeError::Broken("the header asks for more memory than the image needs".to_owned())
            }
            other => DecodeError::Broken(other.to_string()),
        }
    }
}
