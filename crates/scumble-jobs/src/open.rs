//! Opening what a job is about: a data set, or the model in a file or a run folder.

use crate::held_out::run_of;
use crate::{JobError, Observer};
use scumble_data::{DataError, Dataset, Raster, check_unread, read_text};
use scumble_nn::{
    Averaging, Config, Device, FlipsChoice, Model, Precision, PrecisionChoice, PredictError, Predictor, Run,
    Scales, Views, load_config,
};
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

/// The settings of a training: those of a file in TOML over the defaults, and over them KEY=VALUE.
pub(crate) fn settings(file: Option<&Path>, assignments: &[String]) -> Result<Config, JobError> {
    let text = file.map(|path| read_text(path).map_err(JobError::io(path))).transpose()?;
    let name = file.map(|path| path.display().to_string());
    Ok(load_config(name.as_deref().zip(text.as_deref()), assignments)?)
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

    /// The mean of the models in these files or run folders, and their files.
    ///
    /// # Errors
    /// As [`model`]; models that do not go together.
    pub(crate) fn predictor(&self, paths: &[&Path]) -> Result<(Predictor, Vec<PathBuf>), JobError> {
        let opened = paths.iter().map(|path| model(path)).collect::<Result<Vec<_>, _>>()?;
        let (models, files): (Vec<Model>, Vec<PathBuf>) = opened.into_iter().unzip();
        Ok((self.of_models(models, paths)?, files))
    }

    /// The mean of models that were read from these paths.
    pub(crate) fn of_models(&self, models: Vec<Model>, paths: &[&Path]) -> Result<Predictor, JobError> {
        let opened = Predictor::open_all(models, &self.device, self.precision, self.averaging.clone());
        let predictor = opened.map_err(|error| match &error {
            PredictError::Together(apart) => {
                let path = paths.get(apart.model()).map_or(String::new(), |path| path.display().to_string());
                JobError::from(error).of(path)
            }
            _ => error.into(),
        })?;
        Ok(predictor.with_tile(self.tile))
    }
}

/// Tells the observer what a prediction is averaged over, where that is not what was asked for word by word; and warns where
/// a calibration was fitted to something else.
pub(crate) fn tell(predictor: &Predictor, averaging: &Averaging, observer: &dyn Observer) {
    let mut said: Vec<String> = Vec::new();
    for card in predictor.cards() {
        let (views, scales) = (predictor.views_of(card), predictor.scales_of(card));
        let calibrated = card.task.calibration().is_some();
        let fitted =
            (card.calibrated_views.unwrap_or_default(), card.calibrated_scales.clone().unwrap_or_default());
        if calibrated && fitted != (views, scales.clone()) {
            let [fitted, found] =
                [fitted, (views, scales.clone())].map(|(views, scales)| seen(views, &scales));
            let message = format!(
                "the model's calibration was fitted to predictions from {fitted}, these are from {found}: it may not hold; \
                 calibrate the model anew, or predict from what it was fitted to"
            );
            if !said.contains(&message) {
                observer.warning(&message);
                said.push(message);
            }
        }
        let message = match (averaging.flips, card.views) {
            (FlipsChoice::On, None) if !calibrated => {
                "predicting from 1 view: the model does not say how its training turned and flipped images"
                    .to_owned()
            }
            (FlipsChoice::On, trained) if calibrated && views != trained.unwrap_or_default() => {
                format!("predicting from {}, as the model's calibration was fitted to", seen(views, &scales))
            }
            (FlipsChoice::On, _) if views != Views::ONE => {
                format!("predicting from the mean of {}, as in training", seen(views, &scales))
            }
            _ => continue,
        };
        if !said.contains(&message) {
            observer.note(&message);
            said.push(message);
        }
    }
}

/// Brings the models' batch statistics towards those of images, of those that can be read.
pub(crate) fn adapt<I>(
    predictor: &mut Predictor,
    images: &[I],
    read: impl FnMut(&I) -> Result<Raster, DataError>,
    observer: &dyn Observer,
) -> Result<(), JobError> {
    observer.progress("adapting", 0, 1);
    let seen = predictor.adapt(images, read)?;
    observer.progress("adapting", 1, 1);
    let images = if seen == 1 { "1 image".into() } else { format!("{seen} images") };
    observer.note(&format!(
        "batch statistics: half of the way from the training's to those of {images} to predict"
    ));
    if seen > 0 && predictor.cards().any(|card| card.task.calibration().is_some()) {
        observer.warning(
            "the model's calibration was fitted to the training's batch statistics: it may not hold",
        );
    }
    Ok(())
}

/// Views and sizes in words.
fn seen(views: Views, scales: &Scales) -> String {
    if *scales == Scales::default() { views.to_string() } else { format!("{views}, at scales {scales}") }
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

/// True for a run folder or a model file by its name, false for images and folders of them.
pub fn is_named_model(path: &Path) -> bool {
    path.join("run.json").exists() || path.extension().is_some_and(|extension| extension == "safetensors")
}

/// True for a model file or a run folder, false for a folder of maps.
pub fn is_model(path: &Path) -> bool {
    path.is_file() || path.join("run.json").exists()
}
