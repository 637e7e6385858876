//! `scumble report`: explains a run in one HTML file.

use super::eval::may_write_report;
use crate::arguments::Report;
use crate::show;
use scumble_jobs::run_report::RunReportRequest;
use scumble_jobs::{JobError, judge_run};
use scumble_nn::Run;
use serde_json::json;

pub(crate) fn run(arguments: &Report) -> anyhow::Result<()> {
    let run = Run::open(&arguments.run).map_err(JobError::from)?;
    let file = arguments.output.clone().unwrap_or_else(|| run.report_path());
    may_write_report(&file)?;
    let request = RunReportRequest {
        run: arguments.run.clone(),
        data: arguments.data.clone(),
        device: arguments.device.device,
    };
    judge_run(&request, &show::Progress::default())?.report()?.write(&file)?;
    match arguments.print.json {
        true => show::json(&json!({"version": 1, "report": file})),
        false => show::result(&format!("report: {}", file.display())),
    }
    Ok(())
}
