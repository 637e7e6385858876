//! The generalised energy distance.

use super::mask::HardMask;
use crate::score::means::mean;
use serde::{Deserialize, Serialize};

/// What two masks are to each other that are both empty, for which the intersection over union is 0 / 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmptyMasks {
    /// They are equal: distance 0 (Kohl et al. 2018).
    #[default]
    Equal,
    /// The pair is left out of the mean.
    Ignored,
}

/// Which pairs of one crowd's masks its own spread is the mean of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pairs {
    /// All, a mask with itself too: both drawn with replacement (Kohl et al. 2018). The energy distance of
    /// the masks at hand, 0 if the crowds are the same and never below.
    #[default]
    WithReplacement,
    /// Two different ones: without bias for what the masks are samples of, but it can be below 0.
    WithoutReplacement,
}

/// The generalised energy distance between samples S of a prediction and raters Y, and its parts;
/// d = 1 - IoU.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EnergyDistance {
    /// 2 E d(S, Y) - E d(S, S') - E d(Y, Y'): the square of the distance, as it is reported everywhere.
    pub distance: f64,
    /// E d(S, Y): how far a sample is from a rater.
    pub between: f64,
    /// E d(S, S'): how diverse the samples are.
    pub samples: f64,
    /// E d(Y, Y'): how much the raters disagree.
    pub raters: f64,
}

/// The generalised energy distance (Székely and Rizzo 2013; with 1 - IoU, Kohl et al. 2018, "A probabilistic
/// U-Net").
///
/// `None` where an expectation has no pair: a crowd without masks, one mask without replacement, or only
/// empty masks that are ignored.
///
/// ```
/// use scumble::score::diversity::{EmptyMasks, HardMask, Pairs, energy_distance};
///
/// let mask = |pixels: [u8; 4]| HardMask::new(pixels.map(|on| Some(on == 1)));
/// let (a, b) = (mask([1, 1, 0, 0]), mask([0, 1, 1, 0]));
/// let two = [a.clone(), b.clone()];
/// let found = energy_distance(&two, &two, EmptyMasks::Equal, Pairs::WithReplacement).unwrap();
/// assert!(found.distance.abs() < 1e-15 && (found.raters - 1.0 / 3.0).abs() < 1e-15);
/// // One sample for two raters: right for one of them, without their diversity.
/// let found = energy_distance(&[a], &two, EmptyMasks::Equal, Pairs::WithReplacement).unwrap();
/// assert!((found.distance - 1.0 / 3.0).abs() < 1e-15);
/// ```
pub fn energy_distance(
    samples: &[HardMask],
    raters: &[HardMask],
    empty: EmptyMasks,
    pairs: Pairs,
) -> Option<EnergyDistance> {
    let between = mean(samples.iter().flat_map(|s| raters.iter().map(move |y| distance(s, y, empty))))?;
    let within = |masks: &[HardMask]| {
        let apart = |i: usize, j: usize| pairs == Pairs::WithReplacement || i != j;
        let drawn = (0..masks.len()).flat_map(|i| (0..masks.len()).map(move |j| (i, j)));
        mean(drawn.filter(|&(i, j)| apart(i, j)).map(|(i, j)| distance(&masks[i], &masks[j], empty)))
    };
    let (samples, raters) = (within(samples)?, within(raters)?);
    Some(EnergyDistance { distance: 2.0 * between - samples - raters, between, samples, raters })
}

fn distance(a: &HardMask, b: &HardMask, empty: EmptyMasks) -> Option<f64> {
    match (a.iou(b), empty) {
        (Some(iou), _) => Some(1.0 - iou),
        (None, EmptyMasks::Equal) => Some(0.0),
        (None, EmptyMasks::Ignored) => None,
    }
}
