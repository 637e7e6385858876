//! A raster's numbers as probabilities, marks or class indices.

use super::encoding::Encoding;
use super::whole::whole;
use crate::{DataError, Raster, Samples, ValueProblem};
use ndarray::{Array2, Array3, ArrayView3, Axis, concatenate};
use scumble::labels::UNSEEN;
use std::path::Path;

/// How the numbers of a file are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) encoding: Encoding,
    /// The value that means "nobody knows".
    pub(super) ignore: Option<i64>,
}

impl Rule {
    /// NaN, or the value that means the same.
    pub(super) fn is_nothing(self, value: f32) -> bool {
        // A probability is not rounded.
        let value = if self.encoding == Encoding::Soft { value } else { whole(value).unwrap_or(value) };
        value.is_nan() || self.ignore.is_some_and(|ignore| value == ignore as f32)
    }

    /// Probabilities [channels, H, W], NaN where nobody knows. Floats as they are, integers by the encoding (not indices).
    ///
    /// # Errors
    /// An integer that is neither off nor on where only these can be, or no label at all.
    pub(super) fn planes(self, raster: &Raster, path: &Path) -> Result<Array3<f32>, DataError> {
        let on = OnValue::of(raster, self);
        let grey = self.encoding == Encoding::Soft && raster.indexed.is_none();
        let scale = raster.full_scale();
        self.each(raster, path, f32::NAN, |value| match whole(value) {
            _ if grey && !raster.is_float() => Ok(value / scale),
            Some(negative) if negative < 0.0 => Err(ValueProblem::Label(negative as i64)),
            Some(0.0 | 1.0) | None if raster.is_float() => Ok(value),
            Some(_) if raster.is_float() && grey => Ok(value),
            _ => on.mark(value).map(f32::from),
        })
    }

    /// The same with all digits of 64-bit floats; None where the numbers are others.
    pub(super) fn wide_planes(self, raster: &Raster) -> Option<Array3<f64>> {
        let Samples::F64(samples) = &raster.samples else { return None };
        let at = |(c, y, x)| samples[(y * raster.width + x) * raster.channels + c];
        Some(Array3::from_shape_fn((raster.channels, raster.height, raster.width), at))
    }

    /// How far the sum of `classes` exclusive maps of this raster's type may be from 1: half a step a class.
    ///
    /// None for floats: the labels' own tolerance.
    pub(super) fn tolerance(self, raster: &Raster, classes: usize) -> Option<f64> {
        let quantised = self.encoding == Encoding::Soft && !raster.is_float();
        quantised.then(|| (classes as f64 / 2.0 / f64::from(raster.full_scale())).max(1e-3) + 1e-6)
    }

    /// Class indices [H, W] of one channel; [`UNSEEN`] where nobody knows.
    ///
    /// # Errors
    /// A value that is no index.
    pub(super) fn indices(self, raster: &Raster, path: &Path) -> Result<Array2<u16>, DataError> {
        let index = |value| match whole(value) {
            Some(index) if (0.0..f32::from(UNSEEN)).contains(&index) => Ok(index as u16),
            Some(other) => Err(ValueProblem::Label(other as i64)),
            None => Err(ValueProblem::Index),
        };
        Ok(self.each(raster, path, UNSEEN, index)?.remove_axis(Axis(0)))
    }

    /// On/off marks [channels, H, W], 0 and 1; [`UNSEEN`] where nobody knows.
    ///
    /// # Errors
    /// A value that is neither: raters' masks are hard.
    pub(super) fn marks(self, raster: &Raster, path: &Path) -> Result<Array3<u16>, DataError> {
        let on = OnValue::of(raster, self);
        self.each(raster, path, UNSEEN, |value| on.mark(value).map(u16::from))
    }

    /// Every value by `read`, `nothing` where nobody knows.
    fn each<T: Copy>(
        self,
        raster: &Raster,
        path: &Path,
        nothing: T,
        read: impl Fn(f32) -> Result<T, ValueProblem>,
    ) -> Result<Array3<T>, DataError> {
        let size = (raster.channels, raster.height, raster.width);
        // Beside the file's own numbers, which may be narrower.
        let bytes = (size.0 * size.1 * size.2 * size_of::<T>()) as u64;
        DataError::admit(path, bytes, || format!("labels of {} x {} pixels", raster.height, raster.width))?;
        let mut values = Array3::from_elem(size, nothing);
        for ((channel, row, column), place) in values.indexed_iter_mut() {
            let value = raster.raw(row, column, channel);
            if self.is_nothing(value) {
                continue;
            }
            *place = read(value).map_err(|problem| {
                let (path, value) = (path.to_owned(), f64::from(value));
                DataError::Value { path, row, column, value, problem }
            })?;
        }
        Ok(values)
    }
}

/// Which values of a file are on.
struct OnValue {
    /// The one entry of a palette that is not 0.
    entry: Option<f32>,
}

impl OnValue {
    fn of(raster: &Raster, rule: Rule) -> Self {
        fn find<T: Copy + Into<f32>>(samples: &[T], rule: Rule) -> Option<f32> {
            let values = samples.iter().map(|&value| value.into());
            let mut entries = values.filter(|value| *value != 0.0 && !rule.is_nothing(*value));
            entries.next().filter(|first| entries.all(|other| other == *first))
        }
        let entry = match (raster.indexed, &raster.samples) {
            (Some(2..), Samples::U8(samples)) => find(samples, rule),
            (Some(2..), Samples::U16(samples)) => find(samples, rule),
            _ => None,
        };
        Self { entry }
    }

    /// 0 is off; 1, 255 and 65535 are on: what mask files write for it, whatever their type.
    fn mark(&self, value: f32) -> Result<u8, ValueProblem> {
        match whole(value) {
            Some(0.0) => Ok(0),
            Some(1.0 | 255.0 | 65535.0) => Ok(1),
            whole if whole.is_some() && whole == self.entry => Ok(1),
            Some(other) if !(0.0..=65535.0).contains(&other) => Err(ValueProblem::Label(other as i64)),
            _ => Err(ValueProblem::Mark),
        }
    }
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
