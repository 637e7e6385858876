//! How sure a score is: images drawn anew.

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
/// Pixels of an image are alike, so whole images are drawn, with replacement. The interval runs between
/// quantiles of the resampled scores (Efron and Tibshirani 1993, chapter 13, percentile interval).
///
/// ```
/// use scumble::score::Bootstrap;
///
/// let losses = [0.30, 0.34, 0.29, 0.41, 0.33];
/// let mean = |times: &[u32]| {
///     Some(losses.iter().zip(times).map(|(loss, n)| loss * f64::from(*n)).sum::<f64>() / 5.0)
/// };
/// let interval = Bootstrap::default().interval(losses.len(), mean).unwrap();
/// assert!(interval.low < 0.334 && 0.334 < interval.high);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// How often the images are drawn anew.
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
    /// The interval of a score of `images` images; `score` is told how often each of them was drawn.
    ///
    /// Resamples for which the score has no meaning are left out. `None` with fewer than two images, or if no
    /// resample has a score.
    pub fn interval(&self, images: usize, score: impl Fn(&[u32]) -> Option<f64> + Sync) -> Option<Interval> {
        self.intervals(images, |times| vec![score(times)])?.pop()?
    }

    /// The intervals of several scores from the same resamples; `scores` gives them in the same order each
    /// time.
    ///
    /// `None` with fewer than two images or without resamples; a score that no resample has is `None` within.
    pub fn intervals(
        &self,
        images: usize,
        scores: impl Fn(&[u32]) -> Vec<Option<f64>> + Sync,
    ) -> Option<Vec<Option<Interval>>> {
        if images < 2 || self.resamples == 0 {
            return None;
        }
        let resampled: Vec<Vec<Option<f64>>> = (0..self.resamples)
            .into_par_iter()
            .map(|resample| scores(&self.draw(images, resample)))
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
    fn draw(&self, images: usize, resample: u32) -> Vec<u32> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(u64::from(resample));
        let mut times = vec![0; images];
        for _ in 0..images {
            // The bias of the remainder is below 2^-32 for any data set of fewer than 2^32 images.
            times[(rng.next_u64() % images as u64) as usize] += 1;
        }
        times
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
        let interval = Bootstrap { resamples: 100_000, ..Bootstrap::default() }.interval(200, mean).unwrap();
        assert!((interval.low / error + 1.96).abs() < 0.03, "{interval:?} {error}");
        assert!((interval.high / error - 1.96).abs() < 0.03, "{interval:?} {error}");
    }

    #[test]
    fn every_resample_has_as_many_images_as_there_are() {
        let count = |times: &[u32]| Some(f64::from(times.iter().sum::<u32>()));
        let interval = Bootstrap::default().interval(7, count).unwrap();
        assert_eq!((interval.low, interval.high), (7.0, 7.0));
    }

    #[test]
    fn one_image_has_no_interval() {
        assert_eq!(Bootstrap::default().interval(1, |_| Some(1.0)), None);
        assert_eq!(Bootstrap::default().interval(3, |_| None), None);
    }
}
