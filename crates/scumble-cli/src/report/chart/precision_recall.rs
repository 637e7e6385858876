use super::axis::Axis;
use super::frame::{ACROSS, HEIGHT, UP, axes, chart, corners};
use maud::{Markup, html};

/// Precision against recall as the threshold falls; points (recall, precision).
pub(in crate::report) fn precision_recall(class: &str, points: &[(f64, f64)], area: Option<f64>) -> Markup {
    let (x, y) = (Axis::linear(0.0, 1.0, ACROSS), Axis::linear(0.0, 1.0, UP));
    let area = area.map_or(String::new(), |area| format!(", area {area:.3}"));
    chart(
        HEIGHT,
        &format!("Precision against recall of {class}{area}."),
        html! {
            (axes(&x, &y, "recall", "precision"))
            polyline.found points=(corners(points.iter().map(|(recall, precision)| (x.at(*recall), y.at(*precision))))) {}
        },
    )
}
