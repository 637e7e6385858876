//! The jobs of `scumble_jobs`: a request and a result in JSON, as every face of scumble says them.

use crate::advice::failure;
use crate::arrays::refused;
use crate::ranks::PythonRanks;
use crate::watched::watched;
use pyo3::prelude::*;
use scumble_jobs::convert::{ConvertRequest, ConvertResult, ConvertedImage};
use scumble_jobs::fuse::FusedImage;
use scumble_jobs::judge::JudgeRequest;
use scumble_jobs::judge::parts::{MergeRequest, judge_part, merge};
use scumble_jobs::predict::{PredictRequest, PredictResult, PredictedImage};
use scumble_jobs::products::Products;
use scumble_jobs::run_report::RunReportRequest;
use scumble_jobs::train::TrainResult;
use scumble_jobs::{JobError, Observer, Report, TrainingRecord};
use scumble_nn::ranks::{Alone, Reduce};
use scumble_nn::{Predictor, Run};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Does a job by its name: `request` is its request in JSON, what comes back its result in JSON. `observer(what, of)` is told
/// how far it is.
#[pyfunction]
pub(crate) fn job(name: &str, request: &str, observer: &Bound<'_, PyAny>) -> PyResult<String> {
    match name {
        "check" => done(request, observer, scumble_jobs::check),
        "fuse" => done(request, observer, fuse),
        "train" => done(request, observer, train),
        "predict" => done(request, observer, predict),
        "convert" => done(request, observer, convert),
        "evaluate" => done(request, observer, evaluate),
        "evaluate_part" => done(request, observer, judge_part),
        "merge_parts" => done(request, observer, merge_parts),
        "calibrate" => done(request, observer, scumble_jobs::calibrate),
        "compare" => done(request, observer, scumble_jobs::compare),
        "report" => done(request, observer, report),
        "export" => done(request, observer, scumble_jobs::export),
        "info" => done(request, observer, |path: &PathBuf, _: &dyn Observer| scumble_jobs::info(path)),
        _ => Err(refused(format!("there is no job {name}"))),
    }
}

pub(crate) fn done<Q: DeserializeOwned + Sync, A: Serialize + Send>(
    request: &str,
    observer: &Bound<'_, PyAny>,
    job: impl FnOnce(&Q, &dyn Observer) -> Result<A, JobError> + Send,
) -> PyResult<String> {
    let request: Q = asked(request)?;
    let answer = watched(observer, |observer| job(&request, observer))?.map_err(|error| failure(&error))?;
    Ok(serde_json::to_string(&answer).expect("results are plain values"))
}

/// A request that JSON says; the error names the keyword that it is about.
pub(crate) fn asked<Q: DeserializeOwned>(request: &str) -> PyResult<Q> {
    let json = &mut serde_json::Deserializer::from_str(request);
    serde_path_to_error::deserialize(json).map_err(|error| {
        let keyword = error.path().iter().next_back().map_or(String::new(), ToString::to_string);
        let message = error.inner().to_string();
        // Nobody has written JSON.
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        match message.starts_with(&keyword) || keyword == "." {
            true => refused(message),
            false => refused(format!("{keyword}: {message}")),
        }
    })
}

/// Images that are done, and what became of the others.
#[derive(Serialize)]
struct Images<I> {
    images: Vec<I>,
    failed: BTreeMap<String, String>,
    /// How many were left out, as their maps were there already.
    there: usize,
    /// The folders of what else was made of the maps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    products: Vec<&'static str>,
    /// The table of all objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<PathBuf>,
}

/// The folders of what is made of maps.
fn folders(products: &Products) -> Vec<&'static str> {
    products.folders().map(|(folder, _)| folder).collect()
}

fn fuse(
    request: &scumble_jobs::fuse::FuseRequest,
    observer: &dyn Observer,
) -> Result<Images<FusedImage>, JobError> {
    let fused = scumble_jobs::fuse(request, observer)?;
    for (image, iterations) in fused.not_converged() {
        observer.warning(&format!("{image}: not converged after {iterations} iterations"));
    }
    let failed = fused.failed.into_iter().map(|(image, error)| (image, error.to_string())).collect();
    Ok(Images { images: fused.images, failed, there: 0, products: Vec::new(), table: None })
}

fn predict(request: &PredictRequest, observer: &dyn Observer) -> Result<Images<PredictedImage>, JobError> {
    Ok(maps(request, scumble_jobs::predict(request, observer)?))
}

/// The same by models that are open.
pub(crate) fn predict_by(
    models: (&mut Predictor, &[PathBuf]),
    request: &PredictRequest,
    observer: &dyn Observer,
) -> Result<impl Serialize + Send + use<>, JobError> {
    Ok(maps(request, scumble_jobs::predict::predict_by(models, request, observer)?))
}

fn maps(request: &PredictRequest, predicted: PredictResult) -> Images<PredictedImage> {
    let failed = predicted.failed.into_iter();
    let failed = failed.map(|(image, error)| (image.display().to_string(), error.to_string())).collect();
    let table = request.products.table(&request.output).filter(|_| !predicted.images.is_empty());
    Images {
        images: predicted.images,
        failed,
        there: predicted.rest.there,
        products: folders(&request.products),
        table,
    }
}

fn convert(request: &ConvertRequest, observer: &dyn Observer) -> Result<Images<ConvertedImage>, JobError> {
    let ConvertResult { images, failed, table } = scumble_jobs::convert(request, observer)?;
    let failed = failed.into_iter().map(|(image, error)| (image, error.to_string())).collect();
    Ok(Images { images, failed, there: 0, products: folders(&request.products), table })
}

/// A training that is shared out: [`job`] with this process as one of so many `ranks`. `exchange(out, lengths)` takes bytes for
/// each rank, and gives the bytes that each has for this one, which are so long.
#[pyfunction]
pub(crate) fn train_together(
    request: &str,
    rank: usize,
    ranks: usize,
    exchange: Py<PyAny>,
    observer: &Bound<'_, PyAny>,
) -> PyResult<String> {
    done(request, observer, move |request, observer| {
        train_by(request, &PythonRanks { rank, ranks, exchange }, observer)
    })
}

/// A training, whose missing report is a warning.
fn train(
    request: &scumble_jobs::train::TrainRequest,
    observer: &dyn Observer,
) -> Result<TrainResult, JobError> {
    train_by(request, &Alone, observer)
}

fn train_by(
    request: &scumble_jobs::train::TrainRequest,
    ranks: &dyn Reduce,
    observer: &dyn Observer,
) -> Result<TrainResult, JobError> {
    let trained = scumble_jobs::train_together(request, ranks, observer)?;
    if let Some(error) = &trained.no_report {
        observer.warning(&format!("no report was written: {error}"));
    }
    Ok(trained)
}

/// A judgement, and the page that explains it, if a file for one is named.
#[derive(Deserialize)]
struct Evaluation {
    judge: JudgeRequest,
    report: Option<PathBuf>,
    csv: Option<PathBuf>,
}

fn evaluate(asked: &Evaluation, observer: &dyn Observer) -> Result<serde_json::Value, JobError> {
    let mut request = asked.judge.clone();
    request.written = [&asked.csv, &asked.report].into_iter().flatten().cloned().collect();
    request.report = asked.report.as_ref().map(|_| Default::default());
    let judgement = scumble_jobs::judge(&request, observer)?;
    if let Some(file) = &asked.csv {
        judgement.write_csv(file)?;
    }
    if let Some(file) = &asked.report {
        let training =
            Run::open(&request.predictions).ok().map(|run| TrainingRecord::read(&run)).transpose()?;
        Report::new(&judgement)?.with_training(training.as_ref()).write(file)?;
    }
    Ok(serde_json::to_value(&judgement).expect("a judgement is plain values"))
}

/// Parts that are put together, and a table, if a file for one is named.
fn merge_parts(request: &MergeRequest, observer: &dyn Observer) -> Result<serde_json::Value, JobError> {
    let judgement = merge(request, observer)?;
    for file in &request.written {
        judgement.write_csv(file)?;
    }
    Ok(serde_json::to_value(&judgement).expect("a judgement is plain values"))
}

/// The report of a run, and its file.
#[derive(Serialize)]
struct Reported {
    version: u32,
    report: PathBuf,
}

fn report(request: &RunReportRequest, observer: &dyn Observer) -> Result<Reported, JobError> {
    let judged = scumble_jobs::run_report::judge_run(request, observer)?;
    let report = match &request.output {
        Some(file) => file.clone(),
        None => Run::open(&request.run)?.report_path(),
    };
    judged.report()?.write(&report)?;
    Ok(Reported { version: 1, report })
}
