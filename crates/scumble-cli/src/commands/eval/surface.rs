//! Distances between outlines as tables.

use crate::show::{Table, decimals, optional};
use scumble::score::surface::SurfaceDistances;
use scumble_jobs::judge::{DistanceSummary, SurfaceRow, SurfaceSummary};

pub(super) fn table(rows: &[SurfaceRow]) -> Table {
    let mut table =
        Table::new(&["outline of", "class", "against", "Hausdorff", "95 %", "95 % pooled", "average"]);
    for row in rows {
        let distance = |of: fn(&SurfaceDistances) -> f64| optional(row.distances.as_ref().map(of));
        table.row([
            row.image.clone(),
            row.class.clone(),
            row.against.clone(),
            distance(|d| d.hausdorff),
            distance(|d| d.hausdorff95),
            distance(|d| d.hausdorff95_pooled),
            distance(|d| d.average),
        ]);
    }
    table
}

/// Over all images: the mean with its interval, the median with the quartiles.
pub(super) fn summary(all: &[SurfaceSummary]) -> String {
    let head =
        ["over images", "against", "images", "without", "95 %: mean", "median", "average: mean", "median"];
    let mut table = Table::new(&head);
    for one in all {
        let mean = |of: &Option<DistanceSummary>| of.as_ref().map_or_else(|| optional(None), mean);
        let median = |of: &Option<DistanceSummary>| of.as_ref().map_or_else(|| optional(None), median);
        table.row([
            one.class.clone(),
            one.against.clone(),
            one.images.to_string(),
            one.undefined.to_string(),
            mean(&one.hausdorff95),
            median(&one.hausdorff95),
            mean(&one.average),
            median(&one.average),
        ]);
    }
    format!(
        "{table}\n95 %: Hausdorff's 95th percentile; in brackets the mean's 95 % interval and the quartiles; without: one of the \
         masks is empty, so there is no distance"
    )
}

fn mean(of: &DistanceSummary) -> String {
    let mean = decimals(of.summary.mean, 3);
    of.interval.map_or(mean.clone(), |i| format!("{mean} [{}, {}]", decimals(i.low, 3), decimals(i.high, 3)))
}

fn median(of: &DistanceSummary) -> String {
    let [low, median, high] =
        [of.summary.lower_quartile, of.summary.median, of.summary.upper_quartile].map(|n| decimals(n, 3));
    format!("{median} [{low}, {high}]")
}
