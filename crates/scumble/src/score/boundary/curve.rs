//! Precision and recall over the thresholds, and what is read of the curve.

use super::BoundaryCounts;
use super::counts::harmonic_mean;
use serde::{Deserialize, Serialize};

/// Recall, precision and their harmonic mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoundaryFit {
    /// Share of the raters' pixels that were found.
    pub recall: f64,
    /// Share of the predicted pixels that some rater marked.
    pub precision: f64,
    /// F, their harmonic mean.
    pub f: f64,
}

/// The same at a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoundaryPoint {
    /// Where the prediction was cut.
    pub threshold: f64,
    /// Share of the raters' pixels that were found.
    pub recall: f64,
    /// Share of the predicted pixels that some rater marked.
    pub precision: f64,
    /// F, their harmonic mean.
    pub f: f64,
}

impl From<&BoundaryCounts> for BoundaryFit {
    fn from(counts: &BoundaryCounts) -> Self {
        Self { recall: counts.recall(), precision: counts.precision(), f: counts.f() }
    }
}

impl BoundaryPoint {
    pub(super) fn new(threshold: f64, recall: f64, precision: f64) -> Self {
        Self { threshold, recall, precision, f: harmonic_mean(recall, precision) }
    }
}

/// Between two neighbouring thresholds the benchmark looks at this many points, both ends included.
const BETWEEN: usize = 100;

/// The point of best F, recall and precision taken as linear between thresholds (`maxF` of the original).
///
/// `None` for an empty curve.
pub(super) fn best(curve: &[BoundaryPoint]) -> Option<BoundaryPoint> {
    let first = *curve.first()?;
    let between = curve.windows(2).flat_map(|pair| {
        (0..BETWEEN).map(move |step| {
            let d = step as f64 / (BETWEEN - 1) as f64;
            let mix = |low: f64, high: f64| high * d + low * (1.0 - d);
            BoundaryPoint::new(
                mix(pair[0].threshold, pair[1].threshold),
                mix(pair[0].recall, pair[1].recall),
                mix(pair[0].precision, pair[1].precision),
            )
        })
    });
    Some(between.fold(first, |best, point| if point.f > best.f { point } else { best }))
}

/// The area under precision over recall, as the benchmark takes it: precision at the recalls 0, 0.01, .. 1,
/// linear between the curve's points and 0 outside of them, summed times 0.01.
///
/// Of points with the same recall the one of the lowest threshold counts. 0 with fewer than two recalls.
pub(super) fn average_precision(curve: &[BoundaryPoint]) -> f64 {
    let mut points: Vec<(f64, f64)> = curve.iter().map(|point| (point.recall, point.precision)).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points.dedup_by(|later, first| later.0 == first.0);
    if points.len() < 2 {
        return 0.0;
    }
    let precision = |recall: f64| {
        let pair = points.windows(2).find(|pair| pair[0].0 <= recall && recall <= pair[1].0)?;
        let share = (recall - pair[0].0) / (pair[1].0 - pair[0].0);
        Some(pair[0].1 + share * (pair[1].1 - pair[0].1))
    };
    (0..=100).filter_map(|hundredth| precision(f64::from(hundredth) / 100.0)).sum::<f64>() * 0.01
}
