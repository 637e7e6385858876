//! `scumble train`: from a data set to a model in a run folder.

use crate::arguments::Train;
use crate::command_line;
use crate::failure;
use crate::ranks;
use crate::show::{self, Table};
use scumble_jobs::Observer;
use scumble_jobs::train::{Start, TrainRequest, TrainResult, train_together};
use scumble_nn::Status;
use scumble_nn::ranks::Alone;
use scumble_nn::train::Profile;
use std::path::Path;
use std::time::Duration;

pub(crate) fn run(arguments: &Train) -> anyhow::Result<()> {
    let request = TrainRequest {
        data: arguments.data.clone(),
        run: arguments.output.clone(),
        start: match arguments.resume {
            true => Start::Resume,
            false => Start::New { config: arguments.config.clone(), overwrite: arguments.overwrite },
        },
        assignments: arguments.assignments.clone(),
        pause_after: arguments.pause_after,
        profile: arguments.profile,
        device: arguments.device.device,
        command: command_line::words().to_vec(),
    };
    let progress = show::Progress::interruptible()?;
    let ranks = match arguments.alone {
        true => Box::new(Alone),
        false => ranks::open(progress.stop(), Duration::from_secs(arguments.rank_timeout))?,
    };
    let quiet = ranks::Quiet(progress.stop());
    let observer: &dyn Observer = if ranks.rank() == 0 { &progress } else { &quiet };
    let mut result = train_together(&request, &*ranks, observer).or_else(|error| {
        progress.done();
        ranks::fail(&*ranks, error.into())
    })?;
    if ranks.rank() > 0 {
        return Ok(());
    }
    progress.done();
    if let Some(error) = result.no_report.take() {
        let (why, folder) = (failure::message(&error.into()), show::path(&result.run));
        show::error(&format!("no report was written: {why}; again: scumble report {folder}"));
    }
    match arguments.print.json {
        true => show::json(&result),
        false => tell(&result, &arguments.data),
    }
    match result.status {
        Status::Interrupted => {
            let (folder, steps) = (show::path(&result.run), result.steps);
            let what = format!("saved after step {steps}; go on with --resume -o {folder}");
            Err(progress.interrupted(what).into())
        }
        _ => Ok(()),
    }
}

fn tell(result: &TrainResult, data: &Path) {
    if let Some(best) = &result.best {
        let judged = show::validation(best)
            .map_or("no validation images".to_string(), |found| format!("validation {found}"));
        show::result(&format!("best epoch {}: {judged}", best.epoch));
    }
    if let Some(prospect) = &result.prospect {
        show::result(&prospect.to_string());
    }
    if let Some(longer) = &result.longer {
        let (data, run) = (show::path(data), show::path(&result.run));
        show::result(&format!("twice as long: scumble train {data} -o {run} --resume --set {longer}"));
    }
    if let Some(profile) = &result.profile {
        show::result(&profile_text(profile));
    }
    if let Some(model) = &result.model {
        show::result(&format!("model: {}", show::path(model)));
    }
    if result.status == Status::Paused {
        show::result(&format!("paused; go on with --resume -o {}", show::path(&result.run)));
    }
    if let Some(report) = &result.report {
        show::result(&format!("report: {}", show::path(report)));
    }
}

/// Where the time went: in all, a step, and as a share.
fn profile_text(profile: &Profile) -> String {
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
