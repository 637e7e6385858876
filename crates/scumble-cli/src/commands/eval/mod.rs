//! `scumble eval`: judges predictions against soft labels and raters.

mod boundary;
mod disagreement;
mod diversity;
mod more;
mod objects;
mod parts;
mod scores;
mod surface;

use crate::arguments::Eval;
use crate::failure::Shown;
use crate::show;
use scumble_jobs::judge::{Bins, DrawnMasks, GateOutcome, JudgeRequest, Judgement, Probability, StripMemory};
use scumble_jobs::{JobError, Report, TrainingRecord, judge};
use scumble_nn::Run;
use std::path::Path;

pub(crate) fn run(arguments: &Eval) -> anyhow::Result<()> {
    if arguments.boundary.boundary {
        return boundary::run(arguments);
    }
    if let (Some(part), Some(output)) = (arguments.part, &arguments.output) {
        return parts::run(arguments, request(arguments)?, part, output);
    }
    let judgement = match arguments.merge.is_empty() {
        true => judge(&request(arguments)?, &show::Progress::default())?,
        false => parts::together(arguments)?,
    };
    if arguments.print.json {
        show::json(&judgement);
    } else {
        tell(&judgement);
    }
    // What was found is told whether or not the files can be written.
    let table = arguments.csv.as_ref().map_or(Ok(()), |file| Ok(judgement.write_csv(file)?));
    let page = arguments.report.as_ref().map_or(Ok(()), |file| write_report(arguments, &judgement, file));
    let verdict = verdict(&judgement.gates);
    table.and(page).and(verdict)
}

fn write_report(arguments: &Eval, judgement: &Judgement, file: &Path) -> anyhow::Result<()> {
    let training = Run::open(&arguments.predictions()[0]).ok().map(|run| TrainingRecord::read(&run));
    let training = training.transpose()?;
    Ok(Report::new(judgement)?.with_training(training.as_ref()).write(file)?)
}

fn request(arguments: &Eval) -> Result<JudgeRequest, JobError> {
    let (first, members) = arguments.predictions().split_first().expect("two paths at least are required");
    let mut request = JudgeRequest::new(first, arguments.data());
    request.members = members.to_vec();
    request.disagreement = arguments.disagreement;
    request.samples = arguments.samples;
    request.images = arguments.images.patterns.clone();
    request.group = arguments.groups.grouping();
    request.settings = arguments.against.settings();
    request.settings.bins = Bins::new(arguments.bins)?;
    request.settings.binning = arguments.binning;
    request.settings.threshold = Probability::new(arguments.threshold)?;
    request.allow_missing = arguments.missing.allow_missing;
    request.uncalibrated = arguments.uncalibrated;
    request.adapt = arguments.adapt;
    request.rater = arguments.rater.clone();
    request.label_sets = arguments.label_sets;
    request.uncertainty = arguments.uncertainty;
    request.surface = arguments.surface.surface.then_some(arguments.surface.spacing);
    request.objects = arguments.objects;
    request.diversity = arguments.diversity.map(DrawnMasks::new).transpose()?;
    request.pictures = arguments.pictures.clone();
    request.written = [&arguments.csv, &arguments.report].into_iter().flatten().cloned().collect();
    request.overwrite = arguments.overwrite;
    request.report = arguments.report.as_ref().map(|_| StripMemory::default());
    request.gates = arguments.fail_if.clone();
    request.device = arguments.device.device;
    request.precision = arguments.precision.precision;
    request.averaging = arguments.averaging.with(arguments.members.average);
    request.tile = arguments.tile.tile;
    Ok(request)
}

fn tell(judgement: &Judgement) {
    scores::tell(judgement);
    if let Some(rows) = &judgement.surface {
        show::result(&format!(
            "\n{}\n\n{}",
            surface::table(rows),
            surface::summary(&judgement.surface_summary())
        ));
    }
    if let Some(objects) = &judgement.objects {
        show::result(&format!("\n{}", objects::text(objects)));
    }
    if let Some(disagreement) = judgement.disagreement.as_ref().and_then(disagreement::text) {
        show::result(&format!("\n{disagreement}"));
    }
    if let Some(diversity) = &judgement.diversity {
        show::result(&format!("\n{}", diversity::text(diversity)));
    }
}

/// Says which gates failed; an error if any did.
fn verdict(gates: &[GateOutcome]) -> anyhow::Result<()> {
    for GateOutcome { fail_if, value, .. } in gates.iter().filter(|gate| gate.failed) {
        match value {
            Some(value) => show::error(&format!("failed: {fail_if} (it is {value:.6})")),
            None => show::error(&format!("failed: {fail_if} (there is no such score of these predictions)")),
        }
    }
    if gates.iter().any(|gate| gate.failed) { Err(Shown.into()) } else { Ok(()) }
}
