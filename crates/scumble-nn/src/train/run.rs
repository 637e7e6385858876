//! The run folder: everything about one training, written as it goes.

use super::TrainError;
use super::checkpoint::Checkpoint;
use super::content::{self, Content, look};
use super::lock::RunLock;
use crate::{Config, EpochReport, Model, ModelError, Precision, load_config};
use scumble_data::{composed, read_text, write_atomically};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A run folder: everything about one training, written as it goes.
///
/// `config.toml` (resolved), `run.json`, `metrics.jsonl`, `checkpoints/last.safetensors`,
/// `checkpoints/best.safetensors`, `model.safetensors`. Every file is written aside and renamed: whenever the
/// machine stops, the folder opens. Who writes it has it [claimed](super::ClaimedRun).
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
    /// The instruction set of the processor that it ran with; older records lack it.
    #[serde(default)]
    pub isa: Option<String>,
    /// The numbers in which the network ran; older records lack it.
    #[serde(default)]
    pub precision: Precision,
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

impl RunInfo {
    /// What it ran on, in words.
    pub fn place(&self) -> String {
        let with = self.isa.as_ref().map_or(String::new(), |isa| format!(" with {isa}"));
        format!("{}{with} in {}", self.device, self.precision)
    }
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
    /// The run in a folder, whatever lies there.
    pub(super) fn at(folder: &Path) -> Self {
        Self { folder: folder.into() }
    }

    /// Takes the lock of this folder, to change something in it.
    ///
    /// # Errors
    /// Somebody has it; what the operating system refuses.
    pub fn lock(&self) -> Result<RunLock, TrainError> {
        RunLock::take(&self.folder)
    }

    /// Makes the best epoch's model the run's. One of the same weights stays, with the calibration that it may have.
    ///
    /// # Errors
    /// A model that cannot be read or written.
    pub(super) fn finish(&self) -> Result<(), TrainError> {
        if self.has_best_weights() {
            return Ok(());
        }
        let path = self.best_path();
        let best = std::fs::read(&path)
            .map_err(|e| TrainError::RunFile { path, message: format!("the best epoch's model: {e}") })?;
        Ok(write_atomically(&self.model_path(), |out| out.write_all(&best))?)
    }

    /// Whether the run's model has the weights of the best epoch, whatever its calibration.
    fn has_best_weights(&self) -> bool {
        let [model, best] = [self.model_path(), self.best_path()].map(|path| Model::read(&path));
        matches!((model, best), (Ok(model), Ok(best))
            if model.card.history == best.card.history && model.weights == best.weights)
    }

    /// Opens a run to go on with it, or to read it.
    ///
    /// # Errors
    /// A folder that is no run, or that of a training without a checkpoint so far.
    pub fn open(folder: &Path) -> Result<Self, TrainError> {
        let run = Self::at(folder);
        let none = |missing| Err(TrainError::NoRun { path: folder.into(), missing });
        match look(folder)? {
            Content::Run if run.config_path().exists() => Ok(run),
            Content::Run => none(content::CONFIG),
            Content::Begun => Err(TrainError::NoCheckpoint { path: folder.into() }),
            Content::Nothing | Content::Other => none(content::INFO),
        }
    }

    /// Whether a folder is that of a training that has no checkpoint: it begins, or was stopped before it had.
    pub fn only_begins(folder: &Path) -> bool {
        look(folder).is_ok_and(|content| content == Content::Begun)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `model.safetensors`.
    pub fn model_path(&self) -> PathBuf {
        self.folder.join(content::MODEL)
    }

    /// `checkpoints/best.safetensors`, a model file.
    pub fn best_path(&self) -> PathBuf {
        self.folder.join(content::CHECKPOINTS).join(content::BEST)
    }

    /// `checkpoints/last.safetensors`, all that resuming needs.
    pub fn last_path(&self) -> PathBuf {
        self.folder.join(content::CHECKPOINTS).join(content::LAST)
    }

    /// `metrics.jsonl`, a line an epoch.
    pub fn metrics_path(&self) -> PathBuf {
        self.folder.join(content::METRICS)
    }

    /// `config.toml`, the settings in full.
    pub fn config_path(&self) -> PathBuf {
        self.folder.join(content::CONFIG)
    }

    /// `report.html`, what the program writes for people at the end.
    pub fn report_path(&self) -> PathBuf {
        self.folder.join(content::REPORT)
    }

    /// `run.json`.
    pub(super) fn info_path(&self) -> PathBuf {
        self.folder.join(content::INFO)
    }

    /// `.begin.toml`, the settings of a training that has no checkpoint yet.
    pub(super) fn begin_path(&self) -> PathBuf {
        self.folder.join(content::BEGIN)
    }

    /// Where the settings are: a training that begins has its own, whatever an older one left.
    pub(super) fn settings_path(&self) -> PathBuf {
        Some(self.begin_path()).filter(|path| path.exists()).unwrap_or_else(|| self.config_path())
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

    /// Reads the settings, with assignments over it. Where an older scumble wrote it, the split has the training's
    /// seed, and the network runs in f32.
    ///
    /// # Errors
    /// A file that cannot be read, settings that cannot be used.
    pub fn config(&self, assignments: &[String]) -> Result<Config, TrainError> {
        let path = self.settings_path();
        let text = read(&path)?;
        let mut all = of_old(&text);
        all.extend_from_slice(assignments);
        Ok(load_config(Some((&path.display().to_string(), &text)), &all)?)
    }

    pub(super) fn write_config(&self, config: &Config) -> Result<(), TrainError> {
        write_settings(&self.config_path(), config)
    }

    pub(super) fn write_begin(&self, config: &Config) -> Result<(), TrainError> {
        write_settings(&self.begin_path(), config)
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

/// The assignments that older settings lack: one seed was that of the training and of the split, and every network ran in
/// f32 on images that were normalised by the data set, trained by AdamW. What changed a patch's appearance changed all patches, and
/// before that nothing did.
fn of_old(settings: &str) -> Vec<String> {
    let Ok(settings) = settings.parse::<toml::Table>() else {
        return Vec::new();
    };
    let of = |section: &str, key: &str| settings.get(section)?.get(key);
    let seed = of("train", "seed").filter(|_| of("data", "seed").is_none());
    let seed = seed.map(|seed| format!("data.seed={seed}"));
    let precision = of("train", "precision").is_none().then(|| "train.precision=f32".to_owned());
    let optimiser = of("train", "optimiser").is_none().then(|| "train.optimiser=adamw".to_owned());
    let normalisation =
        of("data", "normalisation").is_none().then(|| "data.normalisation=dataset".to_owned());
    let patches = [("gamma", 0), ("blur", 0), ("noise", 0), ("share", 1)];
    let patches = patches.into_iter().filter(|(key, _)| of("augment", key).is_none());
    let patches = patches.map(|(key, value)| format!("augment.{key}={value}"));
    seed.into_iter().chain(precision).chain(optimiser).chain(normalisation).chain(patches).collect()
}

fn write_settings(path: &Path, config: &Config) -> Result<(), TrainError> {
    let text = config.to_toml();
    Ok(write_atomically(path, |out| out.write_all(text.as_bytes()))?)
}

fn read(path: &Path) -> Result<String, TrainError> {
    read_text(path).map_err(TrainError::io(path))
}
