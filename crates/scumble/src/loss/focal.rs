//! The focal loss: a cross entropy that looks away from what is already well predicted.

use super::pixel_loss::PixelLoss;
use super::probability::{Prediction, sigmoid, sigmoid_cost, softmax};

/// -sum_k a_k (1 - q_k)^gamma ln q_k.
pub(super) struct Focal {
    pub(super) gamma: f64,
}

impl Focal {
    /// (1-q)^gamma.
    fn power(&self, rest: f64) -> f64 {
        // What nearly everybody chooses needs no logarithm.
        if self.gamma == 2.0 { rest * rest } else { rest.powf(self.gamma) }
    }

    /// (1-q)^gamma (-ln q).
    fn value(&self, rest: f64, cost: f64) -> f64 {
        // An infinite cost comes with rest = 1, a factor of 0 with a cost of 0: never 0 times infinity.
        self.power(rest) * cost
    }

    /// What -ln q is multiplied by in the derivative: (1-q)^gamma + gamma q (1-q)^(gamma-1) (-ln q).
    ///
    /// d value = -slope (1-q) d ln(q / (1-q)); for small 1-q the quotient cost / (1-q) is 1.
    fn slope(&self, Prediction { q, rest, cost }: Prediction) -> f64 {
        // q ln q is 0 at q = 0, where the cost may be infinite.
        let steepness = if q == 0.0 { 0.0 } else { q * if rest == 0.0 { 1.0 } else { cost / rest } };
        self.power(rest) * (1.0 + self.gamma * steepness)
    }

    /// First and second derivative of (1-q)^gamma (-ln q) with respect to q.
    fn derivatives(&self, q: f64) -> (f64, f64) {
        let (g, rest, ln) = (self.gamma, 1.0 - q, q.ln());
        let power = self.power(rest);
        let first = power * (g * ln / rest - 1.0 / q);
        let second = power * (-g * (g - 1.0) * ln / (rest * rest) + 2.0 * g / (rest * q) + 1.0 / (q * q));
        (first, second)
    }

    fn sum(&self, a: &[f64], q: &[f64]) -> f64 {
        a.iter().zip(q).map(|(a, q)| a * self.value(1.0 - q, -q.ln())).sum()
    }

    /// min over distributions q of sum_k a_k (1-q_k)^gamma (-ln q_k), for at least two a, all above 0.
    ///
    /// Each term is convex in q, so Newton steps within sum q = 1, from the minimum of the cross entropy, find it.
    fn least(&self, a: &[f64]) -> f64 {
        let mass: f64 = a.iter().sum();
        let mut q: Vec<f64> = a.iter().map(|a| a / mass).collect();
        let (mut slopes, mut steps, mut there) = (q.clone(), q.clone(), q.clone());
        let mut best = self.sum(a, &q);
        // Convergence is quadratic: five or six steps do.
        for _ in 0..60 {
            let (mut level, mut curvature) = (0.0, 0.0);
            for i in 0..a.len() {
                let (first, second) = self.derivatives(q[i]);
                (slopes[i], steps[i]) = (a[i] * first, 1.0 / (a[i] * second));
                level += slopes[i] * steps[i];
                curvature += steps[i];
            }
            level /= curvature;
            let (mut gain, mut length) = (0.0, 1.0f64);
            for i in 0..a.len() {
                steps[i] *= level - slopes[i];
                gain -= steps[i] * slopes[i];
                // No further than to within a tenth of the simplex's border.
                let room = if steps[i] < 0.0 { -q[i] / steps[i] } else { (1.0 - q[i]) / steps[i] };
                length = length.min(0.9 * room);
            }
            if gain.is_nan() || gain <= 0.5 * f64::EPSILON * best {
                break;
            }
            // Only downhill; where rounding leaves no way down, this is the least.
            loop {
                there
                    .iter_mut()
                    .zip(&q)
                    .zip(&steps)
                    .for_each(|((there, q), step)| *there = q + length * step);
                let value = self.sum(a, &there);
                if value < best {
                    best = value;
                    std::mem::swap(&mut q, &mut there);
                    break;
                }
                length *= 0.5;
                if length < 1e-3 {
                    return best;
                }
            }
        }
        best
    }
}

impl PixelLoss for Focal {
    fn element(&self, x: f64, t: f64) -> (f64, f64) {
        let (s, rest) = sigmoid(x);
        let yes = Prediction { q: s, rest, cost: sigmoid_cost(x) };
        let no = Prediction { q: rest, rest: s, cost: sigmoid_cost(-x) };
        let (mut value, mut slope) = (0.0, 0.0);
        // What the label rules out costs nothing even at an infinite logit.
        if t != 0.0 {
            value += t * self.value(yes.rest, yes.cost);
            slope -= t * rest * self.slope(yes);
        }
        if t != 1.0 {
            value += (1.0 - t) * self.value(no.rest, no.cost);
            slope += (1.0 - t) * s * self.slope(no);
        }
        (value, slope)
    }

    fn element_floor(&self, t: f64) -> f64 {
        self.pixel_floor(&[t, 1.0 - t])
    }

    fn pixel(&self, x: &[f64], a: &[f64], slopes: &mut [f64]) -> f64 {
        let mut predictions = vec![Prediction::default(); x.len()];
        softmax(x, &mut predictions);
        let (mut value, mut sum) = (0.0, 0.0);
        for ((&p, &a), slope) in predictions.iter().zip(a).zip(slopes.iter_mut()) {
            *slope = 0.0;
            if a != 0.0 {
                value += a * self.value(p.rest, p.cost);
                *slope = a * self.slope(p);
                sum += *slope;
            }
        }
        // d/dx_j = q_j sum_k h_k - h_j, with the k = j of the sum taken out: h_j (q_j - 1) keeps its digits.
        for (p, slope) in predictions.iter().zip(slopes) {
            *slope = p.q * (sum - *slope) - p.rest * *slope;
        }
        value
    }

    fn pixel_floor(&self, a: &[f64]) -> f64 {
        let possible: Vec<f64> = a.iter().copied().filter(|a| *a > 0.0).collect();
        if possible.len() < 2 { 0.0 } else { self.least(&possible) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least on a fine grid of logits.
    fn searched(focal: &Focal, t: f64) -> f64 {
        (-200_000..=200_000).map(|i| focal.element(f64::from(i) * 1e-4, t).0).fold(f64::MAX, f64::min)
    }

    #[test]
    fn the_floor_is_the_least_value() {
        for gamma in [0.0, 0.5, 1.0, 2.0, 5.0] {
            let focal = Focal { gamma };
            for t in [1e-6, 0.01, 0.2, 0.5, 0.9, 0.999] {
                let (found, wanted) = (focal.element_floor(t), searched(&focal, t));
                assert!(
                    found <= wanted + 1e-15 && wanted - found < 1e-8 * wanted,
                    "{gamma} {t}: {found} {wanted}"
                );
            }
            assert_eq!((focal.element_floor(0.0), focal.element_floor(1.0)), (0.0, 0.0));
        }
        // Without the factor it is the entropy.
        let entropy = crate::labels::binary_entropy(0.3);
        assert!((Focal { gamma: 0.0 }.element_floor(0.3) - entropy).abs() < 1e-15);
        let three = Focal { gamma: 0.0 }.pixel_floor(&[0.2, 0.3, 0.5]);
        assert!((three - crate::labels::entropy([0.2, 0.3, 0.5])).abs() < 1e-15);
    }

    #[test]
    fn three_classes_find_theirs() {
        let focal = Focal { gamma: 2.0 };
        let a = [0.6, 0.3, 0.1];
        let floor = focal.pixel_floor(&a);
        let mut least = f64::MAX;
        for i in 1..400 {
            for j in 1..400 - i {
                let (p, q) = (f64::from(i) / 400.0, f64::from(j) / 400.0);
                least = least.min(focal.sum(&a, &[p, q, 1.0 - p - q]));
            }
        }
        assert!(floor <= least && least - floor < 1e-4, "{floor} {least}");
    }
}
