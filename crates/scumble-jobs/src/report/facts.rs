//! What was done, with which data and settings.

use super::content::Report;
use crate::held_out::Rule;
use crate::numbers::{duration, thousands};
use maud::{Markup, html};
use scumble_data::{Target, listed};
use scumble_nn::RunInfo;

/// Names and values, in their order on the page.
type Facts = Vec<(&'static str, String)>;

pub(super) fn facts(report: &Report<'_>) -> Markup {
    let mut facts = of_judgement(report);
    if !report.made_up {
        let paths = report.judgement.request.models();
        let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        facts.push(("Predictions", paths.join(", ")));
    }
    if let Some(rater) = &report.judgement.request.rater {
        facts.push(("By the masks of", format!("{rater} alone")));
    }
    if let Some(averaged) = &report.judgement.averaged {
        facts.push(("Averaged over", averaged.to_string()));
    }
    if let Some(training) = report.training {
        facts.extend(of_training(&training.info));
    }
    html! {
        dl.facts { @for (name, value) in &facts { div { dt { (name) } dd { (value) } } } }
        @if let Some(training) = report.training {
            details {
                summary { "All settings of the training" }
                pre tabindex="0" { code { (training.settings) } }
            }
        }
    }
}

fn of_judgement(report: &Report<'_>) -> Facts {
    let (judgement, material) = (report.judgement, report.material);
    let (task, settings) = (&judgement.task, &judgement.request.settings);
    let selection = &judgement.selection;
    let which = match (selection.rule, report.training) {
        _ if report.made_up => "not learnt from; made up, so the truth is known",
        (Rule::Named, _) => "as asked for",
        (Rule::HeldOut, _) => "not learnt from",
        (Rule::Test, _) => "those in test/, not learnt from",
        (Rule::All, Some(_)) => "all of another data set than the training's",
        (Rule::All, None) => "all",
    };
    let mut judged = format!("{} ({which})", thousands(judgement.images.len() as u64));
    if let Some(region) = &settings.region {
        judged += &format!(", {region} of each");
    }
    if !judgement.missing.is_empty() {
        let missing = judgement.missing.len() as u64;
        judged += &format!("; {} without a prediction: {}", thousands(missing), judgement.missing.join(", "));
    }
    if !selection.learnt.is_empty() {
        judged += &format!("; the model has learnt from {}", listed(&selection.learnt));
    }
    if !selection.unlabelled.is_empty() {
        judged += &format!("; {}", selection.unlabelled);
    }
    let (images, groups) = (judgement.images.len(), judgement.in_groups().count());
    let drawn = match groups == images {
        true => "images".to_owned(),
        false => format!("{groups} groups of {images} images"),
    };
    let weight = match (settings.by_raters, material.raters.is_empty()) {
        (true, false) => "as many as raters judged it",
        _ => "the same",
    };
    let raters = if material.raters.is_empty() { "none".into() } else { material.raters.join(", ") };
    let calibration = task.calibration().map_or("none".into(), |found| found.to_string());
    vec![
        ("Data", judgement.request.data.display().to_string()),
        ("Fingerprint of what was judged", material.fingerprint.clone()),
        ("Labels", format!("{}: {}", task.kind(), task.classes().join(", "))),
        ("Raters", raters),
        ("Images judged", judged),
        ("Intervals over", drawn),
        ("Judged against", against(settings.target)),
        ("A pixel counts", weight.into()),
        ("Calibration applied", calibration),
    ]
}

/// What the predictions were held against.
fn against(target: Target) -> String {
    match target {
        Target::Auto => "the label file of an image, else the mean of its raters".into(),
        named => named.to_string(),
    }
}

fn of_training(info: &RunInfo) -> Facts {
    let status = serde_json::to_value(info.status).unwrap_or_default();
    let training = format!(
        "{} images, {} epochs, {} steps in {}, {}",
        thousands(info.data.train.len() as u64),
        thousands(info.epochs),
        thousands(info.steps),
        duration(info.seconds),
        status.as_str().unwrap_or("")
    );
    let (data, band) = (&info.data, &info.data.band);
    let validation = match band {
        Some(band) => format!("{band} of each image"),
        None => listed(&data.validation),
    };
    let mut facts = vec![
        ("Training", training),
        ("Validated by", validation),
        ("Training data", format!("{}, fingerprint {}", info.data.path.display(), info.data.fingerprint)),
        ("Seed and device", format!("{}, {}", info.seed, info.place())),
        ("Trained with", format!("scumble {}", info.scumble)),
        ("Command", info.command.join(" ")),
    ];
    if !data.unlabelled.is_empty() {
        facts.insert(2, ("Left out, without a label", listed(&data.unlabelled)));
    }
    facts
}
