//! The strips and tiles of a page: where they are, and the samples of a window of it.

use super::advice::CONVERT;
use super::compression::Compression;
use super::directory::{ByteOrder, Directory};
use super::jpeg;
use super::layout::{Colors, Layout, Predictor, tag};
use super::predictor;
use crate::formats::orientation::Window;
use crate::formats::source::{DecodeError, Source};
use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

/// Where the strips or tiles of a page are.
pub(super) struct Chunks {
    order: ByteOrder,
    offsets: Vec<u64>,
    lengths: Vec<u64>,
    inside: jpeg::Inside,
    /// Samples of those that the next window has a part of, too.
    kept: BTreeMap<usize, Vec<u8>>,
}

/// An unpacked strip of the whole page is read as strips of about so many bytes.
const STRIP: usize = 1 << 18;

impl Chunks {
    /// Reads where they are. One strip that is not packed is as many smaller ones, and `layout` says so then.
    pub(super) fn read(
        layout: &mut Layout,
        directory: &Directory,
        source: &mut Source,
    ) -> Result<Self, DecodeError> {
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
        let kept = BTreeMap::new();
        let mut chunks = Self { order: directory.order(), offsets, lengths, inside, kept };
        chunks.split(layout, planes, source.bytes.0);
        Ok(chunks)
    }

    /// Splits the one strip of each of `planes`, where it has all of its rows one after the other.
    fn split(&mut self, layout: &mut Layout, planes: usize, file: u64) {
        let (height, row) = (layout.height, layout.row_bytes());
        let rows = (STRIP / row.max(1)).max(1);
        let strips = self.offsets.iter().zip(&self.lengths).take(planes);
        // What is there says how many there are, not the header alone.
        let whole = |(offset, length): (&u64, &u64)| {
            let all = height.checked_mul(row).and_then(|all| u64::try_from(all).ok());
            let ends = offset.checked_add(*length).is_some_and(|end| *offset > 0 && end <= file);
            ends && all.is_some_and(|all| all <= *length)
        };
        if layout.tiled || layout.compression != Compression::None || layout.grid().0 > 1 || rows >= height {
            return;
        }
        if !strips.clone().all(whole) {
            return;
        }
        let parts = strips.flat_map(|(offset, _)| {
            let part = move |top: usize| (offset + (top * row) as u64, (rows.min(height - top) * row) as u64);
            (0..height).step_by(rows).map(part)
        });
        (self.offsets, self.lengths) = parts.unzip();
        layout.chunk.0 = rows;
    }

    /// The samples of a window as they are stored, pixel by pixel, without alpha. What it shares with the `next` window is
    /// unpacked once for both.
    pub(super) fn gather<T: Copy + Default, const N: usize>(
        &mut self,
        layout: &Layout,
        source: &mut Source,
        (window, next): (&Window, Option<&Window>),
        from: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, DecodeError> {
        if window.is_empty() {
            return Ok(Vec::new());
        }
        let Layout { height, samples, ref kept, planes, .. } = *layout;
        let (rows, columns) = layout.chunk;
        let (down, across) = layout.grid();
        let (channels, together) = (kept.len(), layout.samples_together());
        let mut gathered = vec![T::default(); window.rows.len() * window.columns.len() * channels];
        let mut before = std::mem::take(&mut self.kept);
        let (mut packed, mut unpacked) = (Vec::new(), Vec::new());
        let all = [0];
        for (channel, &plane) in if planes { &kept[..] } else { &all }.iter().enumerate() {
            for (line, column) in touched(&window.rows, rows)
                .flat_map(|line| touched(&window.columns, columns).map(move |column| (line, column)))
            {
                let at = plane * down * across + line * across + column;
                let (top, left) = (line * rows, column * columns);
                let of_chunk = Window { rows: top..top + rows, columns: left..left + columns };
                match before.remove(&at) {
                    Some(known) => unpacked = known,
                    None => {
                        let stored = if layout.tiled { rows } else { rows.min(height - top) };
                        self.unpack(layout, (at, stored), source, &mut packed, &mut unpacked)?;
                    }
                }
                let part = window.shared(&of_chunk);
                let numbers = unpacked.as_chunks::<N>().0;
                for y in part.rows {
                    let row = (y - top) * columns * together;
                    let row = &numbers[row + (part.columns.start - left) * together..];
                    let row = &row[..part.columns.len() * together];
                    let begin = (y - window.rows.start) * window.columns.len();
                    let begin = (begin + part.columns.start - window.columns.start) * channels;
                    let out = &mut gathered[begin..begin + part.columns.len() * channels];
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
                if next.is_some_and(|next| !next.shared(&of_chunk).is_empty()) {
                    self.kept.insert(at, std::mem::take(&mut unpacked));
                }
            }
        }
        Ok(gathered)
    }

    /// The samples of strip or tile `at`, of `rows` rows, as little-endian numbers of 8, 16, 32 or 64 bits.
    fn unpack(
        &self,
        layout: &Layout,
        (at, rows): (usize, usize),
        source: &mut Source,
        packed: &mut Vec<u8>,
        samples: &mut Vec<u8>,
    ) -> Result<(), DecodeError> {
        let (offset, length) = (self.offsets[at], self.lengths[at]);
        if (offset, length) == (0, 0) {
            return Err(DecodeError::Unsupported(format!(
                "TIFF with strips or tiles that are left out is not read; {CONVERT}"
            )));
        }
        let early = || DecodeError::Broken("the file ends too early".to_owned());
        let length =
            usize::try_from(length).ok().filter(|&n| n as u64 <= source.bytes.0).ok_or_else(early)?;
        packed.resize(length, 0);
        source.reader.seek(SeekFrom::Start(offset))?;
        source.reader.read_exact(packed)?;
        if layout.bits_turned && layout.compression != Compression::Jpeg {
            packed.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        }
        samples.resize(rows * layout.row_bytes(), 0);
        let whole = layout.chunk.0 * layout.row_bytes();
        layout.compression.unpack(packed, samples, whole, &self.inside)?;
        // The predictor for floats has an order of its own.
        if self.order == ByteOrder::Big && layout.predictor != Predictor::Float {
            match layout.bits {
                16 => samples.as_chunks_mut::<2>().0.iter_mut().for_each(|number| number.reverse()),
                32 => samples.as_chunks_mut::<4>().0.iter_mut().for_each(|number| number.reverse()),
                64 => samples.as_chunks_mut::<8>().0.iter_mut().for_each(|number| number.reverse()),
                _ => {}
            }
        }
        predictor::undo(samples, layout);
        if !layout.bits.is_multiple_of(8) {
            *samples = widen(samples, layout);
        }
        Ok(())
    }
}

/// Which lines of strips or tiles, each of so many coordinates, have a part of a range.
fn touched(range: &Range<usize>, each: usize) -> Range<usize> {
    range.start / each..range.end.div_ceil(each)
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
