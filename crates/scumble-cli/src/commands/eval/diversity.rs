//! The prediction among the raters, in words and a table.

use crate::show::{Table, bracketed, counted, decimals, optional, percent};
use scumble::score::Interval;
use scumble::score::diversity::{DuelScore, EmptyMasks, EnergyDistance, Standing};
use scumble_jobs::judge::{Diversity, Masks};

pub(super) fn text(found: &Diversity) -> String {
    if found.images() == 0 {
        return "no image has raters to compare with".into();
    }
    let line = |name: &str, value: Option<f64>, interval: Option<Interval>| {
        let interval =
            interval.map_or(String::new(), |i| format!(" {}", bracketed(&i, |end| decimals(end, 4))));
        format!("{name} {}{interval}", optional(value))
    };
    let equal = found.energy_distance(EmptyMasks::Equal);
    let part = |of: fn(&EnergyDistance) -> f64| optional(equal.as_ref().map(of));
    let ignored = found.energy_distance(EmptyMasks::Ignored).map(|energy| energy.distance);
    let (dice, brier) = (found.standing(DuelScore::Dice), found.standing(DuelScore::Brier));
    let mut table = Table::new(&["predicting a rater left out", "Dice", "Brier"]);
    table.row(["this prediction".into(), optional(dice.model()), optional(brier.model())]);
    table.row([
        "mean of the others".into(),
        optional(dice.mean_of_others()),
        optional(brier.mean_of_others()),
    ]);
    for (name, score) in dice.raters() {
        let other = brier.raters().find(|(rater, _)| *rater == name).map(|(_, score)| score);
        table.row([name.to_string(), optional(Some(score)), optional(other)]);
    }
    let (samples, raters) = (samples(found), part(|e| e.raters));
    let (matched, matched_interval) = found.matched_iou(EmptyMasks::Equal);
    let energy_interval = found.energy_interval(EmptyMasks::Equal);
    format!(
        "{}, {samples}: 2 x {} to the raters - {} among the samples - {raters} among the raters\n\
         {} if pairs of empty masks are ignored\n{}\n{} if pairs of empty masks are ignored\n\n{table}\n{}\n{}",
        line("energy distance", equal.map(|energy| energy.distance), energy_interval),
        part(|e| e.between),
        part(|e| e.samples),
        optional(ignored),
        line("matched IoU", matched, matched_interval),
        optional(found.matched_iou(EmptyMasks::Ignored).0),
        place("Dice", &dice),
        place("Brier", &brier),
    )
}

/// How many masks an image has, and whether they were drawn of its map.
fn samples(found: &Diversity) -> String {
    let count = match found.samples() {
        (fewest, most) if fewest == most => counted(fewest, "sample"),
        (fewest, most) => format!("{fewest} to {most} samples"),
    };
    match found.masks() {
        Masks::Drawn(_) => count + " drawn of each map",
        Masks::Given => count + " of each image",
    }
}

fn place(measure: &str, standing: &Standing) -> String {
    match (standing.rank(), standing.wins()) {
        (Some((rank, of)), Some(wins)) => {
            format!(
                "by {measure} rank {rank} of {of}; it wins {} of its duels with raters (50 %: one of them)",
                percent(wins)
            )
        }
        _ => format!("by {measure} no duel: no image has two raters"),
    }
}
