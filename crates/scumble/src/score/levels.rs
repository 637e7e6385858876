//! Dice at several levels of label and prediction, as two challenges have it.

/// Weights of an image's pixels by the levels that label and prediction reach: what Dice at any of the levels needs.
///
/// [`Levels::score`] is after the QUBIQ challenges (Li et al. 2024, "QUBIQ: Uncertainty quantification for biomedical
/// image segmentation challenge"). The levels are our definition, not the challenge's.
/// At each level t the label is made hard by p >= t, the prediction by q >= t, and the score is the mean of
/// their ten Dice coefficients; where both are empty the coefficient is 1. It is a score of an image: that of
/// a data set is the mean over its images. The challenge's text speaks of ten levels and lists 0.1, 0.2, ...,
/// 0.9; here they are the middles of ten steps, 0.05, 0.15, ..., 0.95. Of the shares of up to nine raters
/// only 1/4 and 3/4 lie on one, and reach it.
///
/// [`Levels::curvas`] is that of the challenge CURVAS-PDACVI 2025 (`merged_dice_score` of its program): p > t and q > t at
/// the six of `numpy.linspace(0.1, 0.8, 6)`, 0.1, 0.24, 0.38, 0.52, 0.66 and 0.8, again with 1 where both are empty.
/// A share of raters that lies on one, such as 4 of 5, does not exceed it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Levels {
    /// By (step of the label, step of the prediction).
    weights: [[f64; STEPS]; STEPS],
}

/// Levels of QUBIQ.
const TEN: usize = 10;

/// Those of CURVAS. As an f32 a level may be above itself as an f64; the one that is above is not exceeded by either.
const CURVAS: [f64; 6] = [above(0.1), above(0.24), above(0.38), above(0.52), above(0.66), above(0.8)];

/// The level after so many that are passed.
const NEXT: [f64; CURVAS.len() + 1] = {
    let mut next = [f64::INFINITY; CURVAS.len() + 1];
    let mut at = 0;
    while at < CURVAS.len() {
        next[at] = CURVAS[at];
        at += 1;
    }
    next
};

/// Both sorts of levels cut 0..1 into so many steps. No level is of both sorts, so the number of levels that a value has
/// passed says which they are.
const STEPS: usize = TEN + CURVAS.len() + 1;

/// The larger of a number as f64 and as f32.
const fn above(level: f64) -> f64 {
    let narrow = level as f32 as f64;
    if narrow > level { narrow } else { level }
}

/// How many levels of both sorts a value from 0 to 1 has passed.
#[inline]
fn step(x: f64) -> usize {
    // Exact for f32, 24 bits times 10; rounded for f64, as its 0.15 is. Numbers of 32 bits, as the conversion to wider ones is slow.
    let ten = (x * TEN as f64 + 0.5) as u32 as usize;
    // CURVAS' are 0.14 apart. All below the guess are passed, and of the others only the next one can be: so near to a level
    // that rounding could matter, the guess is the lower one.
    let guess = (((x + 0.04) * (1.0 / 0.14) - 1e-6) as u32 as usize).min(CURVAS.len());
    (ten + guess + usize::from(x > NEXT[guess])).min(STEPS - 1)
}

impl Levels {
    pub(super) fn new() -> Self {
        Self { weights: [[0.0; STEPS]; STEPS] }
    }

    #[inline]
    pub(super) fn add(&mut self, p: f64, q: f64, w: f64) {
        self.weights[step(p)][step(q)] += w;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (row, more) in self.weights.iter_mut().zip(&other.weights) {
            row.iter_mut().zip(more).for_each(|(weight, more)| *weight += more);
        }
    }

    /// The mean of QUBIQ's ten coefficients; `None` without a pixel.
    pub(super) fn score(&self) -> Option<f64> {
        self.mean((0..TEN).map(|level| (level as f64 + 0.5) / TEN as f64))
    }

    /// The mean of CURVAS' six coefficients; `None` without a pixel.
    pub(super) fn curvas(&self) -> Option<f64> {
        self.mean(CURVAS.into_iter().map(f64::next_up))
    }

    /// The mean of the coefficients at levels, each the least value that has passed it.
    fn mean(&self, levels: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
        let weight: f64 = self.weights.iter().flatten().sum();
        let sum = |label: usize, prediction: usize| -> f64 {
            self.weights[label..].iter().flat_map(|row| &row[prediction..]).sum()
        };
        let dice = |level: f64| {
            let from = step(level);
            let sizes = sum(from, 0) + sum(0, from);
            if sizes > 0.0 { 2.0 * sum(from, from) / sizes } else { 1.0 }
        };
        let count = levels.len() as f64;
        (weight > 0.0).then(|| levels.map(dice).sum::<f64>() / count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counted by hand: a label of 0.6 predicted 0.4, and a pixel that is 1 and is predicted so.
    #[test]
    fn levels_are_counted_by_hand() {
        let mut levels = Levels::new();
        assert_eq!((levels.score(), levels.curvas()), (None, None));
        levels.add(0.6, 0.4, 1.0);
        levels.add(1.0, 1.0, 1.0);
        // .05 to .35: both reach, 1; .45, .55: only the label, 2/3; .65 to .95: the sure pixel alone, 1.
        assert!((levels.score().unwrap() - (8.0 + 2.0 * 2.0 / 3.0) / 10.0).abs() < 1e-15);
        // .1, .24, .38: both; .52: only the label; .66, .8: the sure pixel alone.
        assert!((levels.curvas().unwrap() - (5.0 + 2.0 / 3.0) / 6.0).abs() < 1e-15);
    }

    #[test]
    fn nothing_predicted_of_nothing_is_right() {
        let mut levels = Levels::new();
        levels.add(0.0, 0.04, 1.0);
        assert_eq!((levels.score(), levels.curvas()), (Some(1.0), Some(1.0)));
        levels.add(0.0, 0.16, 1.0);
        assert_eq!((levels.score(), levels.curvas()), (Some(0.8), Some(5.0 / 6.0)));
    }

    /// Four of five raters do not exceed 0.8, whether they are counted in f32 or in f64; what is next above does.
    #[test]
    fn a_level_does_not_exceed_itself() {
        for (level, passed) in [0.1, 0.24, 0.38, 0.52, 0.66, 0.8].into_iter().zip(1..) {
            let exceeded = |x: f64| CURVAS.iter().filter(|level| x > **level).count();
            assert_eq!(exceeded(level), passed - 1, "{level}");
            assert_eq!(exceeded(f64::from(level as f32)), passed - 1, "{level}");
            assert_eq!(exceeded(f64::from((level as f32).next_up().next_up())), passed, "{level}");
        }
    }

    /// On, just below and just above every level, and between.
    #[test]
    fn the_guess_finds_what_counting_does() {
        let near = CURVAS.into_iter().flat_map(|level| {
            let narrow = level as f32;
            let wide = [narrow.next_down(), narrow, narrow.next_up()].map(f64::from);
            [level.next_down(), level, level.next_up(), level - 2e-6, level + 2e-6].into_iter().chain(wide)
        });
        for x in near.chain((0..=1000).map(|i| f64::from(i) / 1000.0)) {
            let ten = ((x * TEN as f64 + 0.5) as usize).min(TEN);
            assert_eq!(step(x), ten + CURVAS.iter().filter(|level| x > **level).count(), "{x}");
        }
    }

    /// Each step has levels of its own: one more than the step before.
    #[test]
    fn steps_are_those_between_all_levels() {
        let mut all: Vec<f64> = (0..10).map(|i| f64::from(i) / 10.0 + 0.05).chain(CURVAS).collect();
        all.sort_by(f64::total_cmp);
        let middles = all.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0);
        let steps: Vec<usize> = [0.0].into_iter().chain(middles).chain([1.0]).map(step).collect();
        assert_eq!(steps, (0..STEPS).collect::<Vec<_>>());
    }
}
