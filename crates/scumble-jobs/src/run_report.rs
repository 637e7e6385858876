//! What the report of a run tells: its training, and its best model on the images that it has not learnt from.

use crate::held_out::{self, Choice, Purpose, Rule};
use crate::judge::{JudgeRequest, JudgeSettings, Judgement, StripMemory, check_outputs, judge_data};
use crate::open::Running;
use crate::predictions::Predictions;
use crate::report::Report;
use crate::{JobError, Observer, TrainingRecord, open};
use scumble_data::{Dataset, Grouping};
use scumble_nn::predict::DEFAULT_TILE;
use scumble_nn::{Averaging, Device, PrecisionChoice, Run};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use thiserror::Error;

/// A run, and where its data set is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunReportRequest {
    /// The run folder.
    pub run: PathBuf,
    /// The data set, if it has moved since the training, or another one to judge all of.
    #[serde(default)]
    pub data: Option<PathBuf>,
    /// The file that the report will be written into, if it is not the run's own: looked at before the work.
    #[serde(default)]
    pub output: Option<PathBuf>,
    /// Replace that file.
    #[serde(default)]
    pub overwrite: bool,
    /// Where to compute.
    #[serde(default)]
    pub device: Device,
    /// The numbers in which a model runs.
    #[serde(default)]
    pub precision: PrecisionChoice,
    /// What predictions are averaged over.
    #[serde(default)]
    pub averaging: Averaging,
}

/// A run's training, and a judgement of its best model.
#[derive(Debug, Clone)]
pub struct JudgedRun {
    /// The training.
    pub training: TrainingRecord,
    /// The judgement, with what a report shows.
    pub judgement: Judgement,
}

impl JudgedRun {
    /// The report of both.
    ///
    /// # Errors
    /// None of a run that [`judge_run`] has judged.
    pub fn report(&self) -> Result<Report<'_>, JobError> {
        Ok(Report::new(&self.judgement)?.with_training(Some(&self.training)))
    }
}

/// Why a run cannot be judged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The data set is not where it was.
    #[error("the run's data set")]
    Gone {
        /// What is there.
        source: Box<JobError>,
    },
    /// The data set is another one by now.
    #[error("{} has changed since the training, so what was held out is not known", data.display())]
    Changed {
        /// The data set.
        data: PathBuf,
    },
}

/// Judges a run's best model on the images that it has not learnt from: those in test/, else what it has held out; of
/// another data set than the training's, on all.
///
/// # Errors
/// A data set that is gone or has changed, if none is named; a run without a model; files that are broken; a file that must
/// not be written.
pub fn judge_run(request: &RunReportRequest, observer: &dyn Observer) -> Result<JudgedRun, JobError> {
    let run = Run::open(&request.run)?;
    let training = TrainingRecord::read(&run)?;
    let (info, config) = (&training.info, run.config(&[])?);
    let folder = request.data.as_ref().unwrap_or(&info.data.path);
    // The training has warned of what is not read.
    let learnt = open::dataset(folder, &config.data.images, &());
    let same = |data: &Dataset| data.fingerprint().is_ok_and(|found| found == info.data.fingerprint);
    let known = learnt.as_ref().is_ok_and(same);
    if !known && request.data.is_none() {
        learnt.map_err(|source| Error::Gone { source: Box::new(source) })?;
        return Err(Error::Changed { data: folder.clone() }.into());
    }
    let dataset = match learnt {
        Ok(dataset) if known => dataset,
        _ => open::dataset(folder, &[], observer)?,
    };
    let judging = JudgeRequest {
        report: Some(StripMemory::default()),
        written: request.output.iter().cloned().collect(),
        overwrite: request.overwrite,
        ..JudgeRequest::new(run.folder(), dataset.root())
    };
    check_outputs(&judging, || dataset.files())?;
    let target = config.data.validation_target.label(config.data.target);
    let group = &Grouping::default();
    let asked = Choice { images: false, region: None, target, group, purpose: Purpose::Judge };
    let (dataset, selection) = held_out::choose(&[run.folder()], dataset, &asked, observer)?;
    if !known && selection.rule != Rule::All {
        observer.warning(&format!(
            "{} has changed since the training: what was held out is known by its names alone",
            folder.display()
        ));
    }
    let settings = JudgeSettings {
        target,
        region: selection.region,
        by_raters: config.train.weighting.by_raters(),
        ..JudgeSettings::default()
    };
    let judging = JudgeRequest { settings, ..judging };
    let running = Running::new(
        &[run.folder()],
        (request.device, request.precision),
        &request.averaging,
        DEFAULT_TILE,
        observer,
    );
    let mut predictions = Predictions::open(&[run.folder()], &dataset, &running)?;
    predictions.tell(&request.averaging, observer);
    let judgement = judge_data(&judging, &mut predictions, &dataset, selection, observer, None)?;
    Ok(JudgedRun { training, judgement })
}
