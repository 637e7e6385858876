//! What charts have in common: their size, frame and axes.

use super::axis::Axis;
use maud::{Markup, html};

/// Units of a chart: small enough that its text is readable on a phone.
pub(super) const WIDTH: f64 = 360.0;
pub(super) const HEIGHT: f64 = 250.0;
/// Left and right end of what is drawn between the axes.
pub(super) const ACROSS: (f64, f64) = (50.0, WIDTH - 10.0);
/// Bottom and top of it.
pub(super) const UP: (f64, f64) = (HEIGHT - 40.0, 10.0);

/// What of a chart follows the page's threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    /// A point of recall and precision.
    PrecisionRecall,
    /// A point of false positive rate and recall.
    Roc,
    /// A line across.
    Reliability,
}

impl Follows {
    fn name(self) -> &'static str {
        match self {
            Self::PrecisionRecall => "precision-recall",
            Self::Roc => "roc",
            Self::Reliability => "reliability",
        }
    }
}

/// A whole chart called `name`, `height` units high, which says `description` besides to those who cannot see it.
pub(super) fn chart(
    height: f64,
    name: &str,
    description: &str,
    follows: Option<Follows>,
    content: Markup,
) -> Markup {
    let ends = |(from, to): (f64, f64)| follows.map(|_| format!("{} {}", place(from), place(to)));
    html! {
        svg.chart role="img" aria-label={ (name) "." (description) } data-name=(name) data-mark=[follows.map(Follows::name)]
            data-across=[ends(ACROSS)] data-up=[ends(UP)] viewBox={ "0 0 " (WIDTH) " " (height) } { (content) }
    }
}

/// The point that follows the threshold; hidden without a place.
pub(super) fn dot(at: Option<(f64, f64)>) -> Markup {
    let (x, y) = at.unwrap_or_default();
    html! { circle.at cx=(place(x)) cy=(place(y)) r="5" style=[at.is_none().then_some("display:none")] {} }
}

/// A point that stands out.
pub(super) fn ring((x, y): (f64, f64), title: &str) -> Markup {
    html! { circle.best cx=(place(x)) cy=(place(y)) r="6.5" { title { (title) } } }
}

/// Grid, numbers and names of two axes.
pub(super) fn axes(x: &Axis, y: &Axis, x_name: &str, y_name: &str) -> Markup {
    let ((left, right), (bottom, top)) = (x.places(), y.places());
    html! {
        @for tick in x.ticks() {
            line.grid x1=(place(x.at(tick))) x2=(place(x.at(tick))) y1=(place(bottom)) y2=(place(top)) {}
            text x=(place(x.at(tick))) y=(place(bottom + 14.0)) text-anchor="middle" { (x.label(tick)) }
        }
        text.name x=(place((left + right) / 2.0)) y=(place(bottom + 31.0)) text-anchor="middle" { (x_name) }
        (rungs(x, y, y_name))
    }
}

/// Grid, numbers and name of the vertical axis alone.
pub(super) fn rungs(x: &Axis, y: &Axis, name: &str) -> Markup {
    let ((left, right), (bottom, top)) = (x.places(), y.places());
    let middle = place((bottom + top) / 2.0);
    html! {
        @for tick in y.ticks() {
            line.grid x1=(place(left)) x2=(place(right)) y1=(place(y.at(tick))) y2=(place(y.at(tick))) {}
            text x=(place(left - 5.0)) y=(place(y.at(tick) + 4.0)) text-anchor="end" { (y.label(tick)) }
        }
        text.name x="12" y=(middle) text-anchor="middle" transform={ "rotate(-90 12 " (middle) ")" } { (name) }
        line.axis x1=(place(left)) x2=(place(right)) y1=(place(bottom)) y2=(place(bottom)) {}
    }
}

/// The corners of a line, for a path or a polyline.
pub(super) fn corners(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let corners: Vec<String> =
        points.into_iter().map(|(x, y)| format!("{},{}", place(x), place(y))).collect();
    corners.join(" ")
}

/// A place in a chart to a tenth of a unit.
pub(super) fn place(value: f64) -> String {
    format!("{:.1}", value)
}
