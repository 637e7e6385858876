//! How many raters of how many said yes, over many pixels.

use crate::score::numbers::Numbers;

/// Which terms of an entropy a class stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// -c ln c - (1 - c) ln(1 - c): a class against the rest.
    Both,
    /// -c ln c: one of several exclusive classes, whose terms are summed.
    Yes,
}

/// More raters than that are counted pixel by pixel.
const FEW: usize = 16;

/// The weight of all pixels at which k of n raters said yes, for each k and n, n at least 2.
///
/// One rater says nothing of how far raters differ, so pixels with one are not counted.
///
/// ```
/// use scumble::truth::{Sides, VoteCounts};
///
/// // Two raters who differ at half of the pixels: c (1 - c) is a quarter on the mean, so c is a half everywhere.
/// let mut counts = VoteCounts::default();
/// counts.add(1, 2, 2.0);
/// counts.add(0, 2, 1.0);
/// counts.add(2, 2, 1.0);
/// assert_eq!(counts.variance(), Some(0.25));
/// let floor = counts.expected_floor(Sides::Both).unwrap();
/// assert!((floor.low - 2_f64.ln()).abs() < 1e-9 && (floor.high - 2_f64.ln()).abs() < 1e-9);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VoteCounts {
    /// Sorted by n.
    rows: Vec<Row>,
}

/// Of one n: the weight of each k from 0 to n.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) n: u16,
    pub(super) weights: Vec<f64>,
}

impl VoteCounts {
    /// Counts a pixel of weight `w` at which `k` of `n` raters said yes.
    ///
    /// # Panics
    /// For k above n.
    #[inline]
    pub fn add(&mut self, k: u16, n: u16, w: f64) {
        if n < 2 {
            return;
        }
        self.row(n).weights[usize::from(k)] += w;
    }

    /// Counts pixels that all have n votes and the same weight.
    pub(super) fn add_alike(&mut self, votes: &[(u16, u16)], n: u16, weight: f64) {
        if usize::from(n) >= FEW {
            return votes.iter().for_each(|(k, _)| self.add(*k, n, weight));
        }
        // Neighbours say the same, and an addition to the same number would wait for the one before.
        let mut found = [[0_u32; FEW]; 4];
        let (groups, rest) = votes.as_chunks::<4>();
        for votes in groups {
            found.iter_mut().zip(votes).for_each(|(found, (k, _))| found[usize::from(*k) % FEW] += 1);
        }
        rest.iter().for_each(|(k, _)| found[0][usize::from(*k) % FEW] += 1);
        for k in 0..=n {
            let pixels: u32 = found.iter().map(|found| found[usize::from(k)]).sum();
            self.add(k, n, f64::from(pixels) * weight);
        }
    }

    /// Adds another's weights, each `times` times.
    pub fn add_times(&mut self, other: &Self, times: f64) {
        for row in &other.rows {
            let mine = &mut self.row(row.n).weights;
            mine.iter_mut().zip(&row.weights).for_each(|(mine, more)| *mine += times * more);
        }
    }

    /// The numbers in it, to be written down or taken back.
    pub(crate) fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        let rows = numbers.length(self.rows.len());
        self.rows.resize(rows, Row { n: 0, weights: Vec::new() });
        let mut before = 1;
        for row in &mut self.rows {
            let mut n = u64::from(row.n);
            numbers.count(&mut n);
            // From 2 on, and rising.
            row.n = u16::try_from(n).unwrap_or(0);
            if row.n <= before {
                return numbers.refuse();
            }
            before = row.n;
            let weights = numbers.length(row.weights.len());
            if weights != usize::from(row.n) + 1 {
                return numbers.refuse();
            }
            row.weights.resize(weights, 0.0);
            numbers.reals(&mut row.weights);
        }
    }

    /// The row of one n, made if it is not there.
    #[inline]
    fn row(&mut self, n: u16) -> &mut Row {
        // Nearly always all pixels have the same raters: the first is looked at first.
        let at = self.rows.iter().position(|row| row.n >= n).unwrap_or(self.rows.len());
        if self.rows.get(at).is_none_or(|row| row.n != n) {
            self.rows.insert(at, Row { n, weights: vec![0.0; usize::from(n) + 1] });
        }
        &mut self.rows[at]
    }

    /// The summed weight of the pixels.
    pub fn weight(&self) -> f64 {
        self.rows.iter().map(Row::weight).sum()
    }

    /// The mean of c (1 - c), the variance of one rater's opinion, without bias: of s (1 - s) n / (n - 1) with s = k/n.
    /// `None` without a pixel.
    pub fn variance(&self) -> Option<f64> {
        self.mean(|n, s| s * (1.0 - s) * n / (n - 1.0))
    }

    /// The mean of c (1 - c) / (n + `more`), the variance of the mean of a pixel's raters and as many more, without bias.
    /// `None` without a pixel.
    pub fn variance_of_mean(&self, more: u16) -> Option<f64> {
        self.mean(|n, s| s * (1.0 - s) * n / (n - 1.0) / (n + f64::from(more)))
    }

    /// The mean entropy of k/n in nats, which is below that of c. `None` without a pixel.
    pub fn plug_in_floor(&self, sides: Sides) -> Option<f64> {
        self.mean(|_, s| sides.entropy(s))
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    fn mean(&self, of: impl Fn(f64, f64) -> f64) -> Option<f64> {
        let weight = self.weight();
        let sum: f64 =
            self.rows.iter().map(|row| row.sum(|k| of(f64::from(row.n), k / f64::from(row.n)))).sum();
        (weight > 0.0).then(|| sum / weight)
    }
}

impl Sides {
    /// The terms of the entropy of c that these are, in nats.
    pub fn entropy(self, c: f64) -> f64 {
        match self {
            Self::Both => crate::labels::binary_entropy(c),
            Self::Yes => crate::labels::entropy([c]),
        }
    }
}

impl Row {
    pub(super) fn weight(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// The weighted sum of a function of k.
    pub(super) fn sum(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.weights.iter().enumerate().filter(|(_, w)| **w != 0.0).map(|(k, w)| w * of(k as f64)).sum()
    }

    /// The same with no exchanged for yes.
    pub(super) fn mirrored(&self) -> Self {
        Self { n: self.n, weights: self.weights.iter().rev().copied().collect() }
    }
}
