//! Made-up raters: smooth outlines that follow the true probability.

use super::gaussian::{normal_cdf, octaves};
use ndarray::{Array2, Zip};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use scumble::labels::RaterMask;

const NAMES: [&str; 8] = ["anna", "bela", "chen", "dina", "emre", "fay", "goro", "hana"];

pub(super) fn name(rater: usize) -> String {
    NAMES.get(rater).map_or_else(|| format!("rater-{}", rater + 1), |name| (*name).to_owned())
}

/// One rater's outline of a scene.
///
/// The rater says water where u < truth, with u = Phi(z) and z a [smooth field](super::gaussian::octaves) that is
/// exactly standard normal at each pixel. So u is uniform at each pixel and P(water) = truth there, by
/// construction; and u is smooth, so the outline is a coherent line, as a hand draws it, that wanders where the
/// shore is soft and is fixed where it is sharp. Raters are independent of each other.
pub(super) fn outline(truth: &Array2<f32>, rng: &mut ChaCha8Rng) -> Array2<bool> {
    let z = octaves(truth.dim(), &[(1.0, 34.0), (0.25, 11.0)], rng);
    let mut mask = Array2::from_elem(truth.dim(), false);
    Zip::from(&mut mask).and(truth).and(&z).for_each(|water, &p, &z| *water = normal_cdf(z) < p);
    mask
}

/// A rater who stopped early: the lowest rows, a quarter to a half of them, are unseen. It does not depend on what
/// is there, so the votes stay unbiased.
pub(super) fn stop_early(mask: &mut RaterMask, (height, width): (usize, usize), rng: &mut ChaCha8Rng) {
    let from = (height as f64 * (0.5 + 0.25 * rng.random::<f64>())) as usize;
    let unseen = Array2::from_shape_fn((height, width), |(y, _)| y >= from);
    mask.hide(unseen.view()).expect("the size of the mask");
}
