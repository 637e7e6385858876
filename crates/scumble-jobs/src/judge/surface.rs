//! Distances between the outlines of the hard prediction and of every rater's mask and the label.

use super::error::Error;
use super::opinions::{Opinion, each_opinion, in_order};
use super::over_images::mean_interval;
use super::reader::JudgedImage;
use super::request::{Probability, Spacing};
use scumble::score::surface::{SurfaceDistances, SurfaceOptions, surface_distances};
use scumble::score::{Interval, Scale, Summary};
use serde::{Deserialize, Serialize};

/// One class of one image against one mask; no distances, and none in JSON, if one of the two is empty.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SurfaceRow {
    /// The image's name.
    pub image: String,
    /// What its group is called.
    #[serde(skip)]
    pub group: String,
    /// The class's name.
    pub class: String,
    /// A rater's name, or "label".
    pub against: String,
    /// How far the outlines are apart.
    #[serde(flatten)]
    pub distances: Option<SurfaceDistances>,
}

/// What is kept of a [`SurfaceRow`] in a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedSurface {
    image: String,
    group: String,
    class: String,
    against: String,
    distances: Option<SurfaceDistances>,
}

impl SurfaceRow {
    pub(super) fn save(&self) -> SavedSurface {
        let Self { image, group, class, against, distances } = self.clone();
        SavedSurface { image, group, class, against, distances }
    }

    pub(super) fn restore(saved: SavedSurface) -> Self {
        let SavedSurface { image, group, class, against, distances } = saved;
        Self { image, group, class, against, distances }
    }
}

/// The distances of one class against one opinion, over all images.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SurfaceSummary {
    /// The class's name.
    pub class: String,
    /// A rater's name, or "label".
    pub against: String,
    /// How many images there is such an opinion of.
    pub images: usize,
    /// In how many of them one of the two masks is empty, so that there is no distance.
    pub undefined: usize,
    /// Of the greatest distances.
    pub hausdorff: Option<DistanceSummary>,
    /// Of the 95th percentiles, the greater of both directions.
    pub hausdorff95: Option<DistanceSummary>,
    /// Of the 95th percentiles of both directions together.
    pub hausdorff95_pooled: Option<DistanceSummary>,
    /// Of the average symmetric surface distances.
    pub average: Option<DistanceSummary>,
}

/// One kind of distance over the images that have it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DistanceSummary {
    /// Mean, median and quartiles.
    #[serde(flatten)]
    pub summary: Summary,
    /// The 95 % interval of the mean over groups of images.
    pub interval: Option<Interval>,
}

/// Each class against the raters, by name, then against the label.
pub(super) fn summaries(rows: &[SurfaceRow], classes: &[String]) -> Vec<SurfaceSummary> {
    let against = in_order(rows.iter().map(|row| &*row.against));
    let pairs = classes.iter().flat_map(|class| against.iter().map(move |against| (class, *against)));
    pairs.filter_map(|(class, against)| summary(rows, class, against)).collect()
}

fn summary(rows: &[SurfaceRow], class: &str, against: &str) -> Option<SurfaceSummary> {
    let rows = rows.iter().filter(|row| row.class == class && row.against == against);
    let rows: Vec<&SurfaceRow> = rows.collect();
    let of = |of: fn(&SurfaceDistances) -> f64| {
        let values: Vec<(&str, Option<f64>)> =
            rows.iter().map(|row| (&*row.group, row.distances.as_ref().map(of))).collect();
        let summary = Summary::of(values.iter().filter_map(|(_, value)| *value))?;
        Some(DistanceSummary { summary, interval: mean_interval(&values, Scale::Positive) })
    };
    (!rows.is_empty()).then(|| SurfaceSummary {
        class: class.to_owned(),
        against: against.to_owned(),
        images: rows.len(),
        undefined: rows.iter().filter(|row| row.distances.is_none()).count(),
        hausdorff: of(|distances| distances.hausdorff),
        hausdorff95: of(|distances| distances.hausdorff95),
        hausdorff95_pooled: of(|distances| distances.hausdorff95_pooled),
        average: of(|distances| distances.average),
    })
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
            let (image, group) = (image.item.id().to_owned(), image.item.group().to_owned());
            let (class, against) = (classes[class].clone(), against.to_owned());
            rows.push(SurfaceRow { image, group, class, against, distances });
            Ok(())
        })
    }

    /// All that was measured: each image's classes, each class against the raters and the label.
    pub(super) fn into_rows(self) -> Vec<SurfaceRow> {
        self.rows
    }
}
