//! What one reads first about a data set: is it sound, what is in it, how far do its raters agree.

mod json;
mod page;
mod pictures;
mod survey;
mod suspicions;

use crate::arguments::Check;
use crate::failure::Shown;
use crate::show;
use pictures::Pictures;
use rayon::prelude::*;
use scumble_data::{DataError, Dataset, ImageSummary, Item, check_files, check_layout};
use std::path::Path;
use survey::Survey;

pub(crate) fn run(arguments: &Check) -> anyhow::Result<()> {
    let pictures = match &arguments.pictures {
        Some(folder) => Some(Pictures::into(folder, arguments.overwrite)?),
        None => None,
    };
    let dataset = match Dataset::open(&arguments.data) {
        Ok(dataset) => dataset,
        Err(error @ DataError::NoDataset { .. }) => return Err(error.into()),
        Err(error) => return not_understood(arguments, error),
    };
    let patterns = &arguments.images.patterns;
    let dataset = if patterns.is_empty() { dataset } else { dataset.filter(patterns)? };

    let images = dataset.items().len();
    let later = pictures.as_ref().map_or(0, |_| Pictures::count(&dataset));
    let bar = show::Bar::new("checking", (images + 1 + later) as u64);
    let (survey, mut problems) = look(&dataset, &bar);
    if patterns.is_empty() {
        problems.extend(check_layout(&arguments.data).iter().map(ToString::to_string));
    }
    // A file that cannot be read has no fingerprint; it is among the problems.
    let fingerprint = dataset.fingerprint().ok();
    bar.step();
    if let Some(pictures) = &pictures {
        pictures.write(&dataset, &survey, &bar)?;
    }
    bar.done();

    if arguments.json {
        show::json(&json::report(&survey, &dataset, fingerprint.as_deref(), &problems));
    } else {
        show::result(&page::page(&survey, &dataset, fingerprint.as_deref()));
        if problems.is_empty() {
            show::result("\nno problem found");
        }
    }
    shown(&problems)?;
    if arguments.strict && survey.is_suspicious() {
        show::error("suspicious masks (--strict)");
        return Err(Shown.into());
    }
    Ok(())
}

/// One look at every item, in parallel; summed in their order, so that nothing depends on the number of threads.
fn look(dataset: &Dataset, bar: &show::Bar) -> (Survey, Vec<String>) {
    let look_at = |(place, item): (usize, &Item)| {
        let found = dataset.check_item(item);
        let survey = Survey::of(dataset, place, &found);
        bar.step();
        (survey, (found.errors, found.image))
    };
    let (parts, found): (Vec<Survey>, Vec<_>) = dataset.items().par_iter().enumerate().map(look_at).unzip();
    let mut all = Survey::empty(dataset);
    parts.into_iter().for_each(|part| all.merge(part));
    let (errors, images): (Vec<Vec<DataError>>, Vec<Option<ImageSummary>>) = found.into_iter().unzip();
    let mut problems: Vec<String> = errors.iter().flatten().map(ToString::to_string).collect();
    problems.extend(dataset.conflicts(&images).iter().map(ToString::to_string));
    (all, problems)
}

/// Without knowing what the maps mean there is no survey, but all that is wrong with the files can still be said.
fn not_understood(arguments: &Check, error: DataError) -> anyhow::Result<()> {
    let root: &Path = &arguments.data;
    let mut problems = vec![error.to_string()];
    for problem in check_layout(root).iter().chain(&check_files(root)).map(ToString::to_string) {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    if arguments.json {
        show::json(&serde_json::json!({"version": 1, "data": root, "problems": problems}));
    }
    shown(&problems)
}

fn shown(problems: &[String]) -> anyhow::Result<()> {
    problems.iter().for_each(|problem| show::error(&format!("problem: {problem}")));
    if problems.is_empty() { Ok(()) } else { Err(Shown.into()) }
}
