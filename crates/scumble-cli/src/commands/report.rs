//! Puts together what a report says: of a run, of a judgement.

use super::eval::{Judgement, Options, judge, labels, raters};
use super::open_dataset;
use super::predictions::Source;
use crate::arguments;
use crate::failure::Usage;
use crate::report::{self, Judged, Report, Strip};
use crate::show::{self, Picture, duration, thousands};
use anyhow::{Context, bail};
use ndarray::Array3;
use rayon::prelude::*;
use scumble::{Agreement, JudgeOptions};
use scumble_data::{Dataset, Item, Target};
use scumble_nn::{DEFAULT_TILE, Device, Run, RunInfo};
use serde_json::json;
use std::fs::File;
use std::io::Read;
use std::path::Path;

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
    let dataset = open_dataset(folder, &config.data.images)
        .context("the run's data set (if it has moved: scumble report RUN DATA)")?;
    let known = dataset.fingerprint()? == info.data.fingerprint;
    if !known && data.is_none() {
        bail!(
            "{} has changed since the training, so what was held out is not known; name a data set to judge all of it: \
             scumble report RUN DATA",
            folder.display()
        );
    }
    let (dataset, region, which) = match known {
        true => {
            let held_out: Vec<String> = info.data.validation.iter().map(|id| exactly(id)).collect();
            let region = info.data.band.as_deref().map(str::parse).transpose()?;
            (dataset.filter(&held_out)?, region, "not learnt from")
        }
        false => (open_dataset(folder, &[])?, None, "all of another data set than the training's"),
    };
    let by_raters = config.train.weighting.by_raters();
    let scoring = JudgeOptions { by_raters, ..JudgeOptions::default() };
    let options = Options {
        target: config.data.validation_target.label(config.data.target),
        region,
        scoring,
        ..Options::default()
    };
    let open = || Source::open(run.folder(), &dataset, device, DEFAULT_TILE);
    let judgement = judge(open()?, &dataset, &options, &mut |_, _, _| Ok(()))?;
    let subject = Subject { dataset: &dataset, options: &options, judgement: &judgement };
    let judged = subject.judged(&mut open()?, &|_| None)?;
    let mut facts = subject.facts(which)?;
    facts.extend(training(&info));
    write(file, subject.title(), facts, Some(run), judged)
}

/// Writes the report of predictions that were judged.
pub(crate) fn of_eval(
    file: &Path,
    arguments: &arguments::Eval,
    dataset: &Dataset,
    options: &Options,
    judgement: &Judgement,
) -> anyhow::Result<()> {
    let mut source = Source::open(&arguments.predictions, dataset, &arguments.device.device, arguments.tile)?;
    let subject = Subject { dataset, options, judgement };
    let mut judged = subject.judged(&mut source, &|_| None)?;
    let mut facts = subject.facts("as asked for")?;
    facts.push(("Predictions", arguments.predictions.display().to_string()));
    let run = Run::open(&arguments.predictions).ok();
    if let Some(run) = &run {
        let info = run.info()?;
        judged.learnt = subject.learnt(&info);
        facts.extend(training(&info));
    }
    write(file, subject.title(), facts, run.as_ref(), judged)
}

/// Writes the report of the demo, where the truth [K, H, W] behind each image's labels is known.
pub(crate) fn of_demo(
    file: &Path,
    run: &Run,
    maps: &Path,
    subject: &Subject<'_>,
    truth: (&scumble::Scores, Truth<'_>),
) -> anyhow::Result<()> {
    let mut judged = subject.judged(&mut Source::maps(maps, subject.dataset)?, truth.1)?;
    judged.truth = Some(truth.0.clone());
    let mut facts = subject.facts("not learnt from; made up, so the truth is known")?;
    facts.extend(training(&run.info()?));
    write(file, "Lagoons of scumble demo".into(), facts, Some(run), judged)
}

/// The truth behind an image's labels, if it is known.
pub(crate) type Truth<'a> = &'a dyn Fn(&str) -> Option<Array3<f32>>;

/// What is reported on.
pub(crate) struct Subject<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) options: &'a Options,
    pub(crate) judgement: &'a Judgement,
}

impl Subject<'_> {
    fn title(&self) -> String {
        let root = self.dataset.root();
        let full = root.canonicalize().unwrap_or(root.to_path_buf());
        full.file_name().unwrap_or(root.as_os_str()).to_string_lossy().into_owned()
    }

    /// The judgement with the pictures of some images, for which a second look at them is taken.
    fn judged(&self, source: &mut Source, truth: Truth<'_>) -> anyhow::Result<Judged> {
        let Judgement { task, images, all, .. } = self.judgement;
        let labeller = self.dataset.labeller(self.options.target, self.dataset.items(), None)?;
        let mut strips = Vec::new();
        for (at, place) in chosen(images.iter().map(|(_, scores)| scores.cross_entropy.map(|ce| ce.excess))) {
            let (id, scores) = &images[at];
            let item = self.item(id).context("a judged image is in the data set")?;
            let Some(prediction) = source.predict(self.dataset, item)? else { continue };
            let labels = labels(self.dataset, item, &labeller, task, self.options)?;
            let image = item.image().map(|_| self.dataset.image(item)).transpose()?;
            let picture = image.as_ref().map(Picture::image);
            let strip = Strip::new(id, &place, scores, picture.as_ref(), &labels, prediction.view());
            strips.push(match truth(id) {
                Some(truth) => strip.with_truth(truth.view()),
                None => strip,
            });
        }
        Ok(Judged {
            kind: task.kind,
            all: all.clone(),
            intervals: self.judgement.intervals.clone(),
            curves: self.judgement.curves.clone(),
            threshold: self.judgement.scoring.threshold,
            bins: self.judgement.scoring.bins,
            images: images.clone(),
            strips,
            agreement: self.agreement()?,
            learnt: 0,
            truth: None,
        })
    }

    /// How many of the images the run has learnt from: those of its names in its folder, if no band of each was held out.
    fn learnt(&self, info: &RunInfo) -> usize {
        let same = self.dataset.root().canonicalize().ok() == info.data.path.canonicalize().ok();
        let learnt = |id: &String| same && info.data.band.is_none() && info.data.train.contains(id);
        self.judgement.images.iter().filter(|(id, _)| learnt(id)).count()
    }

    fn item(&self, id: &str) -> Option<&Item> {
        self.dataset.items().iter().find(|item| item.id() == id)
    }

    /// Of the raters on the judged images, within the region that was judged.
    fn agreement(&self) -> anyhow::Result<Agreement> {
        let Judgement { task, images, .. } = self.judgement;
        let new = || Agreement::new(task.kind, task.outputs());
        let parts: Vec<Agreement> = images
            .par_iter()
            .filter_map(|(id, _)| self.item(id))
            .map(|item| {
                let mut masks = raters(self.dataset, item, task)?;
                if let Some(region) = &self.options.region {
                    for (_, mask) in &mut masks {
                        let (_, height, width) = mask.marks().dim();
                        mask.hide(region.mask(height, width).mapv(|inside| !inside).view())?;
                    }
                }
                let mut agreement = new();
                agreement.add(&masks)?;
                Ok(agreement)
            })
            .collect::<anyhow::Result<_>>()?;
        let mut all = new();
        parts.iter().for_each(|part| all.merge(part));
        Ok(all)
    }

    fn facts(&self, which: &str) -> anyhow::Result<Facts> {
        let Judgement { task, images, missing, .. } = self.judgement;
        let mut judged = format!("{} ({which})", thousands(images.len() as u64));
        if let Some(region) = &self.options.region {
            judged += &format!(", {region} of each");
        }
        if !missing.is_empty() {
            judged += &format!("; {} without a prediction", thousands(missing.len() as u64));
        }
        let raters = self.dataset.raters();
        let weight = match (self.options.scoring.by_raters, raters.is_empty()) {
            (true, false) => "as many as raters judged it",
            _ => "the same",
        };
        Ok(vec![
            ("Data", self.dataset.root().display().to_string()),
            ("Fingerprint of what was judged", self.dataset.fingerprint()?),
            ("Labels", format!("{}: {}", task.kind, task.classes.join(", "))),
            ("Raters", if raters.is_empty() { "none".into() } else { raters.join(", ") }),
            ("Images judged", judged),
            ("Judged against", against(self.options.target).into()),
            ("A pixel counts", weight.into()),
        ])
    }
}

fn against(target: Target) -> &'static str {
    match target {
        Target::Auto => "the label file of an image, else the mean of its raters",
        Target::Labels => "the label files",
        Target::Mean => "the mean of the raters",
        Target::Staple => "the truth that STAPLE sees behind each image's raters",
        Target::DawidSkene => "the truth that Dawid and Skene's model sees behind all images' raters",
    }
}

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

/// A pattern that this name alone matches.
fn exactly(id: &str) -> String {
    id.chars().map(|c| if "?*[]{}".contains(c) { format!("[{c}]") } else { c.into() }).collect()
}

/// Up to six images by their excess: the best two, the middle two, the worst two, each with its place in words.
fn chosen(excess: impl Iterator<Item = Option<f64>>) -> Vec<(usize, String)> {
    let mut order: Vec<(f64, usize)> = excess.enumerate().filter_map(|(at, e)| Some((e?, at))).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (count, last) = (order.len(), order.len().saturating_sub(1));
    let middle = count / 2;
    let wanted = [0, 1, middle - usize::from(count > 2), middle, last.max(1) - 1, last];
    let word = |rank| match rank {
        0 if last == 0 => "the only image".to_string(),
        0 => "best".into(),
        r if r == last => "worst".into(),
        r if r == last / 2 => "median".into(),
        r => format!("{} of {} from the best", r + 1, count),
    };
    let shown = (0..order.len()).filter(|rank| wanted.contains(rank));
    shown.map(|rank| (order[rank].1, word(rank))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn best_middle_and_worst_are_shown() {
        let shown = |excess: &[f64]| -> Vec<(usize, String)> { chosen(excess.iter().map(|e| Some(*e))) };
        let places = |n: usize| shown(&(0..n).map(|i| i as f64).collect::<Vec<_>>());
        let at = |n| places(n).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!((at(0), at(1), at(2), at(3)), (vec![], vec![0], vec![0, 1], vec![0, 1, 2]));
        assert_eq!(
            (at(6), at(9), at(10)),
            (vec![0, 1, 2, 3, 4, 5], vec![0, 1, 3, 4, 7, 8], vec![0, 1, 4, 5, 8, 9])
        );
        assert_eq!(shown(&[3.0, 1.0, 2.0])[0], (1, "best".to_string()));
        assert_eq!(places(9)[3], (4, "median".to_string()));
        assert_eq!(chosen([None, Some(1.0)].into_iter()), [(1, "the only image".to_string())]);
    }

    #[test]
    fn a_name_is_its_own_pattern() {
        assert_eq!(exactly("a[1]*{x}"), "a[[]1[]][*][{]x[}]");
    }
}
