//! `scumble fuse`: raters' masks to soft labels.

use crate::arguments::Fuse;
use crate::failures::Failures;
use crate::show::{self, Table, optional};
use scumble::Kind;
use scumble_jobs::fuse::{FuseRequest, FuseResult, Learnt, fuse};
use std::collections::BTreeMap;

pub(crate) fn run(arguments: &Fuse) -> anyhow::Result<()> {
    let request = FuseRequest {
        data: arguments.data.clone(),
        images: arguments.images.patterns.clone(),
        method: arguments.method()?,
        output: arguments.output.clone(),
        format: arguments.format,
        overwrite: arguments.overwrite,
    };
    let result = fuse(&request, &show::Progress::default())?;
    if arguments.print.json {
        result.images.iter().for_each(show::json);
    } else if !result.images.is_empty() {
        tell(&request, &result);
    }
    let mut failures = Failures::default();
    result.failed.into_iter().for_each(|(id, error)| failures.add(&id, error));
    failures.tell()
}

fn tell(request: &FuseRequest, result: &FuseResult) {
    show::result(&table(result).to_string());
    let without = match result.without_mask {
        0 => String::new(),
        without => format!("; {without} without a rater"),
    };
    let with = if result.counts { ", with the raters' counts" } else { "" };
    let (folder, format) = (show::path(&request.output), result.format);
    let images = show::counted(result.images.len(), "image");
    show::result(&format!("\n{images} to {folder} ({format}{with}){without}"));
    let unfinished: Vec<(&str, u32)> = result.not_converged().collect();
    if let Some((_, iterations)) = unfinished.first() {
        let images: Vec<&str> = unfinished.iter().map(|(image, _)| *image).collect();
        let of = if result.pooled {
            "over all images".to_owned()
        } else {
            format!("of {}", show::name(&images.join(", ")))
        };
        show::result(&format!("the fit {of} had not converged after its {iterations} --iterations"));
    }
}

/// The raters over all images: their number of images and weight, or how much of each class they find, the mean of
/// their images.
fn table(result: &FuseResult) -> Table {
    let mut images: BTreeMap<&str, u64> = BTreeMap::new();
    for rater in result.images.iter().flat_map(|image| &image.raters) {
        *images.entry(rater).or_default() += 1;
    }
    if result.images.iter().any(|image| matches!(image.learnt, Learnt::Nothing { .. })) {
        let mut table = Table::new(&["rater", "images"]);
        images.iter().for_each(|(rater, images)| table.row([(*rater).to_owned(), images.to_string()]));
        return table;
    }
    let multiclass = result.kind == Kind::Multiclass;
    let columns: Vec<String> = match multiclass {
        true => result.classes.iter().map(|class| format!("finds {class}")).collect(),
        false => vec!["sensitivity".to_owned(), "specificity".to_owned()],
    };
    let mut head = vec!["rater", "images"];
    head.extend(columns.iter().map(String::as_str));
    let mut table = Table::new(&head);
    for (rater, images) in &images {
        for group in 0..result.kind.groups(result.classes.len()) {
            let name = match result.kind {
                Kind::Multilabel => format!("{rater}: {}", result.classes[group]),
                _ => (*rater).to_owned(),
            };
            let truths = if multiclass { (0..result.classes.len()).collect() } else { vec![1, 0] };
            let recalls = truths.into_iter().map(|truth| optional(mean_recall(result, rater, group, truth)));
            table.row([name, images.to_string()].into_iter().chain(recalls));
        }
    }
    table
}

fn mean_recall(result: &FuseResult, rater: &str, group: usize, truth: usize) -> Option<f64> {
    let estimates = result.images.iter().filter_map(|image| image.learnt.estimates().get(group).copied());
    let known: Vec<f64> =
        estimates.filter_map(|estimated| estimated.raters.get(rater)?.recall(truth)).collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}
