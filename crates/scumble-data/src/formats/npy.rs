use super::npy_elements::{believe, elements};
use super::npy_header::{Header, Number};
use super::source::{Fault, Source, narrow};
use super::{Format, Numbers, Purpose, RasterInfo};
use crate::{Raster, Samples};

/// NumPy's array file, [H, W] or [H, W, C].
///
/// The header is parsed here and not by `npyz`: its sizes are multiplied before anyone can check them.
pub(super) struct Npy;

impl Format for Npy {
    fn name(&self) -> &'static str {
        "NPY"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["npy"]
    }

    fn begins(&self, head: &[u8]) -> bool {
        head.starts_with(b"\x93NUMPY")
    }

    fn info(&self, source: &mut Source) -> Result<RasterInfo, Fault> {
        let header = Header::read(&mut source.reader)?;
        let (height, width, channels) = size(&header.shape)?;
        let numbers = match header.number {
            Number::Bool | Number::Unsigned(1) => Numbers::U8,
            Number::Unsigned(2) => Numbers::U16,
            Number::Unsigned(_) | Number::Signed(_) => Numbers::Integer,
            Number::Float(_) => Numbers::Float,
        };
        Ok(RasterInfo { height, width, channels, numbers, indexed: indexed(header.number) })
    }

    fn decode(&self, source: &mut Source, purpose: Purpose) -> Result<Raster, Fault> {
        let header = Header::read(&mut source.reader)?;
        let (height, width, channels) = size(&header.shape)?;
        let count = source.bytes.believe((height, width, channels), header.number.bytes())?;
        let count = believe(source, &header, Some(count))?;
        let samples = Elements { source, count, header: &header, size: (height, width, channels) };
        let samples = samples.read(purpose)?;
        Ok(Raster { height, width, channels, samples, indexed: indexed(header.number) })
    }
}

fn indexed(number: Number) -> Option<u16> {
    (number == Number::Bool).then_some(1)
}

fn size(shape: &[usize]) -> Result<(usize, usize, usize), Fault> {
    match *shape {
        [height, width] => Ok((height, width, 1)),
        [height, width, channels] => Ok((height, width, channels)),
        _ => Err(Fault::Unsupported(format!(
            "an array of shape {shape:?}; expected [height, width] or [height, width, channels]"
        ))),
    }
}

struct Elements<'a> {
    source: &'a mut Source,
    count: usize,
    header: &'a Header,
    size: (usize, usize, usize),
}

impl Elements<'_> {
    fn read(mut self, purpose: Purpose) -> Result<Samples, Fault> {
        let pixel = (self.size.1, self.size.2);
        /// Integers without a natural full scale.
        macro_rules! integers {
            ($type:ty) => {
                match purpose {
                    Purpose::Labels => {
                        let values = self.values(<$type>::from_le_bytes, <$type>::from_be_bytes)?;
                        narrow(&values, pixel)?
                    }
                    Purpose::Picture => Samples::F32(self.values(
                        |bytes| <$type>::from_le_bytes(bytes) as f32,
                        |bytes| <$type>::from_be_bytes(bytes) as f32,
                    )?),
                }
            };
        }
        Ok(match self.header.number {
            Number::Bool => {
                let on = if purpose == Purpose::Picture { 255 } else { 1 };
                let bit = |[byte]: [u8; 1]| u8::from(byte != 0) * on;
                Samples::U8(self.values(bit, bit)?)
            }
            Number::Unsigned(1) => Samples::U8(self.values(u8::from_le_bytes, u8::from_be_bytes)?),
            Number::Unsigned(2) => Samples::U16(self.values(u16::from_le_bytes, u16::from_be_bytes)?),
            Number::Unsigned(4) => integers!(u32),
            Number::Unsigned(_) => integers!(u64),
            Number::Signed(1) => integers!(i8),
            Number::Signed(2) => integers!(i16),
            Number::Signed(4) => integers!(i32),
            Number::Signed(_) => integers!(i64),
            Number::Float(4) => Samples::F32(self.values(f32::from_le_bytes, f32::from_be_bytes)?),
            Number::Float(_) => Samples::F32(self.values(
                |bytes| f64::from_le_bytes(bytes) as f32,
                |bytes| f64::from_be_bytes(bytes) as f32,
            )?),
        })
    }

    /// All elements of N bytes in C order.
    fn values<T: Copy, const N: usize>(
        &mut self,
        little: impl Fn([u8; N]) -> T,
        big: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, Fault> {
        let values = elements(self.source, self.header, self.count, little, big)?;
        let (height, width, channels) = self.size;
        if !self.header.fortran {
            return Ok(values);
        }
        let at = |y, x, c| y + height * (x + width * c);
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
        Ok(pixels
            .flat_map(|(y, x)| (0..channels).map(move |c| (y, x, c)))
            .map(|(y, x, c)| values[at(y, x, c)])
            .collect())
    }
}
