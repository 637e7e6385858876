//! A run folder in the hands of the one training that writes it: whole from its first byte on, whatever stops it.
//!
//! Settings come first, as `.begin.toml`: from then on the folder is that training's, and whatever else lies there of an
//! older one is to go. They go last, once there is a checkpoint. So at every moment the folder is empty, or begins, or
//! holds a run.

use super::content::{self, Content, look};
use super::lock::RunLock;
use super::{Run, TrainError};
use crate::Config;
use scumble_data::sweep;
use std::fs;
use std::io::ErrorKind;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A run folder that nobody else writes as long as this lives.
///
/// Dropped before its training has made anything to go on with, it leaves the folder as it was found.
#[derive(Debug)]
pub struct ClaimedRun {
    run: Run,
    begins: Begins,
    lock: RunLock,
    /// The folders that were not there: this one and those around it, from within.
    made: Vec<PathBuf>,
    /// Whether there is something to go on with.
    kept: AtomicBool,
}

/// What a training begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begins {
    /// Nothing.
    Fresh,
    /// A folder of an older run, or of one that never began.
    Over,
    /// A run's last checkpoint.
    Resumed,
}

impl Deref for ClaimedRun {
    type Target = Run;

    fn deref(&self) -> &Run {
        &self.run
    }
}

impl ClaimedRun {
    /// A run to begin, in a folder that is new, empty or, with `overwrite`, a run's. Nothing of an older run is touched
    /// before the training is ready to begin.
    ///
    /// # Errors
    /// A folder that holds something else already, or that a training is at work in.
    pub fn create(folder: &Path, overwrite: bool) -> Result<Self, TrainError> {
        let missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let made = folder.ancestors().take_while(missing).map(Path::to_owned).collect();
        // Looked at before and after: nothing is put into a folder of other things, and the lock may have been waited for.
        let allowed = || match look(folder)? {
            Content::Nothing => Ok(Begins::Fresh),
            Content::Begun | Content::Run if overwrite => Ok(Begins::Over),
            Content::Begun => Err(TrainError::Begun { path: folder.into() }),
            Content::Other if overwrite => {
                Err(TrainError::NoRun { path: folder.into(), missing: content::INFO })
            }
            Content::Run | Content::Other => Err(TrainError::Exists { path: folder.into() }),
        };
        allowed()?;
        let lock = RunLock::take(folder)?;
        Self { run: Run::at(folder), begins: allowed()?, lock, made, kept: AtomicBool::new(false) }.swept()
    }

    /// A run to go on with; one that has no checkpoint yet begins.
    ///
    /// # Errors
    /// A folder that is no run, or that a training is at work in.
    pub fn resume(folder: &Path) -> Result<Self, TrainError> {
        let run = Run::at(folder);
        let allowed = || match look(folder)? {
            Content::Begun if run.settings_path().exists() => Ok(Begins::Over),
            Content::Begun => Err(TrainError::NoRun { path: folder.into(), missing: content::CONFIG }),
            Content::Run => Run::open(folder).map(|_| Begins::Resumed),
            Content::Nothing | Content::Other => {
                Err(TrainError::NoRun { path: folder.into(), missing: content::INFO })
            }
        };
        allowed()?;
        let lock = RunLock::take(folder)?;
        let begins = allowed()?;
        Self { run, begins, lock, made: Vec::new(), kept: AtomicBool::new(true) }.swept()
    }

    /// Without what a killed training left half written.
    fn swept(self) -> Result<Self, TrainError> {
        sweep(self.folder(), Duration::ZERO);
        sweep(&self.folder().join(content::CHECKPOINTS), Duration::ZERO);
        Ok(self)
    }

    /// Whether a training goes on from a checkpoint.
    pub fn resumes(&self) -> bool {
        self.begins == Begins::Resumed
    }

    /// Whether others are kept out: some file systems know no locks.
    pub(super) fn is_locked(&self) -> bool {
        self.lock.is_held()
    }

    /// The settings of a training to come in a folder that holds nothing: if it is stopped while it reads its data, it can
    /// be resumed. Where something lies there, that stays until [`begin`](Self::begin).
    pub(super) fn announce(&self, config: &Config) -> Result<(), TrainError> {
        if self.begins == Begins::Fresh { self.write_begin(config) } else { Ok(()) }
    }

    /// The folder is this training's from now on; what an older run left there goes. Notes that somebody keeps beside it
    /// stay.
    pub(super) fn begin(&self, config: &Config) -> Result<(), TrainError> {
        self.write_begin(config)?;
        self.remove_run()?;
        let folder = self.folder().join(content::CHECKPOINTS);
        fs::create_dir_all(&folder).map_err(TrainError::io(&folder))?;
        self.write_config(config)
    }

    /// There is a checkpoint: the run goes on from it from now on.
    pub(super) fn begun(&self) -> Result<(), TrainError> {
        self.keep();
        remove(&self.begin_path())
    }

    /// What is there so far stays.
    pub(super) fn keep(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }

    fn remove_run(&self) -> Result<(), TrainError> {
        // The record first: without it nothing is a run.
        let files = [self.info_path(), self.config_path(), self.metrics_path(), self.model_path()];
        let files = files.into_iter().chain([self.last_path(), self.best_path(), self.report_path()]);
        files.into_iter().try_for_each(|file| remove(&file))
    }
}

impl Drop for ClaimedRun {
    fn drop(&mut self) {
        if self.begins != Begins::Fresh || self.kept.load(Ordering::Relaxed) {
            return;
        }
        // A training that could not begin leaves no trace, as far as the disk lets it; a folder with anything else in it
        // stays.
        let _ = self.remove_run();
        let _ = fs::remove_dir(self.folder().join(content::CHECKPOINTS));
        let _ = remove(&self.begin_path());
        self.lock.remove();
        self.made.iter().all(|folder| fs::remove_dir(folder).is_ok());
    }
}

fn remove(path: &Path) -> Result<(), TrainError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(TrainError::io(path)(error)),
        _ => Ok(()),
    }
}
