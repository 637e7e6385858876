//! What is counted at one threshold.

use super::graph::Reach;
use super::pixels::{EdgePixels, Finder};
use super::thinning::Grid;
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

/// What was counted at one threshold, of an image or summed over images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundaryCounts {
    /// Raters' pixels that were found, summed over raters (`cntR` of the original).
    pub found: u64,
    /// Raters' pixels, summed over raters (`sumR`).
    pub marked: u64,
    /// Predicted pixels that were matched with a pixel of any rater (`cntP`).
    pub right: u64,
    /// Predicted pixels (`sumP`).
    pub predicted: u64,
}

impl BoundaryCounts {
    /// Share of the raters' pixels that were found; 0 if they marked nothing.
    pub fn recall(&self) -> f64 {
        share(self.found, self.marked)
    }

    /// Share of the predicted pixels that some rater marked, too; 0 if nothing was predicted.
    pub fn precision(&self) -> f64 {
        share(self.right, self.predicted)
    }

    /// Harmonic mean of recall and precision; 0 if both are 0.
    pub fn f(&self) -> f64 {
        harmonic_mean(self.recall(), self.precision())
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        self.found += other.found;
        self.marked += other.marked;
        self.right += other.right;
        self.predicted += other.predicted;
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// 2 r p / (r + p), 0 where both are 0.
pub(super) fn harmonic_mean(recall: f64, precision: f64) -> f64 {
    let sum = recall + precision;
    if sum == 0.0 { 0.0 } else { 2.0 * recall * precision / sum }
}

/// Counts at each of these thresholds (ascending); `reach` in pixels.
pub(super) fn counts(
    prediction: ArrayView2<'_, f32>,
    raters: &[ArrayView2<'_, bool>],
    reach: f64,
    levels: &[f64],
) -> Vec<BoundaryCounts> {
    let reach = Reach::new(reach);
    let raters: Vec<EdgePixels> = raters.iter().map(|map| EdgePixels::of(*map)).collect();
    let mut finder = Finder::new(prediction.dim(), reach.margin);
    let mut last: Option<(EdgePixels, BoundaryCounts)> = None;
    levels
        .iter()
        .map(|level| {
            let predicted = thinned(prediction, *level);
            // Thresholds between which nothing lies need one matching.
            let counts = match &last {
                Some((before, counts)) if before.places == predicted.places => *counts,
                _ => matched(&mut finder, &predicted, &raters, &reach),
            };
            last = Some((predicted, counts));
            counts
        })
        .collect()
}

fn thinned(prediction: ArrayView2<'_, f32>, level: f64) -> EdgePixels {
    let (height, width) = prediction.dim();
    let mut grid = Grid::new(height, width);
    for ((row, column), _) in prediction.indexed_iter().filter(|(_, p)| f64::from(**p) >= level) {
        grid.set(row, column);
    }
    grid.thin();
    EdgePixels { places: grid.pixels().collect() }
}

fn matched(
    finder: &mut Finder,
    predicted: &EdgePixels,
    raters: &[EdgePixels],
    reach: &Reach,
) -> BoundaryCounts {
    let mut right = vec![false; predicted.places.len()];
    let mut counts = BoundaryCounts { predicted: predicted.places.len() as u64, ..BoundaryCounts::default() };
    for rater in raters {
        counts.marked += rater.places.len() as u64;
        for (pixel, _) in finder.matches(predicted, rater, reach) {
            right[pixel] = true;
            counts.found += 1;
        }
    }
    counts.right = right.iter().filter(|right| **right).count() as u64;
    counts
}
