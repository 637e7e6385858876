//! What there is before anyone looks: relief, and the true probability of water.

use super::gaussian::{octaves, smooth_field};
use ndarray::{Array2, Zip};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// What there is before anyone looks at it.
pub(super) struct Scene {
    /// Height above the water line; deviation about 1.
    pub(super) relief: Array2<f32>,
    /// The true probability that a rater calls the pixel water.
    pub(super) truth: Array2<f32>,
}

/// The distance in height over which a shore goes from 12 % to 88 % water is four of these: a wall, a marsh.
const WIDTH: [f32; 2] = [0.025, 0.55];

/// How much of the bed is drawn down to a level of its own, so that every scene has land and water.
const LEVEL: f32 = 0.8;

impl Scene {
    pub(super) fn new(size: (usize, usize), rng: &mut ChaCha8Rng) -> Self {
        let coarse = (size.0.min(size.1) as f64 * 0.4).min(100.0);
        let parts = [(1.0, coarse), (0.42, coarse * 0.4), (0.13, coarse * 0.16), (0.05, coarse * 0.07)];
        let mut relief = octaves(size, &parts, rng);
        let level = LEVEL * relief.mean().unwrap_or(0.0) + 0.5 * (rng.random::<f32>() - 0.5);
        relief -= level;

        // Shores are sharp here and gradual there; a shore of middling softness is the exception.
        let softness = smooth_field(size, coarse * 0.8, rng);
        let mut truth = Array2::zeros(size);
        Zip::from(&mut truth).and(&relief).and(&softness).for_each(|p, &height, &soft| {
            let share = smoothstep(-0.9, 1.1, soft);
            let width = WIDTH[0] * (WIDTH[1] / WIDTH[0]).powf(share);
            *p = 1.0 / (1.0 + (height / width).exp());
        });
        Self { relief, truth }
    }
}

/// 0 below `low`, 1 above `high`, smooth between.
pub(super) fn smoothstep(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
