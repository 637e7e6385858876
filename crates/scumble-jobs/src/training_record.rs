//! What a run folder says of its training.

use crate::JobError;
use scumble_data::read_text;
use scumble_nn::train::{Prospect, Status};
use scumble_nn::{EpochReport, Run, RunInfo};

/// A training as its run folder has it.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingRecord {
    /// Data, seed, device, how far it came.
    pub info: RunInfo,
    /// Its settings in full, as TOML.
    pub settings: String,
    /// Every epoch.
    pub epochs: Vec<EpochReport>,
}

impl TrainingRecord {
    /// What a longer training would bring by this one's curve, once it is done.
    pub fn prospect(&self) -> Option<Prospect> {
        Prospect::of(&self.epochs).filter(|_| self.info.status == Status::Done)
    }

    /// Reads a run folder.
    ///
    /// # Errors
    /// Files that are missing or broken.
    pub fn read(run: &Run) -> Result<Self, JobError> {
        let path = run.config_path();
        Ok(Self {
            info: run.info()?,
            settings: read_text(&path).map_err(JobError::io(&path))?,
            epochs: run.metrics()?,
        })
    }
}
