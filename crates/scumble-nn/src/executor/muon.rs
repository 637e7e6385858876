//! The direction of Muon's step: a matrix whose singular values have been made alike.

use ndarray::Array2;

/// Of the polynomial a x + b x³ + c x⁵ that a singular value goes through in each iteration. These rise as fast at 0 as any
/// that end between 0.7 and 1.2 (Jordan et al. 2024): a direction of a thousandth of the largest weighs half as much as it.
pub(super) const COEFFICIENTS: [f64; 3] = [3.4445, -4.7750, 2.0315];
/// How often.
pub(super) const ITERATIONS: usize = 5;

/// By what an orthogonal matrix [rows, columns] is multiplied, so that its numbers are as large as those of a step of AdamW:
/// 0.2 in the root of their mean square (Liu et al. 2025, equation 4). One learning rate then serves both.
pub(super) fn scale(rows: usize, columns: usize) -> f64 {
    0.2 * (rows.max(columns) as f64).sqrt()
}

/// A matrix [m, n] with its singular vectors, and singular values near 1: U Vᵀ of U S Vᵀ, about. Of zeros it is zeros.
///
/// With G = X Xᵀ, an iteration X <- (a I + b G + c G²) X takes G to p(G) G p(G). So the iterations are all of the small
/// [m, m], and X itself is multiplied once.
pub(super) fn orthogonal(matrix: &Array2<f32>) -> Array2<f32> {
    let square: f64 = matrix.iter().map(|x| f64::from(*x).powi(2)).sum();
    if !(square > 0.0 && square.is_finite()) {
        return Array2::zeros(matrix.raw_dim());
    }
    // No singular value is above 1 then, where the iteration converges.
    let unit = matrix * (1.0 / square.sqrt()) as f32;
    let mut gram = unit.dot(&unit.t());
    let mut step = polynomial(&gram);
    let mut all = step.clone();
    for _ in 1..ITERATIONS {
        gram = step.dot(&gram).dot(&step);
        step = polynomial(&gram);
        all = step.dot(&all);
    }
    all.dot(&unit)
}

/// a I + b G + c G².
fn polynomial(gram: &Array2<f32>) -> Array2<f32> {
    let [a, b, c] = COEFFICIENTS.map(|x| x as f32);
    let mut found = gram.dot(gram);
    found.zip_mut_with(gram, |square, gram| *square = *square * c + gram * b);
    found.diag_mut().mapv_inplace(|x| x + a);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rotations in the planes of neighbours: orthogonal, [n, n].
    fn rotation(n: usize, angle: f32) -> Array2<f32> {
        let mut all = Array2::eye(n);
        for i in 0..n - 1 {
            let mut one = Array2::eye(n);
            let (sin, cos) = (angle * (i + 1) as f32).sin_cos();
            (one[[i, i]], one[[i + 1, i + 1]], one[[i, i + 1]], one[[i + 1, i]]) = (cos, cos, -sin, sin);
            all = one.dot(&all);
        }
        all
    }

    /// U S Vᵀ [m, n] of known singular values.
    fn known(singular: &[f32], m: usize, n: usize) -> (Array2<f32>, Array2<f32>, Array2<f32>) {
        let (u, v) = (rotation(m, 0.7), rotation(n, 1.3));
        let mut s = Array2::zeros((m, n));
        singular.iter().enumerate().for_each(|(i, value)| s[[i, i]] = *value);
        (u.dot(&s).dot(&v), u, v)
    }

    #[test]
    fn singular_values_go_through_the_polynomial_and_singular_vectors_stay() {
        for (m, n) in [(3, 3), (3, 7), (7, 3)] {
            let singular = [5.0, 1.0, 0.02];
            let (matrix, u, v) = known(&singular, m, n);
            let found = u.t().dot(&orthogonal(&matrix)).dot(&v.t());
            let norm = singular.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>().sqrt();
            for ((i, j), found) in found.indexed_iter() {
                let expected = match (i == j, singular.get(i)) {
                    (true, Some(value)) => (0..ITERATIONS).fold(f64::from(*value) / norm, |x, _| {
                        let [a, b, c] = COEFFICIENTS;
                        a * x + b * x.powi(3) + c * x.powi(5)
                    }),
                    _ => 0.0,
                };
                assert!(
                    (f64::from(*found) - expected).abs() < 2e-4,
                    "{m} x {n}, [{i}, {j}]: {found} {expected}"
                );
            }
        }
    }

    #[test]
    fn neither_the_size_of_a_gradient_counts_nor_its_absence() {
        let (matrix, ..) = known(&[2.0, 1.0], 4, 6);
        let one = orthogonal(&matrix);
        for factor in [1e-12, 1e12] {
            let other = orthogonal(&(&matrix * factor));
            assert!(one.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-4), "{factor}");
        }
        assert_eq!(orthogonal(&Array2::zeros((4, 6))), Array2::<f32>::zeros((4, 6)));
        assert!((scale(4, 9) - 0.6).abs() < 1e-12);
    }
}
