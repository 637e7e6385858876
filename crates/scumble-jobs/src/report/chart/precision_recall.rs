//! The precision-recall curve.

use super::axis::Axis;
use super::frame::{ACROSS, Follows, HEIGHT, UP, axes, chart, corners, dot, ring};
use maud::{Markup, html};
use scumble::score::CurvePoint;

/// Precision against recall as the threshold falls, with the point of a threshold and that of the best F1.
pub(in crate::report) fn precision_recall(
    class: &str,
    points: &[CurvePoint],
    at: Option<CurvePoint>,
    best: Option<CurvePoint>,
) -> Markup {
    let (x, y) = (Axis::linear(0.0, 1.0, ACROSS), Axis::linear(0.0, 1.0, UP));
    let place = |point: &CurvePoint| (x.at(point.recall), y.at(point.precision));
    let said = at.map_or(String::new(), |point| {
        format!(
            " At {:.2}, recall is {:.2} and precision {:.2}.",
            point.threshold, point.recall, point.precision
        )
    });
    chart(
        HEIGHT,
        &format!("precision and recall of {class}"),
        &said,
        Some(Follows::PrecisionRecall),
        html! {
            (axes(&x, &y, "recall", "precision"))
            polyline.found points=(corners(points.iter().map(place))) {}
            @if let Some(point) = best { (ring(place(&point), "the best F1")) }
            (dot(at.as_ref().map(place)))
        },
    )
}
