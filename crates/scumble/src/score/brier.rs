//! What a Brier score is made of.

use super::calibration::CalibrationBin;
use super::numbers::Numbers;
use crate::truth::Truth;
use serde::Serialize;

/// What a Brier score is made of: `reliability - resolution + uncertainty + within_bins` is the score.
///
/// Murphy (1973) decomposed the score of forecasts that take few values. Predictions that differ within a bin
/// leave two more terms (Stephenson, Coelho and Jolliffe 2008, equation 6), here as one: `within_bins` =
/// their variance within the bins less twice the covariance with the label. With bins b of weight w_b, mean
/// prediction q_b and mean label p_b:
///
/// - reliability: sum_b w_b/w (q_b - p_b)^2, 0 for a calibrated prediction
/// - resolution: sum_b w_b/w (p_b - p)^2, what the prediction tells apart
/// - uncertainty: the variance of the soft label from pixel to pixel; for hard labels p (1 - p)
/// - within_bins: (sum w (q - q_b)^2 - 2 sum w (q - q_b)(p - p_b)) / w
///
/// The sum is exact for soft labels, too: the label's variance within bins is uncertainty less resolution.
///
/// Beside them `label_variance`, the mean of p (1 - p): a score against single raters instead of their mean
/// is higher by just this, whatever is predicted. And `label_noise`, the part of score and uncertainty that is not of the
/// pixels but of which raters happened to judge them: without it, the score is the [mean square](crate::truth::Truth) of
/// the distance to the truth, and the uncertainty the variance of c, the probability behind the votes. Reliability and
/// resolution have of it only what does not average out within a bin.
///
/// ```
/// use scumble::labels::{Kind, LabelSpace, NO_RATERS, SoftLabels};
/// use scumble::score::{Judge, JudgeOptions};
///
/// let labels = SoftLabels::new(Kind::Binary, ndarray::array![[[0.25, 0.75, 1.0]]])?;
/// let mut judge = Judge::new(&LabelSpace::new(Kind::Binary, ["water"])?, JudgeOptions::default());
/// judge.add(&labels, ndarray::array![[[0.5_f32, 0.5, 1.0]]].view(), NO_RATERS)?;
/// let scores = judge.scores();
/// let parts = scores.brier_parts.unwrap();
/// assert!(parts.reliability < 1e-12); // of the two pixels predicted 0.5, half is water
/// assert!((parts.total() - scores.brier.unwrap()).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct BrierParts {
    /// Weighted squared gaps of the bins.
    pub reliability: f64,
    /// Variance of the bins' mean labels.
    pub resolution: f64,
    /// Variance of the label.
    pub uncertainty: f64,
    /// What is left within the bins.
    pub within_bins: f64,
    /// Mean of p (1 - p).
    pub label_variance: f64,
    /// Mean of p (1 - p) / (n - 1) with n raters, an estimate without bias of what their chance adds. `None` unless every
    /// pixel has counted votes of two raters or more.
    pub label_noise: Option<f64>,
}

/// Weighted sums of second order, beside those of the bins.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Squares {
    label: f64,
    prediction: f64,
    both: f64,
}

impl Squares {
    pub(super) fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        numbers.reals([&mut self.label, &mut self.prediction, &mut self.both]);
    }

    #[inline]
    pub(super) fn add(&mut self, p: f64, q: f64, w: f64) {
        self.label += w * p * p;
        self.prediction += w * q * q;
        self.both += w * p * q;
    }

    pub(super) fn add_times(&mut self, other: &Self, times: f64) {
        self.label += times * other.label;
        self.prediction += times * other.prediction;
        self.both += times * other.both;
    }

    /// Sums over the pixels, not yet divided by their weight.
    pub(super) fn parts(&self, bins: &[CalibrationBin]) -> BrierParts {
        let full = || bins.iter().filter(|bin| bin.weight > 0.0);
        let weight: f64 = full().map(|bin| bin.weight).sum();
        if weight == 0.0 {
            return BrierParts::default();
        }
        let label: f64 = full().map(|bin| bin.observed).sum();
        let mean = label / weight;
        let sum = |of: &dyn Fn(&CalibrationBin) -> f64| full().map(of).sum::<f64>();
        let prediction_within = self.prediction - sum(&|bin| bin.predicted.powi(2) / bin.weight);
        let both_within = self.both - sum(&|bin| bin.predicted * bin.observed / bin.weight);
        BrierParts {
            reliability: sum(&|bin| (bin.predicted - bin.observed).powi(2) / bin.weight),
            resolution: sum(&|bin| bin.weight * (bin.observed / bin.weight - mean).powi(2)),
            uncertainty: self.label - label * mean,
            within_bins: prediction_within - 2.0 * both_within,
            label_variance: label - self.label,
            label_noise: None,
        }
    }
}

impl BrierParts {
    pub(super) fn add(&mut self, other: &Self) {
        self.reliability += other.reliability;
        self.resolution += other.resolution;
        self.uncertainty += other.uncertainty;
        self.within_bins += other.within_bins;
        self.label_variance += other.label_variance;
    }

    /// Divided by the pixels' weight; `None` without any.
    pub(super) fn per(self, weight: f64) -> Option<Self> {
        (weight > 0.0).then(|| Self {
            reliability: self.reliability / weight,
            resolution: self.resolution / weight,
            uncertainty: self.uncertainty / weight,
            within_bins: self.within_bins / weight,
            label_variance: self.label_variance / weight,
            label_noise: None,
        })
    }

    /// With the noise of the labels, where votes tell it of all `pixels`.
    pub(super) fn beside(self, truth: Option<&Truth>, pixels: u64) -> Self {
        let label_noise =
            truth.filter(|truth| truth.pixels == pixels).map(|truth| truth.raters_mean_distance.powi(2));
        Self { label_noise, ..self }
    }

    /// The Brier score.
    pub fn total(&self) -> f64 {
        self.reliability - self.resolution + self.uncertainty + self.within_bins
    }
}
