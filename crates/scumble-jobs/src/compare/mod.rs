//! Runs side by side: what was set differently, how they trained, and which predicts better on the same images.

mod contest;
mod error;
mod request;
mod training;

pub use contest::{Contest, Difference, SCORES, Score, Verdict};
pub use error::Error;
pub use request::CompareRequest;
pub use training::TrainingSummary;

use crate::held_out::{self, Choice, Purpose};
use crate::judge::JudgeSettings;
use crate::{JobError, Observer, open};
use contest::judge_contestants;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use training::differing;

/// What was found. As JSON it is what `docs/json.md` describes.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// What was compared.
    pub runs: Vec<PathBuf>,
    /// What tells them apart: the last part of each path, or all of it where two share that.
    pub names: Vec<String>,
    /// How each trained; `None` for what is no run folder.
    pub training: Vec<Option<TrainingSummary>>,
    /// The settings that are not the same in all runs, each with its values (null for what is no run).
    pub settings: Vec<(String, Value)>,
    /// Which predicts better; `None` without data to judge them on.
    pub contest: Option<Contest>,
}

impl Serialize for Comparison {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({
            "version": 2,
            "runs": self.runs,
            "training": self.training,
            "settings": self.settings.iter().cloned().collect::<serde_json::Map<_, _>>(),
            "scores": self.contest,
        })
        .serialize(serializer)
    }
}

/// Compares settings and trainings, and judges all of them on images that none has learnt from.
///
/// # Errors
/// No data set named for what is no run, predictions of different questions, no image that all have predicted, files
/// that are broken.
pub fn compare(request: &CompareRequest, observer: &dyn Observer) -> Result<Comparison, JobError> {
    let training: Vec<Option<TrainingSummary>> =
        request.runs.iter().map(|path| TrainingSummary::read(path)).collect::<Result<_, _>>()?;
    let names = names(&request.runs);
    let contest = match data(request, &training)? {
        Some(path) => Some(contest(request, &path, &names, observer)?),
        None => None,
    };
    Ok(Comparison { runs: request.runs.clone(), settings: differing(&training), names, training, contest })
}

/// The data set to judge on: the one named, else the one that all runs share.
fn data(request: &CompareRequest, training: &[Option<TrainingSummary>]) -> Result<Option<PathBuf>, JobError> {
    if let Some(path) = &request.data {
        return Ok(Some(path.clone()));
    }
    if let Some(at) = training.iter().position(Option::is_none) {
        return Err(Error::NoData { path: request.runs[at].clone() }.into());
    }
    let mut all = training.iter().flatten().map(|run| &run.info.data);
    let Some(first) = all.next() else { return Ok(None) };
    let same = all.all(|data| data.fingerprint == first.fingerprint);
    Ok((same && first.path.is_dir()).then(|| first.path.clone()))
}

fn contest(
    request: &CompareRequest,
    path: &Path,
    names: &[String],
    observer: &dyn Observer,
) -> Result<Contest, JobError> {
    let dataset = open::dataset(path, &request.images, observer)?;
    let asked = Choice {
        images: !request.images.is_empty(),
        region: request.settings.region,
        target: request.settings.target,
        group: &request.group,
        purpose: Purpose::Judge,
    };
    let runs: Vec<&Path> = request.runs.iter().map(PathBuf::as_path).collect();
    let (dataset, selection) = held_out::choose(&runs, dataset, &asked, observer)?;
    let settings = JudgeSettings { region: selection.region, ..request.settings };
    let judged = judge_contestants(request, &settings, &dataset, observer)?;
    Ok(Contest::new(path, names, &judged, selection)?)
}

fn names(paths: &[PathBuf]) -> Vec<String> {
    let last = |path: &PathBuf| {
        path.file_name().map_or(path.display().to_string(), |n| n.to_string_lossy().into_owned())
    };
    let alone = |path: &PathBuf| paths.iter().filter(|other| last(other) == last(path)).count() == 1;
    paths.iter().map(|path| if alone(path) { last(path) } else { path.display().to_string() }).collect()
}
