//! The page: head, order of the sections, foot.

use super::chart;
use super::content::Report;
use super::facts::facts;
use super::raters::raters;
use super::reliability::{Bin, bins};
use super::scores::scores;
use super::strips::strips;
use super::summary::summary;
use super::table::{Cell, table};
use super::thresholds::thresholds;
use super::words::percent;
use crate::JobError;
use crate::judge::Judgement;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use scumble_data::write_atomically;
use std::io::Write;
use std::path::Path;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// Nothing is loaded from anywhere, whatever a name in the data may contain.
const POLICY: &str =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// A section of the page: its id, heading and content.
type Section = (&'static str, &'static str, Markup);

impl Report<'_> {
    /// The page.
    pub fn html(&self) -> String {
        page(self).into_string()
    }

    /// Writes the page into a file.
    ///
    /// # Errors
    /// A place that cannot be written to.
    pub fn write(&self, path: &Path) -> Result<(), JobError> {
        let page = self.html();
        Ok(write_atomically(path, |out| out.write_all(page.as_bytes()))?)
    }
}

fn page(report: &Report<'_>) -> Markup {
    let sections = sections(report);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "scumble " (env!("CARGO_PKG_VERSION")) };
                title { (report.title()) " - scumble report" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#summary" { "Skip to the summary" }
                header {
                    p.brand { "scumble report" }
                    h1 { (report.title()) }
                    nav aria-label="Sections" { ul { @for (id, name, _) in &sections { li { a href={ "#" (id) } { (name) } } } } }
                }
                main {
                    @for (id, name, content) in &sections {
                        section id=(id) aria-labelledby={ (id) "-heading" } {
                            h2 id={ (id) "-heading" } { (name) }
                            (content)
                        }
                    }
                }
                footer { p { "Written by scumble " (env!("CARGO_PKG_VERSION")) ". This file is whole in itself and asks no network." } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn sections(report: &Report<'_>) -> Vec<Section> {
    let judgement = report.judgement;
    let mut sections = vec![("summary", "In short", summary(report))];
    if let Some(training) = report.training.filter(|training| !training.epochs.is_empty()) {
        sections.push(("training", "Training", chart::training(&training.epochs)));
    }
    if judgement.all.cross_entropy.is_some() {
        sections.push(("calibration", "Is the probability true?", calibration(judgement)));
    }
    if let Some(thresholds) = thresholds(judgement) {
        sections.push(("thresholds", "What a threshold finds", thresholds));
    }
    if !report.material.strips.is_empty() {
        sections.push(("images", "Images", strips(report)));
    }
    sections.push(("scores", "Scores", scores(report)));
    if let Some(raters) = raters(report) {
        sections.push(("raters", "Raters", raters));
    }
    sections.push(("facts", "Data and settings", facts(report)));
    sections
}

fn calibration(judgement: &Judgement) -> Markup {
    html! {
        p {
            "Of all pixels predicted 30 %, do 30 % belong to the class? On the diagonal they do; below it the prediction is too "
            "high, above it too low. Bars: 95 % intervals, had other images been judged."
        }
        div.cards.single[judgement.all.classes.len() == 1] {
            @for (at, class) in judgement.all.classes.iter().enumerate() {
                @let bins = bins(at, judgement);
                figure.card {
                    (chart::reliability(&class.class, &bins))
                    figcaption {
                        strong { (class.class) }
                        @if judgement.all.classes.len() > 1 {
                            details { summary { "The numbers behind it" } (numbers(&class.class, &bins)) }
                        }
                    }
                }
                @if judgement.all.classes.len() == 1 { (numbers(&class.class, &bins)) }
            }
        }
    }
}

fn numbers(class: &str, bins: &[Bin]) -> Markup {
    let rows: Vec<Vec<Cell>> = bins
        .iter()
        .map(|bin| {
            let interval = match bin.interval {
                Some(interval) => format!("{} to {}", percent(interval.low), percent(interval.high)),
                None => "-".into(),
            };
            vec![
                Cell::name(&format!("{:.2} to {:.2}", bin.from, bin.to)),
                Cell::Number(Some(bin.share), percent),
                Cell::Number(Some(bin.predicted), percent),
                Cell::Number(Some(bin.observed), percent),
                Cell::name(&interval),
            ]
        })
        .collect();
    let head = ["predictions", "share", "mean prediction", "found", "95 % interval"];
    table(&format!("Reliability of {class}"), &head, &rows)
}
