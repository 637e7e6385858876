//! Where an item's pixels are: what each of its maps is held against, in one place.

use super::values;
use crate::formats::read_wide;
use crate::{Affine, DataError, Raster, read_info, read_raster};
use ndarray::Array2;
use std::path::{Path, PathBuf};

/// The size that an item's maps must have, where they must lie in space, and the file that says so.
#[derive(Debug, Clone)]
pub(super) struct Geometry {
    /// (height, width).
    pub(super) size: (usize, usize),
    /// Where the image lies, if its file says so.
    affine: Option<Affine>,
    /// The number that stands for no data there, if its file says so.
    pub(super) nodata: Option<f64>,
    /// The image or, without one, the first map.
    pub(super) reference: PathBuf,
}

impl Geometry {
    /// What the header of a file says.
    ///
    /// # Errors
    /// A file that is missing or broken.
    pub(super) fn of(reference: &Path) -> Result<Self, DataError> {
        let info = read_info(reference)?;
        let size = (info.height, info.width);
        Ok(Self { size, affine: info.affine, nodata: info.nodata, reference: reference.to_owned() })
    }

    /// The same, said by another file.
    pub(super) fn said_by(&self, reference: &Path) -> Self {
        Self { reference: reference.to_owned(), ..self.clone() }
    }

    /// Decodes a map that must lie here.
    ///
    /// # Errors
    /// A file that is missing or broken; as [`check`](Self::check).
    pub(super) fn read(&self, path: &Path) -> Result<Raster, DataError> {
        let raster = read_raster(path)?;
        self.check(&raster, path)?;
        Ok(raster)
    }

    /// The same, with all digits of 64-bit floats.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(super) fn read_wide(&self, path: &Path) -> Result<Raster, DataError> {
        let raster = read_wide(path)?;
        self.check(&raster, path)?;
        Ok(raster)
    }

    /// Holds a decoded map against this geometry.
    ///
    /// # Errors
    /// Another size, another place in space.
    pub(super) fn check(&self, raster: &Raster, path: &Path) -> Result<(), DataError> {
        let found = (raster.height, raster.width);
        let (path, reference) = (path.to_owned(), self.reference.clone());
        if found != self.size {
            return Err(DataError::Size { path, found, reference, expected: self.size });
        }
        // Two volumes of one size may still be turned against each other, and then no pixel belongs to its mask.
        if let Some(expected) = self.affine
            && let Some(found) = read_info(&path)?.affine
            && !same_place(&found, &expected)
        {
            return Err(DataError::Place { path, reference });
        }
        Ok(())
    }

    /// True where the map of ignored pixels is not zero.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(super) fn ignored(&self, path: &Path) -> Result<Array2<bool>, DataError> {
        Ok(values::nonzero(&self.read(path)?))
    }

    /// Pixel weights, the numbers as the file has them.
    ///
    /// # Errors
    /// As [`read`](Self::read); more than one channel.
    pub(super) fn weights(&self, path: &Path) -> Result<Array2<f32>, DataError> {
        let raster = self.read(path)?;
        if raster.channels != 1 {
            let (path, found) = (path.to_owned(), raster.channels);
            return Err(DataError::Channels { path, found, expected: 1, advice: "a pixel has one weight" });
        }
        Ok(Array2::from_shape_fn(self.size, |(y, x)| raster.raw(y, x, 0)))
    }
}

/// Whether two images lie at the same place, but for rounding: to a thousandth of a pixel's side.
fn same_place(found: &Affine, expected: &Affine) -> bool {
    let side = |column: usize| expected.iter().map(|row| row[column].powi(2)).sum::<f64>().sqrt();
    let allowed = 1e-3 * side(0).min(side(1));
    // A slice of its own need not say how thick it is.
    let differs = |column: usize| {
        found.iter().zip(expected).any(|(found, expected)| (found[column] - expected[column]).abs() > allowed)
    };
    ![0, 1, 3].into_iter().any(differs)
}
