//! Where an item's pixels are: what each of its maps is held against, in one place.

use super::decoded::{Reading, Rows};
use super::grey::with_channels;
use super::values;
use crate::formats::read_placed_info;
use crate::{
    Affine, DataError, Location, Raster, SliceAxis, file_and_slice, file_of, is_volume_file, read_location,
    read_volume,
};
use ndarray::{Array2, Array3, Axis, Slice};
use std::path::{Path, PathBuf};

/// How far a map may lie from its image, in pixels, unless dataset.toml says otherwise: sform and qform of one file,
/// rounded to f32 by different programs, differ by a few hundredths.
pub(super) const AFFINE_TOLERANCE: f64 = 0.05;

/// The size that an item's maps must have, where they must lie, and the file that says so.
#[derive(Debug, Clone)]
pub(super) struct Geometry {
    /// (height, width).
    pub(super) size: (usize, usize),
    /// Where the image lies, if its file says so.
    location: Option<Location>,
    /// Of a slice of a volume, the axis along which these follow one another.
    axis: Option<SliceAxis>,
    /// The number that stands for no data there, if its file says so.
    pub(super) nodata: Option<f64>,
    /// How far maps may lie from there, in pixels.
    tolerance: f64,
    /// The image or, without one, the first map.
    pub(super) reference: PathBuf,
    /// The rows that are read, if not all are.
    rows: Option<Rows>,
}

impl Geometry {
    /// What the header of a file says; maps may lie `tolerance` pixels from there.
    ///
    /// # Errors
    /// A file that is missing or broken.
    pub(super) fn of(reference: &Path, tolerance: f64) -> Result<Self, DataError> {
        let (info, location) = read_placed_info(reference)?;
        let size = (info.height, info.width);
        // Nothing is held against what gives no place, so that no map of it is looked at for one.
        let location = location.filter(|location| location.affine().is_some());
        let (nodata, axis) = (info.nodata, axis_of(reference)?);
        Ok(Self { size, location, axis, nodata, tolerance, reference: reference.to_owned(), rows: None })
    }

    /// The same of some rows alone.
    pub(super) fn of_rows(&self, rows: Rows) -> Self {
        Self { rows: Some(rows), ..self.clone() }
    }

    /// (height, width) of what is read: of all of the image, or of some rows.
    pub(super) fn read_size(&self) -> (usize, usize) {
        (self.rows.as_ref().map_or(self.size.0, |rows| rows.range.len()), self.size.1)
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
        self.read_as(Reading::Map, path)
    }

    /// The same, with all digits of 64-bit floats.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(super) fn read_wide(&self, path: &Path) -> Result<Raster, DataError> {
        self.read_as(Reading::Wide, path)
    }

    /// The same, as a picture: its colours.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(super) fn read_picture(&self, path: &Path) -> Result<Raster, DataError> {
        self.read_as(Reading::Picture, path)
    }

    fn read_as(&self, reading: Reading, path: &Path) -> Result<Raster, DataError> {
        match &self.rows {
            None => {
                let raster = reading.decode(path)?;
                self.check((raster.height, raster.width), path)?;
                Ok(raster)
            }
            Some(rows) => rows.of_file(reading, path, |size| self.check(size, path)),
        }
    }

    /// What is read of marks of the whole image, [maps, H, W], that no file of pixels has.
    pub(super) fn rows_of<T: Clone>(&self, marks: Array3<T>) -> Array3<T> {
        match &self.rows {
            None => marks,
            Some(rows) => marks.slice_axis(Axis(1), Slice::from(rows.range.clone())).to_owned(),
        }
    }

    /// Holds a map of (height, width) against this geometry.
    ///
    /// # Errors
    /// Another size, another place.
    fn check(&self, size: (usize, usize), path: &Path) -> Result<(), DataError> {
        self.check_axis(path)?;
        self.check_size(size, path)?;
        let (path, reference) = (path.to_owned(), self.reference.clone());
        // Two volumes of one size may still be turned against each other, two tiles of a map be neighbours, and then no pixel
        // belongs to its mask.
        if let Some(expected) = &self.location
            && let Some(found) = read_location(&path)?
            && let Some((found, expected)) = found.in_one_system(expected)
        {
            let (distance, allowed) = (distance(&found, &expected, self.size), self.tolerance);
            if distance > allowed {
                return Err(DataError::Place { path, reference, distance, allowed });
            }
        }
        Ok(())
    }

    /// Slices of two volumes of one size are those of one thing only if they lie across the same axis.
    fn check_axis(&self, path: &Path) -> Result<(), DataError> {
        let Some(expected) = self.axis else { return Ok(()) };
        match axis_of(path)?.filter(|found| *found != expected) {
            None => Ok(()),
            Some(found) => {
                let reason = format!(
                    "a slice along its {found} axis, as the sides of its voxels have it, where that of {} is one along {expected}; \
                     write slices = \"{expected}\" into dataset.toml, or give both files the same sides",
                    self.reference.display()
                );
                Err(DataError::Unsupported { path: path.to_owned(), reason })
            }
        }
    }

    /// The same of numbers that lie nowhere in space.
    ///
    /// # Errors
    /// Another size.
    pub(super) fn check_size(&self, found: (usize, usize), path: &Path) -> Result<(), DataError> {
        match found == self.size {
            true => Ok(()),
            false => {
                let (path, reference) = (path.to_owned(), self.reference.clone());
                Err(DataError::Size { path, found, reference, expected: self.size })
            }
        }
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
        let raster = with_channels(self.read(path)?, path, 1)?;
        Ok(Array2::from_shape_fn((raster.height, raster.width), |(y, x)| raster.raw(y, x, 0)))
    }
}

/// The axis of a slice of a volume; none of an image.
fn axis_of(path: &Path) -> Result<Option<SliceAxis>, DataError> {
    match file_and_slice(path).1 {
        Some(_) if is_volume_file(file_of(path)) => Ok(read_volume(path)?.map(|volume| volume.axis())),
        _ => Ok(None),
    }
}

/// How far the corners of two images of one size lie apart at most, in pixels of the shorter side.
fn distance(found: &Affine, expected: &Affine, (height, width): (usize, usize)) -> f64 {
    let length = |vector: [f64; 3]| vector.iter().map(|part| part * part).sum::<f64>().sqrt();
    let side = |column: usize| length(expected.map(|row| row[column]));
    let last = |pixels: usize| pixels.saturating_sub(1) as f64;
    let corners = [0.0, last(width)].into_iter().flat_map(|x| [0.0, last(height)].map(|y| (x, y)));
    // A slice of its own need not say how thick it is.
    let apart = |(x, y): (f64, f64)| {
        let by = |row: usize, column: usize| found[row][column] - expected[row][column];
        length([0, 1, 2].map(|row| by(row, 0) * x + by(row, 1) * y + by(row, 3)))
    };
    let distances = corners.map(apart).map(|distance| distance / side(0).min(side(1)));
    // Of an affine that is no number nothing is known.
    let distances = distances.map(|distance| if distance.is_nan() { f64::INFINITY } else { distance });
    if found == expected { 0.0 } else { distances.fold(0.0, f64::max) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_that_of_the_farthest_corner_in_pixels() {
        // Pixels of 0.5 x 2 mm.
        let expected = [[0.0, 2.0, 0.0, 100.0], [0.5, 0.0, 0.0, -30.0], [0.0, 0.0, 7.0, 5.0]];
        let size = (11, 21);
        assert_eq!(distance(&expected, &expected, size), 0.0);
        let mut moved = expected;
        moved[2][3] += 0.25;
        assert_eq!(distance(&moved, &expected, size), 0.5);
        // Columns that are a thousandth longer: 20 of them end 0.01 mm later.
        let mut stretched = expected;
        stretched[1][0] += 0.0005;
        assert!((distance(&stretched, &expected, size) - 0.02).abs() < 1e-9);
        let mut thick = expected;
        thick[2][2] = 1.0;
        assert_eq!(distance(&thick, &expected, size), 0.0);
        let nan = [[f64::NAN; 4]; 3];
        assert_eq!(distance(&nan, &expected, size), f64::INFINITY);
        assert_eq!(distance(&expected, &[[0.0; 4]; 3], size), f64::INFINITY);
        assert_eq!(distance(&expected, &nan, size), f64::INFINITY);
    }
}
