//! NIfTI volumes as the channels of one, every voxel as it was.

use super::nifti::{open, voxels};
use super::nifti_header::Header;
use super::read;
use crate::DataError;
use crate::error::ImportProblem;
use flate2::{Compression, GzBuilder};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes volumes of one size and one type of voxels as one volume, along its fourth axis; it lies where the first does. One
/// of them is in memory at a time.
///
/// # Errors
/// Volumes that are unlike the first, broken ones, what the operating system refuses.
pub(crate) fn join_channels(volumes: &[PathBuf], to: &Path) -> Result<(), DataError> {
    let io = |error| DataError::io(to)(error);
    let file = BufWriter::new(File::create(to).map_err(io)?);
    // Without a time: the same volumes are the same bytes.
    let mut packed = GzBuilder::new().mtime(0).write(file, Compression::fast());
    let mut first: Option<Header> = None;
    for path in volumes {
        let (header, voxels) = read(path, |_, source| {
            let (header, mut stream) = open(source)?;
            let voxels = voxels(&header, &mut stream)?;
            Ok((header, voxels))
        })?;
        match &first {
            Some(first) if !header.is_like(first) => {
                let problem = ImportProblem::Unlike { other: volumes[0].clone() };
                return Err(DataError::Import { path: path.clone(), problem });
            }
            Some(_) => {}
            None => packed.write_all(&header.with_channels(volumes.len())).map_err(io)?,
        }
        packed.write_all(&voxels).map_err(io)?;
        first.get_or_insert(header);
    }
    let mut file = packed.finish().map_err(io)?;
    file.flush().map_err(io)
}
