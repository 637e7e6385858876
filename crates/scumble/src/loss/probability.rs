//! Predictions from logits in f64, with what is lost near 0 and 1 kept.

/// s = 1 / (1 + exp(-x)) and its complement 1 - s, each with full relative accuracy.
pub(crate) fn sigmoid(x: f64) -> (f64, f64) {
    let e = (-x.abs()).exp();
    let (large, small) = (1.0 / (1.0 + e), e / (1.0 + e));
    if x > 0.0 { (large, small) } else { (small, large) }
}

/// ln(1 + exp(x)), what "no" costs under a logit of x.
pub(crate) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// -ln s, what "yes" costs.
pub(crate) fn sigmoid_cost(x: f64) -> f64 {
    softplus(-x)
}

/// One class of a pixel with exclusive classes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Prediction {
    /// q, the probability.
    pub(crate) q: f64,
    /// 1 - q.
    pub(crate) rest: f64,
    /// -ln q.
    pub(crate) cost: f64,
}

/// q = softmax(x).
pub(crate) fn softmax(x: &[f64], predictions: &mut [Prediction]) {
    let top = (0..x.len()).fold(0, |best, k| if x[k] > x[best] { k } else { best });
    let rest: f64 = (0..x.len()).filter(|&k| k != top).map(|k| (x[k] - x[top]).exp()).sum();
    for (k, prediction) in predictions.iter_mut().enumerate() {
        let q = (x[k] - x[top]).exp() / (1.0 + rest);
        // Only the likeliest class is above 1/2, where 1 - q would lose digits.
        let complement = if k == top { rest / (1.0 + rest) } else { 1.0 - q };
        *prediction = Prediction { q, rest: complement, cost: x[top] - x[k] + rest.ln_1p() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_at_the_ends() {
        let (s, rest) = sigmoid(800.0);
        assert_eq!((s, rest, sigmoid_cost(800.0)), (1.0, 0.0, 0.0));
        let (s, rest) = sigmoid(40.0);
        assert!(s == 1.0 && (rest / (-40f64).exp() - 1.0).abs() < 1e-15);
        assert_eq!(sigmoid_cost(-1e4), 1e4);
        let mut two = [Prediction::default(); 2];
        softmax(&[40.0, 0.0], &mut two);
        assert!((two[0].rest / two[1].q - 1.0).abs() < 1e-15 && (two[0].cost / two[1].q - 1.0).abs() < 1e-15);
        assert!((two[1].cost - 40.0).abs() < 1e-14);
    }
}
