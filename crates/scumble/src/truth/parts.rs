//! What the counted votes of several classes tell together.

use super::counts::{Sides, VoteCounts};
use super::floor::{ExpectedFloor, FloorSums};
use crate::labels::Kind;
use serde::Serialize;

/// How far raters' votes are from the probability behind them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LabelNoise {
    /// How far the mean of a pixel's raters is from c, the root of the mean square over pixels (exclusive classes: of the
    /// sum over them).
    pub raters_mean_distance: f64,
    /// The same if one more rater had judged every pixel.
    pub with_one_more: f64,
    /// The mean entropy of c, which no cross entropy gets below.
    pub expected_floor: ExpectedFloor,
}

impl LabelNoise {
    /// From the votes of all classes. `None` where no pixel has two raters.
    ///
    /// ```
    /// use scumble::labels::Kind;
    /// use scumble::truth::{LabelNoise, VoteCounts};
    ///
    /// let mut water = VoteCounts::default();
    /// water.add(1, 2, 1.0);
    /// water.add(0, 2, 1.0);
    /// let noise = LabelNoise::of(Kind::Binary, &[water]).unwrap();
    /// assert_eq!(noise.raters_mean_distance, 0.125_f64.sqrt());
    /// ```
    pub fn of(kind: Kind, classes: &[VoteCounts]) -> Option<Self> {
        Parts::of(kind, classes.iter()).noise()
    }
}

/// Sums over pixels and classes.
#[derive(Default)]
pub(super) struct Parts {
    /// Of the pixels (independent classes: of pixels times classes).
    pub(super) weight: f64,
    /// Of c (1 - c), of what it is divided by the number of raters, and by one more.
    pub(super) variance: f64,
    pub(super) variance_of_mean: f64,
    with_one_more: f64,
    floor: FloorSums,
}

impl Parts {
    pub(super) fn of<'c>(kind: Kind, classes: impl Iterator<Item = &'c VoteCounts>) -> Self {
        let mut parts = Self::default();
        if kind != Kind::Multiclass {
            classes.for_each(|class| parts.add(class, Sides::Both));
            return parts;
        }
        let classes: Vec<&VoteCounts> = classes.collect();
        classes.iter().for_each(|class| parts.add(class, Sides::Yes));
        if let [first, ..] = classes[..] {
            parts.weight = first.weight();
        }
        if let [one, _] = classes[..] {
            // Together they are both sides of one, of which more is known.
            parts.floor = FloorSums::all(one, Sides::Both);
        }
        parts
    }

    fn add(&mut self, class: &VoteCounts, sides: Sides) {
        let weight = class.weight();
        let sum = |mean: Option<f64>| weight * mean.unwrap_or(0.0);
        self.weight += weight;
        self.variance += sum(class.variance());
        self.variance_of_mean += sum(class.variance_of_mean(0));
        self.with_one_more += sum(class.variance_of_mean(1));
        self.floor.add(&FloorSums::all(class, sides));
    }

    pub(super) fn noise(&self) -> Option<LabelNoise> {
        Some(LabelNoise {
            expected_floor: self.floor.per(self.weight)?,
            raters_mean_distance: (self.variance_of_mean / self.weight).sqrt(),
            with_one_more: (self.with_one_more / self.weight).sqrt(),
        })
    }
}
