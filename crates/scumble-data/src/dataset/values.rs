//! A raster's numbers as probabilities or marks.

use super::encoding::Encoding;
use crate::{DataError, Raster, Samples};
use ndarray::{Array2, Array3, ArrayView3, Axis, concatenate};
use scumble::labels::UNSEEN;
use std::path::Path;

/// Probabilities [channels, H, W]. Floats as they are (NaN stays), integers by `encoding` (not indices).
///
/// # Errors
/// An integer that is neither off nor on where only these can be.
pub(super) fn planes(raster: &Raster, encoding: Encoding, path: &Path) -> Result<Array3<f32>, DataError> {
    let shape = (raster.channels, raster.height, raster.width);
    if raster.is_float() {
        return Ok(Array3::from_shape_fn(shape, |(c, y, x)| raster.raw(y, x, c)));
    }
    if encoding == Encoding::Soft && raster.indexed.is_none() {
        return Ok(raster.to_unit());
    }
    let mut planes = Array3::zeros(shape);
    for ((c, y, x), p) in planes.indexed_iter_mut() {
        *p = f32::from(on_off(raster.raw(y, x, c)).ok_or_else(|| not_on_off(raster, (c, y, x), path))?);
    }
    Ok(planes)
}

/// The same with all digits of 64-bit floats; None where the numbers are others.
pub(super) fn wide_planes(raster: &Raster) -> Option<Array3<f64>> {
    let Samples::F64(samples) = &raster.samples else { return None };
    let at = |(c, y, x)| samples[(y * raster.width + x) * raster.channels + c];
    Some(Array3::from_shape_fn((raster.channels, raster.height, raster.width), at))
}

/// How far the sum of `classes` exclusive maps of this raster's type may be from 1: half a step a class.
///
/// None for floats: the labels' own tolerance.
pub(super) fn tolerance(raster: &Raster, encoding: Encoding, classes: usize) -> Option<f64> {
    let quantised = encoding == Encoding::Soft && !raster.is_float();
    quantised.then(|| (classes as f64 / 2.0 / f64::from(raster.full_scale())).max(1e-3) + 1e-6)
}

/// Class indices [H, W]; [`UNSEEN`] where the value is NaN or `ignore_index`.
///
/// # Errors
/// More than one channel, a float that is no integer.
pub(super) fn indices(
    raster: &Raster,
    ignore_index: Option<u16>,
    path: &Path,
) -> Result<Array2<u16>, DataError> {
    if raster.channels != 1 {
        let advice = "class indices have one";
        let path = path.to_owned();
        return Err(DataError::Channels { path, found: raster.channels, expected: 1, advice });
    }
    let mut indices = Array2::zeros((raster.height, raster.width));
    for ((row, column), index) in indices.indexed_iter_mut() {
        let value = raster.raw(row, column, 0);
        *index = match value {
            v if v.is_nan() || Some(v) == ignore_index.map(f32::from) => UNSEEN,
            v if v.fract() == 0.0 && (0.0..f32::from(UNSEEN)).contains(&v) => v as u16,
            _ => {
                let problem = "is no class index; indices are whole numbers from 0".to_owned();
                let (path, value) = (path.to_owned(), f64::from(value));
                return Err(DataError::Value { path, row, column, value, problem });
            }
        };
    }
    Ok(indices)
}

/// On/off marks [channels, H, W], 0 and 1; [`UNSEEN`] where the value is NaN or `ignore_index`.
///
/// # Errors
/// A value that is neither: raters' masks are hard.
pub(super) fn marks(
    raster: &Raster,
    ignore_index: Option<u16>,
    path: &Path,
) -> Result<Array3<u16>, DataError> {
    let mut marks = Array3::zeros((raster.channels, raster.height, raster.width));
    for ((c, y, x), mark) in marks.indexed_iter_mut() {
        let value = raster.raw(y, x, c);
        *mark = match on_off(value) {
            _ if value.is_nan() || Some(value) == ignore_index.map(f32::from) => UNSEEN,
            Some(on) => u16::from(on),
            None => return Err(not_on_off(raster, (c, y, x), path)),
        };
    }
    Ok(marks)
}

/// Where any channel is not zero (NaN is not zero), [H, W].
pub(super) fn nonzero(raster: &Raster) -> Array2<bool> {
    Array2::from_shape_fn((raster.height, raster.width), |(y, x)| {
        (0..raster.channels).any(|c| raster.raw(y, x, c) != 0.0)
    })
}

/// Planes [1, H, W] of one size -> [K, H, W].
pub(super) fn stacked<T: Copy>(planes: &[Array3<T>]) -> Array3<T> {
    let views: Vec<ArrayView3<'_, T>> = planes.iter().map(|plane| plane.view()).collect();
    concatenate(Axis(0), &views).expect("every plane was held against one size, and there is a class")
}

/// 0 is off; 1, 255 and 65535 are on: what mask files write for it, whatever their type.
fn on_off(value: f32) -> Option<u8> {
    match value {
        0.0 => Some(0),
        1.0 | 255.0 | 65535.0 => Some(1),
        _ => None,
    }
}

fn not_on_off(raster: &Raster, (c, row, column): (usize, usize, usize), path: &Path) -> DataError {
    let value = f64::from(raster.raw(row, column, c));
    let problem = "is neither off (0) nor on (1 or 255); masks are hard: \
         store soft maps in labels/, and class indices as one index map an image"
        .to_owned();
    DataError::Value { path: path.to_owned(), row, column, value, problem }
}
