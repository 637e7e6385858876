//! The ROC curve.

use super::axis::Axis;
use super::frame::{ACROSS, Follows, HEIGHT, UP, axes, chart, corners, dot, place, ring};
use maud::{Markup, html};
use scumble::score::CurvePoint;

/// Recall against the false positive rate as the threshold falls, with the point of a threshold and that of the best F1.
pub(in crate::report) fn roc(
    class: &str,
    points: &[CurvePoint],
    at: Option<CurvePoint>,
    best: Option<CurvePoint>,
) -> Markup {
    let (x, y) = (Axis::linear(0.0, 1.0, ACROSS), Axis::linear(0.0, 1.0, UP));
    let spot = |point: &CurvePoint| Some((x.at(point.false_positive_rate?), y.at(point.recall)));
    let said = at.and_then(|point| Some((point, point.false_positive_rate?))).map_or(
        String::new(),
        |(point, rate)| {
            format!(
                " At {:.2}, recall is {:.2} and the false positive rate {rate:.2}.",
                point.threshold, point.recall
            )
        },
    );
    chart(
        HEIGHT,
        &format!("ROC curve of {class}"),
        &said,
        Some(Follows::Roc),
        html! {
            (axes(&x, &y, "false positive rate", "recall"))
            line.ideal x1=(place(x.at(0.0))) y1=(place(y.at(0.0))) x2=(place(x.at(1.0))) y2=(place(y.at(1.0))) {}
            polyline.found points=(corners([(x.at(0.0), y.at(0.0))].into_iter().chain(points.iter().filter_map(spot)))) {}
            @if let Some(point) = best.as_ref().and_then(spot) { (ring(point, "the best F1")) }
            (dot(at.as_ref().and_then(spot)))
        },
    )
}
