//! Objects as a table.

use crate::show::{Table, counted, decimals, optional, signed};
use scumble_jobs::judge::Objects;

/// Each class against the raters and the label, over all images.
pub(super) fn text(found: &Objects) -> String {
    let head =
        ["objects of", "against", "found", "missed", "extra", "F1", "IoU", "PQ", "there are", "expected"];
    let mut table = Table::new(&[&head[..], &["bias", "error"]].concat());
    let totals = found.totals();
    for total in &totals {
        let scores = total.counts.scores();
        table.row([
            total.class.clone(),
            total.against.clone(),
            scores.found.to_string(),
            scores.missed.to_string(),
            scores.extra.to_string(),
            optional(scores.f1),
            optional(scores.segmentation_quality),
            optional(scores.panoptic_quality),
            scores.objects.to_string(),
            decimals(scores.expected, 1),
            signed(total.count_bias, 2),
            decimals(total.count_error, 2),
        ]);
    }
    let images = totals.iter().map(|total| total.images).max().unwrap_or(0);
    format!(
        "{table}\nfound: the IoU is above {}; expected: predicted objects, each counted by its mean probability; bias and error \
         of that number, mean over {}",
        found.iou(),
        counted(images as usize, "image")
    )
}
