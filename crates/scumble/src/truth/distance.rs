//! How far a prediction is from the probability behind the votes.

use super::counts::VoteCounts;
use super::floor::ExpectedFloor;
use super::parts::Parts;
use crate::labels::Kind;
use crate::score::numbers::Numbers;
use serde::{Deserialize, Serialize};

/// How far a prediction is from c, the share of all such raters who would say yes, as far as counted votes can tell.
///
/// It was made without these votes: what was learnt from them looks nearer than it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The root of `mean_squared` where that is above 0, else 0.
    pub distance: f64,
    /// The mean of (q - c)^2, over exclusive classes their sum, estimated without bias by (q - s)^2 - s (1-s) / (n-1) with
    /// s = k/n. Chance can leave it below 0 where a prediction is nearly right.
    pub mean_squared: f64,
    /// The same distance of the raters' own mean, the root of the mean of s (1-s) / (n-1).
    pub raters_mean_distance: f64,
    /// V, the mean of c (1-c), over exclusive classes of their sum: by this one rater is off. Without bias.
    pub variance: f64,
    /// How many raters' mean is as near: `variance` / `mean_squared`. `None` where raters do not differ, or
    /// the prediction is nearer than the votes can tell.
    pub worth_in_raters: Option<f64>,
    /// The mean entropy of c, which no cross entropy gets below.
    pub expected_floor: ExpectedFloor,
    /// Pixels with at least two raters (multilabel: pixels times classes).
    pub pixels: u64,
}

/// The sums behind [`Truth`], of one class.
///
/// ```
/// use scumble::truth::TruthSums;
///
/// // Two raters who differ at half of the pixels: c is a half everywhere, and so it was predicted.
/// let mut sums = TruthSums::default();
/// sums.add(&[(1, 2), (0, 2), (2, 2), (1, 2)], &[0.5; 4], &[1.0; 4]);
/// let truth = sums.truth().unwrap();
/// assert_eq!((truth.distance, truth.variance, truth.pixels), (0.0, 0.25, 4));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TruthSums {
    counts: VoteCounts,
    pixels: u64,
    squared: f64,
}

impl TruthSums {
    /// Counts pixels: of each, that k of n raters said yes (k at most n), what was predicted, and its weight. Pixels of fewer
    /// than two raters do not count.
    pub fn add(&mut self, votes: &[(u16, u16)], predicted: &[f64], weights: &[f64]) {
        let (Some(&(_, n)), Some(&weight)) = (votes.first(), weights.first()) else { return };
        let alike = votes.iter().zip(weights).all(|((_, other), w)| *other == n && *w == weight);
        if alike && n >= 2 {
            // Nearly always, and in half of the time.
            self.pixels += votes.len() as u64;
            self.squared += weight * squared_errors(votes, f64::from(n), predicted);
            return self.counts.add_alike(votes, n, weight);
        }
        for ((&(k, n), q), &w) in
            votes.iter().zip(predicted).zip(weights).filter(|((vote, _), _)| vote.1 >= 2)
        {
            let error = q - f64::from(k) / f64::from(n);
            self.pixels += 1;
            self.squared += w * error * error;
            self.counts.add(k, n, w);
        }
    }

    /// The numbers in it, to be written down or taken back.
    pub(crate) fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        self.counts.numbers(numbers);
        numbers.count(&mut self.pixels);
        numbers.real(&mut self.squared);
    }

    /// Adds another's sums, `times` times.
    pub fn add_times(&mut self, other: &Self, times: u32) {
        self.counts.add_times(&other.counts, f64::from(times));
        self.pixels += u64::from(times) * other.pixels;
        self.squared += f64::from(times) * other.squared;
    }

    /// Of this class against the rest; `None` without a pixel.
    pub fn truth(&self) -> Option<Truth> {
        Self::of(Kind::Binary, [self].into_iter())
    }

    /// Of all classes together. Independent classes: every class at every pixel is an element; exclusive ones are summed at
    /// each pixel. `None` without a pixel.
    pub fn of<'s>(kind: Kind, classes: impl Iterator<Item = &'s Self> + Clone) -> Option<Truth> {
        let parts = Parts::of(kind, classes.clone().map(|class| &class.counts));
        let noise = parts.noise()?;
        let squared: f64 = classes.clone().map(|class| class.squared).sum();
        let pixels = classes.map(|class| class.pixels);
        let mean_squared = (squared - parts.variance_of_mean) / parts.weight;
        let variance = parts.variance / parts.weight;
        Some(Truth {
            distance: mean_squared.max(0.0).sqrt(),
            mean_squared,
            raters_mean_distance: noise.raters_mean_distance,
            variance,
            worth_in_raters: (mean_squared > 0.0 && variance > 0.0).then(|| variance / mean_squared),
            expected_floor: noise.expected_floor,
            pixels: match kind {
                Kind::Multiclass => pixels.max().unwrap_or(0),
                Kind::Binary | Kind::Multilabel => pixels.sum(),
            },
        })
    }
}

/// The sum of (q - k/n)^2.
fn squared_errors(votes: &[(u16, u16)], n: f64, predicted: &[f64]) -> f64 {
    const LANES: usize = 8;
    let one = 1.0 / n;
    let square = |(k, _): (u16, u16), q: f64| (q - f64::from(k) * one).powi(2);
    let (groups, rest) = votes.as_chunks::<LANES>();
    let (predicted, of_rest) = predicted.as_chunks::<LANES>();
    // Sums that do not wait for each other.
    let mut sums = [0.0; LANES];
    for (votes, predicted) in groups.iter().zip(predicted) {
        for lane in 0..LANES {
            sums[lane] += square(votes[lane], predicted[lane]);
        }
    }
    let rest: f64 = rest.iter().zip(of_rest).map(|(vote, q)| square(*vote, *q)).sum();
    sums.iter().sum::<f64>() + rest
}
