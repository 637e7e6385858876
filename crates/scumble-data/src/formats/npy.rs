//! NumPy's array file as a raster.

use super::elements::{Number, Order};
use super::npy_header::Header;
use super::source::{Bytes, DecodeError, Source};
use super::{Format, Numbers, Purpose, RasterInfo};
use crate::Raster;
use std::io::Read;

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

    fn info(&self, source: &mut Source) -> Result<RasterInfo, DecodeError> {
        info(&mut source.reader)
    }

    fn decode(&self, source: &mut Source, purpose: Purpose) -> Result<Raster, DecodeError> {
        decode(&mut source.reader, source.bytes, purpose)
    }
}

/// What the header of an NPY file says, wherever it is read from.
pub(super) fn info(reader: &mut impl Read) -> Result<RasterInfo, DecodeError> {
    let header = Header::read(reader)?;
    let (height, width, channels) = size(&header.shape)?;
    let numbers = match header.number {
        Number::Bool | Number::Unsigned(1) => Numbers::U8,
        Number::Unsigned(2) => Numbers::U16,
        Number::Unsigned(_) | Number::Signed(_) => Numbers::Integer,
        Number::Float(_) => Numbers::Float,
    };
    Ok(RasterInfo {
        height,
        width,
        channels,
        numbers,
        indexed: indexed(header.number),
        affine: None,
        orientation: 1,
        nodata: None,
    })
}

/// Decodes an NPY file of a known length, wherever it is read from.
pub(super) fn decode(reader: &mut impl Read, file: Bytes, purpose: Purpose) -> Result<Raster, DecodeError> {
    let header = Header::read(reader)?;
    let (height, width, channels) = size(&header.shape)?;
    let count = file.believe((height, width, channels), header.number.bytes())?;
    let elements = header.elements(file, Some(count))?;
    let order = if header.fortran { Order::Fortran } else { Order::C };
    let samples = elements.samples(reader, purpose, (height, width, channels), order)?;
    Ok(Raster { height, width, channels, samples, indexed: indexed(header.number), nodata: None })
}

pub(super) fn indexed(number: Number) -> Option<u16> {
    (number == Number::Bool).then_some(1)
}

fn size(shape: &[usize]) -> Result<(usize, usize, usize), DecodeError> {
    match *shape {
        [height, width] => Ok((height, width, 1)),
        [height, width, channels] => Ok((height, width, channels)),
        _ => Err(DecodeError::Unsupported(format!(
            "an array of shape {shape:?}; expected [height, width] or [height, width, channels]"
        ))),
    }
}
