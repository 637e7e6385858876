//! `scumble demo`: the whole job on a small made-up data set.

use crate::arguments;
use crate::command_line;
use crate::show::{self, Table, optional};
use scumble_jobs::JobError;
use scumble_jobs::demo::{Demo, DemoRequest, Error, demo};

pub(crate) fn run(arguments: &arguments::Demo) -> anyhow::Result<()> {
    let request = DemoRequest {
        folder: arguments.output.clone(),
        raters: arguments.raters,
        seed: arguments.seed,
        epochs: arguments.epochs,
        device: arguments.device.device,
        command: command_line::words().to_vec(),
    };
    let progress = show::Progress::interruptible()?;
    let made = demo(&request, &progress);
    progress.done();
    let made = made.map_err(|error| match error {
        JobError::Demo(error @ Error::Interrupted { .. }) => progress.interrupted(error.to_string()).into(),
        error => anyhow::Error::from(error),
    })?;
    if arguments.print.json {
        show::json(&made);
    } else {
        tell(&made);
        show::result(&format!("\nreport: {}  (open it in a browser)", show::path(&made.report)));
    }
    Ok(())
}

fn tell(made: &Demo) {
    let mut table =
        Table::new(&["judged against", "log_loss", "floor", "excess", "brier", "calibration", "dice"]);
    let (raters, truth) = (&made.against_raters, &made.against_truth);
    for (name, scores) in [("the raters' opinions", raters), ("the true probability", truth)] {
        let ce = scores.cross_entropy;
        let parts = [ce.map(|c| c.value), ce.map(|c| c.floor), ce.map(|c| c.excess)];
        let rest = [scores.brier, scores.calibration_error, scores.dice];
        table.row([name.to_string()].into_iter().chain(parts.into_iter().chain(rest).map(optional)));
    }
    show::result(&format!(
        "{table}\n\n{}\n\n\
         picture     {}  (image, raters' mean, truth, prediction, difference)\n\
         data        {}\nmodel       {}\nmaps        {}",
        known_truth(made),
        show::path(&made.picture),
        show::path(&made.folder.join("data")),
        show::path(&made.folder.join("run/model.safetensors")),
        show::path(&made.folder.join("maps")),
    ));
    if let Some(raters) = show::rater_table(raters) {
        show::result(&format!("\n{raters}"));
    }
}

/// What the raters' votes alone tell of the truth, beside the truth, which is known here.
fn known_truth(made: &Demo) -> String {
    let (Some(found), against_truth) = (made.against_raters.truth, &made.against_truth) else {
        return "one rater cannot tell how far the network is from the truth: two could".into();
    };
    let mut table = Table::new(&["", "estimated from the votes", "95 % interval", "known"]);
    let mut row = |title: &str, name: &str, found: Option<f64>, known: Option<f64>, words: Words| {
        let interval = made.intervals.as_ref().and_then(|intervals| intervals.all.get(name));
        let interval = interval.map_or(String::new(), |interval| show::bracketed(interval, words));
        let said = |value: Option<f64>| value.map_or("-".into(), words);
        table.row([title.into(), said(found), interval, said(known)]);
    };
    let squared = against_truth.brier;
    row("the network is off by", "truth_distance", Some(found.distance), squared.map(f64::sqrt), points);
    let mean = Some(found.raters_mean_distance);
    row("the raters' mean is off by", "raters_mean_distance", mean, made.raters_mean_distance, points);
    // What one rater's opinion is off by in the mean square, over what the network is.
    let variance = against_truth.brier_parts.map(|parts| parts.label_variance);
    let worth = variance.zip(squared).map(|(variance, squared)| variance / squared);
    row("worth in raters", "worth_in_raters", found.worth_in_raters, worth, |n| format!("{n:.1} raters"));
    let known = against_truth.cross_entropy.map(|c| c.floor);
    let floor = Some(found.expected_floor.estimate);
    row("floor of any classifier", "expected_floor", floor, known, |nats| format!("{nats:.4} nats"));
    format!(
        "{table}\nHow far from the truth it is, the votes alone can tell: scumble eval prints the first three columns of any\n\
         data with two raters or more."
    )
}

type Words = fn(f64) -> String;

fn points(share: f64) -> String {
    format!("{:.2} points", 100.0 * share)
}
