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
pub(crate) use judge::{Judgement, Look, Options, Seen, judge, labels, raters};

use super::held_out::HeldOut;
use super::open_dataset;
use super::predictions::Source;
use crate::arguments::Eval;
use crate::failure::Usage;
use crate::show;
use anyhow::Context;
use extras::Extras;
use scumble::score::JudgeOptions;
use scumble_data::Dataset;

pub(crate) fn run(arguments: &Eval) -> anyhow::Result<()> {
    let dataset = open_dataset(&arguments.data, &arguments.images.patterns)?;
    if arguments.boundary.boundary {
        return boundary::run(arguments, &dataset);
    }
    let source = open_source(arguments, &dataset)?;
    if arguments.label_sets {
        has_sets(&source)?;
    }
    let task = judge::task(&source, &dataset);
    gate::check_classes(&arguments.fail_if, task.classes())?;
    if let Some(file) = &arguments.report {
        super::report::may_write(file)?;
    }
    if let Some(folder) = &arguments.pictures {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let asked = HeldOut::choose(&[&arguments.predictions], &dataset, arguments.against.region, true);
    if asked.seen > 0 {
        let (seen, all) = (asked.seen, asked.images.len());
        show::note(&format!(
            "the model was trained on {seen} of these {all} images, which favours it; --images or --region judges others"
        ));
    }
    let options = options(arguments);
    let mut extras = Extras::new(arguments, &task);
    let judgement = judge(source, &dataset, &options, &mut |seen| {
        extras.add(seen)?;
        match &arguments.pictures {
            Some(folder) => {
                let file = folder.join(format!("{}.png", seen.item.id()));
                pictures::draw(&file, &dataset, seen)
            }
            None => Ok(()),
        }
    })?;
    if let Some(file) = &arguments.report {
        let mut source = open_source(arguments, &dataset)?;
        super::report::of_eval(file, &arguments.predictions, &mut source, &dataset, &options, &judgement)?;
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

fn open_source(arguments: &Eval, dataset: &Dataset) -> anyhow::Result<Source> {
    let source = Source::open(&arguments.predictions, dataset, &arguments.device.device, arguments.tile)?;
    Ok(if arguments.uncalibrated { source.uncalibrated() } else { source })
}

fn options(arguments: &Eval) -> Options {
    Options {
        target: arguments.against.target,
        region: arguments.against.region,
        scoring: JudgeOptions {
            by_raters: !arguments.against.unweighted,
            bins: arguments.bins as usize,
            binning: arguments.binning,
            threshold: arguments.threshold,
            ..JudgeOptions::default()
        },
        bootstrap: arguments.intervals.bootstrap(),
        label_sets: arguments.label_sets,
    }
}

fn has_sets(source: &Source) -> Result<(), Usage> {
    match source {
        Source::Model(predictor) => predictor
            .card()
            .task
            .supports(scumble_nn::Reading::Sets)
            .map_err(|e| Usage(format!("--label-sets: {e}"))),
        Source::Maps { .. } => {
            Err(Usage("--label-sets judges a model: maps hold the probability of each label alone".into()))
        }
    }
}
