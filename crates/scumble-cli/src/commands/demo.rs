//! `scumble demo`: the whole job on a small made-up data set.

use crate::arguments;
use crate::failure::Interrupted;
use crate::show::{self, Table, optional};
use scumble_jobs::JobError;
use scumble_jobs::demo::{Demo, DemoRequest, Error, demo};

pub(crate) fn run(arguments: &arguments::Demo) -> anyhow::Result<()> {
    let request = DemoRequest {
        folder: arguments.output.clone(),
        seed: arguments.seed,
        epochs: arguments.epochs,
        device: arguments.device.device,
        command: std::env::args().collect(),
    };
    let progress = show::Progress::interruptible()?;
    let made = demo(&request, &progress);
    progress.done();
    let made = made.map_err(|error| match error {
        JobError::Demo(error @ Error::Interrupted { .. }) => Interrupted(error.to_string()).into(),
        error => anyhow::Error::from(error),
    })?;
    if arguments.print.json {
        show::json(&made);
    } else {
        tell(&made);
        show::result(&format!("\nreport: {}  (open it in a browser)", made.report.display()));
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
         The raters' mean is five opinions, and noisy; the network, which has seen many, comes closer to the truth\n\
         than to the opinions it was trained on.\n\n\
         picture     {}  (image, raters' mean, truth, prediction, difference)\n\
         data        {}\nmodel       {}\nmaps        {}",
        known_truth(made),
        made.picture.display(),
        made.folder.join("data").display(),
        made.folder.join("run/model.safetensors").display(),
        made.folder.join("maps").display(),
    ));
    if let Some(raters) = show::rater_table(raters) {
        show::result(&format!("\n{raters}"));
    }
}

/// What the raters' votes alone tell of the truth, beside the truth, which is known here.
fn known_truth(made: &Demo) -> String {
    let (found, truth) = (made.against_raters.truth, &made.against_truth);
    let mut table = Table::new(&["", "estimated from the votes", "95 % interval", "known"]);
    let mut row =
        |title: &str, name: &str, found: Option<f64>, known: Option<f64>, words: fn(f64) -> String| {
            let interval = made.intervals.as_ref().and_then(|intervals| intervals.all.get(name));
            let interval = interval.map_or(String::new(), |interval| show::bracketed(interval, words));
            let said = |value: Option<f64>| value.map_or("-".into(), words);
            table.row([title.into(), said(found), interval, said(known)]);
        };
    let points = |share: f64| format!("{:.2} points", 100.0 * share);
    let distance = found.map(|t| t.distance);
    row("distance to the truth", "truth_distance", distance, truth.brier.map(f64::sqrt), points);
    let floor = found.map(|t| t.expected_floor.estimate);
    let known = truth.cross_entropy.map(|c| c.floor);
    row("floor of any classifier", "expected_floor", floor, known, |nats| format!("{nats:.4} nats"));
    let worth = found.and_then(|t| t.worth_in_raters);
    row("worth in raters", "worth_in_raters", worth, None, |raters| format!("{raters:.1} raters"));
    format!("{table}\nFour images of a few opinions each leave much to chance: the interval says how much.")
}
