//! The scores of each class and image.

use super::content::Report;
use super::quantity::{Unit, quantity};
use super::table::{Cell, table};
use maud::{Markup, html};
use scumble::score::{Binning, ClassScores, JudgeOptions, ScoreName, Scores, score_names};

pub(super) fn scores(report: &Report<'_>) -> Markup {
    html! {
        @if report.judgement.all.classes.len() > 1 { (classes(report)) }
        (images(report))
        details {
            summary { "All scores of the data set" }
            @if report.judgement.all.classes.len() == 1 { (classes(report)) }
            (all(report))
        }
        details {
            summary { "What the numbers mean" }
            dl {
                @for (name, meaning) in meanings(report) { dt { (quantity(name).0) } dd { (meaning) } }
            }
        }
    }
}

fn meanings(report: &Report<'_>) -> [(&'static str, String); 8] {
    [
        ("truth_distance", "Of the probabilities from the share of all such raters, root mean square, estimated without bias where a pixel has two raters or more.".into()),
        ("worth_in_raters", "How many raters' mean is as near to that.".into()),
        ("calibration", format!("Expected calibration error: pixels are put into {} by their prediction; the mean difference of prediction and label in a bin, over all pixels.", bins(&report.judgement.scoring))),
        ("log_loss", "Mean of -ln of the probability given to what the label says: the cross entropy. 0 is certain and right.".into()),
        ("floor", "What the label itself would have as log loss. Of few raters it is below that of the probability behind their votes.".into()),
        ("excess", "Log loss less the entropy of the labels (the Kullback-Leibler divergence): how far the prediction is from these labels, their chance included.".into()),
        ("brier", "Mean squared difference of prediction and label; of exclusive classes summed over the classes.".into()),
        ("dice", "Overlap of soft label and prediction, 1 where they are equal. It grows with the size of what is outlined: compare it within a class only.".into()),
    ]
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

/// The columns of classes and images, by their names in gates and JSON; what no row has is left out.
const COLUMNS: [&str; 9] = [
    "truth_distance",
    "worth_in_raters",
    "calibration",
    "log_loss",
    "floor",
    "excess",
    "brier",
    "dice",
    "iou",
];

/// The scores that some row has.
fn columns(known: impl Fn(&ScoreName) -> bool) -> Vec<&'static ScoreName> {
    let named = |name: &&str| score_names().iter().find(|score| score.name == *name);
    COLUMNS.iter().filter_map(named).filter(|score| known(score)).collect()
}

fn heads(first: [String; 2], columns: &[&ScoreName]) -> Vec<String> {
    let head = |score: &&ScoreName| {
        let (title, unit) = quantity(score.name);
        unit.head(title)
    };
    first.into_iter().chain(columns.iter().map(head)).collect()
}

fn number(score: &ScoreName, value: Option<f64>) -> Cell {
    Cell::Number(value, quantity(score.name).1)
}

/// Every score of the data set that has a name and a value.
fn all(report: &Report<'_>) -> Markup {
    let (intervals, all) = (report.judgement.intervals.as_ref(), &report.judgement.all);
    let row = |score: &ScoreName| {
        let interval = intervals.and_then(|intervals| intervals.all.get(score.name));
        let (title, unit) = quantity(score.name);
        let value = (score.of)(all)?;
        Some(vec![
            Cell::name(title),
            Cell::Name(html! { code { (score.name) } }, score.name.into()),
            Cell::name(unit.symbol()),
            Cell::Number(Some(value), unit),
            Cell::Number(interval.map(|interval| interval.low), unit),
            match interval.map(|interval| interval.high) {
                Some(high) if !high.is_finite() => Cell::name("no end"),
                high => Cell::Number(high, unit),
            },
        ])
    };
    let rows: Vec<Vec<Cell>> = score_names().iter().filter_map(row).collect();
    html! {
        (table("Every score with its 95 % interval", &["score", "in gates and JSON", "unit", "value", "from", "to"], &rows))
        p { "A percentage point (pp) is 0.01 in gates and JSON." }
    }
}

fn classes(report: &Report<'_>) -> Markup {
    let classes = &report.judgement.all.classes;
    let columns = columns(|score| classes.iter().any(|class| (score.of_class)(class).is_some()));
    let row = |class: &ClassScores| {
        [Cell::name(&class.class), Cell::Number(class.frequency, Unit::Percent)]
            .into_iter()
            .chain(columns.iter().map(|score| number(score, (score.of_class)(class))))
            .collect()
    };
    let rows: Vec<Vec<Cell>> = classes.iter().map(row).collect();
    table(
        "Each class against the rest",
        &heads(["class".into(), Unit::Percent.head("frequency")], &columns),
        &rows,
    )
}

fn images(report: &Report<'_>) -> Markup {
    let images = &report.judgement.images;
    let columns = columns(|score| images.iter().any(|(_, scores)| (score.of)(scores).is_some()));
    let row = |(id, scores): &(String, Scores)| {
        let shown = report.material.strips.iter().position(|strip| strip.id == *id);
        let name = match shown {
            Some(at) => html! { a href={ "#image-" (at + 1) } { (id) } },
            None => html! { (id) },
        };
        [Cell::Name(name, id.clone()), Cell::Number(Some(scores.pixels as f64), Unit::Count)]
            .into_iter()
            .chain(columns.iter().map(|score| number(score, (score.of)(scores))))
            .collect()
    };
    let rows: Vec<Vec<Cell>> = images.iter().map(row).collect();
    table(
        "Each image (a link leads to its pictures)",
        &heads(["image".into(), "pixels".into()], &columns),
        &rows,
    )
}
