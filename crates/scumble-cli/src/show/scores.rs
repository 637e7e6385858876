//! Tables of scores.

use super::{Table, decimals, optional, thousands};
use scumble::score::{ClassScores, Decisions, Intervals, Scores, score_names};

/// A table of the main scores, a row for each image or class.
pub(crate) fn row_table(of: &str, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table =
        Table::new(&[of, "cross entropy", "floor", "excess", "Brier", "calibration", "Dice", "IoU"]);
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

/// The names behind the columns of a row.
const MAIN: [&str; 7] = ["log_loss", "floor", "excess", "brier", "calibration", "dice", "iou"];

/// What the data set's table calls its scores; all classes together.
const ALL: [(&str, &str); 22] = [
    ("cross entropy", "log_loss"),
    ("  floor", "floor"),
    ("  excess", "excess"),
    ("Brier", "brier"),
    ("  reliability", "brier_reliability"),
    ("  resolution", "brier_resolution"),
    ("spherical excess", "spherical_excess"),
    ("calibration error", "calibration"),
    ("  root mean square", "calibration_rms"),
    ("  maximum", "calibration_max"),
    ("  equal mass", "calibration_adaptive"),
    ("  top label", "top_label_calibration"),
    ("bias", "bias"),
    ("soft Dice", "dice"),
    ("soft IoU", "iou"),
    ("QUBIQ", "qubiq"),
    ("average precision", "average_precision"),
    ("ROC area", "roc_auc"),
    ("Dice", "dice_at"),
    ("precision", "precision_at"),
    ("recall", "recall_at"),
    ("specificity", "specificity_at"),
];

/// The scores of a data set with their intervals.
pub(crate) fn data_set(scores: &Scores, intervals: Option<&Intervals>) -> String {
    if scores.cross_entropy.is_none() {
        return "no valid pixel: nothing was judged".into();
    }
    let mut table = Table::new(&["all", "", "95 % interval"]);
    for (title, name) in ALL {
        let score = score_names().iter().find(|score| score.name == name);
        let value = score.and_then(|score| (score.of)(scores));
        let interval = intervals.and_then(|intervals| intervals.all.get(name));
        let title = match scores.decisions {
            Some(Decisions { threshold, .. }) if name.ends_with("_at") => format!("{title} at {threshold}"),
            _ => title.into(),
        };
        let interval =
            interval.map_or(String::new(), |i| format!("[{}, {}]", decimals(i.low, 4), decimals(i.high, 4)));
        table.row([title, optional(value), interval]);
    }
    let clipped = match scores.clipped {
        0 => String::new(),
        n => format!("; at {} of them the prediction rules out what the label allows", thousands(n)),
    };
    format!("{table}\nover {} pixels{clipped}", thousands(scores.pixels))
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
