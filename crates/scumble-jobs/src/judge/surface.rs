//! Distances between the outlines of the hard prediction and of every rater's mask and the label.

use super::error::Error;
use super::images::JudgedImage;
use super::request::{Probability, Spacing};
use ndarray::{ArrayView2, Axis, Zip};
use scumble::labels::{Kind, UNSEEN};
use scumble::score::predicted;
use scumble::score::surface::{SurfaceDistances, SurfaceOptions, surface_distances};
use scumble_data::Prediction;
use serde::Serialize;

/// Where the probability of a label counts as yes.
const HALF: f64 = 0.5;

/// One class of one image against one mask; no distances, and none in JSON, if one of the two is empty.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SurfaceRow {
    /// The image's name.
    pub image: String,
    /// The class's name.
    pub class: String,
    /// A rater's name, or "label".
    pub against: String,
    /// How far the outlines are apart.
    #[serde(flatten)]
    pub distances: Option<SurfaceDistances>,
}

/// Measures the distances of each image.
pub(super) struct Surfaces {
    classes: Vec<String>,
    options: SurfaceOptions,
    threshold: f64,
    rows: Vec<SurfaceRow>,
}

impl Surfaces {
    pub(super) fn new(classes: Vec<String>, spacing: Spacing, threshold: Probability) -> Self {
        let options = SurfaceOptions { spacing: spacing.sides(), ..SurfaceOptions::default() };
        Self { classes, options, threshold: threshold.get(), rows: Vec::new() }
    }

    /// Measures an image. The prediction is cut at the threshold, the label at 0.5 (exclusive classes: the likeliest);
    /// pixels that are ignored, or that the rater did not see, lie outside of both masks.
    pub(super) fn add(&mut self, image: &JudgedImage<'_>) -> Result<(), Error> {
        let (labels, kind) = (image.labels, image.labels.kind());
        let valid = labels.valid();
        let on = match image.prediction {
            Prediction::F32(maps) => predicted(kind, maps.view(), self.threshold),
            Prediction::F64(maps) => predicted(kind, maps.view(), self.threshold),
        };
        let label = predicted(kind, labels.probabilities(), HALF);
        for (k, class) in self.classes.iter().enumerate() {
            let group = if kind == Kind::Multilabel { k } else { 0 };
            let valid = valid.index_axis(Axis(0), group);
            let (on, label) = (on.index_axis(Axis(0), k), label.index_axis(Axis(0), k));
            let mut measure = |against: &str, truth: ArrayView2<'_, bool>, seen: ArrayView2<'_, bool>| {
                let within = |mask: ArrayView2<'_, bool>| {
                    Zip::from(mask).and(seen).map_collect(|on, seen| *on && *seen)
                };
                let distances = surface_distances(within(on).view(), within(truth).view(), &self.options)?;
                let (image, class, against) = (image.item.id().to_owned(), class.clone(), against.to_owned());
                self.rows.push(SurfaceRow { image, class, against, distances });
                Ok::<_, Error>(())
            };
            for (rater, mask) in image.raters {
                let marks = mask.marks();
                let marks = marks.index_axis(Axis(0), group);
                let state = if kind == Kind::Multiclass { k as u16 } else { 1 };
                let seen = Zip::from(&marks).and(&valid).map_collect(|mark, valid| *valid && *mark != UNSEEN);
                measure(rater, marks.mapv(|mark| mark == state).view(), seen.view())?;
            }
            measure("label", label, valid)?;
        }
        Ok(())
    }

    /// All that was measured: each image's classes, each class against the raters and the label.
    pub(super) fn into_rows(self) -> Vec<SurfaceRow> {
        self.rows
    }
}
