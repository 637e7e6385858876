//! What stands at the beginning of a TIFF of numbers: header, directory and its values, of known length.

use crate::formats::location::{LocationTag, LocationTags};

/// The size of a map, and where it lies.
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
    pub(super) fn bytes(self) -> usize {
        if self == Self::U16 { 2 } else { 4 }
    }
}

/// How the pixels stand in the file.
pub(super) struct Pixels {
    /// The number of a compression, and of what is done before it.
    pub(super) compression: u16,
    pub(super) predictor: u16,
    /// (rows, columns) of a tile, or the rows of a strip.
    pub(super) tile: Option<(usize, usize)>,
    pub(super) rows: usize,
    /// Where each strip or tile begins, and how many bytes it has.
    pub(super) offsets: Vec<u64>,
    pub(super) lengths: Vec<u64>,
}

const TEXT: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const LONG8: u16 = 16;

impl Header {
    /// The bytes, of a BigTIFF if `big`: as many whatever the offsets and lengths are.
    pub(super) fn bytes(&self, pixels: &Pixels, big: bool) -> Vec<u8> {
        let short = |tag, value: u16| entry(tag, SHORT, 1, value.to_le_bytes().to_vec());
        let long = |tag, value: usize| entry(tag, LONG, 1, (value as u32).to_le_bytes().to_vec());
        let places = |tag, values: &[u64]| {
            let (kind, bytes) = if big { (LONG8, 8) } else { (LONG, 4) };
            let values = values.iter().flat_map(|value| value.to_le_bytes().into_iter().take(bytes));
            let values: Vec<u8> = values.collect();
            entry(tag, kind, (values.len() / bytes) as u32, values)
        };
        let is_float = self.sample == Sample::F32;
        let mut entries = vec![
            long(256, self.width),
            long(257, self.height),
            short(258, 8 * self.sample.bytes() as u16), // bits a sample
            short(259, pixels.compression),
            short(262, 1),                            // black is zero
            short(277, 1),                            // samples a pixel
            short(339, if is_float { 3 } else { 1 }), // floating point or unsigned
        ];
        match pixels.tile {
            None => entries.extend([
                places(273, &pixels.offsets),
                long(278, pixels.rows),
                places(279, &pixels.lengths),
            ]),
            Some((rows, columns)) => entries.extend([
                short(317, pixels.predictor),
                long(322, columns),
                long(323, rows),
                places(324, &pixels.offsets),
                places(325, &pixels.lengths),
            ]),
        }
        if let Some(location) = &self.location {
            if location.is_on_earth() && is_float {
                // To GDAL NaN is a number unless this says otherwise.
                entries.push(entry(42_113, TEXT, 4, b"nan\0".to_vec()));
            }
            entries.extend(location.0.iter().cloned());
        }
        entries.sort_by_key(|entry| entry.tag);
        directory(&entries, big)
    }
}

fn entry(tag: u16, kind: u16, count: u32, bytes: Vec<u8>) -> LocationTag {
    LocationTag { tag, kind, count, bytes }
}

/// A file of one directory, whose longer values stand behind it, each at an even place.
fn directory(entries: &[LocationTag], big: bool) -> Vec<u8> {
    // The bytes of a place, and of the number of entries.
    let (place, many) = if big { (8, 8) } else { (4, 2) };
    let mut file = match big {
        true => b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0".to_vec(),
        false => b"II*\0\x08\0\0\0".to_vec(),
    };
    let number = |value: usize, bytes: usize| (value as u64).to_le_bytes().into_iter().take(bytes);
    file.extend(number(entries.len(), many));
    let behind = |value: &[u8]| if value.len() > place { value.len().next_multiple_of(2) } else { 0 };
    let mut at = file.len() + entries.len() * (4 + 2 * place) + place;
    for LocationTag { tag, kind, count, bytes } in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(number(*count as usize, place));
        match behind(bytes) {
            0 => {
                file.extend(bytes);
                file.extend(vec![0; place - bytes.len()]);
            }
            long => {
                file.extend(number(at, place));
                at += long;
            }
        }
    }
    file.extend(vec![0; place]);
    for value in entries.iter().map(|entry| &entry.bytes).filter(|value| behind(value) > 0) {
        file.extend(value);
        file.resize(file.len().next_multiple_of(2), 0);
    }
    file
}
