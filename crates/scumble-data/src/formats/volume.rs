//! What a file of a volume says of its slices and of its place.

use super::nifti_header::Space;
use super::{SliceAxis, read};
use crate::DataError;
use std::path::Path;

/// The slices of a volume and where it lies: what the maps of a volume need to lie [beside it](crate::MapWriter::create_volume).
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    /// Voxels along the file's axes.
    pub(crate) size: [usize; 3],
    pub(crate) axis: SliceAxis,
    pub(crate) space: Space,
}

impl Volume {
    /// How many slices there are.
    pub fn slices(&self) -> usize {
        self.size[self.axis.index()]
    }

    /// (height, width) of a slice.
    pub fn slice_size(&self) -> (usize, usize) {
        let [columns, rows] = self.axis.across();
        (self.size[rows], self.size[columns])
    }

    /// The axis along which the slices follow one another.
    pub fn axis(&self) -> SliceAxis {
        self.axis
    }

    /// The voxels of slices that follow one another, as the file has them: the first axis is the fastest.
    pub(crate) fn in_file_order<T: Copy>(&self, slices: &[T]) -> Vec<T> {
        let (height, width) = self.slice_size();
        let [x, y, z] = self.size;
        let [columns, rows] = self.axis.across();
        let at =
            |voxel: [usize; 3]| (voxel[self.axis.index()] * height + voxel[rows]) * width + voxel[columns];
        let voxels = (0..z).flat_map(|k| (0..y).flat_map(move |j| (0..x).map(move |i| [i, j, k])));
        voxels.map(|voxel| slices[at(voxel)]).collect()
    }
}

/// The volume that a file, or the address of one of its slices, is of; `None` of files of images.
///
/// # Errors
/// As [`read_info`](crate::read_info).
pub fn read_volume(path: &Path) -> Result<Option<Volume>, DataError> {
    read(path, |format, source| format.volume(source))
}
