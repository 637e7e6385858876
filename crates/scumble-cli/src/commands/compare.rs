//! `scumble compare`: runs side by side.

use crate::arguments::Compare;
use crate::show::{self, Table, counted, duration, optional, signed, thousands};
use scumble_jobs::JobError;
use scumble_jobs::compare::{
    CompareRequest, Comparison, Contest, Difference, SCORES, TrainingSummary, Verdict, compare,
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
        Some(contest) => {
            let names: Vec<String> = found.names.iter().map(|name| show::name(name)).collect();
            show::result(&format!("\n{}", scores(&names, contest)));
        }
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
    request.group = arguments.groups.grouping();
    request.settings = arguments.against.settings();
    request.allow_missing = arguments.missing.allow_missing;
    request.device = arguments.device.device;
    request.precision = arguments.precision.precision;
    request.averaging = arguments.averaging.asked();
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
    let title = format!("{} of {}", counted(contest.images.len(), "image"), show::path(&contest.data));
    // The distance to the truth is known of counted votes alone.
    let known = |at: &usize| contest.values.iter().any(|values| values[*at].is_some());
    let shown: Vec<usize> = (0..SCORES.len()).filter(known).collect();
    let head: Vec<&str> =
        std::iter::once(title.as_str()).chain(shown.iter().map(|at| SCORES[*at].name)).collect();
    let mut table = Table::new(&head);
    for (name, values) in names.iter().zip(&contest.values) {
        table.row(std::iter::once(name.clone()).chain(shown.iter().map(|at| optional(values[*at]))));
    }
    let mut text = table.to_string();
    for (name, differences) in names.iter().skip(1).zip(&contest.against_first) {
        let named: Vec<(&str, &Difference)> =
            shown.iter().map(|at| (SCORES[*at].name, &differences[*at])).collect();
        text += &format!(
            "\n\n{}\n{}",
            duel(name, &names[0], &named, contest),
            sentence(name, &names[0], &named, contest)
        );
    }
    if !contest.missing.is_empty() {
        text += &format!(
            "\n\nleft out, as some contestant has no prediction: {}",
            show::name(&contest.missing.join(", "))
        );
    }
    let images = contest.images.len();
    let told = show::selection("judged", images, &contest.selection);
    let told: Vec<String> = told.into_iter().chain(show::groups(contest.groups, images)).collect();
    if told.is_empty() { text } else { format!("{text}\n\n{}", told.join("\n")) }
}

/// Score by score, how far one is from the first.
fn duel(name: &str, first: &str, differences: &[(&str, &Difference)], contest: &Contest) -> Table {
    let title = format!("{name} against {first}");
    let needed = format!("{} needed", show::unit(contest.groups, contest.images.len()));
    let mut table = Table::new(&[&title, "difference", "95 % interval", "by chance", &needed, "verdict"]);
    for (score, Difference { found, verdict }) in differences {
        let found = found.as_ref();
        let interval = found.and_then(|found| found.interval);
        table.row([
            score.to_string(),
            found.map_or("-".into(), |found| signed(found.value, 4)),
            interval.map_or("-".into(), |interval| show::bracketed(&interval, |end| signed(end, 4))),
            found.map_or("-".into(), show::chance),
            found.map_or("-".into(), show::needed),
            verdict.name().into(),
        ]);
    }
    table
}

/// The verdicts in one sentence, and a word where an interval seems to say otherwise.
fn sentence(name: &str, first: &str, differences: &[(&str, &Difference)], contest: &Contest) -> String {
    let of = |verdict: Verdict| -> Vec<&str> {
        let such = differences.iter().filter(|(_, difference)| difference.verdict == verdict);
        such.map(|(score, _)| *score).collect()
    };
    if of(Verdict::Equal).len() == differences.len() {
        return format!("{name} and {first} are equal: no image tells them apart.");
    }
    let mut said = Vec::new();
    if !of(Verdict::TooFew).is_empty() {
        said.push(show::too_few(contest.groups, contest.images.len()));
    }
    let parts = [
        (Verdict::Better, "better in"),
        (Verdict::Worse, "worse in"),
        (Verdict::Equal, "equal in"),
        (Verdict::NotShown, "not shown to differ in"),
    ];
    for (verdict, what) in parts {
        if !of(verdict).is_empty() {
            said.push(format!("{what} {}", of(verdict).join(", ")));
        }
    }
    let at_odds: Vec<&str> =
        differences.iter().filter(|(_, difference)| difference.at_odds()).map(|(score, _)| *score).collect();
    let odds = match at_odds.is_empty() {
        true => String::new(),
        false => format!(
            "\nThe interval of {} seems to say otherwise: intervals are approximate, and the exact test decides.",
            at_odds.join(", ")
        ),
    };
    format!("{name} against {first}: {}.{odds}", said.join("; "))
}
