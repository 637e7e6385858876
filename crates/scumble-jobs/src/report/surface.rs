//! How far the outlines of the hard prediction are from those of the raters and of the label.

use super::content::Report;
use super::quantity::Unit;
use super::table::{Cell, table};
use crate::judge::SurfaceRow;
use maud::{Markup, html};
use scumble::score::surface::SurfaceDistances;

/// Means over the images, of each class against each rater and the label; `None` where they were not asked for.
pub(super) fn surface(report: &Report<'_>) -> Option<Markup> {
    let rows = report.judgement.surface.as_ref()?;
    let unit = match report.judgement.request.surface.map(|spacing| spacing.sides()) {
        Some([1.0, 1.0]) | None => "pixels".to_owned(),
        Some([height, width]) => format!("the unit in which a pixel is {height} high and {width} wide"),
    };
    Some(html! {
        p {
            "The prediction is cut at " (report.judgement.scoring.threshold) ", its outline held against those of the others, in "
            (unit) ". Means over the images where both have an outline."
        }
        (table(
            "Distances between outlines",
            &["class", "against", "images", "without an outline", "Hausdorff", "Hausdorff, 95 %", "average"],
            &pairs(rows).iter().map(|pair| line(rows, pair)).collect::<Vec<_>>(),
        ))
    })
}

/// Classes and whom they are held against, in the order in which they come.
fn pairs(rows: &[SurfaceRow]) -> Vec<(&str, &str)> {
    let mut pairs = Vec::new();
    for row in rows {
        let pair = (row.class.as_str(), row.against.as_str());
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    pairs
}

fn line(rows: &[SurfaceRow], (class, against): &(&str, &str)) -> Vec<Cell> {
    let of_pair = || rows.iter().filter(|row| row.class == *class && row.against == *against);
    let known: Vec<&SurfaceDistances> = of_pair().filter_map(|row| row.distances.as_ref()).collect();
    let mean = |of: fn(&SurfaceDistances) -> f64| {
        (!known.is_empty()).then(|| known.iter().map(|d| of(d)).sum::<f64>() / known.len() as f64)
    };
    let count = |count: usize| Cell::Number(Some(count as f64), Unit::Count);
    vec![
        Cell::name(class),
        Cell::name(against),
        count(known.len()),
        count(of_pair().count() - known.len()),
        Cell::Number(mean(|d| d.hausdorff), Unit::Plain),
        Cell::Number(mean(|d| d.hausdorff95), Unit::Plain),
        Cell::Number(mean(|d| d.average), Unit::Plain),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_leave_out_what_has_no_outline() {
        let row = |image: &str, against: &str, distance: Option<f64>| SurfaceRow {
            group: image.into(),
            image: image.into(),
            class: "a".into(),
            against: against.into(),
            distances: distance.map(|d| SurfaceDistances {
                hausdorff: 2.0 * d,
                hausdorff95: d,
                hausdorff95_pooled: d,
                average: d / 2.0,
            }),
        };
        let rows = [
            row("x", "r", Some(1.0)),
            row("x", "label", None),
            row("y", "r", Some(3.0)),
            row("z", "r", None),
        ];
        assert_eq!(pairs(&rows), [("a", "r"), ("a", "label")]);
        let numbers = |pair: (&str, &str)| -> Vec<Option<f64>> {
            let value = |cell| match cell {
                Cell::Number(value, _) => value,
                Cell::Name(..) => None,
            };
            line(&rows, &pair).into_iter().skip(2).map(value).collect()
        };
        assert_eq!(numbers(("a", "r")), [2.0, 1.0, 4.0, 2.0, 1.0].map(Some));
        assert_eq!(numbers(("a", "label")), [Some(0.0), Some(1.0), None, None, None]);
    }
}
