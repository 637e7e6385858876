//! Tables of scores.

use super::{Table, bracketed, counted, decimals, optional, thousands};
use scumble::score::{ClassScores, Intervals, Scores, score_names};

/// A table of the main scores, a row for each image or class.
pub(crate) fn row_table(of: &str, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new(&[&[of], &MAIN[..]].concat());
    rows.for_each(|row| table.row(row));
    table.to_string()
}

/// An image's row.
pub(crate) fn image_row(id: &str, scores: &Scores) -> Vec<String> {
    let values = MAIN.map(|name| score_names().iter().find(|s| s.name == name).and_then(|s| (s.of)(scores)));
    [id.to_string()].into_iter().chain(values.map(optional)).collect()
}

fn class_row(scores: &ClassScores) -> Vec<String> {
    let values =
        MAIN.map(|name| score_names().iter().find(|s| s.name == name).and_then(|s| (s.of_class)(scores)));
    [scores.class.clone()].into_iter().chain(values.map(optional)).collect()
}

/// The scores in the columns of a row, by name.
const MAIN: [&str; 7] = ["log_loss", "floor", "excess", "brier", "calibration", "dice", "iou"];

/// The scores of a data set with their intervals.
pub(crate) fn data_set(scores: &Scores, intervals: Option<&Intervals>) -> String {
    if scores.cross_entropy.is_none() {
        return "no valid pixel: nothing was judged".into();
    }
    let mut table = Table::new(&["all", "", "95 % interval"]);
    for score in score_names() {
        let interval = intervals.and_then(|intervals| intervals.all.get(score.name));
        let interval = interval.map_or(String::new(), |i| bracketed(i, |end| decimals(end, 4)));
        table.row([score.name.to_owned(), optional((score.of)(scores)), interval]);
    }
    let clipped = match scores.clipped {
        0 => String::new(),
        n => format!("; at {} of them the prediction rules out what the label allows", thousands(n)),
    };
    let at = scores.decisions.map_or(String::new(), |decisions| {
        format!("; _at: a class is predicted where its probability is at least {}", decisions.threshold)
    });
    format!("{table}\nover {}{clipped}{at}", counted(scores.pixels as usize, "pixel"))
}

/// Each class on its own, where there are several.
pub(crate) fn classes(scores: &Scores) -> Option<String> {
    (scores.classes.len() > 1).then(|| row_table("class", scores.classes.iter().map(class_row)))
}

/// The hard decision against each rater, or nothing without raters.
pub(crate) fn raters(scores: &Scores) -> Option<String> {
    let all: Vec<_> = scores.raters.iter().chain(&scores.majority).collect();
    if all.is_empty() {
        return None;
    }
    let mut table = Table::new(&["at 0.5 against", "F1", "precision", "recall"]);
    for rater in all {
        let mean = |of: fn(&scumble::score::F1) -> Option<f64>| {
            let known: Vec<f64> = rater.classes.iter().filter_map(of).collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        };
        table.row([
            rater.rater.clone(),
            optional(rater.f1),
            optional(mean(|c| c.precision)),
            optional(mean(|c| c.recall)),
        ]);
    }
    Some(table.to_string())
}
