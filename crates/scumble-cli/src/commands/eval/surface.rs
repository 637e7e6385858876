//! Distances between outlines as a table.

use crate::show::{Table, optional};
use scumble::score::surface::SurfaceDistances;
use scumble_jobs::judge::SurfaceRow;

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
