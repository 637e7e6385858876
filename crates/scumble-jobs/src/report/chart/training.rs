//! The curves of a training.

use super::axis::Axis;
use super::frame::{ACROSS, HEIGHT, UP, axes, chart, corners, place, ring};
use crate::report::quantity::{Unit, quantity};
use maud::{Markup, html};
use scumble_nn::EpochReport;
use scumble_nn::train::Prospect;

/// Log loss by epoch, each curve with the entropy of its own labels below it; the excess; and what else was judged.
pub(in crate::report) fn training(epochs: &[EpochReport], prospect: Option<Prospect>) -> Markup {
    let judged = epochs.iter().any(|epoch| epoch.validation.is_some());
    html! {
        div.cards {
            figure.card { (loss(epochs)) figcaption {
                "Log loss of a pixel. Below each curve lies the entropy of its own labels: patches are turned, scaled and \
                 weighted, so theirs is another. "
                (key(judged, true))
            } }
            figure.card { (excess(epochs)) figcaption {
                "Excess: the log loss less the entropy of the same labels. "
                @if let Some(prospect) = prospect { "What the curve says of a longer training: " (prospect) ". " }
                (key(judged, false))
            } }
            @if let Some(chart) = of_validation(epochs, "truth_distance", |epoch| epoch.truth.map(|truth| truth.distance)) {
                figure.card { (chart) figcaption {
                    "Distance of the validation predictions to the truth behind the votes, which patches cannot tell. "
                } }
            }
            @if let Some(chart) = of_validation(epochs, "calibration", |epoch| epoch.calibration_error) {
                figure.card { (chart) figcaption { "Calibration error of the validation images. " } }
            }
        }
    }
}

fn key(judged: bool, floors: bool) -> Markup {
    html! {
        ul.key {
            @if judged { li { span.swatch.validation {} "validation images" } }
            @if judged && floors { li { span.swatch.validation.dashed {} "entropy of their labels" } }
            li { span.swatch.train {} "training patches" }
            @if floors { li { span.swatch.train.dashed {} "entropy of their labels" } }
            @if judged { li { span.swatch.best {} "best epoch" } }
        }
    }
}

type Points = Vec<(f64, f64)>;

/// One number of each epoch that has it.
fn points(epochs: &[EpochReport], of: impl Fn(&EpochReport) -> Option<f64>) -> Points {
    epochs.iter().filter_map(|epoch| Some((epoch.epoch as f64, of(epoch)?))).collect()
}

fn highest<'a>(points: impl IntoIterator<Item = &'a Points>) -> f64 {
    points.into_iter().flatten().map(|(_, value)| *value).fold(0.0, f64::max)
}

/// " It ends at 0.1234 nats."
fn ending(points: &Points, unit: Unit) -> String {
    points.last().map_or(String::new(), |(_, value)| format!(" It ends at {}.", unit.words(*value)))
}

fn loss(epochs: &[EpochReport]) -> Markup {
    let judged = points(epochs, |epoch| epoch.validation.map(|loss| loss.value));
    let judged_floor = points(epochs, |epoch| epoch.validation.map(|loss| loss.floor));
    let train = points(epochs, |epoch| Some(epoch.train.value));
    let train_floor = points(epochs, |epoch| Some(epoch.train.floor));
    let (x, y) = (across(epochs), Axis::linear(0.0, 1.05 * highest([&judged, &train]), UP));
    let main = if judged.is_empty() { &train } else { &judged };
    chart(
        HEIGHT,
        "log loss by epoch",
        &ending(main, Unit::Nats),
        None,
        html! {
            (axes(&x, &y, "epoch", "log loss, nats"))
            (line(&x, &y, &train_floor, "train dashed"))
            (line(&x, &y, &train, "train"))
            (line(&x, &y, &judged_floor, "validation dashed"))
            (line(&x, &y, &judged, "validation"))
            (best(&x, &y, epochs, &judged))
        },
    )
}

fn excess(epochs: &[EpochReport]) -> Markup {
    let judged = points(epochs, |epoch| epoch.validation.map(|loss| loss.excess));
    let train = points(epochs, |epoch| Some(epoch.train.excess));
    let all = || judged.iter().chain(&train).map(|(_, value)| *value).filter(|value| *value > 0.0);
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    let (low, high) = if high > 0.0 { (low, high) } else { (0.1, 1.0) };
    let (x, y) = (across(epochs), Axis::logarithmic(low, high, UP));
    let main = if judged.is_empty() { &train } else { &judged };
    chart(
        HEIGHT,
        "excess by epoch",
        &ending(main, Unit::Nats),
        None,
        html! {
            (axes(&x, &y, "epoch", "excess, nats"))
            (line(&x, &y, &train, "train"))
            (line(&x, &y, &judged, "validation"))
            (best(&x, &y, epochs, &judged))
        },
    )
}

/// A score of the validation images by its name, in its unit; `None` where no epoch has it.
fn of_validation(
    epochs: &[EpochReport],
    name: &str,
    of: impl Fn(&EpochReport) -> Option<f64>,
) -> Option<Markup> {
    let (title, unit) = quantity(name);
    let scores = points(epochs, of);
    let scaled: Points = scores.iter().map(|(epoch, value)| (*epoch, unit.scaled(*value))).collect();
    let (x, y) = (across(epochs), Axis::linear(0.0, 1.05 * highest([&scaled]), UP));
    (!scores.is_empty()).then(|| {
        chart(
            HEIGHT,
            &format!("{title} by epoch"),
            &ending(&scores, unit),
            None,
            html! {
                (axes(&x, &y, "epoch", &unit.head(title)))
                (line(&x, &y, &scaled, "validation"))
                (best(&x, &y, epochs, &scaled))
            },
        )
    })
}

fn across(epochs: &[EpochReport]) -> Axis {
    let of = |epoch: Option<&EpochReport>| epoch.map_or(1.0, |epoch| epoch.epoch as f64);
    Axis::linear(of(epochs.first()), of(epochs.last()), ACROSS)
}

fn line(x: &Axis, y: &Axis, points: &Points, class: &str) -> Markup {
    let places = || points.iter().map(|(epoch, value)| (x.at(*epoch), y.at(*value)));
    html! {
        @if let [(epoch, value)] = points[..] {
            circle class=(class) cx=(place(x.at(epoch))) cy=(place(y.at(value))) r="3" {}
        } @else {
            polyline class=(class) points=(corners(places())) {}
        }
    }
}

/// A ring around the best epoch's point.
fn best(x: &Axis, y: &Axis, epochs: &[EpochReport], points: &Points) -> Markup {
    let best = epochs.iter().rfind(|epoch| epoch.best).map(|epoch| epoch.epoch as f64);
    let point = points.iter().find(|(epoch, _)| Some(*epoch) == best);
    html! {
        @if let Some((epoch, value)) = point {
            (ring((x.at(*epoch), y.at(*value)), &format!("best epoch: {epoch}")))
        }
    }
}
