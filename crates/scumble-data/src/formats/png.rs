//! PNG, 1 to 16 bits, grey, colour and palettes.

use super::orientation::Orientation;
use super::source::{DecodeError, Source, admit_pixels, keep_channels};
use super::{Format, Numbers, Purpose, RasterInfo};
use crate::{Raster, Samples};
use png::{BitDepth, ColorType, DecodeOptions, Decoder, DecodingError, Info, Limits, Transformations};
use std::fs::File;
use std::io::BufReader;

/// Portable Network Graphics: 1 to 16 bits, grey, colour, palette, interlaced or not.
pub(super) struct Png;

impl Format for Png {
    fn name(&self) -> &'static str {
        "PNG"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["png"]
    }

    fn begins(&self, head: &[u8]) -> bool {
        head.starts_with(b"\x89PNG\r\n\x1a\n")
    }

    fn info(&self, source: &mut Source) -> Result<RasterInfo, DecodeError> {
        let reader = decoder(source).read_info()?;
        let info = reader.info();
        let orientation = orientation(info);
        let (height, width) = orientation.size((info.height as usize, info.width as usize));
        let orientation = orientation.number();
        let numbers = if info.bit_depth == BitDepth::Sixteen { Numbers::U16 } else { Numbers::U8 };
        let channels = without_alpha(info.color_type);
        let indexed = indexed(info)?;
        Ok(RasterInfo { height, width, channels, numbers, indexed, affine: None, orientation, nodata: None })
    }

    fn decode(&self, source: &mut Source, purpose: Purpose) -> Result<Raster, DecodeError> {
        let bytes = source.bytes;
        let mut decoder = decoder(source);
        let header = decoder.read_header_info()?;
        let as_stored = purpose != Purpose::Picture
            && (header.color_type == ColorType::Indexed || header.bit_depth == BitDepth::One);
        if !as_stored {
            decoder.set_transformations(Transformations::EXPAND);
        }
        let mut reader = decoder.read_info()?;
        let info = reader.info();
        let (height, width) = (info.height as usize, info.width as usize);
        if let Some(frames) = info.animation_control().map(|control| control.num_frames).filter(|n| *n > 1) {
            return Err(DecodeError::Unsupported(format!(
                "an animation of {frames} pictures; save each in a file of its own"
            )));
        }
        let orientation = orientation(info);
        let indexed = if as_stored { indexed(info)? } else { None };
        let (color, depth) = reader.output_color_type();
        admit_pixels((height, width, color.samples()), (depth as usize).div_ceil(8))?;
        // What is compressed is the file's own rows; expansion is ours and at most 8 times that.
        bytes.believe((height, info.raw_row_length(), 1), 1)?;
        let size = reader.output_buffer_size().ok_or(DecodingError::LimitsExceeded)?;
        let mut buffer = vec![0; size];
        reader.next_frame(&mut buffer)?;
        reader.finish()?;
        if self::orientation(reader.info()) != orientation {
            return Err(DecodeError::Unsupported(
                "its orientation stands behind the pixels, where some viewers look and others do not; save it anew"
                    .to_owned(),
            ));
        }
        let samples = match depth {
            BitDepth::Sixteen => {
                Samples::U16(buffer.as_chunks().0.iter().map(|&pair| u16::from_be_bytes(pair)).collect())
            }
            BitDepth::Eight => Samples::U8(buffer),
            few => Samples::U8(unpack(&buffer, height, width, few as usize)),
        };
        let raster = Raster { height, width, channels: color.samples(), samples, indexed, nodata: None };
        Ok(orientation.turn_raster(keep_channels(raster, without_alpha(color))))
    }
}

fn orientation(info: &Info<'_>) -> Orientation {
    info.exif_metadata.as_ref().map_or(Orientation::UPRIGHT, |exif| Orientation::of_exif(exif))
}

fn decoder(source: &mut Source) -> Decoder<&mut BufReader<File>> {
    // Rows and text chunks alone count towards this limit; no honest file of this size needs more.
    let limit =
        usize::try_from(source.bytes.0).unwrap_or(usize::MAX).saturating_mul(64).saturating_add(1 << 26);
    let mut options = DecodeOptions::default();
    options.set_ignore_checksums(false);
    options.set_skip_ancillary_crc_failures(false);
    let mut decoder = Decoder::new_with_options(&mut source.reader, options);
    decoder.set_limits(Limits { bytes: limit });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder
}

fn without_alpha(color: ColorType) -> usize {
    match color {
        ColorType::Grayscale | ColorType::GrayscaleAlpha | ColorType::Indexed => 1,
        ColorType::Rgb | ColorType::Rgba => 3,
    }
}

fn indexed(info: &Info<'_>) -> Result<Option<u16>, DecodeError> {
    if info.color_type == ColorType::Indexed {
        let colors = info.palette.as_ref().map_or(0, |palette| palette.len() / 3);
        let largest = colors.checked_sub(1).and_then(|n| u16::try_from(n).ok());
        return largest
            .map(Some)
            .ok_or_else(|| DecodeError::Broken("a palette image without palette".to_owned()));
    }
    Ok((info.color_type == ColorType::Grayscale && info.bit_depth == BitDepth::One).then_some(1))
}

/// Samples of 1, 2 or 4 bits, each row padded to whole bytes, one to a byte.
fn unpack(packed: &[u8], height: usize, width: usize, bits: usize) -> Vec<u8> {
    let in_a_byte = 8 / bits;
    let mask = u8::MAX >> (8 - bits);
    let row_bytes = width.div_ceil(in_a_byte);
    let mut samples = Vec::with_capacity(height * width);
    for row in packed.chunks_exact(row_bytes) {
        samples.extend((0..width).map(|x| {
            let shift = 8 - bits * (x % in_a_byte + 1);
            row[x / in_a_byte] >> shift & mask
        }));
    }
    samples
}

impl From<DecodingError> for DecodeError {
    fn from(error: DecodingError) -> Self {
        match error {
            DecodingError::IoError(error) => DecodeError::Io(error),
            other => DecodeError::Broken(other.to_string()),
        }
    }
}
