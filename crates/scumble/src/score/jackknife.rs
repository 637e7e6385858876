//! How sure a score is: the score with each group of images left out in turn.

use super::groups::Groups;
use super::scale::{AS_IT_IS, LOGARITHM, LOGIT, Scale, Transform};
use super::student::t_quantile;
use rayon::prelude::*;
use serde::Serialize;

/// Where a score is, had other images of the same kind been judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end; infinite (JSON: null) where there is none.
    pub high: f64,
}

/// The level of all intervals that are printed.
pub(super) const LEVEL: f64 = 0.95;

/// The jackknife over groups of images: what a score would have been without each of them.
///
/// Pixels of an image are alike, and images of a [group](Groups), so whole groups are left out. Their scores give its standard
/// error and the part of its bias that falls as 1/G (Miller 1974; Efron and Tibshirani 1993, chapter 11), and Student's t with
/// G - 1 degrees its interval. A group without which the score is the same to the last digits has no part in it, as a class
/// that few images show, and is not counted.
///
/// ```
/// use scumble::score::{Groups, Jackknife, Scale};
///
/// let losses = [0.30, 0.34, 0.29, 0.41, 0.33];
/// let mean = |times: &[u32]| {
///     let sum: f64 = losses.iter().zip(times).map(|(loss, n)| loss * f64::from(*n)).sum();
///     Some(sum / f64::from(times.iter().sum::<u32>()))
/// };
/// let jackknife = Jackknife::of(&Groups::each(losses.len()), mean).unwrap();
/// assert!((jackknife.standard_error().unwrap() - 0.0211).abs() < 1e-4);
/// let interval = jackknife.interval(Scale::Positive, 0.95).unwrap();
/// assert!(interval.low < 0.29 && 0.39 < interval.high);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Jackknife {
    value: f64,
    /// Without each group that has a part in it.
    without: Vec<f64>,
}

/// The same score to the last digits, which sums in another order may change.
const SAME: f64 = 1e-12;

/// Nearer to 0 than so many standard errors, the logarithm says more than is known. In simulation a smaller number is too sure
/// of estimates near 0, a larger one of the means of a few skewed losses.
const CLEARLY: f64 = 2.5;

impl Jackknife {
    /// Of more groups, neighbours are left out together: it costs less and is as sure.
    pub const MOST_GROUPS: usize = 250;

    /// Of one score, which is told how often each image counts: once or not at all.
    ///
    /// `None` with fewer than two groups, and where the score, or one without a group, has no meaning or is infinite.
    pub fn of(groups: &Groups, score: impl Fn(&[u32]) -> Option<f64> + Sync) -> Option<Self> {
        Self::each(groups, |times| vec![score(times)]).pop()?
    }

    /// Of several scores, which come in the same order each time.
    pub fn each(groups: &Groups, scores: impl Fn(&[u32]) -> Vec<Option<f64>> + Sync) -> Vec<Option<Self>> {
        let groups = groups.at_most(Self::MOST_GROUPS);
        let values = scores(&vec![1; groups.images()]);
        if groups.count() < 2 {
            return vec![None; values.len()];
        }
        let times = |out: usize| groups.indices().iter().map(|group| u32::from(*group != out)).collect();
        let without: Vec<Vec<Option<f64>>> = (0..groups.count())
            .into_par_iter()
            .map(|out| {
                let times: Vec<u32> = times(out);
                scores(&times)
            })
            .collect();
        let one = |(at, value): (usize, Option<f64>)| {
            let value = value.filter(|value| value.is_finite())?;
            let without: Option<Vec<f64>> = without.iter().map(|scores| *scores.get(at)?).collect();
            Some(Self::from_parts(value, without?)).filter(|of| of.without.iter().all(|x| x.is_finite()))
        };
        values.into_iter().enumerate().map(one).collect()
    }

    fn from_parts(value: f64, without: Vec<f64>) -> Self {
        let differs = |without: &f64| (without - value).abs() > SAME * value.abs();
        Self { value, without: without.into_iter().filter(differs).collect() }
    }

    /// The score of all images.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// How many groups have a part in it. None at all: it is the same whatever is left out.
    pub fn groups(&self) -> usize {
        self.without.len()
    }

    /// Its standard error, sqrt((G-1)/G sum (without - their mean)^2). `None` if one group alone has a part in it.
    pub fn standard_error(&self) -> Option<f64> {
        Some(self.spread(AS_IT_IS)?.standard_error)
    }

    /// The interval that holds the score of all images of this kind with probability `level`: so many standard errors below
    /// and above the score and its estimate free of bias, whichever is farther out.
    ///
    /// `None` if one group alone has a part in it.
    pub fn interval(&self, scale: Scale, level: f64) -> Option<Interval> {
        let around = |by: Transform| self.around(by, level);
        let positive = || {
            let clear = CLEARLY * self.standard_error()?;
            let by = if self.all(|x| x > 0.0) && self.value > clear { LOGARITHM } else { AS_IT_IS };
            Some(around(by)?.cut(0.0, f64::INFINITY))
        };
        match scale {
            Scale::Real => around(AS_IT_IS),
            Scale::Error => Some(around(AS_IT_IS)?.cut(0.0, f64::INFINITY)),
            Scale::Positive => positive(),
            Scale::Share => {
                let by = if self.all(|x| x > 0.0 && x < 1.0) { LOGIT } else { AS_IT_IS };
                Some(around(by)?.cut(0.0, 1.0))
            }
            Scale::Root => {
                let Interval { low, high } = positive()?;
                Some(Interval { low: low.sqrt(), high: high.sqrt() })
            }
            Scale::Inverse => {
                let Interval { low, high } = positive()?;
                (high > 0.0).then(|| Interval { low: high.recip(), high: low.recip() })
            }
        }
    }

    fn all(&self, holds: impl Fn(f64) -> bool) -> bool {
        holds(self.value) && self.without.iter().all(|x| holds(*x))
    }

    fn around(&self, by: Transform, level: f64) -> Option<Interval> {
        let Spread { value, unbiased, standard_error } = self.spread(by)?;
        if standard_error == 0.0 {
            return Some(Interval { low: self.value, high: self.value });
        }
        let t = t_quantile((1.0 + level) / 2.0, self.without.len() as u64 - 1);
        let (low, high) = (value.min(unbiased), value.max(unbiased));
        Some(Interval {
            low: (by.back)(low - t * standard_error),
            high: (by.back)(high + t * standard_error),
        })
    }

    fn spread(&self, by: Transform) -> Option<Spread> {
        let value = (by.to)(self.value);
        let groups = self.without.len() as f64;
        match self.without.len() {
            0 => return Some(Spread { value, unbiased: value, standard_error: 0.0 }),
            1 => return None,
            _ => {}
        }
        let without = self.without.iter().map(|x| (by.to)(*x));
        let mean = without.clone().sum::<f64>() / groups;
        let squares: f64 = without.map(|x| (x - mean) * (x - mean)).sum();
        Some(Spread {
            value,
            unbiased: groups * value - (groups - 1.0) * mean,
            standard_error: ((groups - 1.0) / groups * squares).sqrt(),
        })
    }
}

/// On some scale.
struct Spread {
    value: f64,
    /// Without the bias that falls as 1/G.
    unbiased: f64,
    standard_error: f64,
}

impl Interval {
    fn cut(self, least: f64, most: f64) -> Self {
        Self { low: self.low.clamp(least, most), high: self.high.clamp(least, most) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_of(values: &[f64]) -> impl Fn(&[u32]) -> Option<f64> + Sync {
        move |times| {
            let sum: f64 = values.iter().zip(times).map(|(value, n)| value * f64::from(*n)).sum();
            Some(sum / f64::from(times.iter().sum::<u32>()))
        }
    }

    /// Of a mean, the jackknife is the textbook's: s / sqrt(n), no bias, t with n - 1 degrees.
    #[test]
    fn of_a_mean_it_is_the_t_interval() {
        let values = [3.0, 4.5, 2.0, 7.5, 3.0, 4.6];
        let jackknife = Jackknife::of(&Groups::each(6), mean_of(&values)).unwrap();
        let mean = values.iter().sum::<f64>() / 6.0;
        let error = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 5.0 / 6.0).sqrt();
        assert!((jackknife.standard_error().unwrap() - error).abs() < 1e-12);
        let Interval { low, high } = jackknife.interval(Scale::Real, 0.95).unwrap();
        let t = 2.570_581_835_636_197;
        assert!((low - (mean - t * error)).abs() < 1e-9 && (high - (mean + t * error)).abs() < 1e-9);
    }

    /// The bias of the plug-in variance is exactly that of the jackknife: it gives the sum divided by n - 1.
    #[test]
    fn the_interval_reaches_the_estimate_free_of_bias() {
        let values = [1.0, 2.0, 4.0, 8.0];
        let variance = |times: &[u32]| {
            let mean = mean_of(&values)(times)?;
            let squares: Vec<f64> = values.iter().map(|v| (v - mean).powi(2)).collect();
            mean_of(&squares)(times)
        };
        let spread = Jackknife::of(&Groups::each(4), variance).unwrap().spread(AS_IT_IS).unwrap();
        assert!((spread.unbiased / spread.value - 4.0 / 3.0).abs() < 1e-12);
    }

    /// Showing every image three times tells nothing new: in groups the jackknife knows that.
    #[test]
    fn copies_of_an_image_make_nothing_surer() {
        let values: Vec<f64> = (0..40).map(|i| f64::from((i * 37) % 41)).collect();
        let copies: Vec<f64> = values.iter().flat_map(|value| [*value; 3]).collect();
        let error = |groups: &Groups, values: &[f64]| {
            Jackknife::of(groups, mean_of(values)).unwrap().standard_error().unwrap()
        };
        let once = error(&Groups::each(40), &values);
        assert!((once - error(&Groups::of((0..120).map(|i| i / 3)), &copies)).abs() < 1e-12);
        assert!((error(&Groups::each(120), &copies) / once * 3f64.sqrt() - 1.0).abs() < 0.01);
    }

    #[test]
    fn intervals_stay_where_the_score_can_be() {
        let of = |values: &[f64], scale| {
            let jackknife = Jackknife::of(&Groups::each(values.len()), mean_of(values)).unwrap();
            jackknife.interval(scale, 0.95).unwrap()
        };
        for values in
            [[0.99, 0.9, 0.2, 0.97], [1.0, 1.0, 0.5, 1.0], [0.0, 0.0, 0.7, 0.0], [0.5, 0.4, 0.6, 0.5]]
        {
            let mean = values.iter().sum::<f64>() / 4.0;
            for scale in [Scale::Share, Scale::Positive, Scale::Error, Scale::Real] {
                let Interval { low, high } = of(&values, scale);
                assert!(low <= mean && mean <= high, "{scale:?} {values:?}");
                assert!(scale == Scale::Real || low >= 0.0);
                assert!(scale != Scale::Share || high <= 1.0);
            }
        }
        // On its logarithm: the ends are as far in ratio.
        let Interval { low, high } = of(&[2.0, 2.2, 1.9, 2.1], Scale::Positive);
        assert!((low * high / 2.05 / 2.05 - 1.0).abs() < 1e-3);
        // Chance leaves it below 0: the root may be 0, and 1 over it anything above its lower end.
        assert_eq!(of(&[0.1, -0.2, 0.02, 0.05], Scale::Root).low, 0.0);
        let Interval { low, high } = of(&[0.1, -0.2, 0.02, 0.05], Scale::Inverse);
        assert!(low > 0.0 && high == f64::INFINITY);
        let (root, inverse) = (of(&[4.0, 4.4, 3.8], Scale::Root), of(&[4.0, 4.4, 3.8], Scale::Inverse));
        let plain = of(&[4.0, 4.4, 3.8], Scale::Positive);
        assert_eq!((root.low, inverse.low), (plain.low.sqrt(), plain.high.recip()));
    }

    /// Images in which a class is not there say nothing of its mean: five of 20 groups are five.
    #[test]
    fn what_has_no_part_is_not_counted() {
        let (held, values) = ([1.0, 2.0, 4.0, 3.0, 7.0], vec![0.0; 15]);
        let values: Vec<f64> = held.into_iter().chain(values).collect();
        let present = |times: &[u32]| {
            let count: u32 = times[..5].iter().sum();
            let sum: f64 = values.iter().zip(times).map(|(value, n)| value * f64::from(*n)).sum();
            (count > 0).then(|| sum / f64::from(count))
        };
        let found = Jackknife::of(&Groups::each(20), present).unwrap();
        let alone = Jackknife::of(&Groups::each(5), mean_of(&held)).unwrap();
        assert_eq!((found.groups(), &found), (5, &alone));
    }

    #[test]
    fn too_little_has_no_interval() {
        let mean = |values: &'static [f64]| mean_of(values);
        assert_eq!(Jackknife::of(&Groups::each(1), mean(&[1.0])), None);
        assert_eq!(Jackknife::of(&Groups::of([7, 7, 7]), mean(&[1.0, 2.0, 3.0])), None);
        assert_eq!(Jackknife::of(&Groups::each(3), |_| None), None);
        // Without the first there is no score.
        assert_eq!(Jackknife::of(&Groups::each(3), |times| (times[0] > 0).then_some(1.0)), None);
        // The first alone has a part in it.
        let one = Jackknife::of(&Groups::each(3), |times| Some(f64::from(times[0]))).unwrap();
        assert_eq!((one.groups(), one.interval(Scale::Real, 0.95)), (1, None));
        // All are the same.
        let same = Jackknife::of(&Groups::each(3), mean(&[0.1, 0.1, 0.1])).unwrap();
        assert_eq!(same.interval(Scale::Share, 0.95), Some(Interval { low: same.value, high: same.value }));
    }

    /// A thousand images are left out by neighbours, and are as sure.
    #[test]
    fn many_groups_are_left_out_together() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i * i % 10_007 * 7919 % 10_007)).collect();
        let jackknife = Jackknife::of(&Groups::each(1000), mean_of(&values)).unwrap();
        assert_eq!(jackknife.groups(), Jackknife::MOST_GROUPS);
        let mean = values.iter().sum::<f64>() / 1000.0;
        let error = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 999.0 / 1000.0).sqrt();
        assert!((jackknife.standard_error().unwrap() / error - 1.0).abs() < 0.15);
    }
}
