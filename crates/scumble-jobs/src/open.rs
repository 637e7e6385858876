//! Opening what a job is about: a data set, or the model in a file or a run folder.

use crate::{JobError, Observer};
use scumble_data::{Dataset, check_unread};
use scumble_nn::{Device, Model, Precision, PrecisionChoice, Run};
use std::fs;
use std::path::{Path, PathBuf};

/// A data set, and of it the images whose id matches one of the patterns; all of them where there is no pattern. The
/// observer is warned of what lies in its folders and is not read.
///
/// # Errors
/// A folder that is no data set, a pattern that is no glob, patterns that no image matches.
pub fn dataset(path: &Path, patterns: &[String], observer: &dyn Observer) -> Result<Dataset, JobError> {
    let dataset = Dataset::open(path)?;
    match &check_unread(path)[..] {
        [] => {}
        [one] => observer.warning(&one.to_string()),
        [first, others @ ..] => {
            observer.warning(&format!("{first}; {} more are not read either", others.len()))
        }
    }
    if patterns.is_empty() { Ok(dataset) } else { Ok(dataset.filter(patterns)?) }
}

/// The model in a file, or the best so far in a run folder; with the path that it was read from.
///
/// # Errors
/// A file that is no model, a folder that is no run, a run that has finished no epoch.
pub fn model(path: &Path) -> Result<(Model, PathBuf), JobError> {
    let file = if path.is_dir() { model_in_run(path)? } else { path.to_path_buf() };
    Ok((Model::read(&file)?, file))
}

/// The precision in which the models among `paths` run on a device; the observer is told which, where nobody has chosen.
pub(crate) fn precision(
    paths: &[&Path],
    device: Device,
    choice: PrecisionChoice,
    observer: &dyn Observer,
) -> Precision {
    let resolved = choice.on(device);
    if choice == PrecisionChoice::Auto && paths.iter().any(|path| is_model(path)) {
        observer.note(&resolved.to_string());
    }
    resolved.precision
}

fn model_in_run(folder: &Path) -> Result<PathBuf, JobError> {
    let run = Run::open(folder)
        .map_err(|source| JobError::NoModel { path: folder.to_owned(), source: source.into() })?;
    let candidates = [run.model_path(), run.best_path()];
    let found = candidates.into_iter().find(|file| file.exists());
    found.ok_or_else(|| JobError::NoEpoch { run: folder.to_owned() })
}

/// The files that a model is read from: its own, or those of its run; the run's report is none of them.
pub(crate) fn model_files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let within =
        |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let inner =
        within(path).filter(|path| path.is_dir()).flat_map(|folder| within(&folder).collect::<Vec<_>>());
    let files = within(path).chain(inner).filter(|path| path.is_file());
    files.filter(|file| !file.ends_with("report.html")).collect()
}

/// True for a model file or a run folder, false for a folder of maps.
pub fn is_model(path: &Path) -> bool {
    path.is_file() || path.join("run.json").exists()
}
