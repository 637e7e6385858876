//! The page: head, order of the sections, foot.

use super::amounts::amounts;
use super::calibration::calibration;
use super::chart;
use super::colour::palettes;
use super::content::Report;
use super::diversity::diversity;
use super::facts::facts;
use super::gallery::gallery;
use super::objects::objects;
use super::raters::raters;
use super::scores::scores;
use super::strips::strips;
use super::summary::summary;
use super::surface::surface;
use super::thresholds::thresholds;
use super::uncertainty::uncertainty;
use crate::{JobError, TrainingRecord};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use scumble_data::write_atomically;
use std::io::Write;
use std::path::Path;

const STYLE: &str = include_str!("page/style.css");
/// One script, in the order in which its parts need each other.
const SCRIPT: &str = concat!(
    include_str!("page/base.js"),
    include_str!("page/navigation.js"),
    include_str!("page/tables.js"),
    include_str!("page/downloads.js"),
    include_str!("page/threshold.js"),
    include_str!("page/values.js"),
    include_str!("page/overlay.js"),
    include_str!("page/fade.js"),
    include_str!("page/lightbox.js"),
    include_str!("page/print.js"),
);
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

/// A page of the curves of a training alone, for places that show parts of a report.
pub fn training_page(training: &TrainingRecord) -> String {
    let curves = chart::training(&training.epochs, training.prospect());
    html! {
        (DOCTYPE)
        html lang="en" {
            (head("training"))
            body { main { (curves) } }
        }
    }
    .into_string()
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(POLICY);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="generator" content={ "scumble " (env!("CARGO_PKG_VERSION")) };
            title { (title) " - scumble report" }
            style { (PreEscaped(STYLE)) }
        }
    }
}

fn page(report: &Report<'_>) -> Markup {
    let sections = sections(report);
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(report.title()))
            body {
                a.skip href="#summary" { "Skip to the summary" }
                header {
                    p.brand { "scumble report" }
                    h1 { (report.title()) }
                }
                nav aria-label="Sections" { ul { @for (id, name, _) in &sections { li { a href={ "#" (id) } { (name) } } } } }
                main data-palettes=(palettes()) data-threshold=(report.judgement.scoring.threshold) {
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
    if !report.material.strips.is_empty() {
        sections.push(("images", "Images", strips(report)));
    }
    if let Some(gallery) = gallery(report) {
        sections.push(("gallery", "All images", gallery));
    }
    if judgement.all.cross_entropy.is_some() {
        sections.push(("calibration", "Is the probability true?", calibration(judgement)));
    }
    if let Some(thresholds) = thresholds(report) {
        sections.push(("thresholds", "What a threshold finds", thresholds));
    }
    if let Some(uncertainty) = uncertainty(report) {
        sections.push(("uncertainty", "Does it know where it errs?", uncertainty));
    }
    if let Some(amounts) = amounts(report) {
        sections.push(("amounts", "How much there is", amounts));
    }
    if let Some(raters) = raters(report) {
        sections.push(("raters", "Raters", raters));
    }
    if let Some(diversity) = diversity(report) {
        sections.push(("diversity", "Among the raters", diversity));
    }
    if let Some(objects) = objects(report) {
        sections.push(("objects", "Objects", objects));
    }
    if let Some(surface) = surface(report) {
        sections.push(("surface", "Outlines", surface));
    }
    if let Some(training) = report.training.filter(|training| !training.epochs.is_empty()) {
        sections.push(("training", "Training", chart::training(&training.epochs, training.prospect())));
    }
    sections.push(("scores", "Scores", scores(report)));
    sections.push(("facts", "Data and settings", facts(report)));
    sections
}
