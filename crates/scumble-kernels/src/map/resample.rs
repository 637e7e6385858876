//! Nearest-neighbour upsampling by two, its gradient, and the sums that a convolution behind it needs.

use super::{lanes, pixels};
use crate::PANEL;
use crate::simd::dispatch;

/// Four neighbouring rows of the gradient of a map that was convolved 3 x 3 after repeating every pixel 2 x 2 times.
///
/// With `q` the row of the small map, they are the large map's rows `2 q - 1` to `2 q + 2`, each from the column `-1`
/// to the column behind the last: the border of zeros belongs to them.
pub type BoxRows<'a> = [&'a [f32]; 4];

dispatch! {
    /// Every pixel twice.
    pub fn repeat_row(row: &[f32], channels: usize, output: &mut [f32]) = repeat;
    /// The sum of every 2 x 2 pixels of two rows, added to what `output` holds if asked: the gradient of repeating.
    pub fn sum_pairs_row(top: &[f32], bottom: &[f32], channels: usize, add: bool, output: &mut [f32]) = sum_pairs;
    /// For every pixel `q` of the small map and every tap `[kh, kw]` of the kernel, the sum of the gradients of the four
    /// outputs that read pixel `q` through that tap:
    ///
    /// ```text
    /// output[q][kh][kw] = sum over u, v in {0, 1} of gradient[2 row + u + 1 - kh][2 q + v + 1 - kw]
    /// ```
    ///
    /// Both gradients of upsampling and convolution are then those of a 1 x 1 convolution of the small map: 9 products
    /// a small pixel instead of 36.
    pub fn box_sums_row(gradient: BoxRows<'_>, channels: usize, output: &mut [f32]) = box_sums;
}

#[inline(always)]
fn repeat(row: &[f32], channels: usize, output: &mut [f32]) {
    assert_eq!(output.len(), 2 * row.len(), "two pixels for one");
    for p in 0..pixels(row, channels) {
        let pixel = &row[p * channels..(p + 1) * channels];
        output[2 * p * channels..][..channels].copy_from_slice(pixel);
        output[(2 * p + 1) * channels..][..channels].copy_from_slice(pixel);
    }
}

#[inline(always)]
fn sum_pairs(top: &[f32], bottom: &[f32], channels: usize, add: bool, output: &mut [f32]) {
    let count = pixels(output, channels);
    assert!(top.len() == 2 * output.len() && bottom.len() == top.len(), "two pixels for one");
    for p in 0..count {
        for c in (0..channels).step_by(PANEL) {
            let (left, right) = (2 * p * channels + c, (2 * p + 1) * channels + c);
            let (a, b, d, e) =
                (lanes(top, left), lanes(top, right), lanes(bottom, left), lanes(bottom, right));
            let at = p * channels + c;
            let mut y = if add { lanes(output, at) } else { [0.0; PANEL] };
            for i in 0..PANEL {
                y[i] += (a[i] + b[i]) + (d[i] + e[i]);
            }
            output[at..at + PANEL].copy_from_slice(&y);
        }
    }
}

#[inline(always)]
fn box_sums(gradient: BoxRows<'_>, channels: usize, output: &mut [f32]) {
    let count = pixels(output, 9 * channels);
    assert!(
        gradient.iter().all(|row| row.len() == (2 * count + 2) * channels),
        "a border and two pixels for one"
    );
    for q in 0..count {
        for c in (0..channels).step_by(PANEL) {
            // Sums of neighbouring rows, [kh][column]: the first tap reads the last two rows.
            let mut rows = [[[0.0f32; PANEL]; 4]; 3];
            for column in 0..4 {
                let at = (2 * q + column) * channels + c;
                let x = [
                    lanes(gradient[0], at),
                    lanes(gradient[1], at),
                    lanes(gradient[2], at),
                    lanes(gradient[3], at),
                ];
                for (kh, row) in rows.iter_mut().enumerate() {
                    for i in 0..PANEL {
                        row[column][i] = x[2 - kh][i] + x[3 - kh][i];
                    }
                }
            }
            for (kh, columns) in rows.iter().enumerate() {
                for kw in 0..3 {
                    let mut y = [0.0f32; PANEL];
                    for i in 0..PANEL {
                        y[i] = columns[2 - kw][i] + columns[3 - kw][i];
                    }
                    output[(q * 9 + kh * 3 + kw) * channels + c..][..PANEL].copy_from_slice(&y);
                }
            }
        }
    }
}
