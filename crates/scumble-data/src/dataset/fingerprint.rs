//! One hash of all files of a data set.

use super::{Dataset, Item};
use crate::formats::{SliceAddress, file_and_slice, file_of};
use crate::{DataError, open_file};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

impl Dataset {
    /// BLAKE3 over the sorted relative paths and the contents of every file of the data set, in hexadecimal.
    ///
    /// The same files under another root, or in another file system's order, have the same fingerprint; files that
    /// are no part of the set do not count.
    ///
    /// # Errors
    /// A file that cannot be read.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let root = folder.path();
    /// # std::fs::create_dir(root.join("labels")).unwrap();
    /// # let kind = scumble::labels::Kind::Binary;
    /// # let format = scumble_data::MapFormat::Npy;
    /// # let class = ["a".to_owned()];
    /// # let labels = root.join("labels");
    /// # let mut map = scumble_data::MapWriter::create(&labels, "x", format, kind, &class, 1, 1)?;
    /// # map.write_rows(ndarray::array![[[0.5]]].view())?;
    /// # map.finish()?;
    /// let data = scumble_data::Dataset::open(root)?;
    /// assert_eq!(data.fingerprint()?.len(), 64);
    /// # Ok::<(), scumble_data::DataError>(())
    /// ```
    pub fn fingerprint(&self) -> Result<String, DataError> {
        // Slices of a volume and annotations in one file name it many times.
        let files: BTreeMap<String, &Path> = self.files().map(|path| (self.relative(path), path)).collect();
        let files: Vec<(String, &Path)> = files.into_iter().collect();
        let contents: Vec<blake3::Hash> =
            files.par_iter().map(|(_, path)| content(path)).collect::<Result<_, _>>()?;
        let mut hasher = blake3::Hasher::new();
        for ((name, _), content) in files.iter().zip(contents) {
            // The length before the name keeps ("ab", ..) and ("a", "b..") apart.
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
            hasher.update(content.as_bytes());
        }
        Ok(hasher.finalize().to_hex().to_string())
    }

    /// The files of all items, and those that say what they mean; a file of several images as often as it has these.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let items = self.items().iter().flat_map(Item::files);
        items.chain(self.common_files.iter().map(PathBuf::as_path)).map(file_of)
    }

    /// The path below the root, with '/' on every system.
    fn relative(&self, path: &Path) -> String {
        let below = path.strip_prefix(self.root()).unwrap_or(path);
        below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    }
}

/// The hash of a file's bytes; of a slice, with its number.
pub(super) fn content(path: &Path) -> Result<blake3::Hash, DataError> {
    let (file, slice) = file_and_slice(path);
    let mut hasher = blake3::Hasher::new();
    let file = open_file(file).map_err(DataError::io(path))?;
    hasher.update_reader(file).map_err(DataError::io(path))?;
    if let Some(SliceAddress { axis, number }) = slice {
        hasher.update(&(number as u64).to_le_bytes());
        hasher.update(axis.map_or_else(String::new, |axis| axis.to_string()).as_bytes());
    }
    Ok(hasher.finalize())
}
