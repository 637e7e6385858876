//! How else the same scene could have been recorded: another curve of grey levels, out of focus, with more noise.
//!
//! Labels have no part in it: what there is stays where it is.

use super::AugmentationOptions;
use ndarray::{Array3, ArrayViewMut1, Axis};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// What is done to one patch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Appearance {
    /// Exponent of the grey levels.
    gamma: f32,
    /// Deviation of a Gaussian blur in pixels.
    blur: f32,
    /// Deviation of the noise, in deviations of the channel.
    noise: f32,
}

impl Appearance {
    /// Draws it: each change in its share of the patches, at any strength up to that of the options, as likely as another.
    pub(super) fn draw(options: &AugmentationOptions, rng: &mut ChaCha8Rng) -> Self {
        // The strength of a change, in its share of the patches.
        let mut drawn = || {
            let [chance, strength]: [f32; 2] = rng.random();
            (chance < options.share).then_some(strength)
        };
        let gamma = drawn().map_or(0.0, |strength| options.gamma * (2.0 * strength - 1.0));
        let [blur, noise] = [options.blur, options.noise].map(|most| drawn().map_or(0.0, |s| most * s));
        Self { gamma: gamma.exp(), blur, noise }
    }

    /// Changes a patch [C, P, P] of normalised channels.
    pub(super) fn apply(self, image: &mut Array3<f32>, rng: &mut ChaCha8Rng) {
        if self.gamma != 1.0 {
            image.outer_iter_mut().for_each(|mut plane| {
                let range = plane
                    .iter()
                    .fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], &v| [low.min(v), high.max(v)]);
                plane.mapv_inplace(|v| curved(v, range, self.gamma));
            });
        }
        // Below this the neighbours weigh less than 1/250.
        if self.blur > 0.3 {
            let weights = gaussian(self.blur);
            let mut room = [Vec::new(), Vec::new()];
            for axis in [Axis(1), Axis(2)] {
                image.lanes_mut(axis).into_iter().for_each(|lane| blur(lane, &weights, &mut room));
            }
        }
        if self.noise > 0.0 {
            image.iter_mut().for_each(|value| *value += self.noise * rng.sample::<f32, _>(StandardNormal));
        }
    }
}

/// A value on the power curve that keeps both ends of the range.
fn curved(value: f32, [low, high]: [f32; 2], gamma: f32) -> f32 {
    let width = high - low;
    if width > 0.0 { low + width * ((value - low) / width).powf(gamma) } else { value }
}

/// The centre and one side of a Gaussian, up to three deviations; the whole sums to 1.
fn gaussian(deviation: f32) -> Vec<f32> {
    let side = (3.0 * deviation).ceil() as usize;
    let weight = |at: usize| (-0.5 * (at as f32 / deviation).powi(2)).exp();
    let sum = weight(0) + 2.0 * (1..=side).map(weight).sum::<f32>();
    (0..=side).map(|at| weight(at) / sum).collect()
}

/// Blurs a line, mirrored at its ends; `around` and `sum` are room to work in.
fn blur(mut lane: ArrayViewMut1<'_, f32>, weights: &[f32], [around, sum]: &mut [Vec<f32>; 2]) {
    let (side, length) = (weights.len() - 1, lane.len());
    around.clear();
    let place = |x: usize| crate::mirror(x as isize - side as isize, length);
    around.extend((0..side).map(|x| lane[place(x)]));
    around.extend(lane.iter());
    around.extend((side + length..2 * side + length).map(|x| lane[place(x)]));
    sum.clear();
    sum.extend(around[side..side + length].iter().map(|v| weights[0] * v));
    for (by, weight) in (1..).zip(&weights[1..]) {
        let sides = around[side - by..].iter().zip(&around[side + by..]);
        sum.iter_mut().zip(sides).for_each(|(sum, (a, b))| *sum += weight * (a + b));
    }
    lane.iter_mut().zip(&*sum).for_each(|(out, sum)| *out = *sum);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    const NOTHING: Appearance = Appearance { gamma: 1.0, blur: 0.0, noise: 0.0 };

    fn patch(seed: u64) -> Array3<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Array3::from_shape_simple_fn((2, 64, 64), || rng.random::<f32>() * 3.0 - 1.0)
    }

    fn changed(appearance: Appearance) -> Array3<f32> {
        let mut image = patch(1);
        appearance.apply(&mut image, &mut ChaCha8Rng::seed_from_u64(2));
        image
    }

    fn moments(values: &Array3<f32>) -> (f32, f32) {
        let mean = values.mean().unwrap_or(f32::NAN);
        (mean, values.mapv(|v| (v - mean).powi(2)).mean().unwrap_or(f32::NAN).sqrt())
    }

    #[test]
    fn strength_0_changes_nothing() {
        let options = AugmentationOptions { gamma: 0.0, blur: 0.0, noise: 0.0, ..Default::default() };
        let drawn = Appearance::draw(&options, &mut ChaCha8Rng::seed_from_u64(3));
        assert_eq!(drawn, NOTHING);
        assert_eq!(changed(drawn), patch(1));
    }

    #[test]
    fn each_change_comes_in_its_share_of_the_patches_by_itself() {
        let draws = |share: f32| -> Vec<[bool; 3]> {
            let options =
                AugmentationOptions { gamma: 1.0, blur: 2.0, noise: 1.0, share, ..Default::default() };
            let mut rng = ChaCha8Rng::seed_from_u64(4);
            let drawn = (0..4000).map(|_| Appearance::draw(&options, &mut rng));
            drawn.map(|a| [a.gamma != 1.0, a.blur > 0.0, a.noise > 0.0]).collect()
        };
        let quarter = draws(0.25);
        let share =
            |of: &dyn Fn(&[bool; 3]) -> bool| quarter.iter().filter(|d| of(d)).count() as f32 / 4000.0;
        for change in 0..3 {
            let (own, next) = (share(&|d| d[change]), share(&|d| d[change] && d[(change + 1) % 3]));
            assert!((own - 0.25).abs() < 0.025 && (next - 0.0625).abs() < 0.0125, "{change}: {own} {next}");
        }
        assert!(draws(0.0).iter().all(|changed| *changed == [false; 3]));
        assert!(draws(1.0).iter().filter(|changed| **changed == [true; 3]).count() > 3990);
    }

    #[test]
    fn a_curve_keeps_the_order_and_both_ends() {
        for gamma in [0.5, 2.0] {
            let (before, after) = (patch(1), changed(Appearance { gamma, ..NOTHING }));
            for (before, after) in before.outer_iter().zip(after.outer_iter()) {
                let mut pairs: Vec<_> = before.iter().zip(after).collect();
                pairs.sort_by(|a, b| a.0.total_cmp(b.0));
                assert!(pairs.is_sorted_by(|a, b| a.1 <= b.1));
                let (first, last) = (pairs[0], pairs[pairs.len() - 1]);
                assert!((first.0 - first.1).abs() < 1e-6 && (last.0 - last.1).abs() < 1e-6);
                // Between them a large exponent is dark.
                let middle = pairs[pairs.len() / 2];
                assert_eq!(middle.1 < middle.0, gamma > 1.0);
            }
        }
        let mut flat = Array3::from_elem((1, 4, 4), 0.3);
        Appearance { gamma: 2.0, ..NOTHING }.apply(&mut flat, &mut ChaCha8Rng::seed_from_u64(0));
        assert_eq!(flat, Array3::from_elem((1, 4, 4), 0.3));
    }

    #[test]
    fn a_blur_keeps_the_mean_and_is_a_gaussian() {
        let mut point = Array3::zeros((1, 33, 33));
        point[[0, 16, 16]] = 1.0;
        Appearance { blur: 2.0, ..NOTHING }.apply(&mut point, &mut ChaCha8Rng::seed_from_u64(0));
        assert!((point.sum() - 1.0).abs() < 1e-5);
        let variance: f32 = point.indexed_iter().map(|((_, y, _), v)| v * (y as f32 - 16.0).powi(2)).sum();
        assert!((variance - 4.0).abs() < 0.15, "{variance}");
        assert!((point[[0, 16, 18]] / point[[0, 16, 16]] - (-0.5f32).exp()).abs() < 1e-5);
        let ((before, wide), (after, narrow)) =
            (moments(&patch(1)), moments(&changed(Appearance { blur: 1.0, ..NOTHING })));
        assert!((before - after).abs() < 0.02 && narrow < 0.5 * wide);
    }

    #[test]
    fn noise_has_its_deviation_and_no_mean() {
        let noise = changed(Appearance { noise: 0.2, ..NOTHING }) - patch(1);
        let (mean, deviation) = moments(&noise);
        assert!(mean.abs() < 0.01 && (deviation - 0.2).abs() < 0.01, "{mean} {deviation}");
    }
}
