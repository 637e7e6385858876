//! `scumble report`: explains a run in one HTML file.

use super::eval::may_write;
use crate::arguments::Report;
use crate::show;
use anyhow::anyhow;
use scumble_jobs::run_report::{Error, RunReportRequest};
use scumble_jobs::{JobError, judge_run};
use scumble_nn::{Device, Run};
use serde_json::json;
use std::path::Path;

pub(crate) fn run(arguments: &Report) -> anyhow::Result<()> {
    let run = Run::open(&arguments.run)?;
    let file = arguments.output.clone().unwrap_or_else(|| run.report_path());
    may_write(&file)?;
    of_run(&file, &run, arguments.data.as_deref(), &arguments.device.device)?;
    match arguments.json {
        true => show::json(&json!({"version": 1, "report": file})),
        false => show::result(&format!("report: {}", file.display())),
    }
    Ok(())
}

/// Writes the report of a training: its curves, and its best model on the images that it has not learnt from.
pub(crate) fn of_run(file: &Path, run: &Run, data: Option<&Path>, device: &Device) -> anyhow::Result<()> {
    let request =
        RunReportRequest { run: run.folder().into(), data: data.map(Path::to_path_buf), device: *device };
    let judged = judge_run(&request, &show::Progress::default()).map_err(|error| match error {
        JobError::RunReport(Error::Gone { source }) => anyhow::Error::from(*source)
            .context("the run's data set (if it has moved: scumble report RUN DATA)"),
        error @ JobError::RunReport(Error::Changed { .. }) => {
            anyhow!("{error}; name a data set to judge all of it: scumble report RUN DATA")
        }
        error => error.into(),
    })?;
    Ok(judged.report()?.write(file)?)
}
