//! Where an image lies in the world, where a file says so.

use super::{Affine, read};
use crate::DataError;
use std::path::Path;

/// Where an image lies in the world, as its file says it; maps of the image [can say it too](crate::MapWriter::place).
#[derive(Debug, Clone, PartialEq)]
pub enum Location {
    /// In the space of a scanner (NIfTI).
    Space(Affine),
    /// On a map of the earth (GeoTIFF), or on a print of this resolution (TIFF).
    Tags(LocationTags),
}

/// The tags by which a TIFF says where it lies: resolution and unit (282, 283, 296), and GeoTIFF's (OGC 19-008): pixel scale
/// (33550), tie points (33922), transformation (34264), and the keys of its coordinate system (34735 to 34737). Whatever they say
/// is kept as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct LocationTags(pub(crate) Vec<LocationTag>);

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LocationTag {
    pub(crate) tag: u16,
    /// The type of its elements, as TIFF numbers them.
    pub(crate) kind: u16,
    pub(crate) count: u32,
    /// Its elements, in little endian.
    pub(crate) bytes: Vec<u8>,
}

impl LocationTags {
    /// Whether they say where on earth it is, and not only how large a print.
    pub fn is_on_earth(&self) -> bool {
        self.0.iter().any(|tag| tag.tag >= 33_550)
    }
}

/// Where an image lies in the world, if the header of its file says so: the affine of a NIfTI volume, the tags of a GeoTIFF, the
/// resolution of a TIFF. A TIFF whose pixels are turned by its orientation says it of others than are read, so of none.
///
/// # Errors
/// As [`read_info`](crate::read_info).
pub fn read_location(path: &Path) -> Result<Option<Location>, DataError> {
    read(path, |format, source| format.location(source))
}
