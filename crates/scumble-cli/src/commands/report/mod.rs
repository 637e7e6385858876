//! Puts together what a report says: of a run, of a judgement.

mod chosen;
mod subject;

pub(crate) use subject::Subject;

use super::eval::{Judgement, Options, judge};
use super::held_out::HeldOut;
use super::open_dataset;
use super::predictions::Source;
use crate::arguments;
use crate::failure::Usage;
use crate::report::{self, Judged, Report};
use crate::show::{self, duration, thousands};
use anyhow::{Context, bail};
use scumble::score::JudgeOptions;
use scumble_data::Dataset;
use scumble_nn::{DEFAULT_TILE, Device, Run, RunInfo};
use serde_json::json;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use subject::Truth;

pub(crate) fn run(arguments: &arguments::Report) -> anyhow::Result<()> {
    let run = Run::open(&arguments.run)?;
    let file = arguments.output.clone().unwrap_or_else(|| run.report_path());
    may_write(&file)?;
    of_run(&file, &run, arguments.data.as_deref(), &arguments.device.device)?;
    match arguments.json {
        true => show::json(&json!({"version": 1, "report": file})),
        false => show::result(&format!("report: {}", file.display())),
    }
    Ok(())
}

/// Refuses to write over anything but a page, such as a model or an image.
pub(crate) fn may_write(file: &Path) -> Result<(), Usage> {
    let mut start = [0; PAGE.len()];
    let known = File::open(file).map(|mut file| file.read_exact(&mut start).is_ok() && start == *PAGE);
    match known {
        Ok(false) => {
            Err(Usage(format!("{} exists and is no report; name another file for it", file.display())))
        }
        _ => Ok(()),
    }
}

/// How a report begins.
const PAGE: &[u8; 15] = b"<!DOCTYPE html>";

/// Writes the report of a training: its curves, and its best model on the images that it has not learnt from.
pub(crate) fn of_run(file: &Path, run: &Run, data: Option<&Path>, device: &Device) -> anyhow::Result<()> {
    let (info, config) = (run.info()?, run.config(&[])?);
    let folder = data.unwrap_or(&info.data.path);
    let learnt = open_dataset(folder, &config.data.images);
    let known =
        learnt.as_ref().is_ok_and(|data| data.fingerprint().ok() == Some(info.data.fingerprint.clone()));
    if !known && data.is_none() {
        learnt.context("the run's data set (if it has moved: scumble report RUN DATA)")?;
        bail!(
            "{} has changed since the training, so what was held out is not known; name a data set to judge all of it: \
             scumble report RUN DATA",
            folder.display()
        );
    }
    let (dataset, region, which) = match learnt {
        Ok(dataset) if known => {
            let region = info.data.band.as_deref().map(str::parse).transpose()?;
            (dataset.keep(&info.data.validation), region, "not learnt from")
        }
        _ => (open_dataset(folder, &[])?, None, "all of another data set than the training's"),
    };
    let scoring = JudgeOptions { by_raters: config.train.weighting.by_raters(), ..JudgeOptions::default() };
    let target = config.data.validation_target.label(config.data.target);
    let options = Options { target, region, scoring, ..Options::default() };
    let open = || Source::open(run.folder(), &dataset, device, DEFAULT_TILE);
    let judgement = judge(open()?, &dataset, &options, &mut |_| Ok(()))?;
    let subject = Subject { dataset: &dataset, options: &options, judgement: &judgement };
    let judged = subject.judged(&mut open()?, &|_| None)?;
    let mut facts = subject.facts(which)?;
    facts.extend(training(&info));
    write(file, subject.title(), facts, Some(run), judged)
}

/// Writes the report of predictions that were judged.
pub(crate) fn of_eval(
    file: &Path,
    predictions: &Path,
    source: &mut Source,
    dataset: &Dataset,
    options: &Options,
    judgement: &Judgement,
) -> anyhow::Result<()> {
    let subject = Subject { dataset, options, judgement };
    let mut judged = subject.judged(source, &|_| None)?;
    judged.learnt = HeldOut::choose(&[predictions], dataset, options.region, true).seen;
    let mut facts = subject.facts("as asked for")?;
    facts.push(("Predictions", predictions.display().to_string()));
    let run = Run::open(predictions).ok();
    if let Some(run) = &run {
        facts.extend(training(&run.info()?));
    }
    write(file, subject.title(), facts, run.as_ref(), judged)
}

/// Writes the report of the demo, where the truth [K, H, W] behind each image's labels is known.
pub(crate) fn of_demo(
    file: &Path,
    run: &Run,
    maps: &Path,
    subject: &Subject<'_>,
    truth: (&scumble::score::Scores, Truth<'_>),
) -> anyhow::Result<()> {
    let mut judged = subject.judged(&mut Source::maps(maps, subject.dataset)?, truth.1)?;
    judged.truth = Some(truth.0.clone());
    let mut facts = subject.facts("not learnt from; made up, so the truth is known")?;
    facts.extend(training(&run.info()?));
    write(file, "Lagoons of scumble demo".into(), facts, Some(run), judged)
}

/// Names and values, in their order on the page.
type Facts = Vec<(&'static str, String)>;

fn training(info: &RunInfo) -> Facts {
    let status = serde_json::to_value(info.status).expect("plain data");
    vec![
        (
            "Training",
            format!(
                "{} images, {} epochs, {} steps in {}, {}",
                thousands(info.data.train.len() as u64),
                thousands(info.epochs),
                thousands(info.steps),
                duration(info.seconds),
                status.as_str().unwrap_or("")
            ),
        ),
        ("Training data", format!("{}, fingerprint {}", info.data.path.display(), info.data.fingerprint)),
        ("Seed and device", format!("{}, {}", info.seed, info.device)),
        ("Trained with", format!("scumble {}", info.scumble)),
        ("Command", info.command.join(" ")),
    ]
}

fn write(file: &Path, title: String, facts: Facts, run: Option<&Run>, judged: Judged) -> anyhow::Result<()> {
    let (settings, epochs) = match run {
        Some(run) => {
            let path = run.config_path();
            (Some(std::fs::read_to_string(&path).context(path.display().to_string())?), run.metrics()?)
        }
        None => (None, Vec::new()),
    };
    Ok(report::write(file, &Report { title, facts, settings, epochs, judged })?)
}
