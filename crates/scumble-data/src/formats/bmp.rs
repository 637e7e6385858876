//! BMP: palettes as indices or colours, RGB.

use super::source::{DecodeError, Source, keep_channels};
use super::{Format, Numbers, Purpose, RasterInfo};
use crate::{Raster, Samples};
use image::ImageDecoder;
use image::codecs::bmp::BmpDecoder;
use std::io::{Read, Seek, SeekFrom};

/// Windows bitmaps of 1 to 32 bits a pixel. Colours are decoded by a library; palettes here, for what counts in a
/// label is the index.
pub(super) struct Bmp;

impl Format for Bmp {
    fn name(&self) -> &'static str {
        "BMP"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["bmp"]
    }

    fn begins(&self, head: &[u8]) -> bool {
        head.starts_with(b"BM")
    }

    fn info(&self, source: &mut Source) -> Result<RasterInfo, DecodeError> {
        let header = Header::read(source)?;
        let palette = header.palette(source)?;
        let channels = if palette.is_some() { 1 } else { 3 };
        let indexed = palette.as_ref().and_then(Palette::indexed);
        let Header { height, width, .. } = header;
        let numbers = Numbers::U8;
        Ok(RasterInfo {
            height,
            width,
            channels,
            numbers,
            indexed,
            affine: None,
            orientation: 1,
            nodata: None,
        })
    }

    fn decode(&self, source: &mut Source, purpose: Purpose) -> Result<Raster, DecodeError> {
        let header = Header::read(source)?;
        if let Some(palette) = header.palette(source)? {
            return header.decode_indices(source, &palette, purpose);
        }
        if header.bits <= 8 && purpose != Purpose::Picture {
            return Err(DecodeError::Unsupported(
                "BMP with run lengths has no readable indices; save it without compression or as PNG"
                    .to_owned(),
            ));
        }
        source.reader.rewind()?;
        let decoder = BmpDecoder::new(&mut source.reader)?;
        let (width, height) = decoder.dimensions();
        let channels = usize::from(decoder.color_type().channel_count());
        let (height, width) = (height as usize, width as usize);
        let size = source.bytes.believe((height, width, channels), 1)?;
        let mut samples = vec![0; size];
        decoder.read_image(&mut samples)?;
        let raster =
            Raster { height, width, channels, samples: Samples::U8(samples), indexed: None, nodata: None };
        Ok(keep_channels(raster, 3))
    }
}

struct Header {
    height: usize,
    width: usize,
    bits: usize,
    /// The first row in the file is the upper one.
    top_down: bool,
    run_lengths: bool,
    /// Where the palette and the pixels are.
    palette_at: u64,
    pixels_at: u64,
    colors: usize,
    bytes_a_color: usize,
}

struct Palette(Vec<[u8; 3]>);

/// The header of OS/2 1.x, which is shorter than all others.
const CORE: u32 = 12;

impl Header {
    fn read(source: &mut Source) -> Result<Self, DecodeError> {
        source.reader.rewind()?;
        let mut file = [0; 18];
        source.reader.read_exact(&mut file)?;
        let pixels_at = u64::from(number(&file[10..14]));
        let length = number(&file[14..18]);
        let mut fields = [0; 36];
        let fields = &mut fields[..if length == CORE { 8 } else { 36 }];
        source.reader.read_exact(fields)?;
        let (width, height, bits, compression, colors) = match length {
            CORE => (number(&fields[0..2]) as i32, number(&fields[2..4]) as i32, number(&fields[6..8]), 0, 0),
            _ => (
                number(&fields[0..4]) as i32,
                number(&fields[4..8]) as i32,
                number(&fields[10..12]),
                number(&fields[12..16]),
                number(&fields[28..32]),
            ),
        };
        let side = |side: u32| usize::try_from(side).unwrap_or(usize::MAX);
        let full = 1_u32 << bits.min(8);
        Ok(Self {
            height: side(height.unsigned_abs()),
            width: usize::try_from(width).unwrap_or(0),
            bits: side(bits),
            top_down: height < 0,
            run_lengths: compression != 0,
            palette_at: 14 + u64::from(length),
            pixels_at,
            colors: side(if colors == 0 { full } else { colors }),
            bytes_a_color: if length == CORE { 3 } else { 4 },
        })
    }

    /// The palette of pixels that are indices and not packed.
    fn palette(&self, source: &mut Source) -> Result<Option<Palette>, DecodeError> {
        if self.bits > 8 || self.run_lengths {
            return Ok(None);
        }
        if !matches!(self.bits, 1 | 2 | 4 | 8) || self.colors > 1 << self.bits {
            return Err(DecodeError::Broken(format!(
                "a palette of {} colours for {} bits",
                self.colors, self.bits
            )));
        }
        let mut bytes = vec![0; self.colors * self.bytes_a_color];
        source.reader.seek(SeekFrom::Start(self.palette_at))?;
        source.reader.read_exact(&mut bytes)?;
        // Blue comes first.
        let color = |bytes: &[u8]| [bytes[2], bytes[1], bytes[0]];
        Ok(Some(Palette(bytes.chunks_exact(self.bytes_a_color).map(color).collect())))
    }

    fn decode_indices(
        &self,
        source: &mut Source,
        palette: &Palette,
        purpose: Purpose,
    ) -> Result<Raster, DecodeError> {
        let &Self { height, width, bits, .. } = self;
        source.bytes.believe((height, width, 1), 1)?;
        let in_a_byte = 8 / bits;
        let mask = u8::MAX >> (8 - bits);
        let mut row = vec![0; width.div_ceil(in_a_byte).next_multiple_of(4)];
        source.reader.seek(SeekFrom::Start(self.pixels_at))?;
        let mut indices = vec![0; height * width];
        for y in 0..height {
            source.reader.read_exact(&mut row)?;
            let y = if self.top_down { y } else { height - 1 - y };
            for (x, index) in indices[y * width..][..width].iter_mut().enumerate() {
                *index = row[x / in_a_byte] >> (8 - bits * (x % in_a_byte + 1)) & mask;
            }
        }
        if let Some(index) = indices.iter().find(|index| usize::from(**index) >= palette.0.len()) {
            return Err(DecodeError::Broken(format!(
                "colour {index} of a palette of {}, counted from 0",
                palette.0.len()
            )));
        }
        let indexed = palette.indexed();
        let raster =
            Raster { height, width, channels: 1, samples: Samples::U8(Vec::new()), indexed, nodata: None };
        Ok(match purpose {
            Purpose::Picture if indexed.is_some() => {
                let colors = indices.iter().flat_map(|index| palette.0[usize::from(*index)]).collect();
                Raster { channels: 3, samples: Samples::U8(colors), indexed: None, ..raster }
            }
            _ => Raster { samples: Samples::U8(indices), ..raster },
        })
    }
}

impl Palette {
    /// The largest index. BMP has no grey but as a palette of all 256 greys in their order, which is none.
    fn indexed(&self) -> Option<u16> {
        let grey = self.0.len() == 256 && (0..=255).zip(&self.0).all(|(grey, color)| *color == [grey; 3]);
        (!grey).then(|| self.0.len().saturating_sub(1) as u16)
    }
}

/// At most four bytes, the lowest first.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}
