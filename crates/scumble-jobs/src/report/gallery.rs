//! All images side by side, small, worst first.

use super::content::Report;
use super::inline::brighten;
use super::panel::{Key, Panel};
use super::quantity::quantity;
use super::words::count;
use crate::judge::Thumbnail;
use crate::numbers::thousands;
use maud::{Markup, html};

/// So many are to be seen at once, the others on demand.
const FIRST: usize = 12;

/// The section; nothing where all images are shown in full anyway.
pub(super) fn gallery(report: &Report<'_>) -> Option<Markup> {
    let (shown, judged) = (&report.material.gallery[..], report.judgement.images.len());
    if shown.len() <= report.material.strips.len() {
        return None;
    }
    let (first, rest) = shown.split_at(shown.len().min(FIRST));
    Some(html! {
        p {
            @if shown.len() < judged {
                "The worst " (shown.len()) " of " (thousands(judged as u64)) " images are shown, by their "
            } @else { "All " (count(judged, "image")) ", worst first by their " }
            (report.order()) "."
        }
        (thumbnails(report, first))
        @if !rest.is_empty() {
            details { summary { "The next " (rest.len()) } (thumbnails(report, rest)) }
        }
    })
}

fn thumbnails(report: &Report<'_>, shown: &[Thumbnail]) -> Markup {
    html! { ul.gallery { @for small in shown { li { (thumbnail(report, small)) } } } }
}

fn thumbnail(report: &Report<'_>, small: &Thumbnail) -> Markup {
    let names = report.names();
    let picture = small.image.as_ref().map(|image| brighten(image).unwrap_or_else(|| image.clone()));
    let panels = [
        picture.map(|picture| Panel::new("image", "image", picture, Key::Nothing)),
        Some(Panel::of_probabilities(report.label_name(), "label", &small.label, &names)),
        Some(Panel::of_probabilities("prediction", "prediction", &small.prediction, &names)),
    ];
    let in_full = report.material.strips.iter().position(|strip| strip.id == small.id);
    html! {
        article.thumb data-id=(small.id) data-rows=(small.size.0) data-columns=(small.size.1) {
            div.panels { @for panel in panels.into_iter().flatten() { (panel.lazy().figure(&small.id)) } }
            p.numbers {
                @match in_full {
                    Some(at) => { a href={ "#image-" (at + 1) } { (small.id) } }
                    None => { (small.id) }
                }
                @if let Some(number) = off(small) { " " (number) }
            }
        }
    }
}

/// By what it is ordered, where chance has not left it below 0.
fn off(small: &Thumbnail) -> Option<String> {
    let scores = &small.scores;
    let (name, value) = match scores.truth {
        Some(truth) => ("truth_distance", truth.distance),
        None => ("brier", scores.brier?),
    };
    let (title, unit) = quantity(name);
    Some(format!("{title} {}", unit.words(value)))
}
