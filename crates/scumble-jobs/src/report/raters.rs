//! How far raters agree with each other, and the hard decision with each of them.

use super::content::Report;
use super::quantity::Unit;
use super::table::{Cell, table};
use super::words::{number, percent};
use maud::{Markup, html};
use scumble::score::{F1, RaterScores};

/// The section on raters; `None` without two of them and without a decision to hold against them.
pub(super) fn raters(report: &Report<'_>) -> Option<Markup> {
    let names: Vec<&str> = report.material.agreement.raters().map(|(name, _)| name).collect();
    if names.len() < 2 && report.judgement.all.raters.is_empty() {
        return None;
    }
    Some(html! {
        @if let Some(share) = report.material.agreement.disputed_share_of_marked() {
            p {
                "The raters differ at " (percent(share)) " of the pixels that any of them marked"
                @if let Some(all) = report.material.agreement.disputed_share() { ", " (percent(all)) " of all pixels" }
                "."
            }
        }
        @if let Some(sentence) = standing(report) { p { (sentence) } }
        @if names.len() > 1 { (pairs(report, &names)) }
        @if !report.judgement.all.raters.is_empty() { (against(report)) }
    })
}

/// Where the prediction stands among the raters.
fn standing(report: &Report<'_>) -> Option<String> {
    let between = mean(agreements(report).map(|(.., dice)| dice))?;
    let model = mean(report.judgement.all.raters.iter().map(|rater| rater.f1))?;
    Some(format!(
        "Two of them agree by a Dice of {between:.2} in the mean; the prediction, decided at 0.5, agrees with one of them by \
         {model:.2}."
    ))
}

/// Each pair of raters with the Dice of their masks.
fn agreements<'a>(report: &Report<'a>) -> impl Iterator<Item = (&'a str, &'a str, Option<f64>)> {
    report.material.agreement.pairs().map(|(one, other, comparison)| (one, other, comparison.dice()))
}

/// Of those that exist.
fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let known: Vec<f64> = values.flatten().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

/// Dice of each pair, and of the prediction with each.
fn pairs(report: &Report<'_>, names: &[&str]) -> Markup {
    let dice = |one: &str, other: &str| {
        agreements(report)
            .find(|(a, b, _)| (*a, *b) == (one, other) || (*a, *b) == (other, one))
            .and_then(|(.., dice)| dice)
    };
    let model = |name: &str| {
        report.judgement.all.raters.iter().find(|rater| rater.rater == name).and_then(|rater| rater.f1)
    };
    let values = || {
        let pairs = agreements(report).filter_map(|(.., dice)| dice);
        pairs.chain(names.iter().filter_map(|name| model(name)))
    };
    let ends = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    html! {
        div.scroll tabindex="0" role="region" aria-label="Agreement of each pair" {
            table {
                caption { "Agreement of each pair: Dice of their masks, 1 where they are the same; the darker the closer, from the least pair to the closest" }
                thead { tr { th scope="col" { "" } @for name in names { th scope="col" { (name) } } } }
                tbody {
                    @for row in names {
                        tr {
                            th scope="row" { (row) }
                            @for column in names { (shade(if row == column { None } else { dice(row, column) }, ends)) }
                        }
                    }
                    @if !report.judgement.all.raters.is_empty() {
                        tr.model { th scope="row" { "prediction at 0.5" } @for name in names { (shade(model(name), ends)) } }
                    }
                }
            }
        }
    }
}

/// A number on a ground that is the stronger the larger it is between the least and the largest of the table.
fn shade(value: Option<f64>, (low, high): (f64, f64)) -> Markup {
    let share = |value: f64| if high > low { (value - low) / (high - low) } else { 0.5 };
    html! {
        @match value {
            Some(value) => {
                td.number.shade data-number=(value) style={ "--share:" (format!("{:.0}", 100.0 * share(value))) "%" } { (number(value)) }
            }
            None => { td.number { "-" } }
        }
    }
}

fn against(report: &Report<'_>) -> Markup {
    let mean = |rater: &RaterScores, of: fn(&F1) -> Option<f64>| mean(rater.classes.iter().map(of));
    let rows: Vec<Vec<Cell>> = report
        .judgement
        .all
        .raters
        .iter()
        .chain(&report.judgement.all.majority)
        .map(|rater| {
            let numbers = [rater.f1, mean(rater, |c| c.precision), mean(rater, |c| c.recall)];
            let numbers = numbers.map(|value| Cell::Number(value, Unit::Plain));
            [Cell::name(&rater.rater)].into_iter().chain(numbers).collect()
        })
        .collect();
    table("The prediction at 0.5 against each rater", &["rater", "F1", "precision", "recall"], &rows)
}
