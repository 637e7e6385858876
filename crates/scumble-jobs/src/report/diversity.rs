//! The prediction as one opinion among those of the raters.

use super::content::Report;
use super::quantity::Unit;
use super::table::{Cell, table};
use super::words::{count, percent};
use crate::judge::{Diversity, Masks};
use maud::{Markup, html};
use scumble::score::Interval;
use scumble::score::diversity::{DuelScore, EmptyMasks, Standing};

/// How alike samples and raters are, and the prediction's place among them; `None` where it was not asked for or no image
/// has raters.
pub(super) fn diversity(report: &Report<'_>) -> Option<Markup> {
    let found = report.judgement.diversity.as_ref().filter(|found| found.images() > 0)?;
    let (dice, brier) = (found.standing(DuelScore::Dice), found.standing(DuelScore::Brier));
    let energy = found.energy_distance(EmptyMasks::Equal).map(|energy| energy.distance);
    let (matched, matched_interval) = found.matched_iou(EmptyMasks::Equal);
    let head = ["predicting a rater left out", "Dice", "Brier score"];
    let row = |name: &str, dice, brier| {
        vec![Cell::name(name), Cell::Number(dice, Unit::Plain), Cell::Number(brier, Unit::Plain)]
    };
    let mut rows = vec![
        row("this prediction", dice.model(), brier.model()),
        row("mean of the others", dice.mean_of_others(), brier.mean_of_others()),
    ];
    for (name, score) in dice.raters() {
        let other = brier.raters().find(|(rater, _)| *rater == name).map(|(_, score)| score);
        rows.push(row(name, Some(score), other));
    }
    Some(html! {
        p {
            (samples(found)) ", held against the raters of " (count(found.images(), "image"))
            ": energy distance " (value(energy, found.energy_interval(EmptyMasks::Equal))) " (0 where samples and raters are alike), matched IoU "
            (value(matched, matched_interval)) "."
        }
        p { (place("Dice", &dice)) " " (place("Brier score", &brier)) }
        (table("The prediction as one opinion among the raters", &head, &rows))
    })
}

/// How many masks an image has, and whether they were drawn of its map.
fn samples(found: &Diversity) -> String {
    let masks = match found.samples() {
        (fewest, most) if fewest == most => count(fewest, "mask"),
        (fewest, most) => format!("{fewest} to {most} masks"),
    };
    match found.masks() {
        Masks::Drawn(_) => masks + " drawn of each map",
        Masks::Given => masks + " of each image",
    }
}

fn value(value: Option<f64>, interval: Option<Interval>) -> String {
    let Some(value) = value else { return "-".into() };
    let words = |value| Unit::Plain.words(value);
    let interval = interval.map(|interval| format!(" ({})", Unit::Plain.interval(&interval)));
    words(value) + &interval.unwrap_or_default()
}

fn place(measure: &str, standing: &Standing) -> String {
    match (standing.rank(), standing.wins()) {
        (Some((rank, of)), Some(wins)) => format!(
            "By {measure} it has rank {rank} of {of} and wins {} of its duels with raters, where one of them would win half.",
            percent(wins)
        ),
        _ => format!("By {measure} there is no duel: no image has two raters."),
    }
}
