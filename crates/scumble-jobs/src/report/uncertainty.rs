//! Whether the predictions know where they err.

use super::chart::risk_coverage;
use super::content::Report;
use super::quantity::Unit;
use super::words::count;
use maud::{Markup, html};

/// The risk-coverage curve; `None` where it was not asked for.
pub(super) fn uncertainty(report: &Report<'_>) -> Option<Markup> {
    let found = report.judgement.uncertainty.as_ref().filter(|found| !found.points.is_empty())?;
    let points: Vec<(f64, f64)> = found.points.iter().map(|point| (point.coverage, point.risk)).collect();
    let words = |value| Unit::Plain.words(value);
    Some(html! {
        p {
            "The risk is the share of raters who say something else than is decided, where only the surest decisions count. \
             Predictions that know where they err have little of it on the left."
        }
        div.cards {
            figure.card {
                (risk_coverage(&points))
                figcaption {
                    @if let Some(by_pixel) = report.judgement.all.risk_coverage {
                        "By pixel: area below the curve " (words(by_pixel.aurc)) ", " (words(by_pixel.excess_aurc))
                        " above the best order. "
                    }
                    @if let Some(by_image) = found.by_image {
                        "By image (" (count(found.images.len(), "image")) "): " (words(by_image.aurc)) ", "
                        (words(by_image.excess_aurc)) " above. "
                    }
                }
            }
        }
    })
}
