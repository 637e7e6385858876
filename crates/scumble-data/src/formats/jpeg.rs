//! JPEG, for images only.

use super::orientation::{EXIF, Orientation};
use super::source::{DecodeError, Source};
use super::{Format, Numbers, Purpose, RasterInfo};
use crate::{Raster, Samples};
use image::codecs::jpeg::JpegDecoder;
use image::{ImageDecoder, ImageError};
use std::io::{Read, Seek};

/// Baseline and progressive JPEG, grey or colour. Images only: see [`is_lossy`](super::is_lossy).
pub(super) struct Jpeg;

impl Format for Jpeg {
    fn name(&self) -> &'static str {
        "JPEG"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["jpg", "jpeg"]
    }

    fn begins(&self, head: &[u8]) -> bool {
        head.starts_with(b"\xff\xd8\xff")
    }

    fn info(&self, source: &mut Source) -> Result<RasterInfo, DecodeError> {
        let Frame { size: (height, width, channels), orientation } = Frame::read(source)?;
        let (height, width) = orientation.size((height, width));
        let orientation = orientation.number();
        Ok(RasterInfo {
            height,
            width,
            channels,
            numbers: Numbers::U8,
            indexed: None,
            affine: None,
            orientation,
            nodata: None,
        })
    }

    fn decode(&self, source: &mut Source, _: Purpose) -> Result<Raster, DecodeError> {
        let frame = Frame::read(source)?;
        source.bytes.believe(frame.size, 1)?;
        require_end(source)?;
        source.reader.rewind()?;
        let decoder = JpegDecoder::new(&mut source.reader)?;
        let (width, height) = decoder.dimensions();
        let (height, width) = (height as usize, width as usize);
        let channels = usize::from(decoder.color_type().channel_count());
        let size = source.bytes.believe((height, width, channels), 1)?;
        let mut samples = vec![0; size];
        decoder.read_image(&mut samples)?;
        let raster =
            Raster { height, width, channels, samples: Samples::U8(samples), indexed: None, nodata: None };
        Ok(frame.orientation.turn_raster(raster))
    }
}

/// What stands before the pixels; segments that are not looked at are skipped by their lengths.
struct Frame {
    /// (height, width, channels) as they are stored.
    size: (usize, usize, usize),
    orientation: Orientation,
}

impl Frame {
    fn read(source: &mut Source) -> Result<Self, DecodeError> {
        let (mut size, mut orientation) = (None, None);
        loop {
            let Segment { marker, length } = segment(source)?;
            match marker {
                // 0xC0 to 0xCF are frame headers but for the tables DHT, JPG and DAC.
                0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                    let mut header = [0; 6];
                    source.reader.read_exact(&mut header)?;
                    size.get_or_insert(sides(header)?);
                    source.reader.seek_relative(length - 6)?;
                }
                APP1 => {
                    let mut payload = Vec::new();
                    source.reader.by_ref().take(length.unsigned_abs()).read_to_end(&mut payload)?;
                    // The first counts: another one belongs to a picture within.
                    if payload.starts_with(EXIF) {
                        orientation.get_or_insert(Orientation::of_exif(&payload));
                    }
                }
                SCAN => {
                    let missing = || DecodeError::Broken("no frame header before the pixels".to_owned());
                    let orientation = orientation.unwrap_or(Orientation::UPRIGHT);
                    return Ok(Self { size: size.ok_or_else(missing)?, orientation });
                }
                _ => source.reader.seek_relative(length)?,
            }
        }
    }
}

/// (height, width, channels) of a frame header.
fn sides([precision, h1, h0, w1, w0, components]: [u8; 6]) -> Result<(usize, usize, usize), DecodeError> {
    if precision != 8 {
        return Err(DecodeError::Unsupported(format!(
            "JPEG with {precision} bits a sample; convert it to PNG"
        )));
    }
    let side = |high, low| usize::from(u16::from_be_bytes([high, low]));
    // Four components (CMYK) are decoded to RGB.
    Ok((side(h1, h0), side(w1, w0), if components == 1 { 1 } else { 3 }))
}

const APP1: u8 = 0xE1;
const SCAN: u8 = 0xDA;
const END: u8 = 0xD9;

/// The decoder fills what a truncated file lacks with grey and says nothing, so the end marker is looked for here.
fn require_end(source: &mut Source) -> Result<(), DecodeError> {
    // The segments before the first scan may hold a thumbnail with an end marker of its own.
    source.reader.rewind()?;
    loop {
        let Segment { marker, length } = segment(source)?;
        source.reader.seek_relative(length)?;
        if marker == SCAN {
            break;
        }
    }
    let mut before = 0;
    for byte in source.reader.by_ref().bytes() {
        let byte = byte?;
        if before == 0xFF && byte == END {
            return Ok(());
        }
        before = byte;
    }
    Err(DecodeError::Broken("the file ends too early".to_owned()))
}

struct Segment {
    marker: u8,
    /// Bytes of payload that follow.
    length: i64,
}

/// The next segment's header, past markers without payload (start of image, restart) and fill bytes.
fn segment(source: &mut Source) -> Result<Segment, DecodeError> {
    let mut byte = || -> Result<u8, DecodeError> {
        let mut byte = [0];
        source.reader.read_exact(&mut byte)?;
        Ok(byte[0])
    };
    loop {
        if byte()? != 0xFF {
            return Err(DecodeError::Broken("a segment marker is missing".to_owned()));
        }
        let mut marker = byte()?;
        while marker == 0xFF {
            marker = byte()?;
        }
        match marker {
            0x01 | 0xD0..=0xD8 => {}
            END => return Err(DecodeError::Broken("it ends before the pixels".to_owned())),
            _ => {
                let length = i64::from(u16::from_be_bytes([byte()?, byte()?]));
                // The length counts its own two bytes.
                return Ok(Segment { marker, length: (length - 2).max(0) });
            }
        }
    }
}

impl From<ImageError> for DecodeError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::IoError(error) => DecodeError::Io(error),
            ImageError::Unsupported(error) => DecodeError::Unsupported(error.to_string()),
            other => DecodeError::Broken(other.to_string()),
        }
    }
}
