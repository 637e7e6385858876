//! The cross entropies themselves, in f64, one element or pixel at a time: what everything fast is held against.

use super::pixel_loss::PixelLoss;
use scumble_kernels::{sigmoid_floor, softmax_floor};

/// Cross entropy of one binary pixel in nats: -(1-p) ln(1-q) - p ln q, with 0 ln 0 = 0.
///
/// `p` is the label, `q` the predicted probability of class 1. Infinite if q rules out what p allows.
///
/// ```
/// // A label of 0.4 under a prediction of 0.4 costs its entropy, and no prediction costs less.
/// let floor = scumble::loss::binary_cross_entropy(0.4, 0.4);
/// assert!((floor - scumble::labels::binary_entropy(0.4)).abs() < 1e-15);
/// assert!(scumble::loss::binary_cross_entropy(0.4, 0.5) > floor);
/// ```
pub fn binary_cross_entropy(p: f64, q: f64) -> f64 {
    cross_entropy([(p, q), (1.0 - p, 1.0 - q)])
}

/// Cross entropy of one pixel with exclusive classes in nats, -sum_k p_k ln q_k, from pairs (p_k, q_k).
pub fn cross_entropy(pairs: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    pairs.into_iter().map(|(p, q)| if p == 0.0 { 0.0 } else { -p * q.ln() }).sum()
}

/// Sigmoid cross entropy of one element with logit x and target t, and its derivative s - t, in f64.
///
/// softplus(x) - x t, written so that nothing overflows: |x| (1-t if x > 0 else t) + ln(1 + exp(-|x|)).
pub fn sigmoid_cross_entropy_reference(x: f64, t: f64) -> (f64, f64) {
    let e = (-x.abs()).exp();
    let (against, s) = if x > 0.0 { (1.0 - t, 1.0 / (1.0 + e)) } else { (t, e / (1.0 + e)) };
    let cost = if against == 0.0 { 0.0 } else { x.abs() * against };
    (cost + e.ln_1p(), s - t)
}

/// Softmax cross entropy of one pixel with logits x, targets t and class weights c (empty: all 1), and its
/// derivatives A q_k - c_k t_k with A = sum_k c_k t_k, in f64.
pub fn softmax_cross_entropy_reference(x: &[f64], t: &[f64], c: &[f64]) -> (f64, Vec<f64>) {
    let a: Vec<f64> = t.iter().enumerate().map(|(k, t)| c.get(k).copied().unwrap_or(1.0) * t).collect();
    let top = (0..x.len()).fold(0, |best, k| if x[k] > x[best] { k } else { best });
    let rest: f64 = (0..x.len()).filter(|&k| k != top).map(|k| (x[k] - x[top]).exp()).sum();
    let value =
        a.iter().zip(x).filter(|(a, _)| **a != 0.0).map(|(a, x_k)| a * (x[top] - x_k + rest.ln_1p())).sum();
    let mass: f64 = a.iter().sum();
    let slopes = x.iter().zip(&a).map(|(x_k, a)| mass * (x_k - x[top]).exp() / (1.0 + rest) - a).collect();
    (value, slopes)
}

/// The cross entropies for maps; their sums and gradients come from the kernels.
pub(super) struct CrossEntropy;

impl PixelLoss for CrossEntropy {
    fn element(&self, x: f64, t: f64) -> (f64, f64) {
        sigmoid_cross_entropy_reference(x, t)
    }

    fn element_floor(&self, t: f64) -> f64 {
        sigmoid_floor(&[t], &[])
    }

    fn pixel(&self, x: &[f64], a: &[f64], slopes: &mut [f64]) -> f64 {
        let (value, derivative) = softmax_cross_entropy_reference(x, a, &[]);
        slopes.copy_from_slice(&derivative);
        value
    }

    fn pixel_floor(&self, a: &[f64]) -> f64 {
        let planes: Vec<&[f64]> = a.iter().map(std::slice::from_ref).collect();
        softmax_floor(&planes, &[], &[])
    }
}
