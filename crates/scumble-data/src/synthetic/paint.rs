//! What a camera sees of a made-up scene.

use super::gaussian::{normal, normal_cdf, octaves, smooth_field};
use super::scene::{Scene, smoothstep};
use crate::{Raster, Samples};
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;

type Colour = [f32; 3];

const DEEP: Colour = [0.05, 0.20, 0.34];
const LAGOON: Colour = [0.16, 0.50, 0.55];
const SHALLOW: Colour = [0.47, 0.72, 0.66];
const WEED: Colour = [0.10, 0.27, 0.25];
const SAND: Colour = [0.86, 0.78, 0.60];
const GRASS: Colour = [0.50, 0.55, 0.30];
const WOOD: Colour = [0.16, 0.29, 0.15];

/// How gradually a spot of the mosaic goes from land to water, in units of its probability.
const SPOT: f32 = 0.35;
/// The share of the colour that mixes evenly; the rest is mosaic.
const EVEN: f32 = 0.3;
/// Deviation of the sensor's noise, 1 = white.
const NOISE: f32 = 0.022;

/// What a camera sees of a scene, 8-bit RGB.
///
/// The picture carries the truth, but no single pixel does. Where the shore is soft it is a mosaic, like
/// mangroves or a drying marsh: a spot is land or water with the true probability, so the share of water
/// around a pixel tells it. Weed makes water dark as wood, sandbanks make it bright as the beach.
pub(super) fn paint(scene: &Scene, rng: &mut ChaCha8Rng) -> Raster {
    let size = scene.truth.dim();
    let spots = octaves(size, &[(1.0, 7.0), (0.8, 3.5), (0.35, 2.0)], rng);
    let growth = octaves(size, &[(1.0, 34.0), (0.7, 12.0), (0.6, 4.0)], rng);
    let crowns = octaves(size, &[(1.0, 3.2), (0.6, 1.8)], rng);
    let weed = octaves(size, &[(1.0, 28.0), (0.6, 9.0), (0.3, 3.0)], rng);
    let banks = smooth_field(size, 40.0, rng);
    let waves = octaves(size, &[(1.0, 2.2), (0.7, 5.0)], rng);
    let haze = smooth_field(size, 90.0, rng);
    let light = slope_light(&scene.relief, &crowns);

    let mut samples = Vec::with_capacity(size.0 * size.1 * 3);
    for ((y, x), &p) in scene.truth.indexed_iter() {
        let at = [y, x];
        let height = scene.relief[at];

        let depth = -height + 0.25 * banks[at];
        let mut water = mix(SHALLOW, LAGOON, smoothstep(-0.25, 0.6, depth));
        water = mix(water, DEEP, smoothstep(0.4, 1.9, depth));
        water = mix(water, WEED, 0.75 * smoothstep(0.5, 1.3, weed[at]));
        water = scaled(water, 1.0 + 0.035 * waves[at]);

        let inland = height + 0.3 * growth[at];
        let mut land = mix(SAND, GRASS, smoothstep(0.12, 0.5, inland));
        land = mix(land, WOOD, smoothstep(0.45, 1.0, inland + 0.22 * growth[at]));
        land = scaled(land, light[at]);

        // Steeper towards 0 and 1, without which the mosaic would hold less of the rarer than p says.
        let gradual = SPOT.min(2.0 * p).min(2.0 * (1.0 - p)).max(1e-3);
        let spot = smoothstep(-0.5, 0.5, (p - normal_cdf(spots[at])) / gradual);
        let colour = mix(land, water, EVEN * p + (1.0 - EVEN) * spot);
        let colour = scaled(colour, 1.0 + 0.05 * haze[at]);
        samples.extend(colour.map(|c| to_byte(c + NOISE * normal(rng))));
    }
    Raster {
        height: size.0,
        width: size.1,
        channels: 3,
        samples: Samples::U8(samples),
        indexed: None,
        nodata: None,
    }
}

/// Sun from the north-west: slopes towards it are brighter. Crowns of trees stand out of the ground.
fn slope_light(relief: &Array2<f32>, crowns: &Array2<f32>) -> Array2<f32> {
    let (height, width) = relief.dim();
    Array2::from_shape_fn((height, width), |(y, x)| {
        let (down, right) = ((y + 1).min(height - 1), (x + 1).min(width - 1));
        let surface =
            |y, x| 2.4 * relief[[y, x]] + 0.09 * smoothstep(0.2, 0.8, relief[[y, x]]) * crowns[[y, x]];
        let slope = surface(down, right) - surface(y, x);
        (1.0 + 1.6 * slope).clamp(0.55, 1.4)
    })
}

fn mix(a: Colour, b: Colour, share: f32) -> Colour {
    [0, 1, 2].map(|i| a[i] + share * (b[i] - a[i]))
}

fn scaled(colour: Colour, factor: f32) -> Colour {
    colour.map(|c| c * factor)
}

fn to_byte(value: f32) -> u8 {
    (value * 255.0).round().clamp(0.0, 255.0) as u8
}
