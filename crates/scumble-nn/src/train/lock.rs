//! The lock of a run folder: one writer at a time, and none once its process is gone.

use super::TrainError;
use super::content::LOCK;
use std::fs::{File, TryLockError, create_dir_all};
use std::path::{Path, PathBuf};

/// The lock of a run folder, held as long as it lives; the operating system lets it go with the process, however that ends.
#[derive(Debug)]
pub struct RunLock {
    path: PathBuf,
    _file: File,
    held: bool,
}

impl RunLock {
    /// Takes the lock of a folder, which is made where it is missing.
    ///
    /// # Errors
    /// [`TrainError::InUse`] while somebody has it; what the operating system refuses.
    pub(super) fn take(folder: &Path) -> Result<Self, TrainError> {
        let path = folder.join(LOCK);
        loop {
            let open = || {
                create_dir_all(folder)?;
                File::options().create(true).truncate(false).write(true).open(&path)
            };
            let file = open().map_err(TrainError::io(&path))?;
            let held = match file.try_lock() {
                Err(TryLockError::WouldBlock) => return Err(TrainError::InUse { path: folder.into() }),
                locked => locked.is_ok(),
            };
            // Whoever had it may have taken the file away in the meantime.
            if path.exists() {
                return Ok(Self { path, _file: file, held });
            }
        }
    }

    /// Whether it keeps others out: some file systems know no locks.
    pub(super) fn is_held(&self) -> bool {
        self.held
    }

    /// Takes the file away before the lock is let go.
    pub(super) fn remove(&self) {
        // An empty hidden file that stays does no harm.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("a/run");
        let first = RunLock::take(&run).unwrap();
        assert!(matches!(RunLock::take(&run), Err(TrainError::InUse { path }) if path == run));
        drop(first);
        let second = RunLock::take(&run).unwrap();
        second.remove();
        drop(second);
        assert!(!run.join(LOCK).exists());
        RunLock::take(&run).unwrap();
    }
}
