use super::{Table, optional, thousands};
use scumble::Scores;

/// The scores of a data set: over all, and per class where there are several.
pub(crate) fn scores(scores: &Scores) -> String {
    let Some(cross_entropy) = scores.cross_entropy else {
        return "no valid pixel: nothing was judged".into();
    };
    let mut table =
        Table::new(&["", "cross entropy", "floor", "excess", "Brier", "calibration", "Dice", "IoU"]);
    let number = |v: f64| format!("{v:.4}");
    table.row(
        [
            "all".to_string(),
            number(cross_entropy.value),
            number(cross_entropy.floor),
            number(cross_entropy.excess),
        ]
        .into_iter()
        .chain([scores.brier, scores.calibration_error, scores.dice, scores.iou].map(optional)),
    );
    if scores.classes.len() > 1 {
        for class in &scores.classes {
            let ce = class.cross_entropy;
            let parts = [ce.map(|c| c.value), ce.map(|c| c.floor), ce.map(|c| c.excess)];
            let rest = [class.brier, class.calibration_error, class.dice, class.iou];
            table.row([class.class.clone()].into_iter().chain(parts.into_iter().chain(rest).map(optional)));
        }
    }
    let clipped = match scores.clipped {
        0 => String::new(),
        n => format!("; at {} of them the prediction rules out what the label allows", thousands(n)),
    };
    format!("{table}\nover {} pixels{clipped}", thousands(scores.pixels))
}

/// The hard decision against each rater, or nothing without raters.
pub(crate) fn raters(scores: &Scores) -> Option<String> {
    let all: Vec<_> = scores.raters.iter().chain(&scores.majority).collect();
    if all.is_empty() {
        return None;
    }
    let mut table = Table::new(&["at 0.5 against", "F1", "precision", "recall"]);
    for rater in all {
        let mean = |of: fn(&scumble::F1) -> Option<f64>| {
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
