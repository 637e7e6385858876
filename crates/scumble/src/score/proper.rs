use crate::labels::{binary_entropy, entropy};
use crate::loss::{binary_cross_entropy, cross_entropy};

/// Running sums of the two proper scores, log loss and Brier, against soft labels. f64 throughout.
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
    /// Pixels whose prediction was moved to the edge of what its file can tell, see [`super::Resolution`].
    pub clipped: u64,
}

impl Proper {
    /// One binary pixel: label `p`, prediction `q`, weight `w`; `edge` is the least q (and 1-q) believed.
    ///
    /// Brier: (q - p)^2.
    pub fn add_binary(&mut self, p: f64, q: f64, w: f64, edge: f64) {
        let believed = q.clamp(edge, 1.0 - edge);
        self.count += 1;
        self.clipped += u64::from(believed != q);
        self.weight += w;
        self.cross_entropy += w * binary_cross_entropy(p, believed);
        self.floor += w * binary_entropy(p);
        self.brier += w * (q - p) * (q - p);
    }

    /// One pixel with exclusive classes, pairs (p_k, q_k). Brier: sum_k (q_k - p_k)^2.
    pub fn add_exclusive(&mut self, pairs: impl Iterator<Item = (f64, f64)> + Clone, w: f64, edge: f64) {
        self.count += 1;
        self.clipped += u64::from(pairs.clone().any(|(_, q)| q < edge));
        self.weight += w;
        self.cross_entropy += w * cross_entropy(pairs.clone().map(|(p, q)| (p, q.max(edge))));
        self.floor += w * entropy(pairs.clone().map(|(p, _)| p));
        self.brier += w * pairs.map(|(p, q)| (q - p) * (q - p)).sum::<f64>();
    }

    /// Adds another's sums.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.weight += other.weight;
        self.cross_entropy += other.cross_entropy;
        self.floor += other.floor;
        self.brier += other.brier;
        self.clipped += other.clipped;
    }
}
