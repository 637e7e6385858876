//! The directories of a TIFF file: which tags each page has, and their values.

use crate::formats::location::LocationTag;
use crate::formats::source::{DecodeError, Source};
use std::collections::HashSet;
use std::io::{Read, Seek, SeekFrom};

/// The tags of one page.
pub(super) struct Directory {
    order: ByteOrder,
    entries: Vec<Entry>,
}

/// In which order a file writes the bytes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

struct Entry {
    tag: u16,
    kind: u64,
    count: u64,
    /// The value where it fits, else its place in the file: 4 bytes, in a BigTIFF 8.
    field: [u8; 8],
    field_bytes: usize,
}

impl ByteOrder {
    /// The number in at most eight bytes.
    fn number(self, bytes: &[u8]) -> u64 {
        let join = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        match self {
            ByteOrder::Little => bytes.iter().rev().fold(0, join),
            ByteOrder::Big => bytes.iter().fold(0, join),
        }
    }

    fn read(self, source: &mut Source, bytes: usize) -> Result<u64, DecodeError> {
        let mut number = [0; 8];
        source.reader.read_exact(&mut number[..bytes])?;
        Ok(self.number(&number[..bytes]))
    }
}

impl Directory {
    /// The directories in the order in which the file chains them; there is at least one.
    pub(super) fn list(source: &mut Source) -> Result<Vec<Self>, DecodeError> {
        let mut magic = [0; 4];
        source.reader.rewind()?;
        source.reader.read_exact(&mut magic)?;
        let order = if magic.starts_with(b"II") { ByteOrder::Little } else { ByteOrder::Big };
        // Places in a BigTIFF have 8 bytes, and it says so.
        let big = magic.contains(&b'+');
        if big && (order.read(source, 2)?, order.read(source, 2)?) != (8, 0) {
            return Err(DecodeError::Broken("a BigTIFF whose places are not of 8 bytes".to_owned()));
        }
        let (place, count) = if big { (8, 8) } else { (4, 2) };
        let mut next = order.read(source, place)?;
        let (mut directories, mut seen, mut left) = (Vec::new(), HashSet::new(), source.bytes.0);
        while next != 0 {
            if !seen.insert(next) {
                return Err(DecodeError::Broken("its pages go round in a circle".to_owned()));
            }
            source.reader.seek(SeekFrom::Start(next))?;
            let entries = order.read(source, count)?;
            // Directories do not overlap, so all of them together are no longer than the file.
            let bytes = entries.saturating_mul(4 + 2 * place as u64);
            left = left.checked_sub(bytes).ok_or_else(too_early)?;
            let entries =
                (0..entries).map(|_| Entry::read(source, order, place)).collect::<Result<_, _>>()?;
            directories.push(Self { order, entries });
            next = order.read(source, place)?;
        }
        match directories.is_empty() {
            true => Err(DecodeError::Broken("there is no image in it".to_owned())),
            false => Ok(directories),
        }
    }

    /// In which order the bytes of the samples are, too.
    pub(super) fn order(&self) -> ByteOrder {
        self.order
    }

    pub(super) fn has(&self, tag: u16) -> bool {
        self.entry(tag).is_some()
    }

    /// The whole numbers that a tag says; None without the tag.
    pub(super) fn numbers(&self, source: &mut Source, tag: u16) -> Result<Option<Vec<u64>>, DecodeError> {
        let Some(entry) = self.entry(tag) else { return Ok(None) };
        let bytes = match entry.kind {
            BYTE => 1,
            SHORT => 2,
            LONG | IFD => 4,
            LONG8 | IFD8 => 8,
            kind => {
                return Err(DecodeError::Broken(format!(
                    "tag {tag} is no whole number (its type is {kind})"
                )));
            }
        };
        let value = entry.value(source, self.order, bytes)?;
        Ok(Some(value.chunks_exact(bytes).map(|number| self.order.number(number)).collect()))
    }

    /// The first number that a tag says; None without the tag.
    pub(super) fn number(&self, source: &mut Source, tag: u16) -> Result<Option<u64>, DecodeError> {
        Ok(self.numbers(source, tag)?.and_then(|numbers| numbers.first().copied()))
    }

    /// The bytes of a tag: text, tables; None without the tag.
    pub(super) fn bytes(&self, source: &mut Source, tag: u16) -> Result<Option<Vec<u8>>, DecodeError> {
        let Some(entry) = self.entry(tag) else { return Ok(None) };
        match entry.kind {
            BYTE | TEXT | UNDEFINED => entry.value(source, self.order, 1).map(Some),
            kind => Err(DecodeError::Broken(format!("tag {tag} is no text (its type is {kind})"))),
        }
    }

    /// The first fraction that a tag says, numerator over denominator; None without the tag, or of another type.
    pub(super) fn rational(&self, source: &mut Source, tag: u16) -> Result<Option<f64>, DecodeError> {
        let Some(entry) = self.entry(tag).filter(|entry| entry.kind == RATIONAL && entry.count > 0) else {
            return Ok(None);
        };
        let value = entry.value(source, self.order, 8)?;
        let [over, under] = [&value[..4], &value[4..8]].map(|part| self.order.number(part) as f64);
        Ok(Some(over / under))
    }

    /// A tag as it is, its elements in little endian; None without the tag, or of a type that no location has.
    pub(super) fn raw(&self, source: &mut Source, tag: u16) -> Result<Option<LocationTag>, DecodeError> {
        let Some(entry) = self.entry(tag) else { return Ok(None) };
        // The bytes of an element, and of the numbers in it.
        let (bytes, number) = match entry.kind {
            TEXT => (1, 1),
            SHORT => (2, 2),
            RATIONAL => (8, 4),
            DOUBLE => (8, 8),
            _ => return Ok(None),
        };
        let mut value = entry.value(source, self.order, bytes)?;
        if self.order == ByteOrder::Big {
            value.chunks_exact_mut(number).for_each(<[u8]>::reverse);
        }
        let count = u32::try_from(entry.count).map_err(|_| too_early())?;
        Ok(Some(LocationTag { tag, kind: entry.kind as u16, count, bytes: value }))
    }

    fn entry(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }
}

const BYTE: u64 = 1;
const TEXT: u64 = 2;
const SHORT: u64 = 3;
const LONG: u64 = 4;
const RATIONAL: u64 = 5;
const UNDEFINED: u64 = 7;
const DOUBLE: u64 = 12;
const IFD: u64 = 13;
const LONG8: u64 = 16;
const IFD8: u64 = 18;

impl Entry {
    fn read(source: &mut Source, order: ByteOrder, place: usize) -> Result<Self, DecodeError> {
        let tag = order.read(source, 2)? as u16;
        let kind = order.read(source, 2)?;
        let count = order.read(source, place)?;
        let mut field = [0; 8];
        source.reader.read_exact(&mut field[..place])?;
        Ok(Self { tag, kind, count, field, field_bytes: place })
    }

    /// The value of `each` bytes an element; no longer than the file.
    fn value(&self, source: &mut Source, order: ByteOrder, each: usize) -> Result<Vec<u8>, DecodeError> {
        let field = &self.field[..self.field_bytes];
        let bytes = self.count.checked_mul(each as u64).filter(|bytes| *bytes <= source.bytes.0);
        let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok()).ok_or_else(too_early)?;
        if bytes <= field.len() {
            return Ok(field[..bytes].to_vec());
        }
        source.reader.seek(SeekFrom::Start(order.number(field)))?;
        let mut value = vec![0; bytes];
        source.reader.read_exact(&mut value)?;
        Ok(value)
    }
}

fn too_early() -> DecodeError {
    DecodeError::Broken("the file ends too early".to_owned())
}
