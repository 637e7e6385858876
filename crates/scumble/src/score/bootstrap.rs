//! How sure a score is: images drawn anew, those of a group together.

use super::groups::Groups;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// How sure a score is, from drawing the images anew.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The bootstrap over images: what the score would have been had other images of the same kind been judged.
///
/// Pixels of an image are alike, and images of a [group](Groups), so whole groups are drawn, with replacement: as many as
/// there are. The interval runs between quantiles of the resampled scores (Efron and Tibshirani 1993, chapter 13,
/// percentile interval; Field and Welsh 2007 on drawing clusters).
///
/// ```
/// use scumble::score::{Bootstrap, Groups};
///
/// let losses = [0.30, 0.34, 0.29, 0.41, 0.33];
/// let mean = |times: &[u32]| {
///     Some(losses.iter().zip(times).map(|(loss, n)| loss * f64::from(*n)).sum::<f64>() / 5.0)
/// };
/// let interval = Bootstrap::default().interval(&Groups::each(losses.len()), mean).unwrap();
/// assert!(interval.low < 0.334 && 0.334 < interval.high);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// How often the groups are drawn anew.
    pub resamples: u32,
    /// Share of the resampled scores within the interval.
    pub level: f64,
    /// Where chance comes from.
    pub seed: u64,
}

impl Default for Bootstrap {
    /// 1000 resamples, 95 %, seed 0.
    fn default() -> Self {
        Self { resamples: 1000, level: 0.95, seed: 0 }
    }
}

impl Bootstrap {
    /// The interval of a score of images in groups; `score` is told how often each image was drawn.
    ///
    /// Resamples for which the score has no meaning are left out. `None` with fewer than two groups, or if no
    /// resample has a score.
    pub fn interval(
        &self,
        groups: &Groups,
        score: impl Fn(&[u32]) -> Option<f64> + Sync,
    ) -> Option<Interval> {
        self.intervals(groups, |times| vec![score(times)])?.pop()?
    }

    /// The intervals of several scores from the same resamples; `scores` gives them in the same order each
    /// time.
    ///
    /// `None` with fewer than two groups or without resamples; a score that no resample has is `None` within.
    pub fn intervals(
        &self,
        groups: &Groups,
        scores: impl Fn(&[u32]) -> Vec<Option<f64>> + Sync,
    ) -> Option<Vec<Option<Interval>>> {
        if groups.count() < 2 || self.resamples == 0 {
            return None;
        }
        let resampled: Vec<Vec<Option<f64>>> = (0..self.resamples)
            .into_par_iter()
            .map(|resample| scores(&self.draw(groups, resample)))
            .collect();
        let tail = (1.0 - self.level.clamp(0.0, 1.0)) / 2.0;
        let interval = |score: usize| {
            let known = resampled.iter().filter_map(|scores| *scores.get(score)?);
            let mut known: Vec<f64> = known.filter(|value| value.is_finite()).collect();
            known.sort_by(f64::total_cmp);
            Some(Interval { low: quantile(&known, tail)?, high: quantile(&known, 1.0 - tail)? })
        };
        Some((0..resampled[0].len()).map(interval).collect())
    }

    /// How often each image is in one resample: a function of seed and resample, whatever the threads.
    fn draw(&self, groups: &Groups, resample: u32) -> Vec<u32> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(u64::from(resample));
        let mut times = vec![0; groups.count()];
        for _ in 0..groups.count() {
            // The bias of the remainder is below 2^-32 for any data set of fewer than 2^32 groups.
            times[(rng.next_u64() % groups.count() as u64) as usize] += 1;
        }
        groups.indices().iter().map(|&group| times[group]).collect()
    }
}

/// The quantile of sorted values, linear between neighbours (type 7 of Hyndman and Fan 1996).
pub(super) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share * last as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of a normal sample: the interval is 1.96 standard errors to each side.
    #[test]
    fn the_interval_of_a_mean_is_that_of_its_standard_error() {
        let values: Vec<f64> = (0..200).map(|i| f64::from(i % 20) - 9.5).collect();
        let error = (values.iter().map(|v| v * v).sum::<f64>() / 200.0 / 200.0).sqrt();
        let mean = |times: &[u32]| {
            Some(values.iter().zip(times).map(|(v, n)| v * f64::from(*n)).sum::<f64>() / 200.0)
        };
        let interval = Bootstrap { resamples: 100_000, ..Bootstrap::default() }
            .interval(&Groups::each(200), mean)
            .unwrap();
        assert!((interval.low / error + 1.96).abs() < 0.03, "{interval:?} {error}");
        assert!((interval.high / error - 1.96).abs() < 0.03, "{interval:?} {error}");
    }

    #[test]
    fn every_resample_has_as_many_images_as_there_are() {
        let count = |times: &[u32]| Some(f64::from(times.iter().sum::<u32>()));
        let interval = Bootstrap::default().interval(&Groups::each(7), count).unwrap();
        assert_eq!((interval.low, interval.high), (7.0, 7.0));
    }

    #[test]
    fn one_image_has_no_interval() {
        assert_eq!(Bootstrap::default().interval(&Groups::each(1), |_| Some(1.0)), None);
        assert_eq!(Bootstrap::default().interval(&Groups::of([7, 7, 7]), |_| Some(1.0)), None);
        assert_eq!(Bootstrap::default().interval(&Groups::each(3), |_| None), None);
    }

    fn mean_of(values: &[f64]) -> impl Fn(&[u32]) -> Option<f64> + Sync {
        move |times| {
            let sum: f64 = values.iter().zip(times).map(|(value, n)| value * f64::from(*n)).sum();
            Some(sum / f64::from(times.iter().sum::<u32>()))
        }
    }

    /// Showing every image three times tells nothing new. In groups the interval knows that, without them it shrinks by
    /// the root of three.
    #[test]
    fn copies_of_an_image_make_nothing_surer() {
        let values: Vec<f64> = (0..40).map(|i| f64::from((i * 37) % 41)).collect();
        let copies: Vec<f64> = values.iter().flat_map(|value| [*value; 3]).collect();
        let bootstrap = Bootstrap { resamples: 4000, ..Bootstrap::default() };
        let once = bootstrap.interval(&Groups::each(40), mean_of(&values)).unwrap();
        let grouped = bootstrap.interval(&Groups::of((0..120).map(|i| i / 3)), mean_of(&copies)).unwrap();
        let apart = bootstrap.interval(&Groups::each(120), mean_of(&copies)).unwrap();
        assert!((once.low - grouped.low).abs() < 1e-12 && (once.high - grouped.high).abs() < 1e-12);
        let shrunken = (apart.high - apart.low) / (once.high - once.low);
        assert!((shrunken * 3f64.sqrt() - 1.0).abs() < 0.1, "{shrunken}");
    }

    /// What a group is called, and whether its images lie side by side, is nobody's business.
    #[test]
    fn groups_are_drawn_whole() {
        let groups = Groups::of(["b", "a", "b", "c", "a"]);
        let whole = |times: &[u32]| {
            let of = |pair: [usize; 2]| times[pair[0]] == times[pair[1]];
            Some(f64::from(u8::from(of([0, 2]) && of([1, 4]) && times[0] + times[1] + times[3] == 3)))
        };
        let interval = Bootstrap::default().interval(&groups, whole).unwrap();
        assert_eq!((interval.low, interval.high), (1.0, 1.0));
    }

    /// The numbers of the bootstrap over images, drawn by their own code: image by image from the stream of the resample.
    #[test]
    fn images_that_are_their_own_groups_are_drawn_one_by_one() {
        let bootstrap = Bootstrap { seed: 5, ..Bootstrap::default() };
        for resample in 0..20 {
            let mut rng = ChaCha8Rng::seed_from_u64(5);
            rng.set_stream(u64::from(resample));
            let mut times = vec![0; 9];
            (0..9).for_each(|_| times[(rng.next_u64() % 9) as usize] += 1);
            assert_eq!(bootstrap.draw(&Groups::each(9), resample), times);
        }
    }
}
