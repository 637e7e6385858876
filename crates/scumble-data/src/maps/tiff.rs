//! Maps as TIFF f32, row by row.

use super::sink::{Output, Sink};
use crate::Location;
use crate::formats::location::{LocationTag, LocationTags};
use ndarray::ArrayView3;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// TIFF, f32 grey, uncompressed strips.
///
/// Without compression every offset is known beforehand, so the directory is written first and the rows follow as
/// they come. The `tiff` crate's encoder borrows itself, so it cannot be held across bands.
pub(super) struct Tiff {
    output: Output,
    /// What the directory says, until it is written with the first rows.
    header: Option<Header>,
}

pub(super) struct Header {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) sample: Sample,
    pub(super) location: Option<LocationTags>,
}

/// What a number is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sample {
    U16,
    U32,
    F32,
}

impl Sample {
    fn bytes(self) -> u64 {
        if self == Self::U16 { 2 } else { 4 }
    }
}

/// Bytes of a strip, about; readers take strips whole.
const STRIP: u64 = 1 << 16;

const TEXT: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;

struct Strips {
    rows_each: u64,
    /// The bytes of each.
    bytes: Vec<u32>,
    all: u64,
}

impl Strips {
    /// None where the file would be longer than the 4 GiB that its offsets can say.
    fn plan(height: usize, width: usize, sample: Sample) -> Option<Self> {
        let (height, row) = (height as u64, (width as u64).checked_mul(sample.bytes())?);
        let rows_each = (STRIP / row).clamp(1, height);
        let (mut bytes, mut all) = (Vec::new(), 0);
        for strip in 0..height.div_ceil(rows_each) {
            let strip = rows_each.min(height - strip * rows_each).checked_mul(row)?;
            bytes.push(u32::try_from(strip).ok()?);
            all += strip;
            // Two numbers of 4 bytes for each, and some room for all else.
            u32::try_from(all + 8 * bytes.len() as u64 + STRIP).ok()?;
        }
        Some(Self { rows_each, bytes, all })
    }
}

impl Tiff {
    /// Whether TIFF can hold a map of this size.
    pub(super) fn holds(height: usize, width: usize) -> bool {
        Strips::plan(height, width, Sample::F32).is_some()
    }

    pub(super) fn create(folder: &Path, target: &Path, height: usize, width: usize) -> io::Result<Self> {
        let output = Output::create(folder, target)?;
        Ok(Self { output, header: Some(Header { height, width, sample: Sample::F32, location: None }) })
    }
}

impl Header {
    /// Header and directory, and behind it the values that are longer than its entries.
    pub(super) fn bytes(self) -> Option<Vec<u8>> {
        let strips = Strips::plan(self.height, self.width, self.sample)?;
        let is_float = self.sample == Sample::F32;
        let number =
            |tag, kind, value: u32| LocationTag { tag, kind, count: 1, bytes: value.to_le_bytes().to_vec() };
        let numbers = |tag, values: &[u32]| LocationTag {
            tag,
            kind: LONG,
            count: values.len() as u32,
            bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        };
        let mut entries = vec![
            number(256, LONG, self.width as u32),
            number(257, LONG, self.height as u32),
            number(258, SHORT, 8 * self.sample.bytes() as u32), // bits a sample
            number(259, SHORT, 1),                              // no compression
            number(262, SHORT, 1),                              // black is zero
            numbers(273, &vec![0; strips.bytes.len()]),
            number(277, SHORT, 1), // samples a pixel
            number(278, LONG, strips.rows_each as u32),
            numbers(279, &strips.bytes),
            number(339, SHORT, if is_float { 3 } else { 1 }), // floating point or unsigned
        ];
        if let Some(location) = self.location {
            if location.is_on_earth() && is_float {
                // To GDAL NaN is a number unless this says otherwise.
                entries.push(LocationTag { tag: 42_113, kind: TEXT, count: 4, bytes: b"nan\0".to_vec() });
            }
            entries.extend(location.0);
        }
        entries.sort_by_key(|entry| entry.tag);
        let end = 8 + 2 + 12 * entries.len() + 4;
        let behind: usize = entries.iter().map(|entry| behind(&entry.bytes)).sum();
        let first = (end + behind) as u64;
        u32::try_from(first + strips.all).ok()?;
        // A running sum of what stays below 4 GiB.
        let offsets = strips.bytes.iter().scan(first as u32, |at, bytes| {
            let here = *at;
            *at = at.wrapping_add(*bytes);
            Some(here)
        });
        let offsets: Vec<u32> = offsets.collect();
        let places = entries.iter().position(|entry| entry.tag == 273).expect("it is among them");
        entries[places] = numbers(273, &offsets);
        Some(directory(&entries, end))
    }
}

/// How many bytes of a value stand behind the directory: those of up to 4 are in its entry, others begin at an even place.
fn behind(value: &[u8]) -> usize {
    if value.len() > 4 { value.len().next_multiple_of(2) } else { 0 }
}

fn directory(entries: &[LocationTag], end: usize) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((entries.len() as u16).to_le_bytes());
    let mut at = end as u32;
    for LocationTag { tag, kind, count, bytes } in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        let mut field = [0; 4];
        match behind(bytes) {
            0 => field[..bytes.len()].copy_from_slice(bytes),
            long => {
                field = at.to_le_bytes();
                at += long as u32;
            }
        }
        file.extend(field);
    }
    file.extend(0u32.to_le_bytes());
    for value in entries.iter().map(|entry| &entry.bytes).filter(|value| behind(value) > 0) {
        file.extend(value);
        file.resize(file.len().next_multiple_of(2), 0);
    }
    file
}

impl Sink for Tiff {
    fn place(&mut self, location: &Location) {
        if let (Some(header), Location::Tags(tags)) = (&mut self.header, location) {
            header.location = Some(tags.clone());
        }
    }

    fn write(&mut self, rows: ArrayView3<'_, f32>) -> io::Result<()> {
        if let Some(header) = self.header.take() {
            let bytes = header.bytes().ok_or_else(|| io::Error::other("more than 4 GiB"))?;
            self.output.out.write_all(&bytes)?;
        }
        self.output.write(rows)
    }

    fn finish(self: Box<Self>) -> io::Result<PathBuf> {
        self.output.finish()
    }
}
