//! The curves of a training.

use super::axis::Axis;
use super::frame::{ACROSS, HEIGHT, UP, axes, chart, corners, place};
use crate::report::words::number;
use maud::{Markup, html};
use scumble_nn::{EpochReport, LossReport};

/// Log loss by epoch with the floor drawn in, and the excess above it, one chart each.
pub(in crate::report) fn training(epochs: &[EpochReport]) -> Markup {
    html! {
        div.cards {
            figure.card { (loss(epochs)) figcaption {
                "Log loss of a pixel. The grey area is the entropy of the labels."
                (key(epochs))
            } }
            figure.card { (excess(epochs)) figcaption {
                "Excess: what the log loss has above the entropy of the labels."
                (key(epochs))
            } }
            @if epochs.iter().any(|epoch| epoch.calibration_error.is_some()) {
                figure.card { (calibration(epochs)) figcaption {
                    "Calibration error of the validation images: how far the probabilities are off, in percentage points."
                } }
            }
        }
    }
}

fn key(epochs: &[EpochReport]) -> Markup {
    let judged = epochs.iter().any(|epoch| epoch.validation.is_some());
    html! {
        ul.key {
            @if judged { li { span.swatch.validation {} "validation images" } }
            li { span.swatch.train {} "training patches" }
            @if judged { li { span.swatch.best {} "best epoch" } }
        }
    }
}

type Points = Vec<(f64, f64)>;

/// One number of each epoch that has it.
fn points(epochs: &[EpochReport], of: impl Fn(&EpochReport) -> Option<f64>) -> Points {
    epochs.iter().filter_map(|epoch| Some((epoch.epoch as f64, of(epoch)?))).collect()
}

fn loss(epochs: &[EpochReport]) -> Markup {
    let validation = |of: fn(&LossReport) -> f64| points(epochs, |epoch| epoch.validation.as_ref().map(of));
    let judged = validation(|loss| loss.value);
    let floor = validation(|loss| loss.floor);
    let train = points(epochs, |epoch| Some(epoch.train.value));
    let train_floor = points(epochs, |epoch| Some(epoch.train.floor));
    let highest = judged.iter().chain(&train).map(|(_, value)| *value).fold(0.0, f64::max);
    let (x, y) = (across(epochs), Axis::linear(0.0, 1.05 * highest, UP));
    let floor = if floor.is_empty() { &train_floor } else { &floor };
    let last = judged.last().or(train.last()).map_or(0.0, |(_, value)| *value);
    let lowest = floor.last().map_or(0.0, |(_, value)| *value);
    let description =
        format!("Log loss by epoch: it ends at {} with a floor of {}.", number(last), number(lowest));
    chart(
        HEIGHT,
        &description,
        html! {
            (area(&x, &y, floor))
            (axes(&x, &y, "epoch", "log loss (nats)"))
            (line(&x, &y, &train_floor, "train dashed"))
            (line(&x, &y, &train, "train"))
            (line(&x, &y, floor, "floor"))
            (line(&x, &y, &judged, "validation"))
            (best(&x, &y, epochs, |loss| loss.value))
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
    let last = judged.last().or(train.last()).map_or(0.0, |(_, value)| *value);
    let description = format!("Excess over the floor by epoch, ending at {}.", number(last));
    chart(
        HEIGHT,
        &description,
        html! {
            (axes(&x, &y, "epoch", "excess (nats)"))
            (line(&x, &y, &train, "train"))
            (line(&x, &y, &judged, "validation"))
            (best(&x, &y, epochs, |loss| loss.excess))
        },
    )
}

fn calibration(epochs: &[EpochReport]) -> Markup {
    let errors = points(epochs, |epoch| epoch.calibration_error.map(|error| 100.0 * error));
    let highest = errors.iter().map(|(_, error)| *error).fold(0.0, f64::max);
    let (x, y) = (across(epochs), Axis::linear(0.0, 1.05 * highest, UP));
    let last = errors.last().map_or(0.0, |(_, error)| *error);
    chart(
        HEIGHT,
        &format!("Calibration error by epoch, ending at {} percentage points.", number(last)),
        html! {
            (axes(&x, &y, "epoch", "calibration error (pp)"))
            (line(&x, &y, &errors, "validation"))
        },
    )
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

/// Everything below the floor.
fn area(x: &Axis, y: &Axis, floor: &Points) -> Markup {
    let (left, right) = x.places();
    let level = |point: Option<&(f64, f64)>| point.map_or(y.at(0.0), |(_, value)| y.at(*value));
    let ends =
        [(right, level(floor.last())), (right, y.at(0.0)), (left, y.at(0.0)), (left, level(floor.first()))];
    let top = floor.iter().map(|(epoch, value)| (x.at(*epoch), y.at(*value)));
    html! { polygon.below points=(corners(top.chain(ends))) {} }
}

fn best(x: &Axis, y: &Axis, epochs: &[EpochReport], of: fn(&LossReport) -> f64) -> Markup {
    let best = epochs.iter().rfind(|epoch| epoch.best);
    html! {
        @if let Some((epoch, loss)) = best.and_then(|epoch| Some((epoch.epoch, epoch.validation?))) {
            circle.best cx=(place(x.at(epoch as f64))) cy=(place(y.at(of(&loss)))) r="5" {
                title { "best epoch: " (epoch) ", " (number(of(&loss))) }
            }
        }
    }
}
