//! Precision, recall and false positive rate at every threshold.

use super::means::per;
use serde::Serialize;

/// Precision, recall and false positive rate at every threshold, from the highest down.
///
/// Against a soft label the counts are expected ones: a pixel with label p and weight w is w p positive and
/// w (1 - p) negative. Hard labels give the ordinary curves. Pixels of one threshold come in together.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// (threshold, positives and negatives predicted there or above).
    steps: Vec<(f64, f64, f64)>,
    /// Pairs of a positive and a negative that share a threshold.
    tied: f64,
}

/// The areas below the two curves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Areas {
    /// sum_n (R_n - R_(n-1)) P_n over the thresholds, without interpolation, as scikit-learn's
    /// `average_precision_score`; `None` without a positive.
    pub average_precision: Option<f64>,
    /// Area below the ROC curve by trapezoids: how often a positive is predicted higher than a negative, ties
    /// half; `None` without a positive or without a negative.
    pub roc_auc: Option<f64>,
    /// What ties within a step of the thresholds can be worth: predictions that were counted more finely
    /// would have a ROC area within this of the one given.
    pub roc_auc_within: Option<f64>,
}

/// One point of the curves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Predicted is what is at least this.
    pub threshold: f64,
    /// TP / (TP + FP).
    pub precision: f64,
    /// TP / (TP + FN).
    pub recall: f64,
    /// FP / (FP + TN); `None` without negatives.
    pub false_positive_rate: Option<f64>,
}

impl CurvePoint {
    /// 2 P R / (P + R), the harmonic mean of precision and recall; 0 where both are.
    pub fn f1(&self) -> f64 {
        per(2.0 * self.precision * self.recall, self.precision + self.recall).unwrap_or(0.0)
    }
}

impl Curve {
    /// From soft label p, prediction q and weight w of each pixel, (p, q, w), with a threshold at each prediction. Pixels of
    /// weight 0 are not there.
    ///
    /// Memory is that of the pixels; a [`Histogram`](super::Histogram) needs none of them.
    ///
    /// ```
    /// use scumble::score::Curve;
    ///
    /// let areas = Curve::of(vec![(1.0, 0.9, 1.0), (0.0, 0.2, 1.0), (1.0, 0.2, 1.0)]).areas();
    /// assert_eq!((areas.average_precision, areas.roc_auc), (Some(0.5 + 0.5 * 2.0 / 3.0), Some(0.75)));
    /// ```
    pub fn of(mut pixels: Vec<(f64, f64, f64)>) -> Self {
        pixels.retain(|(_, _, w)| *w > 0.0);
        pixels.sort_by(|a, b| b.1.total_cmp(&a.1));
        let alike = pixels.chunk_by(|a, b| a.1 == b.1);
        Self::new(alike.map(|tied| {
            let sum = |of: fn(&(f64, f64, f64)) -> f64| tied.iter().map(of).sum::<f64>();
            (tied[0].1, sum(|(p, _, w)| w * p), sum(|(p, _, w)| w * (1.0 - p)))
        }))
    }

    /// From thresholds, descending, with the positives and negatives of each.
    pub(super) fn new(thresholds: impl Iterator<Item = (f64, f64, f64)>) -> Self {
        let (mut positives, mut negatives, mut tied) = (0.0, 0.0, 0.0);
        let steps = thresholds
            .map(|(threshold, positive, negative)| {
                positives += positive;
                negatives += negative;
                tied += positive * negative;
                (threshold, positives, negatives)
            })
            .collect();
        Self { steps, tied }
    }

    /// Average precision and the area below the ROC curve.
    pub fn areas(&self) -> Areas {
        let (positives, negatives) = self.totals();
        let (mut precision, mut above) = (0.0, 0.0);
        let (mut hits, mut false_alarms) = (0.0, 0.0);
        for &(_, tp, fp) in &self.steps {
            precision += (tp - hits) * tp / (tp + fp);
            above += 0.5 * (fp - false_alarms) * (tp + hits);
            (hits, false_alarms) = (tp, fp);
        }
        let pairs = positives * negatives;
        Areas {
            average_precision: per(precision, positives),
            roc_auc: per(above, pairs),
            roc_auc_within: per(0.5 * self.tied, pairs),
        }
    }

    /// Points of the curves, thinned to those where recall or false positive rate passes a multiple of
    /// 1/`steps`, and the last. Empty without a positive.
    pub fn points(&self, steps: usize) -> Vec<CurvePoint> {
        let (positives, negatives) = self.totals();
        if positives <= 0.0 {
            return Vec::new();
        }
        let rung = |share: f64| (share * steps as f64) as usize;
        let mut reached = None;
        let mut points = Vec::new();
        for (at, &(threshold, tp, fp)) in self.steps.iter().enumerate() {
            let rate = per(fp, negatives);
            let here = (rung(tp / positives), rung(rate.unwrap_or(0.0)));
            if reached != Some(here) || at + 1 == self.steps.len() {
                let (precision, recall) = (tp / (tp + fp), tp / positives);
                points.push(CurvePoint { threshold, precision, recall, false_positive_rate: rate });
            }
            reached = Some(here);
        }
        points
    }

    /// The point with the greatest [F1](CurvePoint::f1), of equal ones the highest threshold; `None` without a positive.
    pub fn best_f1(&self) -> Option<CurvePoint> {
        let (positives, negatives) = self.totals();
        // F1 is 2 TP / (TP + FP + P).
        let f1 = |tp: f64, fp: f64| 2.0 * tp / (tp + fp + positives);
        let mut best: Option<(f64, (f64, f64, f64))> = None;
        for &(threshold, tp, fp) in self.steps.iter().filter(|_| positives > 0.0) {
            let here = f1(tp, fp);
            if best.is_none_or(|(most, _)| here > most) {
                best = Some((here, (threshold, tp, fp)));
            }
        }
        best.map(|(_, (threshold, tp, fp))| CurvePoint {
            threshold,
            precision: tp / (tp + fp),
            recall: tp / positives,
            false_positive_rate: per(fp, negatives),
        })
    }

    fn totals(&self) -> (f64, f64) {
        self.steps.last().map_or((0.0, 0.0), |&(_, tp, fp)| (tp, fp))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Predictions that are multiples of 1/65535 are told apart as finely by both.
    #[test]
    fn pixels_and_their_histogram_have_one_curve() {
        let number = |i: usize| ((i * 7919 + 13) % 97) as f64 / 96.0;
        let step = |i: usize| f64::from((number(i) * 500.0) as u16) / 65535.0;
        let pixels: Vec<_> = (0..300).map(|i| (number(i + 50), step(i), number(3 * i))).collect();
        let mut histogram = crate::score::Histogram::default();
        pixels.iter().for_each(|&(p, q, w)| histogram.add(p, q, w));
        let (fine, plain) = (histogram.curve().areas(), Curve::of(pixels).areas());
        let near = |a: Option<f64>, b: Option<f64>| (a.unwrap() - b.unwrap()).abs() < 1e-12;
        assert!(near(fine.average_precision, plain.average_precision));
        assert!(near(fine.roc_auc, plain.roc_auc) && near(fine.roc_auc_within, plain.roc_auc_within));
    }

    #[test]
    fn the_best_f1_is_the_best_of_all_points() {
        // Thresholds .9, .6, .3, .1 with positives and negatives.
        let curve =
            Curve::new([(0.9, 2.0, 0.0), (0.6, 3.0, 1.0), (0.3, 1.0, 4.0), (0.1, 0.0, 9.0)].into_iter());
        let best = curve.best_f1().unwrap();
        assert_eq!((best.threshold, best.precision, best.recall), (0.6, 5.0 / 6.0, 5.0 / 6.0));
        assert_eq!(best.false_positive_rate, Some(1.0 / 14.0));
        assert!((best.f1() - 5.0 / 6.0).abs() < 1e-12);
        assert!(curve.points(1000).iter().all(|point| point.f1() <= best.f1()));
        assert_eq!(Curve::new([(0.5, 0.0, 3.0)].into_iter()).best_f1(), None);
        let nothing = CurvePoint { threshold: 1.0, precision: 0.0, recall: 0.0, false_positive_rate: None };
        assert_eq!(nothing.f1(), 0.0);
    }
}
