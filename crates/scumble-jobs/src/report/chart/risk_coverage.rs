//! The risk-coverage curve.

use super::axis::Axis;
use super::frame::{ACROSS, HEIGHT, UP, axes, chart, corners, place};
use maud::{Markup, html};

/// Points (coverage, risk) from the surest decisions on, beside the risk of all, which chance would have at any coverage.
pub(in crate::report) fn risk_coverage(points: &[(f64, f64)]) -> Markup {
    let most = points.iter().map(|(_, risk)| *risk).fold(0.0, f64::max);
    let of_all = points.last().map_or(0.0, |(_, risk)| *risk);
    let (x, y) = (Axis::linear(0.0, 1.0, ACROSS), Axis::linear(0.0, 1.1 * most, UP));
    let at = |(coverage, risk): &(f64, f64)| (x.at(*coverage), y.at(*risk));
    chart(
        HEIGHT,
        "risk by coverage",
        &format!(" The risk of all is {of_all:.3}."),
        None,
        html! {
            (axes(&x, &y, "coverage: share of the pixels, the surest first", "risk"))
            line.ideal x1=(place(x.at(0.0))) y1=(place(y.at(of_all))) x2=(place(x.at(1.0))) y2=(place(y.at(of_all))) {}
            polyline.found points=(corners(points.iter().map(at))) {}
        },
    )
}
