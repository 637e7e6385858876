//! Pictures and masks as PNG.

use crate::{DataError, Raster, Samples, write_atomically};
use png::{BitDepth, ColorType, Encoder};
use std::io;
use std::path::Path;

/// Writes a picture or mask as PNG: 8 bits, grey or RGB; on/off rasters ([`Raster::indexed`] is 1) in 1 bit.
///
/// # Errors
/// A raster of 16-bit or float samples or of other than 1 or 3 channels; what the operating system refuses.
///
/// ```
/// use scumble_data::{Raster, Samples, read_raster, write_png};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("mask.png");
/// let mask = Raster { height: 1, width: 3, channels: 1, samples: Samples::U8(vec![0, 1, 1]), indexed: Some(1), nodata: None };
/// write_png(&path, &mask)?;
/// assert_eq!(read_raster(&path)?, mask);
/// # Ok::<(), scumble_data::DataError>(())
/// ```
pub fn write_png(path: &Path, raster: &Raster) -> Result<(), DataError> {
    let refuse = |message: &str| Err(DataError::io(path)(io::Error::other(message)));
    let Samples::U8(samples) = &raster.samples else {
        return refuse("only 8-bit pictures are written as PNG");
    };
    let colour = match raster.channels {
        1 => ColorType::Grayscale,
        3 => ColorType::Rgb,
        _ => return refuse("a picture has one channel or three"),
    };
    let on_off = raster.indexed == Some(1) && raster.channels == 1;
    let (Ok(width), Ok(height)) = (u32::try_from(raster.width), u32::try_from(raster.height)) else {
        return refuse("too large for PNG");
    };
    write_atomically(path, |out| {
        let mut encoder = Encoder::new(out, width, height);
        encoder.set_color(colour);
        encoder.set_depth(if on_off { BitDepth::One } else { BitDepth::Eight });
        let mut writer = encoder.write_header()?;
        if on_off {
            writer.write_image_data(&packed(samples, raster.width))?;
        } else {
            writer.write_image_data(samples)?;
        }
        Ok(writer.finish()?)
    })
}

/// Eight pixels a byte, the first in the highest bit, every row in bytes of its own.
fn packed(samples: &[u8], width: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(samples.len().div_ceil(8));
    for row in samples.chunks(width.max(1)) {
        bytes.extend(row.chunks(8).map(|eight| {
            eight.iter().enumerate().fold(0, |byte, (i, on)| byte | (u8::from(*on != 0) << (7 - i)))
        }));
    }
    bytes
}
