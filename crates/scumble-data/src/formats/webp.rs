//! WebP: lossless for anything, lossy for images only.

use super::orientation::Orientation;
use super::source::{DecodeError, Source, admit_pixels, keep_channels};
use super::{Format, Numbers, Purpose, RasterInfo};
use crate::{Raster, Samples};
use image_webp::{DecodingError, WebPDecoder};
use std::fs::File;
use std::io::BufReader;

/// Still WebP; three channels always, for the format has no grey.
pub(super) struct WebP;

impl Format for WebP {
    fn name(&self) -> &'static str {
        "WebP"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["webp"]
    }

    fn begins(&self, head: &[u8]) -> bool {
        head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP")
    }

    fn info(&self, source: &mut Source) -> Result<RasterInfo, DecodeError> {
        let (decoder, orientation) = open(source)?;
        let (width, height) = decoder.dimensions();
        let (height, width) = orientation.size((height as usize, width as usize));
        let orientation = orientation.number();
        Ok(RasterInfo {
            height,
            width,
            channels: 3,
            numbers: Numbers::U8,
            indexed: None,
            affine: None,
            orientation,
            nodata: None,
        })
    }

    fn decode(&self, source: &mut Source, purpose: Purpose) -> Result<Raster, DecodeError> {
        let bytes = source.bytes;
        let (mut decoder, orientation) = open(source)?;
        if decoder.is_lossy() && purpose != Purpose::Picture {
            return Err(DecodeError::Unsupported(
                "lossy WebP changes values; labels and masks need a lossless file".to_owned(),
            ));
        }
        let (width, height) = decoder.dimensions();
        let (height, width) = (height as usize, width as usize);
        let channels = if decoder.has_alpha() { 4 } else { 3 };
        // A few bytes can truly be a large picture of one colour.
        let size = decoder.output_buffer_size().ok_or(DecodingError::ImageTooLarge)?;
        if size > ANY_FILE {
            bytes.believe((height, width, channels), 1)?;
        }
        admit_pixels((height, width, channels), 1)?;
        let mut samples = vec![0; size];
        decoder.read_image(&mut samples)?;
        let raster =
            Raster { height, width, channels, samples: Samples::U8(samples), indexed: None, nodata: None };
        Ok(orientation.turn_raster(keep_channels(raster, 3)))
    }
}

/// Bytes of pixels that a file of any length may promise: 256 MiB.
const ANY_FILE: usize = 1 << 28;

fn open(source: &mut Source) -> Result<(WebPDecoder<&mut BufReader<File>>, Orientation), DecodeError> {
    // The decoder makes up the last pixels of a lossy file that is cut off.
    let head = source.head()?;
    if let Some(&[a, b, c, d]) = head.get(4..8)
        && source.bytes.0 < u64::from(u32::from_le_bytes([a, b, c, d])) + 8
    {
        return Err(DecodeError::Broken("the file ends too early".to_owned()));
    }
    let limit = usize::try_from(source.bytes.0).unwrap_or(usize::MAX);
    let mut decoder = WebPDecoder::new(&mut source.reader)?;
    decoder.set_memory_limit(limit);
    if decoder.is_animated() {
        return Err(DecodeError::Unsupported(format!(
            "an animation of {} pictures; save each in a file of its own",
            decoder.num_frames()
        )));
    }
    let exif = decoder.exif_metadata()?;
    let orientation = exif.map_or(Orientation::UPRIGHT, |exif| Orientation::of_exif(&exif));
    Ok((decoder, orientation))
}

impl From<DecodingError> for DecodeError {
    fn from(error: DecodingError) -> Self {
        match error {
            DecodingError::IoError(error) => DecodeError::Io(error),
            DecodingError::UnsupportedFeature(feature) => {
                DecodeError::Unsupported(format!("WebP with {feature} is not read; convert it to PNG"))
            }
            other => DecodeError::Broken(other.to_string()),
        }
    }
}
