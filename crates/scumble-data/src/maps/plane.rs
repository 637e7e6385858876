//! One plane of numbers as TIFF: what is made of maps, and is no probability.

use super::tiff::strips;
use super::tiff_header::{Header, Sample};
use crate::{DataError, Location, write_atomically};
use ndarray::ArrayView2;
use std::io::{self, Write};
use std::path::Path;

/// Numbers [H, W].
#[derive(Debug, Clone, Copy)]
pub enum Plane<'a> {
    /// Whole numbers to 65535.
    U16(ArrayView2<'a, u16>),
    /// Whole numbers.
    U32(ArrayView2<'a, u32>),
    /// Any.
    F32(ArrayView2<'a, f32>),
}

/// Writes numbers as a grey TIFF, uncompressed, which lies where `location` says: whole or not at all.
///
/// # Errors
/// More than 4 GiB, which TIFF cannot say; what the operating system refuses.
///
/// ```
/// use ndarray::array;
/// use scumble_data::{Plane, read_raster, write_plane};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("objects.tif");
/// write_plane(&path, Plane::U16(array![[0, 1, 2]].view()), None)?;
/// assert_eq!(read_raster(&path)?.width, 3);
/// # Ok::<(), scumble_data::DataError>(())
/// ```
pub fn write_plane(path: &Path, plane: Plane<'_>, location: Option<&Location>) -> Result<(), DataError> {
    let ((height, width), sample) = match plane {
        Plane::U16(numbers) => (numbers.dim(), Sample::U16),
        Plane::U32(numbers) => (numbers.dim(), Sample::U32),
        Plane::F32(numbers) => (numbers.dim(), Sample::F32),
    };
    let location = match location {
        Some(Location::Tags(tags)) => Some(tags.clone()),
        _ => None,
    };
    /// With room for the header: offsets have 32 bits.
    const MOST: u64 = (1 << 32) - (1 << 26);
    let bytes = [height, width, sample.bytes()].map(|length| length as u64);
    if bytes.into_iter().fold(1, u64::saturating_mul) > MOST {
        return Err(DataError::io(path)(io::Error::other("more than 4 GiB")));
    }
    let header = strips(&Header { height, width, sample, location });
    write_atomically(path, |out| {
        out.write_all(&header)?;
        match plane {
            Plane::U16(numbers) => numbers.iter().try_for_each(|n| out.write_all(&n.to_le_bytes())),
            Plane::U32(numbers) => numbers.iter().try_for_each(|n| out.write_all(&n.to_le_bytes())),
            Plane::F32(numbers) => numbers.iter().try_for_each(|n| out.write_all(&n.to_le_bytes())),
        }
    })
}
