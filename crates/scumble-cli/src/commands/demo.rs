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
        "{table}\n\nThe floor is the entropy of the labels themselves: no classifier gets below it.\n\
         The raters' mean is five opinions, and noisy; the network, which has seen many, comes closer to the truth\n\
         than to the opinions it was trained on.\n\n\
         picture     {}  (image, raters' mean, truth, prediction, difference)\n\
         data        {}\nmodel       {}\nmaps        {}",
        made.picture.display(),
        made.folder.join("data").display(),
        made.folder.join("run/model.safetensors").display(),
        made.folder.join("maps").display(),
    ));
    if let Some(raters) = show::rater_table(raters) {
        show::result(&format!("\n{raters}"));
    }
}
