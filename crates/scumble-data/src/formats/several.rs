//! Several maps of one image in one array, [S, H, W] or [S, K, H, W].

use super::elements::{Elements, Order};
use super::npy::indexed;
use super::npy_header::Header;
use super::npz::in_array;
use super::source::{Bytes, DecodeError};
use super::{Purpose, by_extension, npy, npz, read};
use crate::{DataError, Raster, Samples};
use std::io::Read;
use std::path::Path;

/// Whether the name is that of an array file.
pub(crate) fn is_array(path: &Path) -> bool {
    use super::Format;
    let names = [npy::Npy.name(), npz::Npz.name()];
    by_extension(path).is_some_and(|format| names.contains(&format.name()))
}

/// The S maps of an array [S, K, H, W] of `channels` = K channels each, in NPY or NPZ; of one channel also [S, H, W].
///
/// # Errors
/// As [`read_raster`](super::read_raster); another shape.
pub(crate) fn read_several(path: &Path, channels: usize) -> Result<Vec<Raster>, DataError> {
    read(path, |format, source| match format.name() == super::Format::name(&npz::Npz) {
        true => in_array(source, |array, bytes| decode(array, bytes, channels)),
        false => decode(&mut source.reader, source.bytes, channels),
    })
}

fn decode(reader: &mut impl Read, file: Bytes, channels: usize) -> Result<Vec<Raster>, DecodeError> {
    let header = Header::read(reader)?;
    let [count, height, width] = match header.shape[..] {
        [count, height, width] if channels == 1 => [count, height, width],
        [count, found, height, width] if found == channels => [count, height, width],
        _ => return Err(other_shape(&header.shape, channels)),
    };
    let planes = count.saturating_mul(channels);
    let size = (planes, height, width);
    let all = file.believe(size, header.number.bytes())?;
    let elements: Elements = header.elements(file, Some(all))?;
    // Samples and channels are neighbours in either order, so both together are one axis.
    let order = if header.fortran { Order::Fortran } else { Order::C };
    let samples = elements.samples(reader, Purpose::Labels, size, order)?;
    let plane = |sample: usize, channel: usize| match order {
        Order::C => sample * channels + channel,
        Order::Fortran => sample + count * channel,
    };
    let indexed = indexed(header.number);
    let raster = |sample: usize| {
        let planes: Vec<usize> = (0..channels).map(|channel| plane(sample, channel)).collect();
        let samples = match &samples {
            Samples::U8(all) => Samples::U8(pixels(all, &planes, height * width)),
            Samples::U16(all) => Samples::U16(pixels(all, &planes, height * width)),
            Samples::F32(all) => Samples::F32(pixels(all, &planes, height * width)),
            Samples::F64(all) => Samples::F64(pixels(all, &planes, height * width)),
        };
        Raster { height, width, channels, samples, indexed, nodata: None }
    };
    Ok((0..count).map(raster).collect())
}

/// The channels that lie in these planes, pixel by pixel.
fn pixels<T: Copy>(all: &[T], planes: &[usize], size: usize) -> Vec<T> {
    (0..size).flat_map(|at| planes.iter().map(move |plane| all[plane * size + at])).collect()
}

fn other_shape(shape: &[usize], channels: usize) -> DecodeError {
    let expected = match channels {
        1 => "[samples, height, width]".to_owned(),
        _ => format!("[samples, {channels}, height, width]"),
    };
    DecodeError::Unsupported(format!("an array of shape {shape:?}; samples of one image are {expected}"))
}
