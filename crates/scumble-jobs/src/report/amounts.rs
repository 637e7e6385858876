//! How much of each class there is: predicted, and by the raters.

use super::chart::{AmountPoint, amounts as chart};
use super::content::Report;
use super::quantity::Unit;
use super::table::{Cell, table};
use super::words::count;
use crate::judge::{AmountUnit, ClassAmounts, JudgedAmounts};
use maud::{Markup, html};

/// A chart and a line of the table for each class; `None` without raters to compare with.
pub(super) fn amounts(report: &Report<'_>) -> Option<Markup> {
    let found = &report.judgement.amounts;
    let classes: Vec<(usize, Vec<AmountPoint>)> = (0..found.classes.len())
        .map(|class| (class, points(found, class)))
        .filter(|(_, points)| !points.is_empty())
        .collect();
    let noun = if found.images.iter().any(|image| image.slices.is_some()) { "volume" } else { "image" };
    let most = classes
        .iter()
        .flat_map(|(_, points)| points)
        .flat_map(|p| [p.predicted, p.raters.1])
        .fold(0.0, f64::max);
    let (unit, times) = in_words(found.unit, most);
    (!classes.is_empty()).then(|| {
        html! {
            p {
                "The sum of the probabilities of an image against the areas that the raters outline; of slices of a volume, the \
                 volume. On the diagonal they are equal. A line goes from the rater who sees least to the one who sees most."
            }
            div.cards {
                @for (class, points) in &classes {
                    @let name = &found.classes[*class].class;
                    figure.card {
                        (chart(name, &scaled(points, times), &unit))
                        figcaption { strong { (name) } ". " (count(points.len(), noun)) ". " }
                    }
                }
            }
            (means(found, noun, (&unit, times)))
        }
    })
}

/// The images with an amount by some rater.
fn points(found: &JudgedAmounts, class: usize) -> Vec<AmountPoint> {
    let of = found.images.iter().filter_map(|image| {
        let amount = &image.classes[class];
        let ends = |pick: fn(f64, f64) -> f64| amount.raters.values().copied().reduce(pick);
        Some(AmountPoint {
            image: image.image.clone(),
            predicted: amount.predicted,
            raters_mean: amount.raters_mean()?,
            raters: (ends(f64::min)?, ends(f64::max)?),
        })
    });
    of.collect()
}

fn scaled(points: &[AmountPoint], times: f64) -> Vec<AmountPoint> {
    let point = |point: &AmountPoint| AmountPoint {
        predicted: times * point.predicted,
        raters_mean: times * point.raters_mean,
        raters: (times * point.raters.0, times * point.raters.1),
        ..point.clone()
    };
    points.iter().map(point).collect()
}

/// The unit for amounts up to `most`, and what they are multiplied by for it.
fn in_words(unit: AmountUnit, most: f64) -> (String, f64) {
    let (one, larger, factor) = match unit {
        AmountUnit::Pixels => ("pixels", "thousand pixels", 1e-3),
        AmountUnit::SquareMillimetres => ("mm²", "cm²", 1e-2),
        AmountUnit::CubicMillimetres => ("mm³", "ml", 1e-3),
    };
    if most >= 1e4 { (larger.to_owned(), factor) } else { (one.to_owned(), 1.0) }
}

fn means(found: &JudgedAmounts, noun: &str, (unit, times): (&str, f64)) -> Markup {
    let head = [
        "class".to_owned(),
        format!("{noun}s"),
        format!("predicted, {unit}"),
        format!("by the raters, {unit}"),
        format!("bias, {unit}"),
        "bias, %".to_owned(),
        format!("CRPS, {unit}"),
    ];
    let row = |class: &ClassAmounts| {
        let scores = &class.scores;
        let number = |value: Option<f64>| Cell::Number(value.map(|value| times * value), Unit::Plain);
        vec![
            Cell::name(&class.class),
            Cell::Number(Some(scores.count as f64), Unit::Count),
            number(scores.predicted),
            number(scores.raters_mean),
            number(scores.bias),
            Cell::Number(scores.relative_bias, Unit::Percent),
            number(scores.crps),
        ]
    };
    let rows: Vec<Vec<Cell>> = found.classes.iter().filter(|class| class.scores.count > 0).map(row).collect();
    table("Mean amounts", &head, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_as_large_as_the_amounts() {
        assert_eq!(in_words(AmountUnit::Pixels, 20.0), ("pixels".into(), 1.0));
        assert_eq!(in_words(AmountUnit::Pixels, 2e5), ("thousand pixels".into(), 1e-3));
        assert_eq!(in_words(AmountUnit::CubicMillimetres, 2e4), ("ml".into(), 1e-3));
        assert_eq!(in_words(AmountUnit::SquareMillimetres, 2e4), ("cm²".into(), 1e-2));
    }
}
