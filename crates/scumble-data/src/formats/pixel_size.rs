//! How large a pixel is in the world, where a file says so.

use super::{Affine, read};
use crate::DataError;
use std::path::Path;

/// Height and width of a pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PixelSize {
    /// From row to row.
    pub height: f64,
    /// From column to column.
    pub width: f64,
    /// Of both: "mm", "µm", ...
    pub unit: &'static str,
}

impl PixelSize {
    /// `None` of sides that are not above 0.
    pub(super) fn new(height: f64, width: f64, unit: &'static str) -> Option<Self> {
        let sound = [height, width].iter().all(|side| *side > 0.0 && side.is_finite());
        sound.then_some(Self { height, width, unit })
    }

    /// Of an image that lies in space.
    pub(super) fn of_affine(affine: &Affine, unit: &'static str) -> Option<Self> {
        let side = |column: usize| affine.iter().map(|row| row[column] * row[column]).sum::<f64>().sqrt();
        Self::new(side(1), side(0), unit)
    }
}

/// The size of a pixel, if the header of a file says it: a NIfTI volume that lies in space, a TIFF of ImageJ, both with
/// a unit, or an OME-TIFF.
///
/// A resolution in inches or centimetres alone is that of a print, and says nothing of what is in the picture.
///
/// # Errors
/// As [`read_info`](crate::read_info).
pub fn read_pixel_size(path: &Path) -> Result<Option<PixelSize>, DataError> {
    read(path, |format, source| format.pixel_size(source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_of_an_affine_are_the_lengths_of_its_columns() {
        // A column goes 0.3 along x and 0.4 along y; a row 2 along z.
        let affine = [[0.3, 0.0, 1.0, 5.0], [0.4, 0.0, 0.0, 6.0], [0.0, 2.0, 0.0, 7.0]];
        let size = PixelSize::of_affine(&affine, "mm").unwrap();
        assert!((size.width - 0.5).abs() < 1e-12 && size.height == 2.0 && size.unit == "mm");
        assert_eq!(PixelSize::of_affine(&[[0.0; 4]; 3], "mm"), None);
        assert_eq!(PixelSize::of_affine(&[[f64::NAN; 4]; 3], "mm"), None);
    }
}
