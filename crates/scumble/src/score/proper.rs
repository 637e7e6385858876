//! Sums of the proper scores.

use super::numbers::Numbers;
use crate::labels::entropy;
use crate::loss::cross_entropy;
use serde::Serialize;

/// Running sums of the proper scores, log loss, Brier and spherical, against soft labels. f64 throughout.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Proper {
    /// Pixels (multilabel: pixels times classes) counted.
    pub count: u64,
    /// Sum of weights.
    pub weight: f64,
    /// Weighted sum of cross entropies in nats.
    pub cross_entropy: f64,
    /// Weighted sum of the labels' entropies in nats.
    pub floor: f64,
    /// Weighted sum of squared differences.
    pub brier: f64,
    /// Weighted sum of <p, q> / |q|, the spherical score (Gneiting and Raftery 2007, section 3.1).
    pub spherical: f64,
    /// Weighted sum of |p|, the best that the spherical score can be: at q = p.
    pub spherical_best: f64,
    /// Pixels whose label allows what the prediction, as far as its file can tell, rules out; see
    /// [`super::Resolution`].
    pub clipped: u64,
}

/// A mean proper score, the less the better: what it is, what it could be at best, and the difference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct ProperScore {
    /// Of the prediction. Log loss: H(label, prediction) in nats. Spherical: 1 - <p, q> / |q|.
    pub value: f64,
    /// Of the label itself as prediction: nothing gets below it against this label. Log loss: H(label). Spherical: 1 - |p|.
    pub floor: f64,
    /// value - floor. Log loss: KL(label || prediction).
    pub excess: f64,
}

impl ProperScore {
    /// Of a value and its floor.
    pub(super) fn above((value, floor): (f64, f64)) -> Self {
        Self { value, floor, excess: value - floor }
    }
}

impl Proper {
    pub(super) fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        let Self { count, weight, cross_entropy, floor, brier, spherical, spherical_best, clipped } = self;
        numbers.count(count);
        numbers.reals([weight, cross_entropy, floor, brier, spherical, spherical_best]);
        numbers.count(clipped);
    }

    /// One binary pixel: label `p`, prediction `q`, weight `w`; `edge` is the least q (and 1-q) whose log is taken.
    ///
    /// Brier: (q - p)^2. Spherical: of the distributions (p, 1 - p) and (q, 1 - q).
    pub fn add_binary(&mut self, p: f64, q: f64, w: f64, edge: f64) {
        self.add_scores([(p, q), (1.0 - p, 1.0 - q)].into_iter(), w, edge);
        self.brier += w * (q - p) * (q - p);
    }

    /// One pixel with exclusive classes, pairs (p_k, q_k). Brier: sum_k (q_k - p_k)^2.
    pub fn add_exclusive(&mut self, pairs: impl Iterator<Item = (f64, f64)> + Clone, w: f64, edge: f64) {
        self.add_scores(pairs.clone(), w, edge);
        self.brier += w * pairs.map(|(p, q)| (q - p) * (q - p)).sum::<f64>();
    }

    /// Log loss and its floor, and the spherical score. Where label and prediction both say 0, nothing is
    /// taken: a stored 0 is right there. Where a 0 is raised to the edge, all are divided by the new sum, so that
    /// they are a distribution again and no label can be undercut.
    fn add_scores(&mut self, pairs: impl Iterator<Item = (f64, f64)> + Clone, w: f64, edge: f64) {
        self.count += 1;
        self.clipped += u64::from(pairs.clone().any(|(p, q)| p > 0.0 && q < edge));
        self.weight += w;
        let raised: f64 = pairs.clone().map(|(p, q)| raised(p, q, edge)).sum();
        self.cross_entropy +=
            w * (cross_entropy(pairs.clone().map(|(p, q)| (p, q.max(edge)))) + raised.ln_1p());
        self.floor += w * entropy(pairs.clone().map(|(p, _)| p));
        let [dot, label, prediction] = pairs.fold([0.0; 3], |[dot, label, prediction], (p, q)| {
            [dot + p * q, label + p * p, prediction + q * q]
        });
        self.add_spherical(dot, label, prediction, w);
    }

    /// From <p, q>, |p|^2 and |q|^2. A prediction of 0 for every class says nothing and earns nothing.
    #[inline]
    pub(super) fn add_spherical(&mut self, dot: f64, label: f64, prediction: f64, w: f64) {
        let norm = prediction.sqrt();
        self.spherical += if norm > 0.0 { w * dot / norm } else { 0.0 };
        self.spherical_best += w * label.sqrt();
    }

    /// Adds another's sums.
    pub fn merge(&mut self, other: &Self) {
        self.add_times(other, 1);
    }

    pub(super) fn add_times(&mut self, other: &Self, times: u32) {
        let n = f64::from(times);
        self.count += u64::from(times) * other.count;
        self.clipped += u64::from(times) * other.clipped;
        self.weight += n * other.weight;
        self.cross_entropy += n * other.cross_entropy;
        self.floor += n * other.floor;
        self.brier += n * other.brier;
        self.spherical += n * other.spherical;
        self.spherical_best += n * other.spherical_best;
    }
}

/// By how much a prediction is raised to the edge, where the label allows what it rules out.
#[inline]
pub(super) fn raised(p: f64, q: f64, edge: f64) -> f64 {
    if (p > 0.0) & (q < edge) { edge - q } else { 0.0 }
}
