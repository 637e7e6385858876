//! Raters' masks to soft labels: images in parallel, at most one in memory for each thread.

mod each;
mod method;
mod output;
mod report;

use super::open_dataset;
use crate::arguments::Fuse;
use crate::failure::Shown;
use crate::show;
use each::each;
use method::{Method, Truth};
use output::Output;
use report::{Report, table};
use scumble::fusion::{Fit, Patterns};
use scumble_data::{Dataset, Item, Wanted};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn run(arguments: &Fuse) -> anyhow::Result<()> {
    let dataset = open_dataset(&arguments.data, &arguments.images.patterns)?;
    let items: Vec<&Item> = dataset.items().iter().filter(|item| item.raters().next().is_some()).collect();
    if items.is_empty() {
        let folder = arguments.data.display();
        anyhow::bail!(
            "{folder}: no rater has marked any of these images (raters/NAME/ID.png); nothing to fuse"
        );
    }
    let method = Method::of(arguments, &dataset)?;
    let output = Output::open(arguments, &dataset)?;
    let pooled = matches!(&method, Method::Truth(truth) if truth.pooled);
    let bar = show::Bar::new("fusing", items.len() as u64 * if pooled { 2 } else { 1 });
    let mut failed = BTreeMap::new();
    let pool = match &method {
        Method::Truth(truth) if truth.pooled => pool(&dataset, truth, &items, &bar, &mut failed)?,
        _ => None,
    };
    let left: Vec<&Item> = items.iter().copied().filter(|item| !failed.contains_key(item.id())).collect();
    let done = each(&left, |item| {
        let report = fuse(&dataset, item, &method, pool.as_ref(), &output);
        bar.step();
        report
    });
    bar.done();
    let mut reports = Vec::new();
    for (item, result) in left.iter().zip(done) {
        match result {
            Ok(report) => reports.push(report),
            Err(error) => drop(failed.insert(item.id().to_owned(), error)),
        }
    }
    if !reports.is_empty() {
        output.finish()?;
    }
    if arguments.json {
        reports.iter().for_each(|report| show::json(&report.json(arguments.method.name())));
    } else if !reports.is_empty() {
        show::result(&table(&reports, &dataset).to_string());
        let without = dataset.items().len() - items.len();
        let without = if without > 0 { format!("; {without} without a rater") } else { String::new() };
        show::result(&format!("\n{} images to {}{without}", reports.len(), output.describe()));
    }
    // One bad image must not cost the others.
    for (id, error) in &failed {
        show::error(&format!("error: {id}: {error:#}"));
    }
    if failed.is_empty() { Ok(()) } else { Err(Shown.into()) }
}

/// One fit over all images that can be read; None where none can.
fn pool(
    dataset: &Dataset,
    truth: &Truth,
    items: &[&Item],
    bar: &show::Bar,
    failed: &mut BTreeMap<String, anyhow::Error>,
) -> anyhow::Result<Option<Arc<Fit>>> {
    let counted = each(items, |item| {
        let patterns = patterns(dataset, item);
        bar.step();
        patterns
    });
    let mut all = Patterns::new(dataset.kind(), dataset.classes().len());
    for (item, counted) in items.iter().zip(counted) {
        match counted {
            Ok(patterns) => all.merge(&patterns)?,
            Err(error) => drop(failed.insert(item.id().to_owned(), error)),
        }
    }
    if all.raters().is_empty() {
        return Ok(None);
    }
    Ok(Some(Arc::new(truth.fit(&all)?)))
}

fn patterns(dataset: &Dataset, item: &Item) -> anyhow::Result<Patterns> {
    let mut patterns = Patterns::new(dataset.kind(), dataset.classes().len());
    patterns.add(&dataset.read(item, &Wanted::raters())?.opinions())?;
    Ok(patterns)
}

fn fuse(
    dataset: &Dataset,
    item: &Item,
    method: &Method,
    pool: Option<&Arc<Fit>>,
    output: &Output,
) -> anyhow::Result<Report> {
    let masks = dataset.read(item, &Wanted::raters())?.opinions();
    let raters: Vec<String> = masks.iter().map(|(rater, _)| rater.clone()).collect();
    let (labels, learnt) = match (method, pool) {
        (Method::Opinion(opinion), _) => {
            let weights = raters.iter().map(|rater| opinion.weight(rater)).collect();
            (opinion.labels(dataset, &masks)?, report::Learnt::Nothing(weights))
        }
        (Method::Truth(_), Some(fit)) => (fit.map(&masks)?, report::Learnt::Fit(fit.clone())),
        (Method::Truth(truth), None) => {
            let mut patterns = Patterns::new(dataset.kind(), dataset.classes().len());
            patterns.add(&masks)?;
            let fit = truth.fit(&patterns)?;
            (fit.map(&masks)?, report::Learnt::Fit(Arc::new(fit)))
        }
    };
    let files = output.write(item, &labels)?;
    Ok(Report { image: item.id().to_owned(), raters, learnt, classes: dataset.classes().to_vec(), files })
}
