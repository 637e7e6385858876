//! How far a prediction is from the probability behind the votes.

use super::counts::{Sides, VoteCounts};
use super::floor::{ExpectedFloor, FloorSums};
use serde::Serialize;

/// How far a prediction is from c, the share of all such raters who would say yes, as far as counted votes can tell.
///
/// It was made without these votes: what was learnt from them looks nearer than it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Truth {
    /// The root of `mean_squared` where that is above 0, else 0.
    pub distance: f64,
    /// The mean of (q - c)^2, over exclusive classes their sum, estimated without bias by (q - s)^2 - s (1-s) / (n-1) with
    /// s = k/n. Chance can leave it below 0 where a prediction is nearly right.
    pub mean_squared: f64,
    /// The same distance of the raters' own mean, the root of the mean of s (1-s) / (n-1).
    pub raters_mean_distance: f64,
    /// How many raters' mean is as near: V / `mean_squared` with V the mean of c (1-c). `None` where raters do not differ, or
    /// the prediction is nearer than the votes can tell.
    pub worth_in_raters: Option<f64>,
    /// The mean entropy of c, which no cross entropy gets below.
    pub expected_floor: ExpectedFloor,
    /// Pixels with at least two raters (multilabel: pixels times classes).
    pub pixels: u64,
}

/// The sums behind it, of one class.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TruthSums {
    counts: VoteCounts,
    pixels: u64,
    squared: f64,
}

impl TruthSums {
    /// Counts a pixel at which `k` of `n` raters said yes and `q` was predicted, if there are at least two raters.
    #[inline]
    pub(crate) fn add(&mut self, (k, n): (u16, u16), q: f64, w: f64) {
        if n >= 2 {
            let s = f64::from(k) / f64::from(n);
            self.counts.add(k, n, w);
            self.pixels += 1;
            self.squared += w * (q - s) * (q - s);
        }
    }

    pub(crate) fn add_times(&mut self, other: &Self, times: u32) {
        self.counts.add_times(&other.counts, f64::from(times));
        self.pixels += u64::from(times) * other.pixels;
        self.squared += f64::from(times) * other.squared;
    }

    /// Of this class against the rest.
    pub(crate) fn truth(&self) -> Option<Truth> {
        let mut parts = Parts::default();
        parts.add(self, Sides::Both);
        parts.truth(self.counts.weight(), self.pixels)
    }

    /// Of independent classes: every class at every pixel is one.
    pub(crate) fn of_independent<'s>(classes: impl Iterator<Item = &'s Self>) -> Option<Truth> {
        let (mut parts, mut weight, mut pixels) = (Parts::default(), 0.0, 0);
        for class in classes {
            parts.add(class, Sides::Both);
            weight += class.counts.weight();
            pixels += class.pixels;
        }
        parts.truth(weight, pixels)
    }

    /// Of exclusive classes, whose squares and terms of the entropy are summed at each pixel.
    pub(crate) fn of_exclusive<'s>(classes: impl Iterator<Item = &'s Self>) -> Option<Truth> {
        let classes: Vec<&Self> = classes.collect();
        let first = classes.first()?;
        let mut parts = Parts::default();
        classes.iter().for_each(|class| parts.add(class, Sides::Yes));
        if classes.len() == 2 {
            // Together they are both sides of one, of which more is known.
            parts.floor = FloorSums::all(&first.counts, Sides::Both);
        }
        parts.truth(first.counts.weight(), first.pixels)
    }
}

/// Sums over classes.
#[derive(Default)]
struct Parts {
    squared: f64,
    variance: f64,
    variance_of_mean: f64,
    floor: FloorSums,
}

impl Parts {
    fn add(&mut self, class: &TruthSums, sides: Sides) {
        let weight = class.counts.weight();
        self.squared += class.squared;
        self.variance += weight * class.counts.variance().unwrap_or(0.0);
        self.variance_of_mean += weight * class.counts.variance_of_mean().unwrap_or(0.0);
        self.floor.add(&FloorSums::all(&class.counts, sides));
    }

    fn truth(self, weight: f64, pixels: u64) -> Option<Truth> {
        let expected_floor = self.floor.per(weight)?;
        let mean_squared = (self.squared - self.variance_of_mean) / weight;
        let variance = self.variance / weight;
        Some(Truth {
            distance: mean_squared.max(0.0).sqrt(),
            mean_squared,
            raters_mean_distance: (self.variance_of_mean / weight).sqrt(),
            worth_in_raters: (mean_squared > 0.0 && variance > 0.0).then(|| variance / mean_squared),
            expected_floor,
            pixels,
        })
    }
}
