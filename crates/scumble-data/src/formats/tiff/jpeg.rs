//! JPEG inside TIFF: strips and tiles that are JPEG files, often with tables that the page has once.

use crate::formats::source::DecodeError;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// What the page says of the JPEG files inside, beside the files themselves.
pub(super) struct Inside {
    /// A JPEG file of tables alone; empty where each strip or tile has its own.
    pub(super) tables: Vec<u8>,
    /// Rows and columns of a whole strip or tile.
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    /// The pixels are YCbCr and become RGB; others stay as they are.
    pub(super) to_rgb: bool,
}

const START: [u8; 2] = [0xFF, 0xD8];
const END: [u8; 2] = [0xFF, 0xD9];

impl Inside {
    /// Decodes the first rows of a strip or tile: as many as `out` has, which may be cut at its lower end.
    pub(super) fn decode(&self, packed: &[u8], out: &mut [u8]) -> Result<(), DecodeError> {
        let whole = self.with_tables(packed)?;
        let color = match (self.channels, self.to_rgb) {
            (1, _) => ColorSpace::Luma,
            (_, true) => ColorSpace::RGB,
            // The decoder takes three channels to be YCbCr, so this leaves them as they are.
            (_, false) => ColorSpace::YCbCr,
        };
        let options = DecoderOptions::default()
            .set_max_width(usize::from(u16::MAX))
            .set_max_height(usize::from(u16::MAX))
            .jpeg_set_out_colorspace(color);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&whole[..]), options);
        let broken = |error| DecodeError::Broken(format!("JPEG: {error}"));
        decoder.decode_headers().map_err(broken)?;
        let info = decoder.info().ok_or_else(|| DecodeError::Broken("JPEG: there is no header".to_owned()))?;
        let (width, height) = (usize::from(info.width), usize::from(info.height));
        let row = self.width * self.channels;
        let rows = out.len() / row;
        // The last strip may be as high as the others; some writers fill up the blocks of 16 rows.
        let heights = rows..=self.height.next_multiple_of(16);
        if (width, usize::from(info.components)) != (self.width, self.channels) || !heights.contains(&height) {
            return Err(DecodeError::Broken(format!(
                "a strip or tile of {rows} x {} pixels with {} channels is a JPEG of {height} x {width} with {}",
                self.width, self.channels, info.components
            )));
        }
        let mut decoded = vec![0; height * row];
        decoder.decode_into(&mut decoded).map_err(broken)?;
        out.copy_from_slice(&decoded[..out.len()]);
        Ok(())
    }

    /// The strip or tile as a JPEG file of its own.
    fn with_tables(&self, packed: &[u8]) -> Result<Vec<u8>, DecodeError> {
        let whole = packed.strip_prefix(&START).and_then(|packed| {
            // Bytes may be left over behind the end.
            packed.windows(2).any(|pair| pair == END).then_some(packed)
        });
        let packed = whole.ok_or_else(|| DecodeError::Broken("a JPEG inside ends too early".to_owned()))?;
        let tables = self.tables.strip_prefix(&START).unwrap_or(&self.tables);
        let tables = tables.strip_suffix(&END).unwrap_or(tables);
        Ok([&START, tables, packed].concat())
    }
}
