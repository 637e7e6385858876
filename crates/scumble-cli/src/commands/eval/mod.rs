//! Judges predictions against soft labels and raters.

mod gate;
mod json;
mod judge;
mod named;
mod pictures;
mod text;

pub(crate) use gate::Gate;
pub(crate) use judge::{Judgement, Look, Options, judge};

use super::open_dataset;
use super::predictions::Source;
use crate::arguments::Eval;
use crate::failure::Usage;
use crate::show;
use anyhow::Context;
use ndarray::ArrayView3;
use scumble::{Bootstrap, JudgeOptions, SoftLabels};

pub(crate) fn run(arguments: &Eval) -> anyhow::Result<()> {
    let dataset = open_dataset(&arguments.data, &arguments.images.patterns)?;
    let source = Source::open(&arguments.predictions, &dataset, &arguments.device.device, arguments.tile)?;
    if arguments.label_sets {
        has_sets(&source)?;
    }
    gate::check_classes(&arguments.fail_if, &judge::task(&source, &dataset).classes)?;
    if let Some(folder) = &arguments.pictures {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let mut draw = |id: &str, labels: &SoftLabels, prediction: ArrayView3<'_, f32>| match &arguments.pictures
    {
        Some(folder) => pictures::draw(&folder.join(format!("{id}.png")), &dataset, id, labels, prediction),
        None => Ok(()),
    };
    let judgement = judge(source, &dataset, &options(arguments), &mut draw)?;
    let outcomes = gate::outcomes(&arguments.fail_if, &judgement);
    if arguments.json {
        show::json(&json::output(arguments, &judgement, &outcomes));
    } else {
        text::tell(&judgement, &dataset);
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
