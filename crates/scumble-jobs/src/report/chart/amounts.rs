//! How much is predicted against how much the raters see.

use super::axis::Axis;
use super::frame::{ACROSS, HEIGHT, UP, axes, chart, place};
use maud::{Markup, html};

/// An image's or volume's amounts, in the unit of the chart.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct AmountPoint {
    /// Its name.
    pub(in crate::report) image: String,
    pub(in crate::report) predicted: f64,
    pub(in crate::report) raters_mean: f64,
    /// The least and the largest of the raters'.
    pub(in crate::report) raters: (f64, f64),
}

/// A dot an image: across what the raters see, their mean with a line from the least to the largest; up what is predicted.
pub(in crate::report) fn amounts(class: &str, points: &[AmountPoint], unit: &str) -> Markup {
    let most = points.iter().flat_map(|point| [point.predicted, point.raters.1]).fold(0.0, f64::max);
    let (x, y) = (Axis::linear(0.0, 1.05 * most, ACROSS), Axis::linear(0.0, 1.05 * most, UP));
    chart(
        HEIGHT,
        &format!("amount of {class}, predicted and by the raters"),
        &format!(" A dot for each of {}.", points.len()),
        None,
        html! {
            (axes(&x, &y, &format!("by the raters, {unit}"), &format!("predicted, {unit}")))
            line.ideal x1=(place(x.at(0.0))) y1=(place(y.at(0.0))) x2=(place(x.at(1.05 * most))) y2=(place(y.at(1.05 * most))) {}
            @for point in points {
                @let up = place(y.at(point.predicted));
                line.interval x1=(place(x.at(point.raters.0))) x2=(place(x.at(point.raters.1))) y1=(up) y2=(up) {}
                circle.found cx=(place(x.at(point.raters_mean))) cy=(up) r="3.5" {
                    title { (point.image) ": " (format!("{:.4}", point.predicted)) " predicted, " (format!("{:.4}", point.raters_mean)) " by the raters" }
                }
            }
        },
    )
}
