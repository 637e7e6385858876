//! One image at the top of the page, the median one: what it shows, what was said of it, what is predicted, and how surely.

use super::content::Report;
use super::panel::Panel;
use super::strips::{image, uncertainty};
use maud::{Markup, html};

/// Image, label, prediction and uncertainty; nothing where no image can be shown.
pub(super) fn hero(report: &Report<'_>) -> Option<Markup> {
    let strip = report.material.median()?;
    let names = report.names();
    let maps = |name, role, maps| Panel::of_probabilities(name, role, maps, &names);
    let panels = [
        image(strip),
        Some(maps(report.label_name(), "label", &strip.label)),
        Some(maps("prediction", "prediction", &strip.prediction)),
        Some(uncertainty(strip)),
    ];
    Some(html! {
        div.hero data-rows=(strip.size.0) data-columns=(strip.size.1) {
            div.panels { @for panel in panels.into_iter().flatten() { (panel.figure(&strip.id)) } }
            p.numbers {
                @if report.judgement.images.len() > 1 {
                    (strip.id) ", the median image of " (report.judgement.images.len()) " by " (report.order()) "."
                } @else { (strip.id) "." }
            }
        }
    })
}
