//! Numbers one after the other, as NPY and NIfTI files have them.

use super::Purpose;
use super::source::{DecodeError, narrow};
use crate::Samples;
use std::io::Read;

/// The number types that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Bool,
    Unsigned(usize),
    Signed(usize),
    Float(usize),
}

impl Number {
    /// Bytes an element.
    pub(super) fn bytes(self) -> usize {
        match self {
            Number::Bool => 1,
            Number::Unsigned(n) | Number::Signed(n) | Number::Float(n) => n,
        }
    }
}

/// What comes next in a file: `count` numbers of one type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elements {
    pub(super) number: Number,
    pub(super) big_endian: bool,
    pub(super) count: usize,
}

impl Elements {
    /// All elements in the file's order, read by portions so that the file is never in memory twice.
    pub(super) fn values<T: Copy, const N: usize>(
        self,
        reader: &mut impl Read,
        little: impl Fn([u8; N]) -> T,
        big: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, DecodeError> {
        let mut values = Vec::with_capacity(self.count);
        let mut portion = [0; 1 << 13];
        while values.len() < self.count {
            let bytes = (self.count - values.len()).saturating_mul(N).min(portion.len());
            reader.read_exact(&mut portion[..bytes])?;
            let elements = portion[..bytes].as_chunks::<N>().0;
            if self.big_endian {
                values.extend(elements.iter().map(|&element| big(element)));
            } else {
                values.extend(elements.iter().map(|&element| little(element)));
            }
        }
        Ok(values)
    }

    /// All elements as samples of a raster of `size` = (height, width, channels).
    pub(super) fn samples(
        self,
        reader: &mut impl Read,
        purpose: Purpose,
        size: (usize, usize, usize),
        order: Order,
    ) -> Result<Samples, DecodeError> {
        macro_rules! read {
            ($type:ty) => {
                order.c(self.values(reader, <$type>::from_le_bytes, <$type>::from_be_bytes)?, size)
            };
        }
        /// Integers without a natural full scale.
        macro_rules! integers {
            ($type:ty) => {
                match purpose {
                    Purpose::Labels | Purpose::Judging => narrow(&read!($type)),
                    Purpose::Picture => Samples::F32(order.c(
                        self.values(
                            reader,
                            |bytes| <$type>::from_le_bytes(bytes) as f32,
                            |bytes| <$type>::from_be_bytes(bytes) as f32,
                        )?,
                        size,
                    )),
                }
            };
        }
        Ok(match self.number {
            Number::Bool => {
                let on = if purpose == Purpose::Picture { 255 } else { 1 };
                let bit = |[byte]: [u8; 1]| u8::from(byte != 0) * on;
                Samples::U8(order.c(self.values(reader, bit, bit)?, size))
            }
            Number::Unsigned(1) => Samples::U8(read!(u8)),
            Number::Unsigned(2) => Samples::U16(read!(u16)),
            Number::Unsigned(4) => integers!(u32),
            Number::Unsigned(_) => integers!(u64),
            Number::Signed(1) => integers!(i8),
            Number::Signed(2) => integers!(i16),
            Number::Signed(4) => integers!(i32),
            Number::Signed(_) => integers!(i64),
            Number::Float(4) => Samples::F32(read!(f32)),
            Number::Float(_) if purpose == Purpose::Judging => Samples::F64(read!(f64)),
            Number::Float(_) => {
                let narrow = |wide: f64| wide as f32;
                let (little, big) = (|b| narrow(f64::from_le_bytes(b)), |b| narrow(f64::from_be_bytes(b)));
                Samples::F32(order.c(self.values(reader, little, big)?, size))
            }
        })
    }
}

/// Which axis of [height, width, channels] is the fastest in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The last.
    C,
    /// The first.
    Fortran,
}

impl Order {
    /// The values in C order.
    fn c<T: Copy>(self, values: Vec<T>, (height, width, channels): (usize, usize, usize)) -> Vec<T> {
        if self == Order::C {
            return values;
        }
        let at = |y, x, c| y + height * (x + width * c);
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
        pixels
            .flat_map(|(y, x)| (0..channels).map(move |c| (y, x, c)))
            .map(|(y, x, c)| values[at(y, x, c)])
            .collect()
    }
}
