//! Scores where all raters agree, and where they do not.

use super::means::per;
use super::numbers::Numbers;
use super::proper::{Proper, ProperScore};
use crate::labels::Kind;
use serde::Serialize;

/// Scores of some of the pixels with counted votes: of those at which all raters agree, or of the others.
///
/// There is no distance to the truth among them: its estimate is without bias over pixels that were chosen without looking
/// at the votes, and these are chosen by them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PartScores {
    /// How many pixels (multilabel: pixels times classes).
    pub pixels: u64,
    /// Their share, by weight, of the pixels with votes of two raters or more.
    pub share: f64,
    /// Log loss; `None` without pixels.
    pub cross_entropy: Option<ProperScore>,
    /// Mean squared difference (exclusive classes: summed over the classes).
    pub brier: Option<f64>,
}

/// Sums of the proper scores by what the raters say.
///
/// Where raters differ is rare, so these pixels are summed on their own, and those where they agree are the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct ConsensusSums {
    /// Pixels with votes of at least two raters, not all the same.
    differ: Proper,
    /// Pixels with fewer votes.
    unknown: Proper,
}

/// What raters say of a class, or of all exclusive classes, at a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Votes {
    Agree,
    Differ,
    Unknown,
}

impl Votes {
    /// Of k of n raters.
    #[inline]
    pub(super) fn of((k, n): (u16, u16)) -> Self {
        match n {
            0 | 1 => Self::Unknown,
            n if k == 0 || k == n => Self::Agree,
            _ => Self::Differ,
        }
    }
}

impl ConsensusSums {
    /// The sums that a pixel with such votes is added to, unless it is of the rest.
    #[inline]
    pub(super) fn part(&mut self, votes: Votes) -> Option<&mut Proper> {
        match votes {
            Votes::Agree => None,
            Votes::Differ => Some(&mut self.differ),
            Votes::Unknown => Some(&mut self.unknown),
        }
    }

    /// Without counted votes nothing is known of any pixel.
    pub(super) fn nobody_counted(&mut self, all: &Proper) {
        self.unknown = *all;
    }

    pub(super) fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        self.differ.numbers(numbers);
        self.unknown.numbers(numbers);
    }

    pub(super) fn add_times(&mut self, other: &Self, times: u32) {
        self.differ.add_times(&other.differ, times);
        self.unknown.add_times(&other.unknown, times);
    }

    /// Where raters agree and where they differ, of `all` pixels; `None` where no pixel has two raters.
    pub(super) fn scores(&self, all: &Proper) -> Option<[PartScores; 2]> {
        let agree = all.count - self.differ.count - self.unknown.count;
        let known = all.weight - self.unknown.weight;
        if agree + self.differ.count == 0 || known <= 0.0 {
            return None;
        }
        let scores = |pixels: u64, sums: [f64; 4]| {
            let [weight, cross_entropy, floor, brier] =
                sums.map(|sum| if pixels == 0 { 0.0 } else { sum.max(0.0) });
            let score = |sum| per(sum, weight);
            PartScores {
                pixels,
                share: weight / known,
                cross_entropy: score(cross_entropy).zip(score(floor)).map(ProperScore::above),
                brier: score(brier),
            }
        };
        let sums = |of: &Proper| [of.weight, of.cross_entropy, of.floor, of.brier];
        let (all, differ, unknown) = (sums(all), sums(&self.differ), sums(&self.unknown));
        let rest = std::array::from_fn(|at| all[at] - differ[at] - unknown[at]);
        Some([scores(agree, rest), scores(self.differ.count, differ)])
    }

    /// Of all classes together: of exclusive ones their own sums, of independent ones those of every class.
    pub(super) fn together<'s>(
        kind: Kind,
        exclusive: &Self,
        classes: impl Iterator<Item = &'s Self>,
    ) -> Self {
        match kind {
            Kind::Multiclass => *exclusive,
            Kind::Binary | Kind::Multilabel => classes.fold(Self::default(), |mut sum, class| {
                sum.add_times(class, 1);
                sum
            }),
        }
    }
}
