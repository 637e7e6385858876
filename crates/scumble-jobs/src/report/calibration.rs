//! Calibration: what was predicted against what was found, as diagrams and in numbers.

use super::chart;
use super::quantity::Unit;
use super::reliability::{Bin, bins};
use super::table::{Cell, table};
use crate::judge::Judgement;
use maud::{Markup, html};

pub(super) fn calibration(judgement: &Judgement) -> Markup {
    html! {
        p {
            "Of all pixels predicted 0.3, does a share of 0.3 belong to the class? On the diagonal it does; below it the prediction is \
             too high, above it too low. Bars: 95 % intervals, had other images been judged."
            @if let Some((error, chance)) = judgement.all.calibration_error.zip(judgement.calibration_by_chance) {
                " Of the calibration error of " (Unit::Points.words(error)) ", " (Unit::Points.words(chance.min(error)))
                " would be there by chance if every probability were true."
            }
        }
        div.cards.single[judgement.all.classes.len() == 1] {
            @for (at, class) in judgement.all.classes.iter().enumerate() {
                @let bins = bins(at, judgement);
                figure.card {
                    (chart::reliability(&class.class, &bins, judgement.scoring.threshold))
                    figcaption {
                        strong { (class.class) }
                        @if judgement.all.classes.len() > 1 {
                            details { summary { "The numbers behind it" } (numbers(&class.class, &bins)) }
                        }
                    }
                }
                @if judgement.all.classes.len() == 1 { (numbers(&class.class, &bins)) }
            }
        }
    }
}

fn numbers(class: &str, bins: &[Bin]) -> Markup {
    let rows: Vec<Vec<Cell>> = bins
        .iter()
        .map(|bin| {
            let interval = match bin.interval {
                Some(interval) => {
                    format!(
                        "{} to {}",
                        Unit::Probability.words(interval.low),
                        Unit::Probability.words(interval.high)
                    )
                }
                None => "-".into(),
            };
            vec![
                Cell::name(&format!("{:.2} to {:.2}", bin.from, bin.to)),
                Cell::Number(Some(bin.share), Unit::Percent),
                Cell::Number(Some(bin.predicted), Unit::Probability),
                Cell::Number(Some(bin.observed), Unit::Probability),
                Cell::name(&interval),
            ]
        })
        .collect();
    let head = ["predictions", "share of the pixels, %", "mean prediction", "found", "95 % interval"];
    table(&format!("Reliability of {class}"), &head, &rows)
}
