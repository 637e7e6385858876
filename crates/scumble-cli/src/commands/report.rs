//! `scumble report`: explains a run in one HTML file.

use crate::arguments::Report;
use crate::failure::Usage;
use crate::show;
use scumble_jobs::run_report::RunReportRequest;
use scumble_jobs::{JobError, judge_run};
use scumble_nn::Run;
use serde_json::json;
use std::fs::File;
use std::io::Read;
use std::path::Path;

pub(crate) fn run(arguments: &Report) -> anyhow::Result<()> {
    let run = Run::open(&arguments.run).map_err(JobError::from)?;
    let file = arguments.output.clone().unwrap_or_else(|| run.report_path());
    if arguments.output.is_none() {
        refreshes(&file)?;
    }
    let request = RunReportRequest {
        run: arguments.run.clone(),
        data: arguments.data.clone(),
        output: arguments.output.clone(),
        overwrite: arguments.overwrite,
        device: arguments.device.device,
        precision: arguments.precision.precision,
        averaging: arguments.averaging.asked(),
    };
    judge_run(&request, &show::Progress::default())?.report()?.write(&file)?;
    match arguments.print.json {
        true => show::json(&json!({"version": 1, "report": file})),
        false => show::result(&format!("report: {}", show::path(&file))),
    }
    Ok(())
}

/// A run's own report is made anew whenever it is asked for; anything else of its name is kept.
fn refreshes(file: &Path) -> Result<(), Usage> {
    const BEGINS: &[u8] = b"<!DOCTYPE html>";
    let mut start = [0; BEGINS.len()];
    match File::open(file).map(|mut file| file.read_exact(&mut start).is_ok() && start == BEGINS) {
        Ok(false) => {
            Err(Usage(format!("{} exists and is no report; name another file with -o", show::path(file))))
        }
        _ => Ok(()),
    }
}
