//! Calibration: predictions beside what the labels say of their pixels.

use super::binning::{BinEdges, Binning};
use super::means::per;
use super::numbers::Numbers;
use serde::Serialize;

/// Calibration counters over bins of the predicted probability.
///
/// Of all pixels predicted 0.3, do 30 % (by their soft label) belong to the class? On which side of an edge a
/// prediction falls is a [`Binning`].
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    edges: BinEdges,
    bins: Vec<BinSums>,
}

/// One bin: a range of predictions, and weighted sums over its pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// The least prediction.
    #[serde(skip)]
    pub from: f64,
    /// The largest; on which side an edge falls is said in [`Binning`].
    #[serde(skip)]
    pub to: f64,
    /// Sum of weights.
    pub weight: f64,
    /// Weighted sum of predictions; divided by `weight`, the mean prediction.
    pub predicted: f64,
    /// Weighted sum of soft labels; divided by `weight`, the observed frequency.
    pub observed: f64,
}

/// The sums alone, where thousands of bins are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct BinSums {
    pub(super) weight: f64,
    pub(super) predicted: f64,
    pub(super) observed: f64,
}

impl BinSums {
    #[inline]
    pub(super) fn add(&mut self, p: f64, q: f64, w: f64) {
        self.weight += w;
        self.predicted += w * q;
        self.observed += w * p;
    }

    /// Adds another's sums `times` times.
    pub(super) fn add_times(&mut self, other: &Self, times: f64) {
        self.weight += times * other.weight;
        self.predicted += times * other.predicted;
        self.observed += times * other.observed;
    }

    pub(super) fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        numbers.reals([&mut self.weight, &mut self.predicted, &mut self.observed]);
    }

    pub(super) fn within(self, from: f64, to: f64) -> CalibrationBin {
        let Self { weight, predicted, observed } = self;
        CalibrationBin { from, to, weight, predicted, observed }
    }
}

/// How far predictions are from the frequencies that they promise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationScore {
    /// sum_b w_b/w |gap_b|, with the gap of a bin its mean prediction less its mean label (Naeini et al. 2015).
    pub expected: f64,
    /// sqrt(sum_b w_b/w gap_b^2) (Kumar et al. 2019).
    pub root_mean_square: f64,
    /// max_b |gap_b| over the bins that are not empty (Naeini et al. 2015).
    pub maximum: f64,
    /// sum w (q - p) / w: above 0 where more is predicted than is there. Of the top label: overconfidence.
    pub signed: f64,
    /// The expected error over bins of equal mass (Nguyen and O'Connor 2015), where predictions were counted finely.
    pub adaptive: Option<f64>,
}

impl CalibrationBin {
    pub(super) fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        let Self { from, to, weight, predicted, observed } = self;
        numbers.reals([from, to, weight, predicted, observed]);
    }
}

impl CalibrationScore {
    /// Of any bins, without the adaptive error; `None` without a pixel.
    pub fn of(bins: &[CalibrationBin]) -> Option<Self> {
        let sum = |of: &dyn Fn(&CalibrationBin) -> f64| bins.iter().filter(|b| b.weight > 0.0).map(of).sum();
        let total: f64 = sum(&|bin| bin.weight);
        let gap = |bin: &CalibrationBin| (bin.predicted - bin.observed) / bin.weight;
        Some(Self {
            expected: per(sum(&|bin| (bin.predicted - bin.observed).abs()), total)?,
            root_mean_square: per(sum(&|bin| bin.weight * gap(bin).powi(2)), total)?.sqrt(),
            maximum: bins.iter().filter(|b| b.weight > 0.0).map(|b| gap(b).abs()).fold(0.0, f64::max),
            signed: per(sum(&|bin| bin.predicted - bin.observed), total)?,
            adaptive: None,
        })
    }
}

impl Calibration {
    /// Empty counters of equal width; at least one bin.
    pub fn new(bins: usize) -> Self {
        Self::with(bins, Binning::EqualWidth)
    }

    /// Empty counters in a convention; equal mass needs a [`Histogram`](super::Histogram) and has equal width here.
    pub fn with(bins: usize, binning: Binning) -> Self {
        let edges = BinEdges::new(bins, binning);
        Self { bins: vec![BinSums::default(); edges.count()], edges }
    }

    /// One pixel with soft label `p`, prediction `q` in 0..1 and weight `w`.
    #[inline]
    pub fn add(&mut self, p: f64, q: f64, w: f64) {
        self.bins[self.edges.bin(q)].add(p, q, w);
    }

    /// Adds another's counters.
    ///
    /// # Panics
    /// Another number of bins.
    pub fn merge(&mut self, other: &Self) {
        self.add_times(other, 1.0);
    }

    /// Counters of the same bins without a pixel.
    pub(super) fn emptied(&self) -> Self {
        Self { edges: self.edges.clone(), bins: vec![BinSums::default(); self.bins.len()] }
    }

    pub(super) fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        self.bins.iter_mut().for_each(|bin| bin.numbers(numbers));
    }

    pub(super) fn add_times(&mut self, other: &Self, times: f64) {
        assert_eq!(self.bins.len(), other.bins.len(), "calibrations of the same bins");
        self.bins.iter_mut().zip(&other.bins).for_each(|(bin, more)| bin.add_times(more, times));
    }

    /// Expected calibration error, sum_b w_b/w |mean prediction - mean label| (Naeini et al. 2015, with soft labels).
    ///
    /// `None` without a pixel.
    ///
    /// ```
    /// let mut calibration = scumble::score::Calibration::new(15);
    /// calibration.add(1.0, 0.7, 1.0);
    /// calibration.add(0.4, 0.7, 1.0);
    /// assert!(calibration.expected_error().unwrap() < 1e-15); // 70 % were predicted, and 70 % it was
    /// ```
    pub fn expected_error(&self) -> Option<f64> {
        self.score().map(|score| score.expected)
    }

    /// All errors, without the adaptive one; `None` without a pixel.
    pub fn score(&self) -> Option<CalibrationScore> {
        CalibrationScore::of(&self.bins())
    }

    /// The bins, from 0 to 1.
    pub fn bins(&self) -> Vec<CalibrationBin> {
        let bin = |(at, sums): (usize, &BinSums)| {
            let (from, to) = self.edges.range(at);
            sums.within(from, to)
        };
        self.bins.iter().enumerate().map(bin).collect()
    }
}
