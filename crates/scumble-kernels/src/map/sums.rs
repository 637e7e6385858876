//! Sums of each channel over a row, in the pixels' order: moments, gradients, totals.

use super::{lanes, pixels};
use crate::bf16::Stored;
use crate::conv::PANEL;
use crate::simd::dispatch;

dispatch! {
    /// Adds each channel's `sum x` to the first half of `sums`, and `sum x^2` to the second.
    ///
    /// A row is summed in f32 as distances from its first pixel, and added in f64: a mean far from 0 does not cost the
    /// variance its digits.
    pub fn moment_sums<T: Stored>(row: &[T], sums: &mut [f64]) = moments;
    /// Adds each channel's `sum gradient` to the first half of `sums`, and `sum gradient (x - pivot)` to the second.
    pub fn gradient_sums<T: Stored>(gradient: &[T], row: &[T], pivot: &[f32], sums: &mut [f64]) = gradients;
    /// Adds each channel's sum to `sums`.
    pub fn channel_sums<T: Stored>(row: &[T], sums: &mut [f32]) = totals;
}

#[inline(always)]
fn moments<T: Stored>(row: &[T], sums: &mut [f64]) {
    let channels = sums.len() / 2;
    let count = pixels(row, channels);
    let (first, second) = sums.split_at_mut(channels);
    assert_eq!(second.len(), channels, "two sums a channel");
    if count == 0 {
        return;
    }
    let n = count as f64;
    for c in (0..channels).step_by(PANEL) {
        let pivot = lanes(row, c);
        let (mut a, mut b) = ([0.0f32; PANEL], [0.0f32; PANEL]);
        for p in 0..count {
            let x = lanes(row, p * channels + c);
            for i in 0..PANEL {
                let d = x[i] - pivot[i];
                a[i] += d;
                b[i] += d * d;
            }
        }
        for i in 0..PANEL {
            let (a, b, p) = (f64::from(a[i]), f64::from(b[i]), f64::from(pivot[i]));
            first[c + i] += a + n * p;
            second[c + i] += b + (2.0 * a + n * p) * p;
        }
    }
}

#[inline(always)]
fn gradients<T: Stored>(gradient: &[T], row: &[T], pivot: &[f32], sums: &mut [f64]) {
    let channels = pivot.len();
    let count = pixels(row, channels);
    assert_eq!(gradient.len(), row.len(), "rows of one length");
    let (first, second) = sums.split_at_mut(channels);
    assert_eq!(second.len(), channels, "two sums a channel");
    for c in (0..channels).step_by(PANEL) {
        let pivot = lanes(pivot, c);
        let (mut a, mut b) = ([0.0f32; PANEL], [0.0f32; PANEL]);
        for p in 0..count {
            let (x, g) = (lanes(row, p * channels + c), lanes(gradient, p * channels + c));
            for i in 0..PANEL {
                a[i] += g[i];
                b[i] += g[i] * (x[i] - pivot[i]);
            }
        }
        add(&mut first[c..c + PANEL], a);
        add(&mut second[c..c + PANEL], b);
    }
}

#[inline(always)]
fn totals<T: Stored>(row: &[T], sums: &mut [f32]) {
    let channels = sums.len();
    let count = pixels(row, channels);
    for c in (0..channels).step_by(PANEL) {
        let mut a = [0.0f32; PANEL];
        for p in 0..count {
            let x = lanes(row, p * channels + c);
            for i in 0..PANEL {
                a[i] += x[i];
            }
        }
        for (sum, a) in sums[c..c + PANEL].iter_mut().zip(a) {
            *sum += a;
        }
    }
}

#[inline(always)]
fn add(sums: &mut [f64], row: [f32; PANEL]) {
    for (sum, value) in sums.iter_mut().zip(row) {
        *sum += f64::from(value);
    }
}
