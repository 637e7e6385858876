//! Distances between the outlines of the hard prediction and of every rater's mask and the label.

use super::judge::Seen;
use crate::show::{Table, optional};
use ndarray::{Array2, ArrayView2, ArrayView3, Axis, Zip};
use scumble::labels::{Kind, UNSEEN};
use scumble::score::surface::{SurfaceDistances, SurfaceOptions, surface_distances};
use serde::Serialize;

/// Where a probability counts as yes.
const HALF: f32 = 0.5;

/// The distances of all images judged so far.
pub(super) struct Surfaces {
    classes: Vec<String>,
    options: SurfaceOptions,
    rows: Vec<Row>,
}

/// One class of one image against one mask; no distances if one of the two is empty.
#[derive(Serialize)]
struct Row {
    image: String,
    class: String,
    against: String,
    #[serde(flatten)]
    distances: Option<SurfaceDistances>,
}

impl Surfaces {
    pub(super) fn new(classes: Vec<String>, spacing: [f64; 2]) -> Self {
        let options = SurfaceOptions { spacing, ..SurfaceOptions::default() };
        Self { classes, options, rows: Vec::new() }
    }

    /// Measures an image. The label and the prediction are cut at 0.5 (exclusive classes: the likeliest); pixels that
    /// are ignored, or that the rater did not see, lie outside of both masks.
    pub(super) fn add(&mut self, seen: &Seen<'_>) -> anyhow::Result<()> {
        let (labels, prediction) = (seen.labels, seen.prediction);
        let (image, kind) = (seen.item.id(), labels.kind());
        let valid = labels.valid();
        let (predicted, label) = (decided(kind, prediction), decided(kind, labels.probabilities()));
        for (k, class) in self.classes.iter().enumerate() {
            let group = if kind == Kind::Multilabel { k } else { 0 };
            let valid = valid.index_axis(Axis(0), group);
            let mut measure = |against: &str, truth: Array2<bool>, seen: ArrayView2<'_, bool>| {
                let within =
                    |mask: &Array2<bool>| Zip::from(mask).and(&seen).map_collect(|on, seen| *on && *seen);
                let distances =
                    surface_distances(within(&predicted[k]).view(), within(&truth).view(), &self.options)?;
                let (image, class, against) = (image.to_owned(), class.clone(), against.to_owned());
                self.rows.push(Row { image, class, against, distances });
                anyhow::Ok(())
            };
            for (rater, mask) in seen.raters {
                let marks = mask.marks();
                let marks = marks.index_axis(Axis(0), group);
                let on = if kind == Kind::Multiclass { k as u16 } else { 1 };
                let seen = Zip::from(&marks).and(&valid).map_collect(|mark, valid| *valid && *mark != UNSEEN);
                measure(rater, marks.mapv(|mark| mark == on), seen.view())?;
            }
            measure("label", label[k].clone(), valid)?;
        }
        Ok(())
    }

    /// One object a row; a row without distances has them left out.
    pub(super) fn rows(&self) -> impl Serialize {
        &self.rows
    }

    pub(super) fn table(&self) -> Table {
        let mut table =
            Table::new(&["outline of", "class", "against", "Hausdorff", "95 %", "95 % pooled", "average"]);
        for row in &self.rows {
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
}

/// The hard masks [H, W] of the classes.
fn decided(kind: Kind, probabilities: ArrayView3<'_, f32>) -> Vec<Array2<bool>> {
    let classes = probabilities.outer_iter();
    if kind != Kind::Multiclass {
        return classes.map(|map| map.mapv(|q| q >= HALF)).collect();
    }
    let likeliest = probabilities.map_axis(Axis(0), |q| {
        q.iter().enumerate().fold(0, |best, (k, value)| if *value > q[best] { k } else { best })
    });
    (0..classes.len()).map(|k| likeliest.mapv(|class| class == k)).collect()
}
