//! How far the outlines of the hard prediction are from those of the raters and of the label.

use super::content::Report;
use super::quantity::Unit;
use super::table::{Cell, table};
use crate::judge::{DistanceSummary, SurfaceSummary};
use maud::{Markup, html};

/// Means over the images, of each class against each rater and the label; `None` where they were not asked for.
pub(super) fn surface(report: &Report<'_>) -> Option<Markup> {
    report.judgement.surface.as_ref()?;
    let unit = match report.judgement.request.surface.map(|spacing| spacing.sides()) {
        Some([1.0, 1.0]) | None => "pixels".to_owned(),
        Some([height, width]) => format!("the unit in which a pixel is {height} high and {width} wide"),
    };
    Some(html! {
        p {
            "The prediction is cut at " (report.judgement.scoring.threshold) ", its outline held against those of the others, in "
            (unit) ". Means over the images where both have an outline."
        }
        (table(
            "Distances between outlines",
            &["class", "against", "images", "without an outline", "Hausdorff", "Hausdorff, 95 %", "average"],
            &report.judgement.surface_summary().iter().map(line).collect::<Vec<_>>(),
        ))
    })
}

fn line(of: &SurfaceSummary) -> Vec<Cell> {
    let mean = |distance: Option<DistanceSummary>| {
        Cell::Number(distance.map(|distance| distance.summary.mean), Unit::Plain)
    };
    let count = |count: usize| Cell::Number(Some(count as f64), Unit::Count);
    vec![
        Cell::name(&of.class),
        Cell::name(&of.against),
        count(of.images - of.undefined),
        count(of.undefined),
        mean(of.hausdorff),
        mean(of.hausdorff95),
        mean(of.average),
    ]
}
