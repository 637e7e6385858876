//! Max pooling of 2 x 2 pixels, and its gradient.

use super::{lanes, pixels, put};
use crate::bf16::Stored;
use crate::conv::PANEL;
use crate::simd::dispatch;

/// Which of the two rows of its pixels a row of the pooled map's input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolSide {
    /// The first.
    Top,
    /// The second.
    Bottom,
}

dispatch! {
    /// The largest of every 2 x 2 pixels of two rows.
    pub fn max_pool_row<T: Stored>(top: &[T], bottom: &[T], channels: usize, output: &mut [T]) = max_pool;
    /// The gradient of [`max_pool_row`] for one of its rows, `pair[0]`, whose partner is `pair[1]`: each largest value gets the
    /// whole gradient, the first of equals alone (top before bottom, left before right). It is added to what `output`
    /// holds if asked.
    pub fn max_pool_gradient_row<T: Stored>(
        pair: [&[T]; 2],
        side: PoolSide,
        gradient: &[T],
        channels: usize,
        add: bool,
        output: &mut [T],
    ) = max_pool_gradient;
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

#[inline(always)]
fn max_pool<T: Stored>(top: &[T], bottom: &[T], channels: usize, output: &mut [T]) {
    let count = pixels(output, channels);
    assert!(top.len() == 2 * output.len() && bottom.len() == top.len(), "two pixels for one");
    for p in 0..count {
        for c in (0..channels).step_by(PANEL) {
            let (left, right) = (2 * p * channels + c, (2 * p + 1) * channels + c);
            let (a, b, d, e) =
                (lanes(top, left), lanes(top, right), lanes(bottom, left), lanes(bottom, right));
            let mut y = [0.0; PANEL];
            for i in 0..PANEL {
                y[i] = larger(larger(a[i], b[i]), larger(d[i], e[i]));
            }
            put(y, output, p * channels + c);
        }
    }
}

#[inline(always)]
fn max_pool_gradient<T: Stored>(
    pair: [&[T]; 2],
    side: PoolSide,
    gradient: &[T],
    channels: usize,
    add: bool,
    output: &mut [T],
) {
    let [own, other] = pair;
    let count = pixels(gradient, channels);
    assert!([own.len(), other.len(), output.len()] == [2 * gradient.len(); 3], "two pixels for one");
    for p in 0..count {
        for c in (0..channels).step_by(PANEL) {
            let (left, right) = (2 * p * channels + c, (2 * p + 1) * channels + c);
            let (a, b, d, e) = (lanes(own, left), lanes(own, right), lanes(other, left), lanes(other, right));
            let g = lanes(gradient, p * channels + c);
            let (mut to_left, mut to_right) = ([0.0f32; PANEL], [0.0f32; PANEL]);
            if add {
                (to_left, to_right) = (lanes(output, left), lanes(output, right));
            }
            for i in 0..PANEL {
                let (mine, theirs) = (larger(a[i], b[i]), larger(d[i], e[i]));
                let wins = if side == PoolSide::Top { mine >= theirs } else { mine > theirs };
                let g = if wins { g[i] } else { 0.0 };
                let first = a[i] >= b[i];
                to_left[i] += if first { g } else { 0.0 };
                to_right[i] += if first { 0.0 } else { g };
            }
            put(to_left, output, left);
            put(to_right, output, right);
        }
    }
}
