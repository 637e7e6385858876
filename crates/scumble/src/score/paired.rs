//! How far one of two predictions of the same images is from the other, and whether that is more than chance.

use super::groups::Groups;
use super::jackknife::{Interval, Jackknife, LEVEL};
use super::scale::Scale;
use super::sign_flip::SignFlip;
use super::student::t_quantile;

/// How far one of two predictions of the same images is above the other in a score, and whether that is more than chance.
///
/// The interval is the [jackknife's](Jackknife), the verdict that of the exact [sign-flip test](SignFlip). They are two
/// methods: near the border one may see a difference that the other does not. The test is the one that keeps its promise for
/// few images.
///
/// ```
/// use scumble::score::{Groups, PairedDifference, Turn};
///
/// let (first, other) = ([0.30, 0.34, 0.29, 0.41, 0.33, 0.35], [0.28, 0.30, 0.28, 0.36, 0.30, 0.34]);
/// let above = |turns: &[Turn]| {
///     let mut sum = (0.0, 0.0);
///     for (turn, (first, other)) in turns.iter().zip(first.iter().zip(other)) {
///         sum.1 += f64::from(u8::from(*turn != Turn::LeftOut));
///         sum.0 += match turn {
///             Turn::AsItIs => other - first,
///             Turn::Exchanged => first - other,
///             Turn::LeftOut => 0.0,
///         };
///     }
///     Some(sum.0 / sum.1)
/// };
/// let difference = PairedDifference::of(&Groups::each(6), above).unwrap();
/// assert_eq!((difference.chance, difference.shown()), (Some(2.0 / 64.0), Some(true)));
/// assert!(difference.interval.unwrap().high < 0.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedDifference {
    /// On the images as they are.
    pub value: f64,
    /// Of the difference on all images of this kind, with 95 %.
    pub interval: Option<Interval>,
    /// Of a difference this large if neither were better. `None` with too few groups for any verdict.
    pub chance: Option<f64>,
    /// Groups that would show a difference of this size, see [`groups_needed`](Self::groups_needed).
    pub groups_needed: Option<u64>,
}

/// What becomes of an image: left out for the interval, exchanged for the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Each prediction has its own.
    AsItIs,
    /// Each prediction has the other's.
    Exchanged,
    /// It is not among the images.
    LeftOut,
}

impl PairedDifference {
    /// A difference is shown if its chance is at most this.
    pub const SIGNIFICANT: f64 = 0.05;
    /// The probability with which as many groups as are said to be needed show it.
    pub const POWER: f64 = 0.8;

    /// Of one score; `difference` is told for each image what becomes of it, and exchanging all must turn its sign alone.
    ///
    /// `None` where the difference is not known.
    pub fn of(groups: &Groups, difference: impl Fn(&[Turn]) -> Option<f64> + Sync) -> Option<Self> {
        Self::each(groups, |turns| vec![difference(turns)]).pop()?
    }

    /// Of several scores, which come in the same order each time.
    pub fn each(
        groups: &Groups,
        differences: impl Fn(&[Turn]) -> Vec<Option<f64>> + Sync,
    ) -> Vec<Option<Self>> {
        let groups = groups.at_most(Jackknife::MOST_GROUPS);
        let values = differences(&vec![Turn::AsItIs; groups.images()]);
        let jackknives = Jackknife::each(&groups, |times| {
            let turn = |n: &u32| if *n == 0 { Turn::LeftOut } else { Turn::AsItIs };
            differences(&times.iter().map(turn).collect::<Vec<_>>())
        });
        let chances = SignFlip::default().chances(groups.count(), |exchanged| {
            let turn = |group: &usize| if exchanged[*group] { Turn::Exchanged } else { Turn::AsItIs };
            differences(&groups.indices().iter().map(turn).collect::<Vec<_>>())
        });
        let one = |((value, jackknife), chance): ((Option<f64>, Option<Jackknife>), Option<f64>)| {
            let value = value.filter(|value| value.is_finite())?;
            let error = jackknife.as_ref().and_then(Jackknife::standard_error);
            let deviation = error.map(|error| error * (groups.count() as f64).sqrt());
            Some(Self {
                value,
                interval: jackknife.and_then(|jackknife| jackknife.interval(Scale::Real, LEVEL)),
                chance,
                groups_needed: deviation.and_then(|deviation| Self::groups_needed(value, deviation)),
            })
        };
        values.into_iter().zip(jackknives).zip(chances).map(one).collect()
    }

    /// Whether it is more than chance. `None` with too few groups to say.
    pub fn shown(&self) -> Option<bool> {
        Some(self.chance? <= Self::SIGNIFICANT)
    }

    /// How many groups a test at 5 % needs to show a difference of this size with probability 0.8, if differences of groups
    /// deviate by `deviation` from each other: the least n from 6 on with n >= ((t(0.975) + t(0.8)) deviation / difference)^2,
    /// t the quantiles of Student's t with n - 1 degrees (Dupont and Plummer 1990).
    ///
    /// `None` if there is no difference, or if it takes more than ten million.
    pub fn groups_needed(difference: f64, deviation: f64) -> Option<u64> {
        const MOST: u64 = 10_000_000;
        let ratio = (deviation / difference).abs();
        let enough = |n: u64| {
            let t = t_quantile(1.0 - Self::SIGNIFICANT / 2.0, n - 1) + t_quantile(Self::POWER, n - 1);
            n as f64 >= (t * ratio).powi(2)
        };
        if !ratio.is_finite() || !enough(MOST) {
            return None;
        }
        // What is not enough, and what is.
        let (mut few, mut many) = (SignFlip::LEAST_GROUPS as u64 - 1, MOST);
        while many - few > 1 {
            let between = few + (many - few) / 2;
            if enough(between) { many = between } else { few = between }
        }
        Some(many)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// n = (1.96 + 0.84)^2 = 7.85 without the t's, 10 with them (statsmodels' TTestPower of effect size 1: 9.94).
    #[test]
    fn the_groups_needed_are_those_of_a_paired_t_test() {
        assert_eq!(PairedDifference::groups_needed(-1.0, 1.0), Some(10));
        assert_eq!(PairedDifference::groups_needed(0.5, 1.0), Some(34));
        assert_eq!(PairedDifference::groups_needed(0.1, 1.0), Some(787));
        assert_eq!(PairedDifference::groups_needed(9.0, 1.0), Some(6), "below six groups nothing is said");
        assert_eq!(PairedDifference::groups_needed(0.0, 1.0), None);
        assert_eq!(PairedDifference::groups_needed(0.0, 0.0), None);
        assert_eq!(PairedDifference::groups_needed(1e-9, 1.0), None);
    }
}
