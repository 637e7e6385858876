//! What a run that goes on begins with: everything is read and checked before the folder is touched.

use super::checkpoint::{Checkpoint, Position};
use super::schedule::Budget;
use super::{Run, RunInfo, Status, TrainError};
use crate::{Config, EpochReport};
use std::path::Path;

/// What a run that goes on begins with.
pub(super) struct Resumed {
    pub(super) checkpoint: Checkpoint,
    /// Its epochs up to there: a crash may have come between the two files.
    pub(super) metrics: Vec<EpochReport>,
    /// What is known of it. Which images it has learnt from, and which it has not, stays.
    pub(super) info: RunInfo,
}

impl Resumed {
    /// Whether nothing is left to do.
    pub(super) fn is_done(&self, run: &Run, config: &Config) -> bool {
        let Position { epoch, seconds, .. } = self.checkpoint.position;
        // However many steps an epoch has.
        let spent = Budget::new(config, 1).is_spent(epoch, seconds);
        spent && self.info.status == Status::Done && run.model_path().exists()
    }
}

/// Reads a run to go on with.
pub(super) fn resume(run: &Run, config: &Config, fingerprint: &str) -> Result<Resumed, TrainError> {
    let info = run.info()?;
    if info.data.fingerprint != fingerprint {
        let (found, expected) = (fingerprint.to_string(), info.data.fingerprint);
        return Err(TrainError::OtherData { path: run.folder().into(), found, expected });
    }
    let began = run.config(&[])?.data;
    for (key, same) in [
        ("data.validation", began.validation == config.data.validation),
        ("data.group", began.group == config.data.group),
        ("data.seed", began.seed == config.data.seed),
        ("data.context", began.context == config.data.context),
    ] {
        if !same {
            return Err(TrainError::SplitStays { key, path: run.folder().into() });
        }
    }
    there(&run.last_path(), "this state of it")?;
    let checkpoint = Checkpoint::read(&run.last_path())?;
    let mut metrics = run.metrics()?;
    metrics.retain(|epoch| epoch.epoch <= checkpoint.position.epoch);
    Ok(Resumed { checkpoint, metrics, info })
}

/// Refuses a run that has lost a file.
pub(super) fn there(path: &Path, what: &'static str) -> Result<(), TrainError> {
    if path.exists() { Ok(()) } else { Err(TrainError::Lost { path: path.into(), what }) }
}
