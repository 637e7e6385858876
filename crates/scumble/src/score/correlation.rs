//! Pearson's correlation of two maps of an image.

/// Weighted sums behind the correlation of two maps, the normalised cross-correlation of the images that they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Correlation {
    weight: f64,
    sums: [f64; 2],
    squares: [f64; 2],
    product: f64,
    /// The least and the largest value of each: a map of one value has no correlation, whatever rounding says.
    least: [f64; 2],
    most: [f64; 2],
}

impl Correlation {
    pub(super) const fn new() -> Self {
        Self {
            weight: 0.0,
            sums: [0.0; 2],
            squares: [0.0; 2],
            product: 0.0,
            least: [f64::INFINITY; 2],
            most: [f64::NEG_INFINITY; 2],
        }
    }

    /// One pixel with its two values, and its weight.
    #[inline]
    pub(super) fn add(&mut self, values: [f64; 2], w: f64) {
        if w <= 0.0 {
            return;
        }
        self.weight += w;
        self.product += w * values[0] * values[1];
        for (at, x) in values.into_iter().enumerate() {
            self.sums[at] += w * x;
            self.squares[at] += w * x * x;
            self.least[at] = self.least[at].min(x);
            self.most[at] = self.most[at].max(x);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.weight += other.weight;
        self.product += other.product;
        for at in 0..2 {
            self.sums[at] += other.sums[at];
            self.squares[at] += other.squares[at];
            self.least[at] = self.least[at].min(other.least[at]);
            self.most[at] = self.most[at].max(other.most[at]);
        }
    }

    /// The covariance divided by both standard deviations; `None` where one map has one value alone, or nothing counts.
    pub(super) fn value(&self) -> Option<f64> {
        let spread = |at: usize| {
            let variance = self.squares[at] - self.sums[at] * self.sums[at] / self.weight;
            (self.most[at] > self.least[at] && variance > 0.0).then_some(variance)
        };
        let covariance = self.product - self.sums[0] * self.sums[1] / self.weight;
        Some((covariance / (spread(0)? * spread(1)?).sqrt()).clamp(-1.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[[f64; 2]]) -> Correlation {
        let mut sums = Correlation::new();
        pairs.iter().for_each(|pair| sums.add(*pair, 1.0));
        sums
    }

    #[test]
    fn a_line_is_one_or_minus_one() {
        let rising = of(&[[0.1, 0.3], [0.2, 0.5], [0.7, 1.5]]).value().unwrap();
        let falling = of(&[[0.1, 0.3], [0.2, 0.2], [0.7, -0.3]]).value().unwrap();
        assert!((rising - 1.0).abs() < 1e-12 && (falling + 1.0).abs() < 1e-12, "{rising} {falling}");
        // 0, 1, 2 beside 0, 2, 1.
        assert!((of(&[[0.0, 0.0], [1.0, 2.0], [2.0, 1.0]]).value().unwrap() - 0.5).abs() < 1e-15);
    }

    #[test]
    fn one_value_alone_has_none() {
        assert_eq!(of(&[[0.1, 0.3], [0.1, 0.2], [0.1, 0.7]]).value(), None);
        assert_eq!(of(&[[0.3, 0.1], [0.2, 0.1], [0.7, 0.1]]).value(), None);
        assert_eq!(Correlation::new().value(), None);
        // What weighs nothing does not vary.
        let mut sums = of(&[[0.1, 0.3], [0.1, 0.2]]);
        sums.add([0.5, 0.9], 0.0);
        assert_eq!(sums.value(), None);
    }
}
