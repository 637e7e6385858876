//! Distances between the outlines of the hard prediction and of every rater's mask and the label.

use super::error::Error;
use super::images::JudgedImage;
use super::opinions::{Opinion, each_opinion};
use super::request::{Probability, Spacing};
use scumble::score::surface::{SurfaceDistances, SurfaceOptions, surface_distances};
use serde::Serialize;

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

    /// Measures an image.
    pub(super) fn add(&mut self, image: &JudgedImage<'_>) -> Result<(), Error> {
        let Self { classes, options, rows, .. } = self;
        each_opinion(image, self.threshold, &mut |Opinion { class, against, predicted, truth }| {
            let distances = surface_distances(predicted.view(), truth.view(), options)?;
            let (image, class, against) =
                (image.item.id().to_owned(), classes[class].clone(), against.to_owned());
            rows.push(SurfaceRow { image, class, against, distances });
            Ok(())
        })
    }

    /// All that was measured: each image's classes, each class against the raters and the label.
    pub(super) fn into_rows(self) -> Vec<SurfaceRow> {
        self.rows
    }
}
