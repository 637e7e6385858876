//! Entropies of soft labels: the least that a cross entropy can be.

use crate::real::Real;

/// Sum of w H(t) with H the binary entropy in nats: the least that the sigmoid cross entropy can be.
///
/// Elements of weight 0 are left out. `weights` may be empty: all 1.
///
/// # Panics
/// Slices of different lengths.
pub fn sigmoid_floor<R: Real>(targets: &[R], weights: &[R]) -> f64 {
    assert!(weights.is_empty() || weights.len() == targets.len(), "one weight a target, or none");
    let entropy = |t: R| t.negative_x_ln_x() + (R::ONE - t).negative_x_ln_x();
    if weights.is_empty() {
        return targets.iter().map(|&t| entropy(t)).sum();
    }
    let parts = targets.iter().zip(weights);
    parts.map(|(&t, &w)| if w == R::ZERO { 0.0 } else { w.to_f64() * entropy(t) }).sum()
}

/// The least that the softmax cross entropy with these targets and class weights can be, summed over pixels.
///
/// With a_k = c_k t_k and A = sum_k a_k, -sum_k a_k ln q_k is least at q = a / A, where it is
/// `A ln A - sum_k a_k ln a_k`: the entropy where there are no class weights.
///
/// # Panics
/// Slices of different lengths.
pub fn softmax_floor<R: Real>(targets: &[&[R]], class_weights: &[R], weights: &[R]) -> f64 {
    let pixels = targets.first().map_or(0, |plane| plane.len());
    assert!(targets.iter().all(|plane| plane.len() == pixels), "planes of one length");
    let mut total = 0.0;
    for pixel in 0..pixels {
        let w = weights.get(pixel).map_or(1.0, |w| w.to_f64());
        if w == 0.0 {
            continue;
        }
        let (mut mass, mut entropy) = (0.0, 0.0);
        for (class, plane) in targets.iter().enumerate() {
            let a = class_weights.get(class).map_or(1.0, |c| c.to_f64()) * plane[pixel].to_f64();
            mass += a;
            entropy += a.negative_x_ln_x();
        }
        total += w * (entropy - mass.negative_x_ln_x());
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::LN_2;

    #[test]
    fn hard_labels_have_no_floor_and_even_ones_have_ln_2() {
        assert_eq!(sigmoid_floor(&[0.0f32, 1.0], &[]), 0.0);
        assert!((sigmoid_floor(&[0.5f32, 0.5], &[3.0, 0.0]) - 3.0 * LN_2).abs() < 1e-12);
        assert!((softmax_floor(&[&[0.5f64][..], &[0.5]], &[], &[]) - LN_2).abs() < 1e-15);
        assert_eq!(softmax_floor(&[&[1.0f32][..], &[0.0]], &[5.0, 2.0], &[]), 0.0);
    }
}
