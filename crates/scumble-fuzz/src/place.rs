//! Files for readers that take a path: a folder of each thread, in memory where the system has such a place.

use std::fs;
use std::path::{Path, PathBuf};
use tempfile::{Builder, TempDir};

/// A folder that is prepared once and goes with its thread.
pub(crate) struct Place(TempDir);

impl Place {
    /// A new folder with these files.
    pub(crate) fn with(files: &[(&str, &[u8])]) -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let folder = Builder::new().prefix("scumble-fuzz-").tempdir_in(parent).expect("a folder for files");
        let place = Self(folder);
        for (name, bytes) in files {
            place.put(name, bytes);
        }
        place
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, in place of what was there.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.root().join(name);
        if fs::write(&path, bytes).is_err() {
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder for a file");
            fs::write(&path, bytes).expect("a file for the bytes");
        }
        path
    }
}
