//! Files that appear whole or not at all.

use crate::DataError;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

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

/// Removes what programs that are gone have left in `folder` of files they were writing; with an `age`, only what nobody
/// has touched for so long. What a living program writes stays, as do all files of other names.
///
/// An age is for folders that several machines write: some of their file systems keep locks to one machine.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// let left = folder.path().join(".model.safetensors.1-0.tmp");
/// std::fs::write(&left, "half of i")?;
/// scumble_data::sweep(folder.path(), std::time::Duration::ZERO);
/// assert!(!left.exists());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn sweep(folder: &Path, age: Duration) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| is_pending(&entry.file_name())) {
        let old = |entry: &fs::DirEntry| {
            let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            let untouched = SystemTime::now().duration_since(about.modified().ok()?);
            Some(age.is_zero() || untouched.ok()? >= age)
        };
        if old(&entry) != Some(true) {
            continue;
        }
        let path = entry.path();
        // Its writer holds a lock for as long as it lives.
        if let Ok(file) = File::options().write(true).open(&path)
            && file.try_lock().is_ok()
        {
            // Whoever cannot remove it has no use for it either.
            let _ = fs::remove_file(path);
        }
    }
}

/// Whether a file of this name is, or was, being written: `.NAME.PROCESS-NUMBER.tmp`.
pub fn is_pending(name: &OsStr) -> bool {
    let parts = || {
        let name = name.to_str()?.strip_prefix('.')?.strip_suffix(".tmp")?;
        let (name, writer) = name.rsplit_once('.')?;
        let (process, number) = writer.split_once('-')?;
        let all = |text: &str, is: fn(&u8) -> bool| !text.is_empty() && text.as_bytes().iter().all(is);
        Some(!name.is_empty() && all(process, u8::is_ascii_digit) && all(number, u8::is_ascii_hexdigit))
    };
    parts() == Some(true)
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
        let name = target.file_name().ok_or_else(|| io::Error::other("this path names no file"))?;
        loop {
            let temporary = folder.join(hidden(name));
            let file = match File::create_new(&temporary) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                file => file?,
            };
            // The lock says that somebody lives who writes it. A sweep may have been quicker.
            let swept = matches!(file.try_lock(), Err(TryLockError::WouldBlock)) || !temporary.exists();
            if !swept {
                return Ok((Self { temporary, target: target.to_owned(), committed: false }, file));
            }
        }
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

/// A name that nobody has: the process says little, for the first in every container is number 1.
fn hidden(name: &OsStr) -> OsString {
    let name = name.to_string_lossy();
    let name = &name[..name.floor_char_boundary(LONGEST)];
    let chance = RandomState::new().build_hasher().finish();
    // Inside a page there are no processes, and asking for the number of one panics.
    let process = if cfg!(target_family = "wasm") { 0 } else { std::process::id() };
    format!(".{name}.{process}-{chance:016x}.tmp").into()
}

/// So many bytes of a name are enough; with the whole of a long one there would be no room for more in 255.
const LONGEST: usize = 200;

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
    fn the_longest_name_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["x".repeat(255), "\u{e9}".repeat(127)] {
            let path = folder.path().join(name);
            write_atomically(&path, |out| out.write_all(b"whole")).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"whole");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none").join("a.txt");
        let error = write_atomically(&path, |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("a.txt"), "{error}");
    }

    #[test]
    fn what_the_dead_have_left_goes_and_what_lives_or_is_not_ours_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let dead = [".a.npy.10921-5.tmp", ".run.json.1-00ffee0123456789.tmp"];
        let others =
            ["a.tmp", ".a.tmp", ".a.npy.tmp", "a.npy.1-2.tmp", ".a.npy.1-2", ".a.npy.x-2.tmp", ".1-2.tmp"];
        for name in dead.iter().chain(&others) {
            fs::write(path(name), "x").unwrap();
        }
        fs::create_dir(path(".folder.1-2.tmp")).unwrap();
        let (living, file) = Pending::create(folder.path(), &path("b.npy")).unwrap();
        sweep(folder.path(), Duration::from_secs(60));
        assert!(dead.iter().all(|name| path(name).exists()), "all are young");
        sweep(folder.path(), Duration::ZERO);
        assert!(!dead.iter().any(|name| path(name).exists()));
        assert!(others.iter().all(|name| path(name).exists()));
        assert!(path(".folder.1-2.tmp").exists());
        living.commit(&file).unwrap();
        assert!(path("b.npy").exists());
    }

    #[test]
    fn a_sweep_takes_nothing_from_whoever_begins_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let path = |i: usize| folder.path().join(format!("{i}.txt"));
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                (0..300).all(|i| write_atomically(&path(i), |out| out.write_all(b"whole")).is_ok())
            });
            while !writer.is_finished() {
                sweep(folder.path(), Duration::ZERO);
            }
            assert!(writer.join().unwrap());
        });
        assert!((0..300).all(|i| fs::read(path(i)).unwrap() == b"whole"));
    }
}
