//! The scores of each class and image.

use super::content::Report;
use super::table::{Cell, table};
use super::words::{number, percent};
use crate::numbers::thousands;
use maud::{Markup, html};
use scumble::score::{Binning, CrossEntropyScore, JudgeOptions, ScoreName, score_names};

pub(super) fn scores(report: &Report<'_>) -> Markup {
    html! {
        (all(report))
        (classes(report))
        (images(report))
        details {
            summary { "What the numbers mean" }
            dl {
                dt { "log_loss" } dd { "Mean of -ln of the probability given to what the label says, in nats: the cross entropy. 0 is certain and right." }
                dt { "floor" } dd { "The part of the log loss that is the label's own uncertainty. The best prediction, the label itself, has it too." }
                dt { "excess" } dd { "Log loss minus floor (the Kullback-Leibler divergence): what is wrong with the prediction." }
                dt { "brier" } dd { "Mean squared difference of prediction and label; of exclusive classes summed over the classes." }
                dt { "calibration" } dd { "Expected calibration error: pixels are put into " (bins(&report.judgement.scoring)) " by their prediction; the mean difference of prediction and label in a bin, over all pixels." }
                dt { "dice, iou" } dd { "Overlap of soft label and prediction, 1 where they are equal. It grows with the size of what is outlined: compare it within a class only." }
            }
        }
    }
}

/// The bins of the calibration error, in words.
fn bins(scoring: &JudgeOptions) -> String {
    let noun = if scoring.bins == 1 { "bin" } else { "bins" };
    match scoring.binning {
        Binning::EqualWidth => format!("{} {noun}", scoring.bins),
        Binning::EqualMass => format!("{} {noun} of equal mass", scoring.bins),
        other => format!("{} {noun} as {other} has them", scoring.bins),
    }
}

/// Log loss, floor, excess, Brier, calibration, Dice, IoU.
fn numbers(loss: Option<CrossEntropyScore>, rest: [Option<f64>; 4]) -> impl Iterator<Item = Cell> {
    [loss.map(|l| l.value), loss.map(|l| l.floor), loss.map(|l| l.excess)]
        .into_iter()
        .chain(rest)
        .map(|value| Cell::Number(value, number))
}

/// As everywhere these scores are named.
const NUMBERS: [&str; 7] = ["log_loss", "floor", "excess", "brier", "calibration", "dice", "iou"];

/// Every score of the data set that has a name.
fn all(report: &Report<'_>) -> Markup {
    let intervals = report.judgement.intervals.as_ref();
    let row = |score: &ScoreName| {
        let interval = intervals.and_then(|intervals| intervals.all.get(score.name));
        vec![
            Cell::name(score.name),
            Cell::Number((score.of)(&report.judgement.all), number),
            Cell::Number(interval.map(|interval| interval.low), number),
            Cell::Number(interval.map(|interval| interval.high), number),
        ]
    };
    let rows: Vec<Vec<Cell>> = score_names().iter().map(row).collect();
    table("All scores of the data set, with 95 % intervals", &["score", "value", "from", "to"], &rows)
}

fn classes(report: &Report<'_>) -> Markup {
    let rows: Vec<Vec<Cell>> = report
        .judgement
        .all
        .classes
        .iter()
        .map(|class| {
            let rest = [class.brier, class.calibration_error, class.dice, class.iou];
            [Cell::name(&class.class), Cell::Number(class.frequency, percent)]
                .into_iter()
                .chain(numbers(class.cross_entropy, rest))
                .collect()
        })
        .collect();
    let head: Vec<&str> = ["class", "frequency"].into_iter().chain(NUMBERS).collect();
    table("Each class against the rest", &head, &rows)
}

fn images(report: &Report<'_>) -> Markup {
    let rows: Vec<Vec<Cell>> = report
        .judgement
        .images
        .iter()
        .map(|(id, scores)| {
            let rest = [scores.brier, scores.calibration_error, scores.dice, scores.iou];
            let shown = report.material.strips.iter().position(|strip| strip.id == *id);
            let name = match shown {
                Some(at) => html! { a href={ "#image-" (at + 1) } { (id) } },
                None => html! { (id) },
            };
            [Cell::Name(name, id.clone()), Cell::Number(Some(scores.pixels as f64), |n| thousands(n as u64))]
                .into_iter()
                .chain(numbers(scores.cross_entropy, rest))
                .collect()
        })
        .collect();
    let head: Vec<&str> = ["image", "pixels"].into_iter().chain(NUMBERS).collect();
    table("Each image (a link leads to its pictures)", &head, &rows)
}
