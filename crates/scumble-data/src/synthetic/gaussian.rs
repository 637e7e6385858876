//! Smooth random fields that are standard normal at each pixel.

use ndarray::Array2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// A smooth random field [height, width] whose value at every pixel is exactly standard normal.
///
/// Independent normal numbers sit on a grid with `length` pixels between its points; a cubic B-spline joins
/// them. At a pixel that is sum_i b_i z_i with sum_i b_i^2 known, so dividing by its root gives variance 1 there
/// and not just on average. Neighbours up to about `length` pixels apart are alike.
pub(super) fn smooth_field(size: (usize, usize), length: f64, rng: &mut ChaCha8Rng) -> Array2<f32> {
    let (rows, columns) = (Spline::new(size.0, length, rng), Spline::new(size.1, length, rng));
    let grid = Array2::from_shape_simple_fn((rows.points, columns.points), || normal(rng));
    // One axis after the other: the weights of a pixel are products of those of its row and its column.
    let mut across = Array2::<f32>::zeros((rows.points, size.1));
    for (from, mut to) in grid.outer_iter().zip(across.outer_iter_mut()) {
        for (value, (first, weights)) in to.iter_mut().zip(&columns.weights) {
            *value = (0..4).map(|i| weights[i] * from[first + i]).sum();
        }
    }
    let mut field = Array2::zeros(size);
    for (mut to, (first, weights)) in field.outer_iter_mut().zip(&rows.weights) {
        for (i, &weight) in weights.iter().enumerate() {
            to.scaled_add(weight, &across.row(first + i));
        }
    }
    field
}

/// A sum of smooth fields, one for each (amplitude, length): again exactly standard normal at every pixel.
pub(super) fn octaves(size: (usize, usize), parts: &[(f32, f64)], rng: &mut ChaCha8Rng) -> Array2<f32> {
    let power = parts.iter().map(|(amplitude, _)| amplitude * amplitude).sum::<f32>().sqrt();
    let mut sum = Array2::zeros(size);
    for &(amplitude, length) in parts {
        sum.scaled_add(amplitude / power, &smooth_field(size, length, rng));
    }
    sum
}

/// For each pixel along an axis: the first of four grid points, and their weights, whose squares sum to 1.
struct Spline {
    points: usize,
    weights: Vec<(usize, [f32; 4])>,
}

impl Spline {
    fn new(pixels: usize, length: f64, rng: &mut ChaCha8Rng) -> Self {
        // The grid starts anywhere, so that its lines do not show at the same place in every field.
        let start = rng.random::<f64>();
        let weights: Vec<_> = (0..pixels)
            .map(|pixel| {
                let place = start + pixel as f64 / length.max(1.0);
                let t = place.fract();
                let b = [
                    (1.0 - t).powi(3),
                    3.0 * t.powi(3) - 6.0 * t * t + 4.0,
                    -3.0 * t.powi(3) + 3.0 * t * t + 3.0 * t + 1.0,
                    t.powi(3),
                ];
                let norm = b.iter().map(|w| w * w).sum::<f64>().sqrt();
                (place as usize, b.map(|w| (w / norm) as f32))
            })
            .collect();
        Self { points: weights.last().map_or(4, |(first, _)| first + 4), weights }
    }
}

/// One standard normal number (Box and Muller 1958); the second of the pair is not kept.
pub(super) fn normal(rng: &mut ChaCha8Rng) -> f32 {
    let (u, turn) = (1.0 - rng.random::<f64>(), rng.random::<f64>());
    ((-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * turn).cos()) as f32
}

/// The standard normal distribution function Phi, to 1e-7.
///
/// Phi(x) = erfc(-x / sqrt 2) / 2, with the Chebyshev fit of erfc in Press et al., "Numerical Recipes" (2nd ed.,
/// section 6.2): relative error below 1.2e-7 everywhere.
pub(super) fn normal_cdf(x: f32) -> f32 {
    let z = f64::from(x.abs()) / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * z);
    const FIT: [f64; 10] = [
        -1.26551223,
        1.00002368,
        0.37409196,
        0.09678418,
        -0.18628806,
        0.27886807,
        -1.13520398,
        1.48851587,
        -0.82215223,
        0.17087277,
    ];
    let tail = 0.5 * t * (-z * z + FIT.iter().rev().fold(0.0, |sum, c| sum * t + c)).exp();
    (if x < 0.0 { tail } else { 1.0 - tail }) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn the_distribution_function_agrees_with_tables() {
        for (x, p) in
            [(0.0, 0.5), (1.0, 0.841_344_75), (-1.959_964, 0.025), (3.0, 0.998_650_1), (-6.0, 9.866e-10)]
        {
            assert!((f64::from(normal_cdf(x)) - p).abs() < 2e-7, "{x}");
        }
    }

    #[test]
    fn every_pixel_is_standard_normal() {
        // 4000 fields: the standard error of a mean is 0.016, that of a variance 0.022.
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (mut sum, mut squares) = (Array2::<f32>::zeros((5, 9)), Array2::<f32>::zeros((5, 9)));
        for _ in 0..4000 {
            let field = octaves((5, 9), &[(1.0, 3.7), (0.5, 2.0)], &mut rng);
            sum += &field;
            squares += &(&field * &field);
        }
        assert!(sum.iter().all(|s| (s / 4000.0).abs() < 0.08), "{sum}");
        assert!(squares.iter().all(|s| (s / 4000.0 - 1.0).abs() < 0.11), "{squares}");
    }

    #[test]
    fn neighbours_are_alike() {
        let field = smooth_field((40, 40), 12.0, &mut ChaCha8Rng::seed_from_u64(4));
        let steps = field.windows((1, 2)).into_iter().map(|w| (w[[0, 0]] - w[[0, 1]]).abs());
        assert!(steps.fold(0.0, f32::max) < 0.5);
    }
}
