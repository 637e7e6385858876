//! How much of a class there is: the predicted amount beside those of the raters.

use super::confusion::Confusion;
use super::means::per;
use serde::Serialize;
use statrs::function::erf::erf;
use std::collections::BTreeMap;
use std::f64::consts::{PI, SQRT_2};

/// How much of a class there is, an area or a volume: as predicted, and by each rater.
///
/// The predicted amount is the sum of the probabilities over the pixels that count, a rater's the number of those marked;
/// pixel weights have no part in it. The amounts are in pixels, or in whatever one pixel [has](Self::times).
///
/// ```
/// use scumble::score::Amount;
///
/// let amount = Amount { predicted: 104.0, raters: [("ann".into(), 98.0), ("bob".into(), 102.0)].into() };
/// assert_eq!((amount.bias(), amount.relative_bias()), (Some(4.0), Some(0.04)));
/// assert_eq!(amount.crps(), Some(4.0 - 1.0));
/// assert!((amount.crps_gaussian().unwrap() - 2.9056).abs() < 1e-4);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Amount {
    /// The sum of the predicted probabilities.
    pub predicted: f64,
    /// By name, of the raters who looked at all pixels that count: an amount of a part is not that of the whole.
    pub raters: BTreeMap<String, f64>,
}

impl Amount {
    /// The raters' mean amount; `None` without raters.
    pub fn raters_mean(&self) -> Option<f64> {
        per(self.raters.values().sum(), self.raters.len() as f64)
    }

    /// Their standard deviation, that of just these raters (divided by their number).
    pub fn raters_deviation(&self) -> Option<f64> {
        let mean = self.raters_mean()?;
        let squares: f64 = self.raters.values().map(|amount| (amount - mean).powi(2)).sum();
        Some((squares / self.raters.len() as f64).sqrt())
    }

    /// The predicted less the raters' mean amount: above 0 where more is predicted than they see.
    pub fn bias(&self) -> Option<f64> {
        Some(self.predicted - self.raters_mean()?)
    }

    /// The bias as a share of the raters' mean amount; `None` where they see nothing.
    pub fn relative_bias(&self) -> Option<f64> {
        per(self.bias()?, self.raters_mean()?)
    }

    /// The continuous ranked probability score of predicted and raters' amounts, the less the better, in their unit.
    ///
    /// The integral of (F(x) - 1[x >= v])^2 over all x, with v the predicted amount and F the share of the raters whose
    /// amount is at most x, in its exact form E|Y - v| - E|Y - Y'| / 2 over raters Y and Y' drawn with replacement
    /// (Gneiting and Raftery 2007, equation 21). It is 0 only where all raters have just the predicted amount, and least at
    /// their median.
    pub fn crps(&self) -> Option<f64> {
        let amounts: Vec<f64> = self.raters.values().copied().collect();
        let n = amounts.len() as f64;
        let off: f64 = amounts.iter().map(|amount| (amount - self.predicted).abs()).sum();
        let apart: f64 = amounts.iter().flat_map(|a| amounts.iter().map(move |b| (a - b).abs())).sum();
        per(off - apart / (2.0 * n), n)
    }

    /// The same with a normal distribution of the raters' mean and standard deviation instead of their own, as the CURVAS
    /// challenges have it: s (z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)) with z = (v - mean) / s (Gneiting and Raftery 2007,
    /// section 4.2). Where all raters agree it is how far the prediction is off.
    ///
    /// The challenges' program integrates from -3 s to 3 s alone, so it gives all predictions beyond the same score.
    pub fn crps_gaussian(&self) -> Option<f64> {
        let (bias, deviation) = (self.bias()?, self.raters_deviation()?);
        if deviation == 0.0 {
            return Some(bias.abs());
        }
        let z = bias / deviation;
        let density = (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
        // 2 Phi(z) - 1 = erf(z / sqrt 2).
        Some(deviation * (z * erf(z / SQRT_2) + 2.0 * density - PI.sqrt().recip()))
    }

    /// In another unit, of which a pixel has `size`: its area or volume.
    pub fn times(&self, size: f64) -> Self {
        let raters = self.raters.iter().map(|(name, amount)| (name.clone(), amount * size)).collect();
        Self { predicted: self.predicted * size, raters }
    }
}

/// The amounts of all classes in an image or, added up, in many that are parts of one thing, such as the slices of a volume.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Amounts {
    /// Of each class: pixels that count, and the sum of the probabilities there.
    classes: Vec<(u64, f64)>,
    /// Of each rater and class: pixels looked at and pixels marked, of those that count.
    raters: BTreeMap<String, Vec<(u64, u64)>>,
}

impl Amounts {
    /// Of what a judge has counted, by class.
    pub(super) fn new(
        classes: impl Iterator<Item = (u64, f64)>,
        raters: &BTreeMap<String, Vec<Confusion>>,
    ) -> Self {
        let looked = |counts: &Confusion| {
            let marked = counts.true_positive + counts.false_negative;
            (marked + counts.false_positive + counts.true_negative, marked)
        };
        let raters =
            raters.iter().map(|(name, classes)| (name.clone(), classes.iter().map(looked).collect()));
        Self { classes: classes.collect(), raters: raters.collect() }
    }

    /// Adds another part of the same thing.
    pub fn merge(&mut self, other: &Self) {
        self.classes.resize(other.classes.len(), (0, 0.0));
        for ((pixels, predicted), more) in self.classes.iter_mut().zip(&other.classes) {
            *pixels += more.0;
            *predicted += more.1;
        }
        for (rater, more) in &other.raters {
            let counts = self.raters.entry(rater.clone()).or_default();
            counts.resize(more.len(), (0, 0));
            for ((seen, marked), more) in counts.iter_mut().zip(more) {
                *seen += more.0;
                *marked += more.1;
            }
        }
    }

    /// The amount of each class, in pixels. A rater who has not looked at all pixels that count is left out.
    pub fn of_classes(&self) -> Vec<Amount> {
        let class = |(at, &(pixels, predicted)): (usize, &(u64, f64))| {
            let whole = self.raters.iter().filter_map(|(rater, classes)| {
                let (seen, marked) = *classes.get(at)?;
                (seen == pixels && pixels > 0).then(|| (rater.clone(), marked as f64))
            });
            Amount { predicted, raters: whole.collect() }
        };
        self.classes.iter().enumerate().map(class).collect()
    }
}

/// How far the predicted amounts of a class in many images, or volumes, are from the raters': means over them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct AmountScores {
    /// How many have an amount by some rater; the means are over these.
    pub count: usize,
    /// Predicted amount.
    pub predicted: Option<f64>,
    /// Raters' mean amount.
    pub raters_mean: Option<f64>,
    /// Predicted less the raters' mean.
    pub bias: Option<f64>,
    /// The same as a share of the raters' mean, over those in which they see some.
    pub relative_bias: Option<f64>,
    /// [`Amount::crps`].
    pub crps: Option<f64>,
    /// [`Amount::crps_gaussian`].
    pub crps_gaussian: Option<f64>,
}

impl AmountScores {
    /// The means over these amounts, each taken as many times as it is told.
    pub fn mean<'a>(amounts: impl Iterator<Item = (&'a Amount, f64)> + Clone) -> Self {
        let known = amounts.filter(|(amount, _)| !amount.raters.is_empty());
        let mean = |of: fn(&Amount) -> Option<f64>| {
            let values = known.clone().filter_map(|(amount, times)| Some((of(amount)?, times)));
            let (sum, weight) = values
                .fold((0.0, 0.0), |(sum, weight), (value, times)| (sum + times * value, weight + times));
            per(sum, weight)
        };
        Self {
            count: known.clone().count(),
            predicted: mean(|amount| Some(amount.predicted)),
            raters_mean: mean(Amount::raters_mean),
            bias: mean(Amount::bias),
            relative_bias: mean(Amount::relative_bias),
            crps: mean(Amount::crps),
            crps_gaussian: mean(Amount::crps_gaussian),
        }
    }
}
