//! Opening what a job is about: a data set, or the model in a file or a run folder.

use crate::held_out::run_of;
use crate::{JobError, Observer};
use scumble_data::{Dataset, check_unread};
use scumble_nn::{Averaging, Device, FlipsChoice, Model, Precision, PrecisionChoice, Predictor, Run, Views};
use std::fs;
use std::num::NonZeroUsize;
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
    let mut model = Model::read(&file)?;
    if model.card.views.is_none() {
        model.card.views = views_of_run(&model, &file);
    }
    Ok((model, file))
}

/// The views that a model of before has seen in training: its run's settings know.
fn views_of_run(model: &Model, file: &Path) -> Option<Views> {
    let run = run_of(file).ok()??;
    // A model that was moved into another run's folder is not of it.
    let own = run.info().ok()?.data.fingerprint == model.card.history.data;
    own.then(|| run.config(&[]).ok().map(|config| config.views())).flatten()
}

/// How models run.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    /// Where.
    pub(crate) device: Device,
    /// In which numbers.
    pub(crate) precision: Precision,
    /// By tiles of this side.
    pub(crate) tile: NonZeroUsize,
    /// What is averaged.
    pub(crate) averaging: Averaging,
}

impl Running {
    /// How the models among `paths` run; the observer is told in which numbers, where nobody has chosen.
    pub(crate) fn new(
        paths: &[&Path],
        (device, choice): (Device, PrecisionChoice),
        averaging: &Averaging,
        tile: NonZeroUsize,
        observer: &dyn Observer,
    ) -> Self {
        let resolved = choice.on(device);
        if choice == PrecisionChoice::Auto && paths.iter().any(|path| is_model(path)) {
            observer.note(&resolved.to_string());
        }
        Self { device, precision: resolved.precision, tile, averaging: averaging.clone() }
    }

    /// A model that runs so.
    pub(crate) fn predictor(&self, model: Model) -> Result<Predictor, JobError> {
        let predictor = Predictor::open(model, &self.device, self.precision)?;
        Ok(predictor.with_tile(self.tile).with_averaging(self.averaging.clone()))
    }
}

/// Tells the observer over which views a model predicts, where that is not what was asked for word by word; and warns where
/// its calibration was fitted to others.
pub(crate) fn tell_views(predictor: &Predictor, flips: FlipsChoice, observer: &dyn Observer) {
    let (card, views) = (predictor.card(), predictor.views());
    let calibrated = card.task.calibration().is_some().then(|| card.calibrated_views.unwrap_or_default());
    match (flips, calibrated, card.views) {
        (FlipsChoice::On, Some(views), Some(trained)) if views != trained => {
            observer.note(&format!("predicting from {views}, as the model's calibration was fitted to"));
        }
        (FlipsChoice::On, None, None) => {
            observer.note("predicting from 1 view: the model does not say how its training turned and flipped images");
        }
        (FlipsChoice::On, ..) if views != Views::ONE => {
            observer.note(&format!("predicting from the mean of {views}, as in training"));
        }
        (FlipsChoice::On, ..) => {}
        (_, Some(fitted), _) if fitted != views => observer.warning(&format!(
            "the model's calibration was fitted to predictions from {fitted}, these are from {views}: it may not hold; \
             calibrate the model anew on {views}, or predict from {fitted}"
        )),
        _ => {}
    }
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
