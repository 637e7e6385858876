//! The reliability diagram.

use super::axis::Axis;
use super::frame::{ACROSS, Follows, UP, WIDTH, axes, chart, corners, place, rungs};
use crate::report::reliability::Bin;
use maud::{Markup, html};

/// The whole chart: the diagram above, the histogram below.
const HEIGHT: f64 = 350.0;
const HISTOGRAM: (f64, f64) = (HEIGHT - 10.0, 275.0);
/// Shares below this are drawn as this: the histogram's axis is logarithmic.
const LEAST: f64 = 1e-5;

/// What was predicted against what was found, with intervals; below, how often what was predicted.
pub(in crate::report) fn reliability(class: &str, bins: &[Bin], threshold: f64) -> Markup {
    let (x, y) = (Axis::linear(0.0, 1.0, ACROSS), Axis::linear(0.0, 1.0, UP));
    let shares = Axis::logarithmic(LEAST, 1.0, HISTOGRAM);
    let points = || bins.iter().map(|bin| (x.at(bin.predicted), y.at(bin.observed)));
    let description = format!(
        " It shows {}.",
        bins.iter()
            .map(|bin| format!("predicted {:.2} found {:.2}", bin.predicted, bin.observed))
            .collect::<Vec<_>>()
            .join(", ")
    );
    chart(
        HEIGHT,
        &format!("reliability diagram of {class}"),
        &description,
        Some(Follows::Reliability),
        html! {
            (axes(&x, &y, "predicted probability", "found in the labels"))
            line.ideal x1=(place(x.at(0.0))) y1=(place(y.at(0.0))) x2=(place(x.at(1.0))) y2=(place(y.at(1.0))) {}
            line.at x1=(place(x.at(threshold))) y1=(place(UP.0)) x2=(place(x.at(threshold))) y2=(place(UP.1)) { title { "the threshold" } }
            @for bin in bins {
                @if let Some(interval) = bin.interval {
                    (whisker(x.at(bin.predicted), y.at(interval.low), y.at(interval.high)))
                }
            }
            polyline.found points=(corners(points())) {}
            @for (bin, (across, up)) in bins.iter().zip(points()) {
                circle.found cx=(place(across)) cy=(place(up)) r="3.5" { title { (bin.in_words()) } }
            }
            (rungs(&x, &shares, ""))
            @for bin in bins {
                @let (left, right) = (x.at(bin.from) + 1.0, x.at(bin.to) - 1.0);
                @let top = shares.at(bin.share);
                rect.column x=(place(left)) y=(place(top)) width=(place((right - left).max(1.0))) height=(place(HISTOGRAM.0 - top)) {
                    title { (bin.in_words()) }
                }
            }
            text.name x=(place(WIDTH - 10.0)) y=(place(HISTOGRAM.1 - 3.0)) text-anchor="end" { "how often predicted (share of the pixels, logarithmic)" }
        },
    )
}

fn whisker(x: f64, low: f64, high: f64) -> Markup {
    let path = format!(
        "M{0} {1}V{2}M{3} {1}H{4}M{3} {2}H{4}",
        place(x),
        place(low),
        place(high),
        place(x - 3.0),
        place(x + 3.0)
    );
    html! { path.interval d=(path) {} }
}
