//! What a job writes: never a file that it reads, and what is there only where it may be replaced. Asked before the work.

use crate::fault::Fault;
use scumble_data::file_of;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use thiserror::Error;

/// Why nothing is written where it should be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OutputError {
    /// A file that the job reads.
    #[error("{}: this file is read, and is never written over; name another file", path.display())]
    Input {
        /// The file.
        path: PathBuf,
    },
    /// A folder of files that the job reads.
    #[error("{}: what is read lies in it, and is never written over; choose another folder", folder.display())]
    AmongInputs {
        /// The folder.
        folder: PathBuf,
    },
    /// A file that would be replaced.
    #[error("{} is there already", path.display())]
    There {
        /// The file.
        path: PathBuf,
    },
    /// What no file takes the place of: a folder, a device.
    #[error("{} is no regular file, and is never replaced; name another file", path.display())]
    NoFile {
        /// What is there.
        path: PathBuf,
    },
    /// A folder that has vanished, or is another one, with what was written into it.
    #[error("{}: this folder was written into, and is gone", folder.display())]
    Gone {
        /// The folder.
        folder: PathBuf,
    },
    /// One name for two results.
    #[error("{} is named for two results; give each its own file", path.display())]
    Twice {
        /// The name.
        path: PathBuf,
    },
}

impl OutputError {
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::Gone { .. } => Fault::Input,
            _ => Fault::Request,
        }
    }
}

/// Refuses files that must not be written: those among the `inputs`, whatever way both are named; what is no regular
/// file; and those that are there, unless they may be replaced.
///
/// ```
/// use scumble_jobs::outputs::{OutputError, writable};
///
/// # let folder = tempfile::tempdir().unwrap();
/// let (image, map) = (folder.path().join("a.png"), folder.path().join("b.png"));
/// std::fs::write(&image, "")?;
/// std::fs::write(&map, "")?;
/// let refused = |path, replace| writable([path], [&*image], replace).err();
/// assert!(matches!(refused(map.clone(), false), Some(OutputError::There { .. })));
/// assert!(refused(map, true).is_none());
/// assert!(matches!(refused(image.clone(), true), Some(OutputError::Input { .. })));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// There is such a file.
pub fn writable<'a>(
    files: impl IntoIterator<Item = PathBuf>,
    inputs: impl IntoIterator<Item = &'a Path>,
    replace: bool,
) -> Result<(), OutputError> {
    // A link that leads nowhere is there, too.
    let there: Vec<PathBuf> = files.into_iter().filter(|path| fs::symlink_metadata(path).is_ok()).collect();
    let Some(first) = there.first() else { return Ok(()) };
    let irregular = |path: &&PathBuf| fs::metadata(path).is_ok_and(|what| !what.is_file());
    if let Some(path) = there.iter().find(irregular) {
        return Err(OutputError::NoFile { path: path.clone() });
    }
    let known: HashMap<Identity, &PathBuf> =
        there.iter().filter_map(|path| Some((identity(path)?, path))).collect();
    let read = inputs.into_iter().find_map(|input| known.get(&identity(file_of(input))?));
    match read {
        Some(path) => Err(OutputError::Input { path: (*path).clone() }),
        None if replace => Ok(()),
        None => Err(OutputError::There { path: first.clone() }),
    }
}

/// Refuses two results of one name.
///
/// # Errors
/// There are two.
pub(crate) fn distinct(files: &[PathBuf]) -> Result<(), OutputError> {
    // The folder is the same whatever way it is named.
    let place =
        |path: &Path| (path.parent().map(here).and_then(identity), path.file_name().map(ToOwned::to_owned));
    let mut known = HashSet::new();
    match files.iter().find(|path| !known.insert(place(path))) {
        Some(path) => Err(OutputError::Twice { path: path.clone() }),
        None => Ok(()),
    }
}

/// Refuses a folder for output that holds one of these files itself or in a folder just below it, where the maps of a
/// class would go; whatever way both are named, through links, too.
///
/// # Errors
/// There is such a file.
pub(crate) fn apart<'a>(
    folder: &Path,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), OutputError> {
    let taken = written_into(folder);
    if taken.is_empty() {
        return Ok(());
    }
    let is_taken = |folder: &Path| identity(here(folder)).is_some_and(|folder| taken.contains(&folder));
    let mut known: HashMap<&Path, bool> = HashMap::new();
    let mut holds = |file: &'a Path| {
        let file = file_of(file);
        let Some(parent) = file.parent() else { return false };
        let linked = || fs::canonicalize(file).is_ok_and(|file| file.parent().is_some_and(is_taken));
        *known.entry(parent).or_insert_with(|| is_taken(parent)) || (file.is_symlink() && linked())
    };
    match inputs.into_iter().any(&mut holds) {
        true => Err(OutputError::AmongInputs { folder: folder.to_owned() }),
        false => Ok(()),
    }
}

/// Takes away what programs that were killed have left half written in a folder for output; what is younger than an hour
/// may be another machine's.
pub(crate) fn sweep_old(folder: &Path) {
    scumble_data::sweep(here(folder), Duration::from_secs(3600));
}

/// A folder that is written into, from the first file on the same one: a new one of its name would lack what was written
/// before.
#[derive(Debug)]
pub(crate) struct OutputFolder {
    path: PathBuf,
    known: OnceLock<Identity>,
}

impl OutputFolder {
    /// A folder that need not be there yet.
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), known: OnceLock::new() }
    }

    /// Says that a file has been written.
    pub(crate) fn written(&self) {
        if let Some(found) = identity(&self.path) {
            self.known.get_or_init(|| found);
        }
    }

    /// # Errors
    /// Files have been written, and their folder is gone.
    pub(crate) fn check(&self) -> Result<(), OutputError> {
        match self.known.get() {
            Some(known) if identity(&self.path).as_ref() != Some(known) => {
                Err(OutputError::Gone { folder: self.path.clone() })
            }
            _ => Ok(()),
        }
    }
}

/// The folder itself and those in it, as far as they are there.
fn written_into(folder: &Path) -> HashSet<Identity> {
    // Among a million maps each is asked for what the folder says of it alone, where that is enough.
    let may_be = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| !kind.is_file());
    let inner = fs::read_dir(here(folder)).into_iter().flatten().flatten().filter(may_be);
    let inner = inner.map(|entry| entry.path()).filter(|path| path.is_dir());
    inner.filter_map(|path| identity(&path)).chain(identity(here(folder))).collect()
}

/// A file named without a folder lies in this one.
fn here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// What tells a file or folder that is there from all others, whatever way it is named: its device and number.
#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|what| (what.dev(), what.ino()))
}

/// What tells a file or folder that is there from all others, whatever way it is named: its path without links.
#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    fs::canonicalize(path).ok()
}
