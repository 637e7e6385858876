//! What changes every value by itself: ReLU, a normalisation whose statistics are known, and their gradients.

use super::{lanes, pixels, put};
use crate::bf16::Stored;
use crate::conv::PANEL;
use crate::simd::dispatch;

dispatch! {
    /// Values as f32.
    pub fn widen_row<T: Stored>(input: &[T], output: &mut [f32]) = widen;
    /// Values from f32, rounded.
    pub fn narrow_row<T: Stored>(input: &[f32], output: &mut [T]) = narrow;
    /// `output = max(input, 0)`.
    pub fn relu_row<T: Stored>(input: &[T], output: &mut [T]) = relu;
    /// Sets `gradient` to 0 where `output`, the result of ReLU, is not positive: the gradient of ReLU.
    pub fn relu_gradient_row<T: Stored>(output: &[T], gradient: &mut [T]) = relu_gradient;
    /// `output = scale x + shift` per channel, and ReLU of it if asked: every normalisation, once its statistics are known.
    ///
    /// Without a `row`, `output` holds it.
    pub fn affine_row<T: Stored>(
        row: Option<&[T]>,
        scale: &[f32],
        shift: &[f32],
        relu: bool,
        output: &mut [T],
    ) = affine;
    /// `output = a gradient + b x + c` per channel, added to what `output` holds if asked: the gradient of every
    /// normalisation with respect to its input, whose statistics depend on all pixels.
    ///
    /// `factors` are `a`, `b` and `c`. Without a `gradient`, `output` holds it.
    pub fn norm_gradient_row<T: Stored>(
        gradient: Option<&[T]>,
        row: &[T],
        factors: [&[f32]; 3],
        add: bool,
        output: &mut [T],
    ) = norm_gradient;
}

#[inline(always)]
fn widen<T: Stored>(input: &[T], output: &mut [f32]) {
    assert_eq!(input.len(), output.len(), "rows of one length");
    for (y, x) in output.iter_mut().zip(input) {
        *y = x.wide();
    }
}

#[inline(always)]
fn narrow<T: Stored>(input: &[f32], output: &mut [T]) {
    assert_eq!(input.len(), output.len(), "rows of one length");
    for (y, &x) in output.iter_mut().zip(input) {
        *y = T::narrow(x);
    }
}

#[inline(always)]
fn relu<T: Stored>(input: &[T], output: &mut [T]) {
    assert_eq!(input.len(), output.len(), "rows of one length");
    for (y, &x) in output.iter_mut().zip(input) {
        *y = if x.wide() > 0.0 { x } else { T::default() };
    }
}

#[inline(always)]
fn relu_gradient<T: Stored>(output: &[T], gradient: &mut [T]) {
    assert_eq!(output.len(), gradient.len(), "rows of one length");
    for (g, &y) in gradient.iter_mut().zip(output) {
        *g = if y.wide() > 0.0 { *g } else { T::default() };
    }
}

#[inline(always)]
fn affine<T: Stored>(row: Option<&[T]>, scale: &[f32], shift: &[f32], relu: bool, output: &mut [T]) {
    let channels = scale.len();
    let count = pixels(output, channels);
    assert!(shift.len() == channels && row.is_none_or(|row| row.len() == output.len()), "rows of one length");
    for c in (0..channels).step_by(PANEL) {
        let (scale, shift) = (lanes(scale, c), lanes(shift, c));
        let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
        for p in 0..count {
            let at = p * channels + c;
            let mut x = row.map_or(lanes(output, at), |row| lanes(row, at));
            for i in 0..PANEL {
                let y = scale[i] * x[i] + shift[i];
                // NaN stays NaN without ReLU.
                x[i] = if y < floor { floor } else { y };
            }
            put(x, output, at);
        }
    }
}

#[inline(always)]
fn norm_gradient<T: Stored>(
    gradient: Option<&[T]>,
    row: &[T],
    factors: [&[f32]; 3],
    add: bool,
    output: &mut [T],
) {
    let channels = factors[0].len();
    let count = pixels(row, channels);
    assert!(factors.iter().all(|factor| factor.len() == channels), "one factor a channel");
    assert!(
        output.len() == row.len() && gradient.is_none_or(|gradient| gradient.len() == row.len()),
        "rows of one length"
    );
    for c in (0..channels).step_by(PANEL) {
        let [a, b, shift] = factors.map(|factor| lanes(factor, c));
        for p in 0..count {
            let at = p * channels + c;
            let x = lanes(row, at);
            let held = lanes(output, at);
            let g = gradient.map_or(held, |gradient| lanes(gradient, at));
            let mut y = [0.0; PANEL];
            for i in 0..PANEL {
                y[i] = a[i] * g[i] + (b[i] * x[i] + shift[i]);
                if add {
                    y[i] += held[i];
                }
            }
            put(y, output, at);
        }
    }
}
