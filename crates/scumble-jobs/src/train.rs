//! Training: from a data set and settings to a model in a run folder.

use crate::outputs::apart;
use crate::run_report::{RunReportRequest, judge_run};
use crate::{JobError, Observer, held_out, open};
use scumble_data::{Validation, check_level};
use scumble_nn::config::TrainConfig;
use scumble_nn::ranks::{Alone, Reduce, messages};
use scumble_nn::train::{Profile, Prospect, alike};
use scumble_nn::{Averaging, ClaimedRun, Config, Device, EpochReport, Run, Status, TrainError, load_config};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What to train, where, and when to stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainRequest {
    /// The data set's folder.
    pub data: PathBuf,
    /// The run folder to write; holds the model at the end.
    pub run: PathBuf,
    /// How the run begins.
    #[serde(default)]
    pub start: Start,
    /// Settings over those of the file or of the run, as KEY=VALUE.
    #[serde(default)]
    pub assignments: Vec<String>,
    /// Pause after this many epochs; resuming goes on exactly.
    #[serde(default)]
    pub pause_after: Option<u64>,
    /// Say where the time went.
    #[serde(default)]
    pub profile: bool,
    /// Where to compute.
    #[serde(default)]
    pub device: Device,
    /// What the run's record says that it was started by, such as a command line, word by word.
    #[serde(default)]
    pub command: Vec<String>,
}

/// How a run begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Start {
    /// In a folder that is new or empty.
    New {
        /// A file of settings in TOML, over the defaults.
        #[serde(default)]
        config: Option<PathBuf>,
        /// Start a run that is there again.
        #[serde(default)]
        overwrite: bool,
    },
    /// Where a run stopped, with its settings.
    Resume,
}

impl Default for Start {
    /// Anew, with the default settings.
    fn default() -> Self {
        Self::New { config: None, overwrite: false }
    }
}

/// How a session of training ended; what JSON says of it is this.
#[derive(Debug, Serialize)]
pub struct TrainResult {
    /// Version of this object, 1.
    pub version: u32,
    /// The run folder.
    pub run: PathBuf,
    /// Done, paused or interrupted.
    pub status: Status,
    /// Steps made in all.
    pub steps: u64,
    /// The best epoch so far, if any was finished.
    pub best: Option<EpochReport>,
    /// What a longer training would bring by this one's curve, once it is done.
    pub prospect: Option<Prospect>,
    /// The setting with which a training that is worth it goes on to twice its length when it is resumed.
    pub longer: Option<String>,
    /// The model, once the training is done.
    pub model: Option<PathBuf>,
    /// The page that explains the run, once the training is done.
    pub report: Option<PathBuf>,
    /// Why no page was written; the training is safe whatever becomes of it.
    #[serde(skip)]
    pub no_report: Option<JobError>,
    /// Where the time of this session went, if asked for.
    pub profile: Option<Profile>,
}

/// Trains until the budget is spent, the request says pause or the observer says stop. Whatever stops it, the run can
/// be resumed.
///
/// # Errors
/// Data, settings, device or disk at fault; a run folder that would be overwritten, or is none where one should be
/// resumed.
pub fn train(request: &TrainRequest, observer: &dyn Observer) -> Result<TrainResult, JobError> {
    train_together(request, &Alone, observer)
}

/// [`train`] shared out among ranks, all of which make the same request: the same bytes as of one. Rank 0 writes the run, and
/// its result alone has curve, model and report.
///
/// # Errors
/// As [`train`]; ranks that are not alike, or do not come together. After an error the others wait for a rank in vain:
/// whoever started them ends them.
pub fn train_together(
    request: &TrainRequest,
    ranks: &dyn Reduce,
    observer: &dyn Observer,
) -> Result<TrainResult, JobError> {
    let first = ranks.rank() == 0;
    let (run, config) = match &request.start {
        _ if !first => (None, None),
        Start::Resume => {
            let run = ClaimedRun::resume(&request.run)?;
            let config = run.config(&request.assignments)?;
            (Some(run), Some(config))
        }
        Start::New { config, overwrite } => {
            // Starting a run again writes over its settings.
            apart(&request.run, config.iter().map(PathBuf::as_path))?;
            let config = open::settings(config.as_deref(), &request.assignments)?;
            (Some(ClaimedRun::create(&request.run, *overwrite)?), Some(config))
        }
    };
    let config = match ranks.ranks() {
        1 => config.unwrap_or_default(),
        _ => settings_of_all(request, ranks, config)?,
    };
    if let Some(error) = check_level(&request.data) {
        return Err(error.into());
    }
    let dataset = open::dataset(&request.data, &config.data.images, observer)?;
    observer.note(dataset.describe_choice());
    let session = scumble_nn::TrainRequest {
        dataset: &dataset,
        config: &config,
        run: run.as_ref(),
        ranks,
        device: &request.device,
        pause_after: request.pause_after,
        command: &request.command,
    };
    let outcome = scumble_nn::train(&session, observer)?;
    let done = outcome.status == Status::Done;
    let Some(run) = run else {
        // The model is written when rank 0 has come here, too.
        messages::from_first(ranks, &[]).map_err(TrainError::from)?;
        return Ok(TrainResult {
            version: 1,
            run: request.run.clone(),
            status: outcome.status,
            steps: outcome.steps,
            best: None,
            prospect: None,
            longer: None,
            model: None,
            report: None,
            no_report: None,
            profile: request.profile.then_some(outcome.profile),
        });
    };
    messages::from_first(ranks, &[]).map_err(TrainError::from)?;
    // Where nothing was left to do, nothing is written but what is missing.
    let there = Some(run.report_path()).filter(|report| !outcome.worked && report.exists());
    let (report, no_report) = match done
        .then(|| there.map_or_else(|| write_report(request, &run, observer), Ok))
    {
        Some(Ok(report)) => (Some(report), None),
        Some(Err(error)) if config.data.validation == Validation::None && is_nothing_held_out(&error) => {
            observer.note(&format!(
                "no report, for nothing was held out; other images tell how well it does: scumble eval {} DATA",
                run.folder().display()
            ));
            (None, None)
        }
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let epochs = if done { run.metrics()? } else { Vec::new() };
    let prospect = Prospect::of(&epochs);
    Ok(TrainResult {
        version: 1,
        run: run.folder().to_owned(),
        status: outcome.status,
        steps: outcome.steps,
        longer: prospect.filter(Prospect::is_worth_it).map(|_| twice(&config.train, epochs.len())),
        best: outcome.best,
        prospect,
        model: done.then(|| run.model_path()),
        report,
        no_report,
        profile: request.profile.then_some(outcome.profile),
    })
}

/// The settings of a training that is shared out. A run that goes on has its own, which rank 0 tells the others; of a new one
/// every rank reads what was asked for, and they are held against each other.
fn settings_of_all(
    request: &TrainRequest,
    ranks: &dyn Reduce,
    own: Option<Config>,
) -> Result<Config, JobError> {
    let folder = std::path::absolute(&request.run).unwrap_or_else(|_| request.run.clone());
    let way = match request.start {
        Start::New { .. } => "a new run",
        Start::Resume => "a run that goes on",
    };
    alike(ranks, &[("run folder", folder.display().to_string()), ("beginning", way.to_owned())])?;
    let text = own.as_ref().map_or_else(String::new, Config::to_toml);
    let told = messages::from_first(ranks, text.as_bytes()).map_err(TrainError::from)?;
    match (own, &request.start) {
        (Some(own), _) => Ok(own),
        (None, Start::New { config, .. }) => open::settings(config.as_deref(), &request.assignments),
        (None, Start::Resume) => {
            let told = String::from_utf8_lossy(&told);
            Ok(load_config(Some(("the settings of rank 0", &told)), &[]).map_err(TrainError::from)?)
        }
    }
}

/// The setting of a training of twice the length.
fn twice(train: &TrainConfig, epochs: usize) -> String {
    match train.minutes {
        minutes if minutes > 0.0 => format!("train.minutes={}", 2.0 * minutes),
        _ => format!("train.epochs={}", 2 * epochs),
    }
}

fn is_nothing_held_out(error: &JobError) -> bool {
    matches!(error, JobError::HeldOut(held_out::Error::NothingHeldOut { .. }))
}

fn write_report(request: &TrainRequest, run: &Run, observer: &dyn Observer) -> Result<PathBuf, JobError> {
    let file = run.report_path();
    let judging = RunReportRequest {
        run: run.folder().to_owned(),
        data: Some(request.data.clone()),
        output: None,
        overwrite: false,
        device: request.device,
        precision: run.info()?.precision.into(),
        averaging: Averaging::default(),
    };
    judge_run(&judging, observer)?.report()?.write(&file)?;
    Ok(file)
}
