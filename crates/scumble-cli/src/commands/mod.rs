//! One file a command: read the arguments, call the libraries, show the result.

pub(crate) mod calibrate;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod eval;
pub(crate) mod fuse;
mod held_out;
pub(crate) mod info;
pub(crate) mod init;
mod label_sets;
pub(crate) mod loss;
pub(crate) mod predict;
mod predictions;
pub(crate) mod report;
pub(crate) mod train;

use anyhow::Context;
use scumble_data::Dataset;
use scumble_nn::{Model, Run};
use std::path::{Path, PathBuf};

/// Opens a data set and keeps the images asked for (none: all).
fn open_dataset(path: &Path, patterns: &[String]) -> anyhow::Result<Dataset> {
    let dataset = Dataset::open(path)?;
    if patterns.is_empty() { Ok(dataset) } else { Ok(dataset.filter(patterns)?) }
}

/// The model in a file, or the best so far in a run folder; with the path that it was read from.
fn open_model(path: &Path) -> anyhow::Result<(Model, PathBuf)> {
    let file = if path.is_dir() { model_in_run(path)? } else { path.to_path_buf() };
    Ok((Model::read(&file)?, file))
}

fn model_in_run(folder: &Path) -> anyhow::Result<PathBuf> {
    let run =
        Run::open(folder).with_context(|| format!("{} is no model file and no run", folder.display()))?;
    let candidates = [run.model_path(), run.best_path()];
    candidates.into_iter().find(|file| file.exists()).with_context(|| {
        format!(
            "{}: the run has finished no epoch yet, so there is no model; --resume goes on",
            folder.display()
        )
    })
}

/// True for a model file or a run folder, false for a folder of maps.
fn is_model(path: &Path) -> bool {
    path.is_file() || path.join("run.json").exists()
}
