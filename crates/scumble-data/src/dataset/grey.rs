//! Grey maps stored in colour: three equal channels, or four of which the last is opaque everywhere.

use crate::{DataError, Raster, Samples, UseProblem};
use std::path::Path;

/// The channels that a map must have. A map of one channel may be stored in colour.
///
/// # Errors
/// Another number of channels; channels of a colour that differ.
pub(super) fn with_channels(raster: Raster, path: &Path, expected: usize) -> Result<Raster, DataError> {
    let found = raster.channels;
    if found == expected {
        return Ok(raster);
    }
    let path = path.to_owned();
    if expected != 1 || !is_colour(found) {
        let advice = match expected {
            1 => "a map of one class is grey",
            _ => "the maps have one channel a class",
        };
        return Err(DataError::Channels { path, found, expected, advice });
    }
    match first_difference(&raster) {
        None => Ok(first_channel(raster)),
        Some((row, column)) => {
            let at = |channel| f64::from(raster.raw(row, column, channel)).to_string();
            let values = (0..found).map(at).collect::<Vec<_>>().join(", ");
            Err(DataError::Unfit { path, problem: UseProblem::Coloured { row, column, values } })
        }
    }
}

/// Red, green, blue, and opacity if there are four.
pub(super) fn is_colour(channels: usize) -> bool {
    matches!(channels, 3 | 4)
}

/// Whether a map is grey but for the opacity of some pixels, which a part of it need not show.
pub(super) fn differs_in_opacity_alone(raster: &Raster) -> bool {
    let grey = |(row, column)| {
        raster.raw(row, column, 0) == raster.raw(row, column, 1)
            && raster.raw(row, column, 0) == raster.raw(row, column, 2)
    };
    raster.channels == 4 && first_difference(raster).is_some_and(grey)
}

/// The first pixel, (row, column), whose red, green and blue differ, or that is not as opaque as all others.
pub(super) fn first_difference(raster: &Raster) -> Option<(usize, usize)> {
    fn find<T: Copy + PartialOrd>(samples: &[T], channels: usize) -> Option<usize> {
        // NaN is like NaN.
        let is_nan = |a: T| a.partial_cmp(&a).is_none();
        let same = |a: T, b: T| a == b || is_nan(a) && is_nan(b);
        let opaque = samples.get(3).copied();
        let differs = |pixel: &[T]| {
            let [red, green, blue, rest @ ..] = pixel else { return true };
            !same(*red, *green)
                || !same(*red, *blue)
                || rest.iter().any(|&a| opaque.is_none_or(|o| !same(a, o)))
        };
        samples.chunks_exact(channels).position(differs)
    }
    let at = match &raster.samples {
        Samples::U8(v) => find(v, raster.channels),
        Samples::U16(v) => find(v, raster.channels),
        Samples::F32(v) => find(v, raster.channels),
        Samples::F64(v) => find(v, raster.channels),
    }?;
    Some((at / raster.width, at % raster.width))
}

/// The map itself, once its channels are known to be equal.
pub(super) fn first_channel(raster: Raster) -> Raster {
    fn first<T: Copy>(samples: &[T], channels: usize) -> Vec<T> {
        samples.iter().copied().step_by(channels).collect()
    }
    let samples = match &raster.samples {
        Samples::U8(v) => Samples::U8(first(v, raster.channels)),
        Samples::U16(v) => Samples::U16(first(v, raster.channels)),
        Samples::F32(v) => Samples::F32(first(v, raster.channels)),
        Samples::F64(v) => Samples::F64(first(v, raster.channels)),
    };
    Raster { channels: 1, samples, ..raster }
}
