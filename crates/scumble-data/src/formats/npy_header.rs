//! The header of an NPY file, read and written.

use super::elements::{Elements, Number};
use super::source::{Bytes, DecodeError};
use crate::admit;
use std::io::Read;

/// The header of an NPY file (versions 1 to 3 of the format).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) number: Number,
    pub(super) big_endian: bool,
    /// The first axis is the fastest in the file.
    pub(super) fortran: bool,
    pub(super) shape: Vec<usize>,
    /// The bytes before the first element.
    pub(super) length: u64,
}

/// NumPy's own limit for headers that it trusts.
const LONGEST: usize = 10_000;

impl Header {
    /// Reads the header; the reader then stands at the first element.
    pub(super) fn read(reader: &mut impl Read) -> Result<Self, DecodeError> {
        let mut start = [0; 8];
        reader.read_exact(&mut start)?;
        let (before, length) = match start[6] {
            1 => {
                let mut length = [0; 2];
                reader.read_exact(&mut length)?;
                (10, usize::from(u16::from_le_bytes(length)))
            }
            2 | 3 => {
                let mut length = [0; 4];
                reader.read_exact(&mut length)?;
                (12, u32::from_le_bytes(length) as usize)
            }
            version => {
                return Err(DecodeError::Unsupported(format!("NPY of version {version}; known are 1 to 3")));
            }
        };
        if length > LONGEST {
            return Err(DecodeError::Broken(format!("a header of {length} bytes, more than {LONGEST}")));
        }
        let mut text = vec![0; length];
        reader.read_exact(&mut text)?;
        Self::parse(&String::from_utf8_lossy(&text), before + length as u64)
    }

    /// What follows the header, in a file of a known length.
    ///
    /// Refuses a header that promises more than the rest of the file has: memory is asked for on its word.
    pub(super) fn elements(&self, file: Bytes, count: Option<usize>) -> Result<Elements, DecodeError> {
        let left = file.0.saturating_sub(self.length);
        let needed = count.and_then(|n| n.checked_mul(self.number.bytes()));
        match (count, needed) {
            (Some(count), Some(needed)) if needed as u64 <= left => {
                let what = || format!("{:?} numbers of {} bytes", self.shape, self.number.bytes());
                admit(needed as u64).map_err(|source| DecodeError::TooLarge(what(), source))?;
                Ok(Elements { number: self.number, big_endian: self.big_endian, count })
            }
            _ => {
                let needed = needed.map_or("too many".to_owned(), |n| n.to_string());
                let shape = &self.shape;
                Err(DecodeError::Broken(format!(
                    "the header says {shape:?}, {needed} bytes; the file has {left}"
                )))
            }
        }
    }

    /// Three keys of a Python dictionary literal, found by name: a full parser would only add ways to fail.
    fn parse(text: &str, length: u64) -> Result<Self, DecodeError> {
        let broken = || DecodeError::Broken(format!("the header cannot be understood: {}", text.trim()));
        let after = |key: &str| {
            let at = text.find(&format!("'{key}'")).or_else(|| text.find(&format!("\"{key}\"")))?;
            text[at + key.len() + 2..].trim_start().strip_prefix(':').map(str::trim_start)
        };
        let (big_endian, number) = parse_type(after("descr").ok_or_else(broken)?)?;
        let order = after("fortran_order").ok_or_else(broken)?;
        let fortran = order.starts_with("True");
        if !fortran && !order.starts_with("False") {
            return Err(broken());
        }
        let shape = after("shape").and_then(|rest| rest.strip_prefix('(')).ok_or_else(broken)?;
        let shape = shape.split_once(')').ok_or_else(broken)?.0;
        let shape = shape
            .split(',')
            .map(|n| n.trim().trim_end_matches('L'))
            .filter(|n| !n.is_empty())
            .map(|n| n.parse().map_err(|_| broken()))
            .collect::<Result<_, _>>()?;
        Ok(Self { number, big_endian, fortran, shape, length })
    }
}

/// `'<f4'` and its like: byte order, letter, bytes.
fn parse_type(text: &str) -> Result<(bool, Number), DecodeError> {
    let quoted = text.strip_prefix(['\'', '"']).and_then(|rest| rest.split(['\'', '"']).next());
    let Some(code) = quoted else {
        return Err(DecodeError::Unsupported("NPY with records; store one plain array".to_owned()));
    };
    let big_endian = match code.as_bytes().first() {
        Some(b'>') => true,
        Some(b'<' | b'|' | b'=') => false,
        _ => return Err(DecodeError::Broken(format!("the element type '{code}' cannot be understood"))),
    };
    let number = match code.get(1..) {
        Some("b1") => Number::Bool,
        Some("u1") => Number::Unsigned(1),
        Some("u2") => Number::Unsigned(2),
        Some("u4") => Number::Unsigned(4),
        Some("u8") => Number::Unsigned(8),
        Some("i1") => Number::Signed(1),
        Some("i2") => Number::Signed(2),
        Some("i4") => Number::Signed(4),
        Some("i8") => Number::Signed(8),
        Some("f4") => Number::Float(4),
        Some("f8") => Number::Float(8),
        _ => {
            return Err(DecodeError::Unsupported(format!(
                "NPY with elements of type '{code}'; store integers, booleans, float32 or float64"
            )));
        }
    };
    Ok((big_endian, number))
}

/// A header of version 1: the data, in C order, begins at a multiple of 64.
pub(crate) fn bytes(descr: &str, shape: &[usize]) -> Vec<u8> {
    let shape = shape.iter().map(|n| format!("{n},")).collect::<Vec<_>>().join(" ");
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    let before = 10;
    // The header ends with a newline, which is the "+ 1".
    let padding = (before + text.len() + 1).next_multiple_of(64) - before - text.len() - 1;
    text.extend(std::iter::repeat_n(' ', padding));
    text.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    let length = u16::try_from(text.len()).expect("a shape is shorter than 65535 characters");
    header.extend(length.to_le_bytes());
    header.extend(text.into_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<Header> {
        Header::parse(text, 0).ok()
    }

    #[test]
    fn what_numpy_writes_is_read() {
        let header = parsed("{'descr': '>f8', 'fortran_order': True, 'shape': (3, 4, 5), }   \n").unwrap();
        assert_eq!(
            header,
            Header {
                number: Number::Float(8),
                big_endian: true,
                fortran: true,
                shape: vec![3, 4, 5],
                length: 0
            }
        );
        let one = parsed("{'descr': '|b1', 'fortran_order': False, 'shape': (7,), }").unwrap();
        assert_eq!((one.number, one.shape), (Number::Bool, vec![7]));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "{}",
            "{'descr': '<f4'}",
            "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 2)}",
            "{'descr': '<c8', 'fortran_order': False, 'shape': (2, 2)}",
            "{'descr': '<f4', 'fortran_order': 3, 'shape': (2, 2)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -2)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999, 2)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2",
        ] {
            assert!(parsed(text).is_none(), "{text}");
        }
    }
}
