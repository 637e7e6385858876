//! Entropy of labels: the least that any cross entropy against them can be.

use super::kind::Kind;
use super::soft_labels::SoftLabels;
use ndarray::{Array3, Axis};

/// Entropy of one binary probability in nats: -(1-p) ln(1-p) - p ln p, with 0 ln 0 = 0.
///
/// It is the floor of the sigmoid cross entropy at this pixel: H(p, q) = H(p) + KL(p || q) >= H(p).
///
/// ```
/// assert_eq!(scumble::labels::binary_entropy(0.0), 0.0);
/// assert!((scumble::labels::binary_entropy(0.5) - std::f64::consts::LN_2).abs() < 1e-15);
/// ```
pub fn binary_entropy(p: f64) -> f64 {
    plogp(p) + plogp(1.0 - p)
}

/// Entropy of a distribution over exclusive classes in nats: -sum_k p_k ln p_k, with 0 ln 0 = 0.
pub fn entropy(p: impl IntoIterator<Item = f64>) -> f64 {
    p.into_iter().map(plogp).sum()
}

fn plogp(p: f64) -> f64 {
    if p > 0.0 { -p * p.ln() } else { 0.0 }
}

impl SoftLabels {
    /// Entropy of the label at each pixel in nats, [G, H, W]: the least cross entropy against it there.
    pub fn pixel_entropy(&self) -> Array3<f64> {
        match self.kind {
            Kind::Binary | Kind::Multilabel => self.probabilities.mapv(|p| binary_entropy(f64::from(p))),
            Kind::Multiclass => self
                .probabilities
                .map_axis(Axis(0), |pixel| entropy(pixel.iter().map(|&p| f64::from(p))))
                .insert_axis(Axis(0)),
        }
    }
}
