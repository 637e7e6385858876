//! Files that appear whole or not at all.

use crate::DataError;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a file so that nobody ever sees half of it: into a hidden file in the same folder, flushed to disk,
/// then renamed over `path`. If `write` fails, `path` is as it was.
///
/// # Errors
/// Whatever `write` returns, and what the operating system refuses, with the path.
///
/// ```
/// use std::io::Write;
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("run.json");
/// scumble_data::write_atomically(&path, |out| writeln!(out, "{{}}"))?;
/// assert_eq!(std::fs::read_to_string(&path).unwrap(), "{}\n");
/// # Ok::<(), scumble_data::DataError>(())
/// ```
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), DataError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let (pending, file) = Pending::create(folder, path).map_err(DataError::io(path))?;
    let mut out = BufWriter::new(file);
    write(&mut out).and_then(|()| out.flush()).map_err(DataError::io(path))?;
    pending.commit(out.get_ref()).map_err(DataError::io(path))
}

/// A file being written under a hidden name; removed when dropped before [`commit`](Self::commit).
#[derive(Debug)]
pub(crate) struct Pending {
    temporary: PathBuf,
    target: PathBuf,
    committed: bool,
}

impl Pending {
    /// Creates the hidden file in `folder`, which must lie on the file system of `target`.
    pub(crate) fn create(folder: &Path, target: &Path) -> io::Result<(Self, File)> {
        // The process and a counter make the name unique among threads and programs that write the same target.
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let name = target.file_name().ok_or_else(|| io::Error::other("this path names no file"))?;
        let mut hidden = OsString::from(".");
        hidden.push(name);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        hidden.push(format!(".{}-{number}.tmp", std::process::id()));
        let temporary = folder.join(hidden);
        let file = File::create_new(&temporary)?;
        Ok((Self { temporary, target: target.to_owned(), committed: false }, file))
    }

    /// Where the file will be.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Flushes `file` (the one that `create` gave) to disk and renames it into place.
    pub(crate) fn commit(mut self, file: &File) -> io::Result<()> {
        file.sync_all()?;
        fs::rename(&self.temporary, &self.target)?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.committed {
            // Nothing can be done about a failure here, and the name is hidden: readers skip it.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_atomically(&path, |out| out.write_all(b"old")).unwrap();
        let failed = write_atomically(&path, |out| {
            out.write_all(b"half of the n")?;
            Err(io::Error::other("power cut"))
        });
        assert!(failed.unwrap_err().to_string().contains("power cut"));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none").join("a.txt");
        let error = write_atomically(&path, |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("a.txt"), "{error}");
    }
}
