//! Judges predictions against soft labels and raters.

mod boundary;
mod diversity;
mod extras;
mod gate;
mod json;
mod judge;
mod named;
mod pictures;
mod surface;
mod text;

pub(crate) use gate::Gate;
pub(crate) use judge::{Judgement, Look, Options, judge, labels, raters};

use super::open_dataset;
use super::predictions::Source;
use crate::arguments::Eval;
use crate::failure::Usage;
use crate::show;
use anyhow::Context;
use extras::Extras;
use scumble::{Bootstrap, JudgeOptions};

pub(crate) fn run(arguments: &Eval) -> anyhow::Result<()> {
    let dataset = open_dataset(&arguments.data, &arguments.images.patterns)?;
    if arguments.boundary.boundary {
        return boundary::run(arguments, &dataset);
    }
    let source = Source::open(&arguments.predictions, &dataset, &arguments.device.device, arguments.tile)?;
    let source = if arguments.uncalibrated { source.uncalibrated() } else { source };
    if arguments.label_sets {
        has_sets(&source)?;
    }
    gate::check_classes(&arguments.fail_if, &judge::task(&source, &dataset).classes)?;
    if let Some(file) = &arguments.report {
        super::report::may_write(file)?;
    }
    if let Some(folder) = &arguments.pictures {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let options = options(arguments);
    let mut extras = Extras::new(arguments, &dataset, source.task());
    let judgement = judge(source, &dataset, &options, &mut |id, labels, prediction| {
        extras.add(id, labels, prediction)?;
        match &arguments.pictures {
            Some(folder) => {
                pictures::draw(&folder.join(format!("{id}.png")), &dataset, id, labels, prediction)
            }
            None => Ok(()),
        }
    })?;
    if let Some(file) = &arguments.report {
        super::report::of_eval(file, arguments, &dataset, &options, &judgement)?;
    }
    let outcomes = gate::outcomes(&arguments.fail_if, &judgement);
    if arguments.json {
        let mut output = json::output(arguments, &judgement, &outcomes);
        extras.json(&mut output);
        show::json(&output);
    } else {
        text::tell(&judgement, &dataset);
        extras.tell();
    }
    gate::verdict(&outcomes)
}

fn options(arguments: &Eval) -> Options {
    Options {
        target: arguments.target,
        region: arguments.region,
        scoring: JudgeOptions {
            by_raters: !arguments.unweighted,
            bins: arguments.bins as usize,
            binning: arguments.binning,
            threshold: arguments.threshold,
            ..JudgeOptions::default()
        },
        bootstrap: Bootstrap { resamples: arguments.bootstrap, seed: arguments.seed, ..Bootstrap::default() },
        label_sets: arguments.label_sets,
    }
}

fn has_sets(source: &Source) -> Result<(), Usage> {
    match source {
        Source::Model(predictor) => {
            predictor.card().task.has_sets().map_err(|e| Usage(format!("--label-sets: {e}")))
        }
        Source::Maps { .. } => {
            Err(Usage("--label-sets judges a model: maps hold the probability of each label alone".into()))
        }
    }
}
