//! Dice at ten levels.

/// Dice at ten levels of label and prediction, after the QUBIQ challenges (Li et al. 2024, "QUBIQ:
/// Uncertainty quantification for biomedical image segmentation challenge"). The levels are our definition,
/// not the challenge's.
///
/// At each level t the label is made hard by p >= t, the prediction by q >= t, and the score is the mean of
/// their ten Dice coefficients; where both are empty the coefficient is 1. It is a score of an image: that of
/// a data set is the mean over its images. The challenge's text speaks of ten levels and lists 0.1, 0.2, ...,
/// 0.9; here they are the middles of ten steps, 0.05, 0.15, ..., 0.95. Of the shares of up to nine raters
/// only 1/4 and 3/4 lie on one, and reach it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Levels {
    /// Weights by (levels that the label reaches, levels that the prediction reaches).
    weights: [[f64; LEVELS + 1]; LEVELS + 1],
}

const LEVELS: usize = 10;

impl Levels {
    pub(super) fn new() -> Self {
        Self { weights: [[0.0; LEVELS + 1]; LEVELS + 1] }
    }

    #[inline]
    pub(super) fn add(&mut self, p: f64, q: f64, w: f64) {
        // Exact for f32, 24 bits times 10; rounded for f64, as its 0.15 is.
        let reached = |x: f64| ((x * LEVELS as f64 + 0.5) as usize).min(LEVELS);
        self.weights[reached(p)][reached(q)] += w;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (row, more) in self.weights.iter_mut().zip(&other.weights) {
            row.iter_mut().zip(more).for_each(|(weight, more)| *weight += more);
        }
    }

    /// The mean of the ten coefficients; `None` without a pixel.
    pub(super) fn score(&self) -> Option<f64> {
        let weight: f64 = self.weights.iter().flatten().sum();
        let sum = |label: usize, prediction: usize| -> f64 {
            self.weights[label..].iter().flat_map(|row| &row[prediction..]).sum()
        };
        let dice = |level: usize| {
            let sizes = sum(level, 0) + sum(0, level);
            if sizes > 0.0 { 2.0 * sum(level, level) / sizes } else { 1.0 }
        };
        (weight > 0.0).then(|| (1..=LEVELS).map(dice).sum::<f64>() / LEVELS as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counted by hand: a label of 0.6 predicted 0.4, and a pixel that is 1 and is predicted so.
    #[test]
    fn levels_are_counted_by_hand() {
        let mut levels = Levels::new();
        assert_eq!(levels.score(), None);
        levels.add(0.6, 0.4, 1.0);
        levels.add(1.0, 1.0, 1.0);
        // .05 to .35: both reach, 1; .45, .55: only the label, 2/3; .65 to .95: the sure pixel alone, 1.
        assert!((levels.score().unwrap() - (8.0 + 2.0 * 2.0 / 3.0) / 10.0).abs() < 1e-15);
    }

    #[test]
    fn nothing_predicted_of_nothing_is_right() {
        let mut levels = Levels::new();
        levels.add(0.0, 0.04, 1.0);
        assert_eq!(levels.score(), Some(1.0));
        levels.add(0.0, 0.16, 1.0);
        assert_eq!(levels.score(), Some(0.8));
    }
}
