//! Made-up images with their truth and raters, from a seed.

use super::paint::paint;
use super::raters::{name, outline, stop_early};
use super::scene::Scene;
use crate::Raster;
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use scumble::labels::RaterMask;
use serde::{Deserialize, Serialize};

/// What to make up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyntheticOptions {
    /// How many images.
    pub images: usize,
    /// Rows and columns of each.
    pub size: usize,
    /// How many raters.
    pub raters: usize,
    /// The same seed makes the same data; an image does not depend on how many there are.
    pub seed: u64,
}

impl Default for SyntheticOptions {
    fn default() -> Self {
        Self { images: 12, size: 256, raters: 5, seed: 1 }
    }
}

/// One made-up image with its truth and its raters.
#[derive(Debug, Clone)]
pub struct SyntheticImage {
    /// The name of the image: `lagoon-01` and so on.
    pub id: String,
    /// 8-bit RGB.
    pub image: Raster,
    /// The true probability that a rater calls the pixel water (class 1), [H, W].
    pub truth: Array2<f32>,
    /// The raters who judged this image, by name.
    pub raters: Vec<(String, RaterMask)>,
}

/// Makes up a data set: lagoons seen from above, in which raters outlined the water (a binary label).
///
/// Shores are sharp in some places and soft in others; `truth` is P(water) = 1 / (1 + exp(height / width)) with a
/// width that varies over the image. Each rater's mask is 1 with exactly that probability at each pixel, independent
/// of the other raters, and spatially coherent. As in real life opinions are missing: of three raters or more,
/// the last left out every third image, and the second did not get to the bottom of every fourth.
///
/// ```
/// use scumble_data::{SyntheticOptions, synthetic};
///
/// let made = synthetic(&SyntheticOptions { images: 3, size: 32, ..Default::default() });
/// assert_eq!(made[0].id, "lagoon-01");
/// assert_eq!(made.iter().map(|image| image.raters.len()).collect::<Vec<_>>(), [5, 5, 4]);
/// assert!(made[0].truth.iter().all(|p| (0.0..=1.0).contains(p)));
/// ```
pub fn synthetic(options: &SyntheticOptions) -> Vec<SyntheticImage> {
    (0..options.images).map(|index| one(options, index)).collect()
}

fn one(options: &SyntheticOptions, index: usize) -> SyntheticImage {
    let size = (options.size, options.size);
    // A stream for the scene and one for each rater: more raters change nothing about the others.
    let stream = |rater: usize| {
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        rng.set_stream(((index as u64) << 32) | rater as u64);
        rng
    };
    let mut rng = stream(0);
    let scene = Scene::new(size, &mut rng);
    let image = paint(&scene, &mut rng);
    let some_missing = options.raters >= 3;
    let mut raters = Vec::with_capacity(options.raters);
    for rater in 0..options.raters {
        if some_missing && rater + 1 == options.raters && index % 3 == 2 {
            continue;
        }
        let mut rng = stream(rater + 1);
        let mut mask = RaterMask::from_mask(outline(&scene.truth, &mut rng).view());
        if some_missing && rater == 1 && index % 4 == 1 {
            stop_early(&mut mask, size, &mut rng);
        }
        raters.push((name(rater), mask));
    }
    SyntheticImage { id: format!("lagoon-{:02}", index + 1), image, truth: scene.truth, raters }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scumble::labels::{Kind, LabelSpace, UNSEEN, Votes};

    #[test]
    fn the_same_seed_makes_the_same_data() {
        let options = SyntheticOptions { images: 2, size: 40, raters: 3, seed: 9 };
        let (a, b) = (synthetic(&options), synthetic(&options));
        let more = synthetic(&SyntheticOptions { images: 3, raters: 4, ..options });
        let other = synthetic(&SyntheticOptions { seed: 10, ..options });
        for i in 0..2 {
            assert_eq!((&a[i].image, &a[i].truth, &a[i].raters), (&b[i].image, &b[i].truth, &b[i].raters));
            assert_eq!((&a[i].image, &a[i].raters[0]), (&more[i].image, &more[i].raters[0]));
            assert_ne!(a[i].image, other[i].image);
        }
        assert_ne!(a[0].image, a[1].image);
    }

    #[test]
    fn many_raters_agree_with_the_truth() {
        // Share of 3000 raters at each pixel: 5 standard errors of the binomial, plus one vote.
        let raters = 3000;
        let made = synthetic(&SyntheticOptions { images: 1, size: 24, raters, seed: 2 }).remove(0);
        let mut votes = Votes::new(&LabelSpace::unnamed(Kind::Binary, 1).unwrap(), (24, 24));
        made.raters.iter().for_each(|(_, mask)| votes.add(mask).unwrap());
        let labels = votes.into_labels();
        for (&share, &p) in labels.probabilities().iter().zip(&made.truth) {
            let bound = 5.0 * (p * (1.0 - p) / raters as f32).sqrt() + 1.0 / raters as f32;
            assert!((share - p).abs() < bound, "{share} of the raters, {p} in truth");
        }
    }

    #[test]
    fn every_probability_occurs_and_the_floor_is_above_0() {
        let made = synthetic(&SyntheticOptions { images: 6, size: 128, raters: 0, seed: 1 });
        let mut bins = [0_usize; 10];
        for p in made.iter().flat_map(|image| &image.truth) {
            bins[((p * 10.0) as usize).min(9)] += 1;
        }
        let total: usize = bins.iter().sum();
        assert!(bins.iter().all(|&n| n > total / 100), "{bins:?}");
        assert!(bins[0] > total / 10 && bins[9] > total / 10, "{bins:?}");
        for image in &made {
            let floor = image.truth.mapv(|p| scumble::labels::binary_entropy(p.into())).mean().unwrap();
            assert!(floor > 0.03, "{}: {floor}", image.id);
        }
    }

    #[test]
    fn opinions_are_missing_as_in_real_life() {
        let made = synthetic(&SyntheticOptions { images: 6, size: 32, ..Default::default() });
        let raters = |i: usize| made[i].raters.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
        assert_eq!(raters(0), ["anna", "bela", "chen", "dina", "emre"]);
        assert_eq!(raters(2), ["anna", "bela", "chen", "dina"]);
        let unseen =
            |i: usize, r: usize| made[i].raters[r].1.marks().iter().filter(|m| **m == UNSEEN).count();
        assert!((8 * 32..=16 * 32).contains(&unseen(1, 1)));
        assert_eq!((unseen(1, 0), unseen(0, 1)), (0, 0));
    }

    #[test]
    fn any_size_works() {
        for size in [0, 1, 2, 7] {
            let made = synthetic(&SyntheticOptions { images: 2, size, raters: 3, seed: 0 });
            assert_eq!(made[1].truth.dim(), (size, size));
        }
    }
}
