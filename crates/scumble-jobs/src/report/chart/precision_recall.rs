//! The precision-recall curve.

use super::axis::Axis;
use super::frame::{ACROSS, HEIGHT, UP, axes, chart, corners, place};
use maud::{Markup, html};

/// Precision against recall as the threshold falls, points (recall, precision); at one threshold a mark.
pub(in crate::report) fn precision_recall(
    class: &str,
    points: &[(f64, f64)],
    mark: Option<(f64, f64)>,
    threshold: f64,
) -> Markup {
    let (x, y) = (Axis::linear(0.0, 1.0, ACROSS), Axis::linear(0.0, 1.0, UP));
    let said = mark.map_or(String::new(), |(recall, precision)| {
        format!(" At {threshold}, recall is {recall:.2} and precision {precision:.2}.")
    });
    let places = points.iter().map(|(recall, precision)| (x.at(*recall), y.at(*precision)));
    chart(
        HEIGHT,
        &format!("Precision against recall of {class}.{said}"),
        html! {
            (axes(&x, &y, "recall", "precision"))
            polyline.found points=(corners(places)) {}
            @if let Some((recall, precision)) = mark {
                circle.best cx=(place(x.at(recall))) cy=(place(y.at(precision))) r="5" { title { (said) } }
            }
        },
    )
}
