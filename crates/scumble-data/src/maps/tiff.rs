//! Maps as TIFF f32, row by row.

use super::sink::{Output, Sink};
use ndarray::ArrayView3;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// TIFF, f32 grey, uncompressed strips.
///
/// Without compression every offset is known beforehand, so the directory is written first and the rows follow as
/// they come. The `tiff` crate's encoder borrows itself, so it cannot be held across bands.
pub(super) struct Tiff(Output);

/// Bytes of a strip, about; readers take strips whole.
const STRIP: u64 = 1 << 16;

/// The size of header and directory: 8 bytes, a count, ten entries of 12 bytes, and the next directory's offset.
const DIRECTORY_END: u64 = 8 + 2 + 10 * 12 + 4;

struct Strips {
    rows_each: u64,
    offsets: Vec<u32>,
    bytes: Vec<u32>,
}

impl Strips {
    /// None where the file would be longer than the 4 GiB that its offsets can say.
    fn plan(height: usize, width: usize) -> Option<Self> {
        let (height, row) = (height as u64, (width as u64).checked_mul(4)?);
        let rows_each = (STRIP / row).clamp(1, height);
        let count = height.div_ceil(rows_each);
        let mut at = DIRECTORY_END + if count > 1 { 8 * count } else { 0 };
        let mut strips = Self { rows_each, offsets: Vec::new(), bytes: Vec::new() };
        for strip in 0..count {
            let bytes = rows_each.min(height - strip * rows_each).checked_mul(row)?;
            strips.offsets.push(u32::try_from(at).ok()?);
            strips.bytes.push(u32::try_from(bytes).ok()?);
            at += bytes;
        }
        u32::try_from(at).is_ok().then_some(strips)
    }
}

impl Tiff {
    /// Whether TIFF can hold a map of this size.
    pub(super) fn holds(height: usize, width: usize) -> bool {
        Strips::plan(height, width).is_some()
    }

    pub(super) fn create(folder: &Path, target: &Path, height: usize, width: usize) -> io::Result<Self> {
        let strips = Strips::plan(height, width).ok_or_else(|| io::Error::other("more than 4 GiB"))?;
        let mut output = Output::create(folder, target)?;
        output.out.write_all(&directory(height, width, &strips))?;
        Ok(Self(output))
    }
}

fn directory(height: usize, width: usize, strips: &Strips) -> Vec<u8> {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    let count = strips.offsets.len() as u32;
    // A single value stands in its entry, several stand behind the directory.
    let (offsets, bytes) = match count {
        1 => (strips.offsets[0], strips.bytes[0]),
        _ => (DIRECTORY_END as u32, DIRECTORY_END as u32 + 4 * count),
    };
    let entries: [(u16, u16, u32, u32); 10] = [
        (256, LONG, 1, width as u32),
        (257, LONG, 1, height as u32),
        (258, SHORT, 1, 32), // bits a sample
        (259, SHORT, 1, 1),  // no compression
        (262, SHORT, 1, 1),  // black is zero
        (273, LONG, count, offsets),
        (277, SHORT, 1, 1), // samples a pixel
        (278, LONG, 1, strips.rows_each as u32),
        (279, LONG, count, bytes),
        (339, SHORT, 1, 3), // floating point
    ];
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend(0u32.to_le_bytes());
    if count > 1 {
        file.extend(strips.offsets.iter().chain(&strips.bytes).flat_map(|n| n.to_le_bytes()));
    }
    file
}

impl Sink for Tiff {
    fn write(&mut self, rows: ArrayView3<'_, f32>) -> io::Result<()> {
        self.0.write(rows)
    }

    fn finish(self: Box<Self>) -> io::Result<PathBuf> {
        self.0.finish()
    }
}
