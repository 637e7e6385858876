//! What a job writes never lies among what it reads.

use crate::JobError;
use scumble_data::Dataset;
use std::fs;
use std::path::{Path, PathBuf};

/// Refuses a folder for output that holds one of these files itself or in a folder just below it, where the maps of a
/// class would go; whatever way both are named, through links, too.
///
/// # Errors
/// There is such a file.
pub(crate) fn apart<'a>(folder: &Path, inputs: impl IntoIterator<Item = &'a Path>) -> Result<(), JobError> {
    let taken = written_into(folder);
    if taken.is_empty() {
        return Ok(());
    }
    let holds = |file: &Path| {
        let folders = [file.parent().map(here), file.canonicalize().ok().map(|file| holder(&file))];
        folders
            .into_iter()
            .flatten()
            .filter_map(|folder| folder.canonicalize().ok())
            .any(|of| taken.contains(&of))
    };
    match inputs.into_iter().any(holds) {
        true => Err(JobError::AmongInputs { folder: folder.to_owned() }),
        false => Ok(()),
    }
}

/// The same for all files of a data set.
///
/// # Errors
/// As [`apart`].
pub(crate) fn apart_from_data(folder: &Path, dataset: &Dataset) -> Result<(), JobError> {
    apart(folder, dataset.items().iter().flat_map(|item| item.files()))
}

/// The folder itself and those in it, as far as they are there.
fn written_into(folder: &Path) -> Vec<PathBuf> {
    let Ok(folder) = folder.canonicalize() else { return Vec::new() };
    let inner = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let inner = inner.filter(|path| path.is_dir()).filter_map(|path| path.canonicalize().ok());
    inner.chain([folder.clone()]).collect()
}

fn holder(file: &Path) -> PathBuf {
    file.parent().map_or_else(|| PathBuf::from("/"), here)
}

/// A file named without a folder lies in this one.
fn here(folder: &Path) -> PathBuf {
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() }
}
