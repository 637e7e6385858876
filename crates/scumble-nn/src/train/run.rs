//! The run folder: everything about one training, written as it goes.

use super::TrainError;
use super::checkpoint::Checkpoint;
use crate::{Config, EpochReport, ModelError, load_config};
use scumble_data::{composed, read_text, write_atomically};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A run folder: everything about one training, written as it goes.
///
/// `config.toml` (resolved), `run.json`, `metrics.jsonl`, `checkpoints/last.safetensors`,
/// `checkpoints/best.safetensors`, `model.safetensors`. Every file is written aside and renamed: whenever the
/// machine stops, the folder opens.
#[derive(Debug, Clone)]
pub struct Run {
    folder: PathBuf,
}

/// `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Version of this file, 1.
    pub version: u32,
    /// The scumble that wrote it.
    pub scumble: String,
    /// The command line, program first.
    pub command: Vec<String>,
    /// Where all chance comes from.
    pub seed: u64,
    /// What it ran on.
    pub device: String,
    /// The data set.
    pub data: RunData,
    /// How it stands.
    pub status: Status,
    /// Epochs finished.
    pub epochs: u64,
    /// Steps made.
    pub steps: u64,
    /// Seconds of training, interruptions left out.
    pub seconds: f64,
}

/// The data set of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunData {
    /// Its folder, as given.
    pub path: PathBuf,
    /// Its content, as a hash.
    pub fingerprint: String,
    /// Names of the images learnt from.
    pub train: Vec<String>,
    /// Names of the images judged by.
    pub validation: Vec<String>,
    /// The band of each image that is held out instead, if any.
    pub band: Option<String>,
    /// Names of the images that have no label to learn from, or none to be judged by.
    #[serde(default)]
    pub unlabelled: Vec<String>,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// At work (or killed while at it: resume it).
    Running,
    /// Stopped by the user between two steps.
    Interrupted,
    /// Stopped where it was told to.
    Paused,
    /// Finished.
    Done,
}

impl Run {
    /// A run in a folder that is new, empty or, with `overwrite`, a run. Nothing is touched before training is
    /// ready to begin.
    ///
    /// # Errors
    /// The folder holds something else already.
    pub fn create(folder: &Path, overwrite: bool) -> Result<Self, TrainError> {
        let run = Self { folder: folder.into() };
        let fail = |e: std::io::Error| TrainError::RunFile { path: folder.into(), message: e.to_string() };
        if folder.exists() && std::fs::read_dir(folder).map_err(fail)?.next().is_some() {
            if !overwrite {
                return Err(TrainError::Exists { path: folder.into() });
            }
            if !run.info_path().exists() {
                return Err(TrainError::NoRun { path: folder.into(), missing: "run.json" });
            }
        }
        Ok(run)
    }

    /// Makes the folder and takes away what an older run left there; notes that somebody keeps beside it stay.
    pub(super) fn begin(&self) -> Result<(), TrainError> {
        let old = [self.info_path(), self.config_path(), self.metrics_path(), self.model_path()];
        for file in old.into_iter().chain([self.last_path(), self.best_path(), self.report_path()]) {
            remove(&file)?;
        }
        let folder = self.folder.join("checkpoints");
        std::fs::create_dir_all(&folder)
            .map_err(|e| TrainError::RunFile { path: folder.clone(), message: e.to_string() })
    }

    /// Makes the best epoch's model the run's.
    ///
    /// # Errors
    /// A model that cannot be read or written.
    pub(super) fn finish(&self) -> Result<(), TrainError> {
        let path = self.best_path();
        let best = std::fs::read(&path)
            .map_err(|e| TrainError::RunFile { path, message: format!("the best epoch's model: {e}") })?;
        Ok(write_atomically(&self.model_path(), |out| out.write_all(&best))?)
    }

    /// Opens a run to go on with it, or to read it.
    ///
    /// # Errors
    /// A folder that is no run.
    pub fn open(folder: &Path) -> Result<Self, TrainError> {
        let run = Self { folder: folder.into() };
        for (path, missing) in [(run.info_path(), "run.json"), (run.config_path(), "config.toml")] {
            if !path.exists() {
                return Err(TrainError::NoRun { path: folder.into(), missing });
            }
        }
        Ok(run)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `model.safetensors`.
    pub fn model_path(&self) -> PathBuf {
        self.folder.join("model.safetensors")
    }

    /// `checkpoints/best.safetensors`, a model file.
    pub fn best_path(&self) -> PathBuf {
        self.folder.join("checkpoints/best.safetensors")
    }

    /// `checkpoints/last.safetensors`, all that resuming needs.
    pub fn last_path(&self) -> PathBuf {
        self.folder.join("checkpoints/last.safetensors")
    }

    /// `metrics.jsonl`, a line an epoch.
    pub fn metrics_path(&self) -> PathBuf {
        self.folder.join("metrics.jsonl")
    }

    /// `config.toml`, the settings in full.
    pub fn config_path(&self) -> PathBuf {
        self.folder.join("config.toml")
    }

    /// `report.html`, what the program writes for people at the end.
    pub fn report_path(&self) -> PathBuf {
        self.folder.join("report.html")
    }

    fn info_path(&self) -> PathBuf {
        self.folder.join("run.json")
    }

    /// Reads `run.json`.
    ///
    /// # Errors
    /// A file that cannot be read or understood.
    pub fn info(&self) -> Result<RunInfo, TrainError> {
        let path = self.info_path();
        let text = read(&path)?;
        let wrong = |e: serde_json::Error| TrainError::RunFile { path, message: e.to_string() };
        let mut info: RunInfo = serde_json::from_str(&text).map_err(wrong)?;
        let RunData { train, validation, unlabelled, .. } = &mut info.data;
        // Older records have names as the file system had them.
        for name in [train, validation, unlabelled].into_iter().flatten() {
            *name = composed(name);
        }
        Ok(info)
    }

    pub(super) fn write_info(&self, info: &RunInfo) -> Result<(), TrainError> {
        let text = serde_json::to_string_pretty(info).expect("plain data");
        Ok(write_atomically(&self.info_path(), |out| writeln!(out, "{text}"))?)
    }

    /// Reads `config.toml`, with assignments over it. Where an older scumble wrote it, the split has the training's
    /// seed.
    ///
    /// # Errors
    /// A file that cannot be read, settings that cannot be used.
    pub fn config(&self, assignments: &[String]) -> Result<Config, TrainError> {
        let path = self.config_path();
        let text = read(&path)?;
        let mut all: Vec<String> = seed_of_old_split(&text).into_iter().collect();
        all.extend_from_slice(assignments);
        Ok(load_config(Some((&path.display().to_string(), &text)), &all)?)
    }

    pub(super) fn write_config(&self, config: &Config) -> Result<(), TrainError> {
        let text = toml::to_string(config).expect("settings are TOML");
        Ok(write_atomically(&self.config_path(), |out| out.write_all(text.as_bytes()))?)
    }

    /// The step that resuming goes on from: `checkpoints/last.safetensors`, read and checked.
    ///
    /// # Errors
    /// A file that cannot be read or contradicts itself.
    pub fn step(&self) -> Result<u64, ModelError> {
        Checkpoint::read(&self.last_path()).map(|checkpoint| checkpoint.position.step)
    }

    /// Reads `metrics.jsonl`: the epochs so far.
    ///
    /// # Errors
    /// A file that cannot be read or understood.
    pub fn metrics(&self) -> Result<Vec<EpochReport>, TrainError> {
        let path = self.metrics_path();
        if !path.exists() {
            return Ok(Vec::new());
        }
        let parse = |(number, line): (usize, &str)| {
            serde_json::from_str(line).map_err(|e| TrainError::RunFile {
                path: path.clone(),
                message: format!("line {}: {e}", number + 1),
            })
        };
        read(&path)?.lines().enumerate().map(parse).collect()
    }

    pub(super) fn write_metrics(&self, epochs: &[EpochReport]) -> Result<(), TrainError> {
        Ok(write_atomically(&self.metrics_path(), |out| {
            epochs
                .iter()
                .try_for_each(|epoch| writeln!(out, "{}", serde_json::to_string(epoch).expect("plain data")))
        })?)
    }
}

/// The assignment that older settings lack, in which one seed was that of the training and of the split.
fn seed_of_old_split(settings: &str) -> Option<String> {
    let settings: toml::Table = settings.parse().ok()?;
    let seed_of = |section: &str| settings.get(section)?.get("seed");
    let seed = seed_of("train").filter(|_| seed_of("data").is_none())?;
    Some(format!("data.seed={seed}"))
}

fn read(path: &Path) -> Result<String, TrainError> {
    read_text(path).map_err(|e| TrainError::RunFile { path: path.into(), message: e.to_string() })
}

fn remove(path: &Path) -> Result<(), TrainError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(TrainError::RunFile { path: path.into(), message: e.to_string() })
        }
        _ => Ok(()),
    }
}
