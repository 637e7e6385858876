//! The hard decision at a threshold.

use super::means::{mean, per};
use super::numbers::Numbers;
use crate::labels::Kind;
use ndarray::{Array2, Array3, ArrayView3, Axis};
use scumble_kernels::Real;
use serde::Serialize;

/// Where each class is predicted, [K, H, W]: where its probability [K, H, W] is at least the threshold; of exclusive
/// classes the likeliest one, of equal ones the first, whatever the threshold.
///
/// ```
/// use ndarray::array;
/// use scumble::labels::Kind;
/// use scumble::score::predicted;
///
/// let maps = array![[[0.5, 0.2]], [[0.4, 0.3]], [[0.1, 0.5]]];
/// assert_eq!(predicted(Kind::Multilabel, maps.view(), 0.5), array![[[true, false]], [[false, false]], [[false, true]]]);
/// assert_eq!(predicted(Kind::Multiclass, maps.view(), 0.9), array![[[true, false]], [[false, false]], [[false, true]]]);
/// ```
pub fn predicted<R: Real>(kind: Kind, probabilities: ArrayView3<'_, R>, threshold: f64) -> Array3<bool> {
    if kind != Kind::Multiclass {
        return probabilities.mapv(|q| reaches(q.to_f64(), threshold));
    }
    let likeliest = likeliest(probabilities);
    Array3::from_shape_fn(probabilities.dim(), |(k, row, column)| usize::from(likeliest[[row, column]]) == k)
}

/// The rule of independent classes.
#[inline]
pub(super) fn reaches(q: f64, threshold: f64) -> bool {
    q >= threshold
}

/// The rule of exclusive classes: the likeliest at each pixel, of equal ones the first.
pub(super) fn likeliest<R: Real>(probabilities: ArrayView3<'_, R>) -> Array2<u16> {
    let (_, height, width) = probabilities.dim();
    let mut likeliest = Array2::zeros((height, width));
    let mut most = probabilities.index_axis(Axis(0), 0).to_owned();
    for (k, q) in probabilities.outer_iter().enumerate().skip(1) {
        ndarray::Zip::from(&mut likeliest).and(&mut most).and(q).for_each(|likeliest, most, &q| {
            if q > *most {
                (*likeliest, *most) = (k as u16, q);
            }
        });
    }
    likeliest
}

/// Weighted counts of one class, decided at a threshold.
///
/// Predicted means q >= threshold. Against the soft label the counts are expected ones: a pixel with label p
/// adds p to the positives and 1 - p to the negatives, as if a rater were drawn. Against the label made hard
/// at 1/2 (p >= 1/2 is positive) they are the usual ones.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Decision {
    weight: f64,
    predicted: f64,
    soft: Counts,
    hard: Counts,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Counts {
    positive: f64,
    true_positive: f64,
}

/// The hard decision at a threshold against the soft label and against the label made hard.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Decisions {
    /// A class is predicted where its probability is at least this.
    pub threshold: f64,
    /// Expected counts: a pixel with label p is p positives and 1 - p negatives.
    pub soft: DecisionScore,
    /// Against p >= 1/2.
    pub hard: DecisionScore,
}

/// Scores of weighted counts TP, FP, FN, TN; `None` where the denominator is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct DecisionScore {
    /// 2 TP / (2 TP + FP + FN), which is F1.
    pub dice: Option<f64>,
    /// TP / (TP + FP + FN).
    pub iou: Option<f64>,
    /// TP / (TP + FP).
    pub precision: Option<f64>,
    /// TP / (TP + FN).
    pub recall: Option<f64>,
    /// TN / (TN + FP).
    pub specificity: Option<f64>,
}

impl Decision {
    pub(super) fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        numbers.reals([&mut self.weight, &mut self.predicted]);
        for counts in [&mut self.soft, &mut self.hard] {
            numbers.reals([&mut counts.positive, &mut counts.true_positive]);
        }
    }

    #[inline]
    pub(super) fn add(&mut self, p: f64, q: f64, w: f64, threshold: f64) {
        let predicted = f64::from(u8::from(reaches(q, threshold))) * w;
        let positive = f64::from(u8::from(p >= 0.5));
        self.weight += w;
        self.predicted += predicted;
        self.soft.positive += w * p;
        self.soft.true_positive += predicted * p;
        self.hard.positive += w * positive;
        self.hard.true_positive += predicted * positive;
    }

    pub(super) fn add_times(&mut self, other: &Self, times: f64) {
        self.weight += times * other.weight;
        self.predicted += times * other.predicted;
        for (counts, more) in [(&mut self.soft, &other.soft), (&mut self.hard, &other.hard)] {
            counts.positive += times * more.positive;
            counts.true_positive += times * more.true_positive;
        }
    }

    pub(super) fn scores(&self, threshold: f64) -> Decisions {
        Decisions { threshold, soft: self.score(&self.soft), hard: self.score(&self.hard) }
    }

    fn score(&self, counts: &Counts) -> DecisionScore {
        let (hit, positive) = (counts.true_positive, counts.positive);
        let negative = self.weight - positive;
        let beyond = self.predicted - hit;
        DecisionScore {
            dice: per(2.0 * hit, self.predicted + positive),
            iou: per(hit, self.predicted + positive - hit),
            precision: per(hit, self.predicted),
            recall: per(hit, positive),
            specificity: per(negative - beyond, negative),
        }
    }
}

impl Decisions {
    /// The mean over classes of each score, where it exists; `None` without classes.
    pub(super) fn mean(classes: &[Self]) -> Option<Self> {
        let means = |of: fn(&Self) -> &DecisionScore| {
            let each = |of_one: fn(&DecisionScore) -> Option<f64>| {
                mean(classes.iter().map(|class| of_one(of(class))))
            };
            DecisionScore {
                dice: each(|s| s.dice),
                iou: each(|s| s.iou),
                precision: each(|s| s.precision),
                recall: each(|s| s.recall),
                specificity: each(|s| s.specificity),
            }
        };
        let threshold = classes.first()?.threshold;
        Some(Self { threshold, soft: means(|c| &c.soft), hard: means(|c| &c.hard) })
    }
}
