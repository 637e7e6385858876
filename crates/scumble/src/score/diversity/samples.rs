//! Masks drawn from a probability map.

use crate::labels::{Kind, LabelError, LabelSpace, RaterMask};
use ndarray::{Array3, ArrayView3, Axis};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use scumble_kernels::Real;

/// Draws hard masks from a probability map [K, H, W], as raters would have drawn them.
///
/// A map says how often each pixel is on, not which pixels are on together. Drawn pixel by pixel, a mask
/// would be noise; raters draw outlines, one more generously than another. So each sample has one u, uniform
/// above 0 and up to 1, for all its pixels and classes: a class is on where q >= u, which at every pixel
/// happens with probability q, and the samples are level sets of the map, nested like generous and strict
/// outlines. Exclusive classes: the first class up to which the probabilities sum to at least u.
///
/// ```
/// use ndarray::array;
/// use scumble::labels::{Kind, LabelSpace};
/// use scumble::score::diversity::level_samples;
///
/// let samples = level_samples(&LabelSpace::new(Kind::Binary, ["water"])?, array![[[0.0_f32, 0.3, 1.0]]].view(), 1000, 0)?;
/// let on = |pixel: usize| samples.iter().filter(|sample| sample.marks()[[0, 0, pixel]] == 1).count();
/// assert_eq!((on(0), on(2)), (0, 1000));
/// assert!((250..350).contains(&on(1)));
/// # Ok::<(), scumble::labels::LabelError>(())
/// ```
///
/// # Errors
/// Another number of maps than there are classes.
pub fn level_samples<R: Real>(
    space: &LabelSpace,
    prediction: ArrayView3<'_, R>,
    count: usize,
    seed: u64,
) -> Result<Vec<RaterMask>, LabelError> {
    let (found, (_, height, width)) = (prediction.shape().to_vec(), prediction.dim());
    if found[0] != space.count() {
        let expected = vec![space.count(), height, width];
        return Err(LabelError::Shape { what: "the prediction", found, expected });
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    // 53 random bits and one more step: 2^-53 to 1.
    let levels = (0..count).map(|_| ((rng.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64);
    levels.map(|u| RaterMask::new(space, level_set(space.kind(), prediction, u))).collect()
}

fn level_set<R: Real>(kind: Kind, prediction: ArrayView3<'_, R>, u: f64) -> Array3<u16> {
    if kind != Kind::Multiclass {
        return prediction.mapv(|q| u16::from(q.to_f64() >= u));
    }
    let class = prediction.map_axis(Axis(0), |q| {
        let mut sum = 0.0;
        let found = q.iter().position(|&q| {
            sum += q.to_f64();
            sum >= u
        });
        // Rounding may leave the sum a little below 1: the last class that is possible at all.
        let last = || q.iter().rposition(|&q| q > R::ZERO).unwrap_or(0);
        found.unwrap_or_else(last) as u16
    });
    class.insert_axis(Axis(0))
}
