//! Objects of the hard prediction beside those of the raters and of the label.

use super::content::Report;
use super::quantity::Unit;
use super::table::{Cell, table};
use crate::judge::ObjectTotal;
use maud::{Markup, html};

/// What was found over all images; `None` where it was not asked for.
pub(super) fn objects(report: &Report<'_>) -> Option<Markup> {
    let found = report.judgement.objects.as_ref()?;
    let rows: Vec<Vec<Cell>> = found.totals().iter().map(line).collect();
    let head = [
        "class",
        "against",
        "images",
        "found",
        "missed",
        "extra",
        "F1",
        "mean IoU of the found",
        "expected",
        "count off by",
    ];
    Some(html! {
        p {
            "Objects are connected pixels of the prediction at " (report.judgement.scoring.threshold) "; one is found where its IoU \
             with an object is above " (found.iou()) ". Expected is their number, each counted by its mean probability; the count is \
             off by the mean difference of that in an image."
        }
        (table("Objects found and missed", &head, &rows))
    })
}

fn line(total: &ObjectTotal) -> Vec<Cell> {
    let (counts, scores) = (&total.counts, total.counts.scores());
    let count = |count: u64| Cell::Number(Some(count as f64), Unit::Count);
    vec![
        Cell::name(&total.class),
        Cell::name(&total.against),
        count(total.images),
        count(counts.found),
        count(counts.missed),
        count(counts.extra),
        Cell::Number(scores.f1, Unit::Plain),
        Cell::Number(scores.segmentation_quality, Unit::Plain),
        Cell::Number(Some(counts.expected), Unit::Plain),
        Cell::Number(Some(total.count_error), Unit::Plain),
    ]
}
