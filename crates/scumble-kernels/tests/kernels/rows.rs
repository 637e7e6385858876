//! What happens to rows between convolutions, against its definition.

use scumble_kernels::{
    Isa, PoolSide, affine_row, box_sums_row, channel_sums, gradient_sums, max_pool_gradient_row,
    max_pool_row, moment_sums, norm_gradient_row, relu_gradient_row, relu_row, repeat_row, sum_pairs_row,
};

use crate::{assert_close, noise};

/// Stored channels and pixels of a row.
const SIZES: [(usize, usize); 7] = [(16, 1), (16, 97), (32, 5), (48, 16), (160, 3), (192, 1), (128, 33)];

/// What `run` makes under every set: the same bits.
fn agreed<T: PartialEq + std::fmt::Debug>(run: impl Fn(Isa) -> T) -> T {
    let mut results: Vec<T> = Isa::available().into_iter().map(run).collect();
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "the sets disagree");
    results.swap_remove(0)
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

#[test]
fn relu_and_its_gradient() {
    let x = noise(16 * 7, 1);
    let gradient = noise(16 * 7, 2);
    let y = agreed(|isa| {
        let mut y = vec![f32::NAN; x.len()];
        relu_row(isa, &x, &mut y);
        y
    });
    let g = agreed(|isa| {
        let mut g = gradient.clone();
        relu_gradient_row(isa, &y, &mut g);
        g
    });
    for i in 0..x.len() {
        assert_eq!((y[i], g[i]), if x[i] > 0.0 { (x[i], gradient[i]) } else { (0.0, 0.0) });
    }
}

#[test]
fn sums_of_channels_even_far_from_zero() {
    for (channels, pixels) in SIZES {
        let row: Vec<f32> = noise(channels * pixels, 1).iter().map(|v| v + 100.0).collect();
        let (gradient, pivot) = (noise(channels * pixels, 2), vec![100.5f32; channels]);
        let moments = agreed(|isa| {
            let mut sums = vec![1.0; 2 * channels];
            moment_sums(isa, &row, &mut sums);
            sums
        });
        let gradients = agreed(|isa| {
            let mut sums = vec![1.0; 2 * channels];
            gradient_sums(isa, &gradient, &row, &pivot, &mut sums);
            sums
        });
        let totals = agreed(|isa| {
            let mut sums = vec![1.0; channels];
            channel_sums(isa, &gradient, &mut sums);
            sums
        });
        for c in 0..channels {
            let of = |values: &[f32]| {
                values.iter().skip(c).step_by(channels).map(|&v| f64::from(v)).collect::<Vec<_>>()
            };
            let (x, g, n) = (of(&row), of(&gradient), pixels as f64);
            let mean = x.iter().sum::<f64>() / n;
            let found = (moments[c] - 1.0) / n;
            assert!((found - mean).abs() < 1e-6, "{found} {mean}");
            // The variance survives the square of a mean that is 30,000 times as large.
            let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
            let found = (moments[channels + c] - 1.0) / n - found * found;
            assert!((found - variance).abs() < 2e-6, "{found} {variance}");
            let product: f64 = g.iter().zip(&x).map(|(g, x)| g * (x - 100.5)).sum();
            for (found, expected) in [
                (gradients[c], g.iter().sum::<f64>()),
                (gradients[channels + c], product),
                (f64::from(totals[c]), g.iter().sum()),
            ] {
                assert!((found - 1.0 - expected).abs() < 1e-5, "{found} {expected}");
            }
        }
    }
}

#[test]
fn affine_maps_and_the_gradient_of_norms() {
    for (channels, pixels) in SIZES {
        let len = channels * pixels;
        let [x, gradient, held] = [1, 2, 3].map(|seed| noise(len, seed));
        let [a, b, c] = [4, 5, 6].map(|seed| noise(channels, seed));
        for flag in [false, true] {
            let y = agreed(|isa| {
                let mut y = vec![f32::NAN; len];
                affine_row(isa, Some(&x), &a, &b, flag, &mut y);
                let mut in_place = x.clone();
                affine_row(isa, None, &a, &b, flag, &mut in_place);
                assert_eq!(in_place, y);
                y
            });
            let g = agreed(|isa| {
                let mut g = held.clone();
                norm_gradient_row(isa, Some(&gradient), &x, [&a, &b, &c], flag, &mut g);
                g
            });
            let in_place = agreed(|isa| {
                let mut g = gradient.clone();
                norm_gradient_row(isa, None, &x, [&a, &b, &c], false, &mut g);
                g
            });
            let (xs, gradients, helds, [a, b, c]) =
                (wide(&x), wide(&gradient), wide(&held), [&a, &b, &c].map(|v| wide(v)));
            let value = |i: usize| a[i % channels] * gradients[i] + b[i % channels] * xs[i] + c[i % channels];
            let affine = |i: usize| {
                let y = a[i % channels] * xs[i] + b[i % channels];
                if flag { y.max(0.0) } else { y }
            };
            let all = |f: &dyn Fn(usize) -> f64| (0..len).map(f).collect::<Vec<_>>();
            assert_close(&y, &all(&affine), 1e-6, "affine");
            let extra = |i: usize| if flag { helds[i] } else { 0.0 };
            assert_close(&g, &all(&|i| value(i) + extra(i)), 1e-6, "gradient");
            assert_close(&in_place, &all(&value), 1e-6, "gradient in place");
        }
    }
}

#[test]
fn max_pooling_and_its_gradient() {
    for (channels, pixels) in SIZES {
        let len = channels * pixels;
        // Few values: many are equal.
        let coarse = |seed| noise(2 * len, seed).iter().map(|v| (v * 2.0).round()).collect::<Vec<f32>>();
        let (top, bottom, gradient, held) = (coarse(1), coarse(2), noise(len, 3), noise(2 * len, 4));
        let y = agreed(|isa| {
            let mut y = vec![f32::NAN; len];
            max_pool_row(isa, &top, &bottom, channels, &mut y);
            y
        });
        for add in [false, true] {
            let of = |own: &[f32], other: &[f32], side| {
                agreed(|isa| {
                    let mut g = held.clone();
                    max_pool_gradient_row(isa, [own, other], side, &gradient, channels, add, &mut g);
                    g
                })
            };
            let to = [of(&top, &bottom, PoolSide::Top), of(&bottom, &top, PoolSide::Bottom)];
            for i in 0..len {
                let (p, c) = (i / channels, i % channels);
                let places = [(0, 2 * p), (0, 2 * p + 1), (1, 2 * p), (1, 2 * p + 1)];
                let value = |(row, x): (usize, usize)| [&top, &bottom][row][x * channels + c];
                let largest = places.into_iter().map(value).fold(f32::NEG_INFINITY, f32::max);
                assert_eq!(y[i], largest);
                let first = places.into_iter().position(|place| value(place) == largest);
                for (at, (row, x)) in places.into_iter().enumerate() {
                    let mut expected = if Some(at) == first { gradient[i] } else { 0.0 };
                    if add {
                        expected += held[x * channels + c];
                    }
                    assert_eq!(to[row][x * channels + c], expected);
                }
            }
        }
    }
}

#[test]
fn repeating_pixels_and_its_gradient() {
    for (channels, pixels) in SIZES {
        let len = channels * pixels;
        let (x, held) = (noise(len, 1), noise(len, 2));
        let (top, bottom) = (noise(2 * len, 3), noise(2 * len, 4));
        let y = agreed(|isa| {
            let mut y = vec![f32::NAN; 2 * len];
            repeat_row(isa, &x, channels, &mut y);
            y
        });
        for (i, y) in y.iter().enumerate() {
            assert_eq!(*y, x[i / channels / 2 * channels + i % channels]);
        }
        for add in [false, true] {
            let g = agreed(|isa| {
                let mut g = held.clone();
                sum_pairs_row(isa, &top, &bottom, channels, add, &mut g);
                g
            });
            for i in 0..len {
                let at = (2 * (i / channels)) * channels + i % channels;
                let four = [top[at], top[at + channels], bottom[at], bottom[at + channels]];
                let expected: f64 = four.iter().map(|&v| f64::from(v)).sum();
                let expected = expected + if add { f64::from(held[i]) } else { 0.0 };
                assert!((f64::from(g[i]) - expected).abs() < 1e-6);
            }
        }
    }
}

#[test]
fn box_sums_are_the_gradients_that_a_pixel_meets_through_each_tap() {
    for (channels, pixels) in SIZES {
        let rows = [1, 2, 3, 4].map(|seed| noise((2 * pixels + 2) * channels, seed));
        let sums = agreed(|isa| {
            let mut sums = vec![f32::NAN; 9 * pixels * channels];
            box_sums_row(isa, [&rows[0], &rows[1], &rows[2], &rows[3]], channels, &mut sums);
            sums
        });
        for (at, &found) in sums.iter().enumerate() {
            let (q, tap, c) = (at / (9 * channels), at / channels % 9, at % channels);
            let (kh, kw) = (tap / 3, tap % 3);
            let mut expected = 0.0;
            for u in 0..2 {
                for v in 0..2 {
                    // The rows begin one row and one column before the pixel's first output.
                    expected += f64::from(rows[u + 2 - kh][(2 * q + v + 2 - kw) * channels + c]);
                }
            }
            assert!((f64::from(found) - expected).abs() < 1e-6);
        }
    }
}
