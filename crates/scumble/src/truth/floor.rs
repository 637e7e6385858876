//! The mean entropy of the probability behind the votes: an estimate, and bounds.

use super::bounds::bounds;
use super::counts::{Row, Sides, VoteCounts};
use super::tail::with_tail;
use serde::{Deserialize, Serialize};

/// What counted votes tell of the mean entropy of c, the floor of any cross entropy against such raters, in nats a pixel.
///
/// The first n moments of c over the pixels are known without bias from n raters; `low` and `high` are the least and
/// largest mean entropy that probabilities of these moments can have, so more cannot be said without an assumption.
/// `estimate` assumes that beyond these moments c is distributed as a beta distribution's, points at 0 and 1 aside.
///
/// With rounding aside `low` is at least Grassberger's and Zhang's estimate sum_y (k_y/n) sum_{j=k_y}^{n-1} 1/j.
/// None of the three knows of chance: how much they would be with other images, an interval says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExpectedFloor {
    /// It is at least this.
    pub low: f64,
    /// It is at most this.
    pub high: f64,
    /// It is about this.
    pub estimate: f64,
}

impl VoteCounts {
    /// What is known of the mean entropy of c. `None` without a pixel.
    pub fn expected_floor(&self, sides: Sides) -> Option<ExpectedFloor> {
        FloorSums::all(self, sides).per(self.weight())
    }
}

/// The same as sums over the weight of pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct FloorSums {
    low: f64,
    high: f64,
    estimate: f64,
}

impl FloorSums {
    pub(super) fn all(counts: &VoteCounts, sides: Sides) -> Self {
        counts.rows().iter().fold(Self::default(), |mut sums, row| {
            sums.add(&Self::of(row, sides));
            sums
        })
    }

    /// Of the pixels with one number of raters.
    fn of(row: &Row, sides: Sides) -> Self {
        let weight = row.weight();
        if weight <= 0.0 {
            return Self::default();
        }
        let (low, high) = bounds(row, sides);
        let estimate = match sides {
            Sides::Both => with_tail(row) + with_tail(&row.mirrored()),
            Sides::Yes => with_tail(row),
        };
        Self { low: weight * low, high: weight * high, estimate: weight * estimate.clamp(low, high) }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.low += other.low;
        self.high += other.high;
        self.estimate += other.estimate;
    }

    /// Divided by the pixels' weight; `None` without any.
    pub(super) fn per(self, weight: f64) -> Option<ExpectedFloor> {
        let Self { low, high, estimate } = self;
        (weight > 0.0).then(|| ExpectedFloor {
            low: low / weight,
            high: high / weight,
            estimate: estimate / weight,
        })
    }
}
