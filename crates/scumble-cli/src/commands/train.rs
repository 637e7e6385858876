use super::open_dataset;
use crate::arguments::Train;
use crate::failure::Interrupted;
use crate::show::{self, Table};
use anyhow::Context;
use scumble_nn::{Config, Profile, Run, Status, TrainOutcome, TrainRequest, load_config, train};
use serde_json::json;
use std::path::{Path, PathBuf};

pub(crate) fn run(arguments: &Train) -> anyhow::Result<()> {
    let (run, config) = if arguments.resume {
        let run = Run::open(&arguments.output)?;
        let config = run.config(&arguments.assignments)?;
        (run, config)
    } else {
        let config = settings(arguments)?;
        (Run::create(&arguments.output, arguments.overwrite)?, config)
    };
    let dataset = open_dataset(&arguments.data, &config.data.images)?;
    show::note(dataset.describe_choice());
    let progress = show::Progress::interruptible()?;
    let request = TrainRequest {
        dataset: &dataset,
        config: &config,
        run: &run,
        device: &arguments.device.device,
        resume: arguments.resume,
        pause_after: arguments.pause_after,
        command: &std::env::args().collect::<Vec<_>>(),
    };
    let outcome = train(&request, &progress);
    progress.done();
    let outcome = outcome?;
    let report = (outcome.status == Status::Done).then(|| write_report(&run, arguments)).flatten();
    tell(arguments, &run, &outcome, report.as_deref());
    match outcome.status {
        Status::Interrupted => {
            let folder = run.folder().display();
            let what = format!("saved after step {}; go on with --resume -o {folder}", outcome.steps);
            Err(Interrupted(what).into())
        }
        _ => Ok(()),
    }
}

/// The run's report; the training is safe whatever becomes of it.
fn write_report(run: &Run, arguments: &Train) -> Option<PathBuf> {
    let (file, folder) = (run.report_path(), run.folder().display());
    match super::report::of_run(&file, run, Some(&arguments.data), &arguments.device.device) {
        Ok(()) => Some(file),
        Err(error) => {
            show::error(&format!("no report was written: {error:#}; again: scumble report {folder}"));
            None
        }
    }
}

fn settings(arguments: &Train) -> anyhow::Result<Config> {
    let Some(path) = &arguments.config else { return Ok(load_config(None, &arguments.assignments)?) };
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(load_config(Some((&path.display().to_string(), &text)), &arguments.assignments)?)
}

fn tell(arguments: &Train, run: &Run, outcome: &TrainOutcome, report: Option<&Path>) {
    if arguments.json {
        let model = (outcome.status == Status::Done).then(|| run.model_path());
        show::json(&json!({
            "version": 1,
            "run": run.folder(),
            "status": outcome.status,
            "steps": outcome.steps,
            "best": outcome.best,
            "model": model,
            "report": report,
            "profile": arguments.profile.then_some(outcome.profile),
        }));
        return;
    }
    if let Some(best) = &outcome.best {
        let judged = best.validation.map_or("no validation images".to_string(), |v| {
            format!("validation cross entropy {:.4} (floor {:.4}, excess {:.4})", v.value, v.floor, v.excess)
        });
        show::result(&format!("best epoch {}: {judged}", best.epoch));
    }
    if arguments.profile {
        show::result(&profile(&outcome.profile));
    }
    let folder = run.folder().display();
    match outcome.status {
        Status::Done => show::result(&format!("model: {}", run.model_path().display())),
        Status::Paused => show::result(&format!("paused; go on with --resume -o {folder}")),
        Status::Interrupted | Status::Running => {}
    }
    if let Some(report) = report {
        show::result(&format!("report: {}", report.display()));
    }
}

/// Where the time went: in all, a step, and as a share.
fn profile(profile: &Profile) -> String {
    let parts = profile.parts();
    let all: f64 = parts.iter().map(|(_, time)| time.as_secs_f64()).sum();
    let mut table = Table::new(&["", "seconds", "ms a step", "share"]);
    for (name, time) in parts {
        let seconds = time.as_secs_f64();
        let step = 1000.0 * seconds / (profile.steps.max(1) as f64);
        table.row([
            name.to_string(),
            format!("{seconds:.2}"),
            format!("{step:.2}"),
            show::percent(seconds / all.max(f64::MIN_POSITIVE)),
        ]);
    }
    format!("{table}\n{} steps in {}", show::thousands(profile.steps), show::duration(all))
}
