//! The squared error of the probabilities.

use super::pixel_loss::PixelLoss;
use super::probability::{Prediction, sigmoid, softmax};

/// Squared error of the predicted probabilities.
pub(super) struct Brier;

impl PixelLoss for Brier {
    fn element(&self, x: f64, t: f64) -> (f64, f64) {
        let (s, rest) = sigmoid(x);
        // From the nearer end, so that a sure and right prediction keeps its tiny error.
        let error = if t > 0.5 { (1.0 - t) - rest } else { s - t };
        (error * error, 2.0 * error * s * rest)
    }

    fn element_floor(&self, _: f64) -> f64 {
        0.0
    }

    /// A sum_k (q_k - t_k)^2 with t = a / A: what a label of mass A costs.
    fn pixel(&self, x: &[f64], a: &[f64], slopes: &mut [f64]) -> f64 {
        let mass: f64 = a.iter().sum();
        if mass == 0.0 {
            return 0.0;
        }
        let mut predictions = vec![Prediction::default(); x.len()];
        softmax(x, &mut predictions);
        let (mut value, mut mean) = (0.0, 0.0);
        for ((p, a), slope) in predictions.iter().zip(a).zip(slopes.iter_mut()) {
            let t = a / mass;
            let error = if t > 0.5 { (1.0 - t) - p.rest } else { p.q - t };
            value += error * error;
            mean += error * p.q;
            *slope = error;
        }
        for (p, slope) in predictions.iter().zip(slopes) {
            *slope = 2.0 * mass * p.q * (*slope - mean);
        }
        mass * value
    }

    fn pixel_floor(&self, _: &[f64]) -> f64 {
        0.0
    }
}
