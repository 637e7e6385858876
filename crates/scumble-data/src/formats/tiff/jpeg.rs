//! JPEG inside TIFF: strips and tiles that are JPEG files, often with tables that the page has once.

use super::advice::CONVERT;
use crate::formats::source::DecodeError;
use jpeg_decoder::{ColorTransform, Decoder, Error};

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
        let mut decoder = Decoder::new(&whole[..]);
        // The page says what the colours are, whatever the file inside does.
        decoder.set_color_transform(match (self.channels, self.to_rgb) {
            (1, _) => ColorTransform::Grayscale,
            (_, true) => ColorTransform::YCbCr,
            (_, false) => ColorTransform::RGB,
        });
        decoder.read_info()?;
        let info =
            decoder.info().ok_or_else(|| DecodeError::Broken("JPEG: there is no header".to_owned()))?;
        let (width, height) = (usize::from(info.width), usize::from(info.height));
        let channels = info.pixel_format.pixel_bytes();
        let row = self.width * self.channels;
        let rows = out.len() / row;
        // The last strip may be as high as the others; some writers fill up the blocks of 16 rows.
        let heights = rows..=self.height.next_multiple_of(16);
        if (width, channels) != (self.width, self.channels) || !heights.contains(&height) {
            return Err(DecodeError::Broken(format!(
                "a strip or tile of {rows} x {} pixels with {} channels is a JPEG of {height} x {width} with {channels}",
                self.width, self.channels
            )));
        }
        let decoded = decoder.decode()?;
        let pixels = decoded.get(..out.len());
        out.copy_from_slice(
            pixels.ok_or_else(|| DecodeError::Broken("JPEG: there are too few rows".to_owned()))?,
        );
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

impl From<Error> for DecodeError {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => DecodeError::Io(error),
            Error::Unsupported(feature) => {
                DecodeError::Unsupported(format!("JPEG inside with {feature:?} is not read; {CONVERT}"))
            }
            other => DecodeError::Broken(format!("JPEG: {other}")),
        }
    }
}
