//! Runs side by side: what was set differently, how they trained, and which predicts better on the same images.

mod judged;
mod settings;

use super::held_out::HeldOut;
use super::open_dataset;
use crate::arguments::Compare;
use crate::failure::Usage;
use crate::show;
use anyhow::bail;
use judged::{Contest, Judged};
use serde_json::json;
use settings::RunSummary;
use std::path::{Path, PathBuf};

pub(crate) fn run(arguments: &Compare) -> anyhow::Result<()> {
    let runs: Vec<Option<RunSummary>> =
        arguments.runs.iter().map(|path| RunSummary::read(path)).collect::<Result<_, _>>()?;
    let names = names(&arguments.runs);
    let contest = match data(arguments, &runs)? {
        Some(path) => Some(contest(arguments, &path, &names)?),
        None => None,
    };
    let differing = settings::differing(&runs);
    if arguments.json {
        show::json(&json!({
            "version": 1,
            "runs": arguments.runs,
            "training": runs.iter().map(|run| run.as_ref().map(RunSummary::json)).collect::<Vec<_>>(),
            "settings": differing.iter().cloned().collect::<serde_json::Map<_, _>>(),
            "scores": contest.as_ref().map(Contest::json),
        }));
        return Ok(());
    }
    if runs.iter().flatten().count() > 1 {
        show::result(&settings::table(&names, &runs, &differing).to_string());
    }
    match contest {
        Some(contest) => show::result(&format!("\n{}", contest.text())),
        None => show::result(
            "\nnot judged: the runs are of different data, or of data that is gone; --data names images to judge \
             them on",
        ),
    }
    Ok(())
}

/// The data set to judge on: the one named, else the one that all runs share.
fn data(arguments: &Compare, runs: &[Option<RunSummary>]) -> anyhow::Result<Option<PathBuf>> {
    if let Some(path) = &arguments.data {
        return Ok(Some(path.clone()));
    }
    if let Some(at) = runs.iter().position(Option::is_none) {
        let path = arguments.runs[at].display();
        return Err(
            Usage(format!("{path} is no run folder: --data says on which images to compare it")).into()
        );
    }
    let mut all = runs.iter().flatten().map(|run| &run.info.data);
    let first = all.next().expect("at least two runs");
    let same = all.all(|data| data.fingerprint == first.fingerprint);
    Ok((same && first.path.is_dir()).then(|| first.path.clone()))
}

/// Judges all of them on images that none has learnt from.
fn contest(arguments: &Compare, path: &Path, names: &[String]) -> anyhow::Result<Contest> {
    let dataset = open_dataset(path, &arguments.images.patterns)?;
    let asked = !arguments.images.patterns.is_empty() || arguments.against.region.is_some();
    let runs: Vec<&Path> = arguments.runs.iter().map(PathBuf::as_path).collect();
    let held_out = HeldOut::choose(&runs, &dataset, arguments.against.region, asked);
    if held_out.images.is_empty() {
        bail!(
            "{}: no image that none of the runs has learnt from; --images compares them on any",
            dataset.root().display()
        );
    }
    let dataset = dataset.keep(&held_out.images);
    let judged: Vec<Judged> = arguments
        .runs
        .iter()
        .map(|run| Judged::new(run, &dataset, arguments, held_out.region))
        .collect::<Result<_, _>>()?;
    Contest::new(path, names.to_vec(), judged, held_out.seen, arguments.intervals.bootstrap())
}

/// What tells the paths apart: their last part, or all of it where two share that.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let last = |path: &PathBuf| {
        path.file_name().map_or(path.display().to_string(), |n| n.to_string_lossy().into_owned())
    };
    let alone = |path: &PathBuf| paths.iter().filter(|other| last(other) == last(path)).count() == 1;
    paths.iter().map(|path| if alone(path) { last(path) } else { path.display().to_string() }).collect()
}
