//! `scumble compare`: runs side by side.

use crate::arguments::Compare;
use crate::show::{self, Table, counted, duration, optional, signed, thousands};
use scumble_jobs::JobError;
use scumble_jobs::compare::{
    CompareRequest, Comparison, Contest, Difference, SCORES, TrainingSummary, compare,
};
use serde_json::Value;

pub(crate) fn run(arguments: &Compare) -> anyhow::Result<()> {
    let found = compare(&request(arguments)?, &show::Progress::default())?;
    if arguments.print.json {
        show::json(&found);
        return Ok(());
    }
    if found.training.iter().flatten().count() > 1 {
        show::result(&trainings(&found).to_string());
    }
    match &found.contest {
        Some(contest) => show::result(&format!("\n{}", scores(&found.names, contest))),
        None => show::result(
            "\nnot judged: the runs are of different data, or of data that is gone; --data names images to judge \
             them on",
        ),
    }
    Ok(())
}

fn request(arguments: &Compare) -> Result<CompareRequest, JobError> {
    let mut request = CompareRequest::new(arguments.runs.clone())?;
    request.data = arguments.data.clone();
    request.images = arguments.images.patterns.clone();
    request.group = arguments.intervals.grouping();
    request.settings = arguments.against.settings(&arguments.intervals);
    request.allow_missing = arguments.missing.allow_missing;
    request.device = arguments.device.device;
    request.tile = arguments.tile.tile;
    Ok(request)
}

/// What was set differently, and how the trainings went, a column a run.
fn trainings(found: &Comparison) -> Table {
    let head: Vec<&str> = std::iter::once("").chain(found.names.iter().map(String::as_str)).collect();
    let mut table = Table::new(&head);
    let mut row = |title: &str, cell: &dyn Fn(&TrainingSummary) -> String| {
        let cells = found.training.iter().map(|run| run.as_ref().map_or("-".to_string(), cell));
        table.row(std::iter::once(title.to_string()).chain(cells));
    };
    for (name, _) in &found.settings {
        row(name, &|run| match run.setting(name) {
            Value::String(text) => text,
            value => value.to_string(),
        });
    }
    row("data", &|run| format!("{:.8}", run.info.data.fingerprint));
    row("status", &|run| format!("{:?}", run.info.status).to_lowercase());
    row("steps", &|run| thousands(run.info.steps));
    row("time", &|run| duration(run.info.seconds));
    row("best epoch", &|run| run.best.as_ref().map_or("-".into(), |best| best.epoch.to_string()));
    row("its validation excess", &|run| {
        optional(run.best.as_ref().and_then(|best| best.validation).map(|validation| validation.excess))
    });
    table
}

fn scores(names: &[String], contest: &Contest) -> String {
    let title = format!("{} of {}", counted(contest.images.len(), "image"), contest.data.display());
    let head: Vec<&str> = std::iter::once(title.as_str()).chain(SCORES.iter().map(|s| s.name)).collect();
    let mut table = Table::new(&head);
    for (name, values) in names.iter().zip(&contest.values) {
        table.row(std::iter::once(name.clone()).chain(values.map(optional)));
    }
    let mut text = table.to_string();
    for (name, differences) in names.iter().skip(1).zip(&contest.against_first) {
        text += &format!("\n\n{name} against {}:", names[0]);
        for (score, difference) in SCORES.iter().zip(differences) {
            text += &format!("\n  {:<12} {}", score.name, in_words(difference));
        }
    }
    if !contest.missing.is_empty() {
        text +=
            &format!("\n\nleft out, as some contestant has no prediction: {}", contest.missing.join(", "));
    }
    let images = contest.images.len();
    let told = show::selection("judged", images, &contest.selection);
    let told: Vec<String> = told.into_iter().chain(show::groups(contest.groups, images)).collect();
    if told.is_empty() { text } else { format!("{text}\n\n{}", told.join("\n")) }
}

fn in_words(difference: &Difference) -> String {
    let value = difference.value.map_or("-".into(), |v| signed(v, 4));
    let interval = difference
        .interval
        .map_or(String::new(), |i| format!(" [{}, {}]", signed(i.low, 4), signed(i.high, 4)));
    format!("{value}{interval}  {}", difference.verdict())
}
