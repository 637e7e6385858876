use super::source::{Fault, Source, keep_channels};
use super::{Format, Numbers, Purpose, RasterInfo};
use crate::{Raster, Samples};
use png::{BitDepth, ColorType, Decoder, DecodingError, Limits, Transformations};
use std::fs::File;
use std::io::{self, BufReader};

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

    fn info(&self, source: &mut Source) -> Result<RasterInfo, Fault> {
        let reader = decoder(source).read_info()?;
        let info = reader.info();
        let (height, width) = (info.height as usize, info.width as usize);
        let numbers = if info.bit_depth == BitDepth::Sixteen { Numbers::U16 } else { Numbers::U8 };
        let channels = without_alpha(info.color_type);
        Ok(RasterInfo { height, width, channels, numbers, indexed: indexed(info)? })
    }

    fn decode(&self, source: &mut Source, purpose: Purpose) -> Result<Raster, Fault> {
        let mut decoder = decoder(source);
        let header = decoder.read_header_info()?;
        let as_stored = purpose == Purpose::Labels
            && (header.color_type == ColorType::Indexed || header.bit_depth == BitDepth::One);
        if !as_stored {
            decoder.set_transformations(Transformations::EXPAND);
        }
        let mut reader = decoder.read_info()?;
        let info = reader.info();
        let (height, width) = (info.height as usize, info.width as usize);
        let indexed = if as_stored { indexed(info)? } else { None };
        let (color, depth) = reader.output_color_type();
        let packed = reader.output_buffer_size().ok_or_else(|| Fault::Broken("absurd size".to_owned()))?;
        source_holds(reader.info(), packed, source_bytes(&reader))?;
        let mut buffer = vec![0; packed];
        reader.next_frame(&mut buffer)?;
        reader.finish()?;
        let samples = match depth {
            BitDepth::Sixteen => {
                Samples::U16(buffer.as_chunks().0.iter().map(|&pair| u16::from_be_bytes(pair)).collect())
            }
            BitDepth::Eight => Samples::U8(buffer),
            few => Samples::U8(unpack(&buffer, height, width, few as usize)),
        };
        let raster = Raster { height, width, channels: color.samples(), samples, indexed };
        Ok(keep_channels(raster, without_alpha(color)))
    }
}
