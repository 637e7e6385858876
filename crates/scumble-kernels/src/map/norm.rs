use super::{lanes, pixels};
use crate::PANEL;
use crate::simd::dispatch;

dispatch! {
    /// `output = scale x + shift` per channel, and ReLU of it if asked: every normalisation, once its statistics are known.
    ///
    /// Without a `row`, `output` holds it.
    pub fn affine_row(row: Option<&[f32]>, scale: &[f32], shift: &[f32], relu: bool, output: &mut [f32]) = affine;
    /// `output = a slope + b x + c` per channel, added to what `output` holds if asked: the gradient of every
    /// normalisation with respect to its input, whose statistics depend on all pixels.
    ///
    /// `factors` are `a`, `b` and `c`. Without a `slope`, `output` holds it.
    pub fn norm_slope_row(
        slope: Option<&[f32]>,
        row: &[f32],
        factors: [&[f32]; 3],
        add: bool,
        output: &mut [f32],
    ) = norm_slope;
}

#[inline(always)]
fn affine(row: Option<&[f32]>, scale: &[f32], shift: &[f32], relu: bool, output: &mut [f32]) {
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
            output[at..at + PANEL].copy_from_slice(&x);
        }
    }
}

#[inline(always)]
fn norm_slope(slope: Option<&[f32]>, row: &[f32], factors: [&[f32]; 3], add: bool, output: &mut [f32]) {
    let channels = factors[0].len();
    let count = pixels(row, channels);
    assert!(factors.iter().all(|factor| factor.len() == channels), "one factor a channel");
    assert!(
        output.len() == row.len() && slope.is_none_or(|slope| slope.len() == row.len()),
        "rows of one length"
    );
    for c in (0..channels).step_by(PANEL) {
        let [a, b, shift] = factors.map(|factor| lanes(factor, c));
        for p in 0..count {
            let at = p * channels + c;
            let x = lanes(row, at);
            let held = lanes(output, at);
            let g = slope.map_or(held, |slope| lanes(slope, at));
            let mut y = [0.0; PANEL];
            for i in 0..PANEL {
                y[i] = a[i] * g[i] + (b[i] * x[i] + shift[i]);
                if add {
                    y[i] += held[i];
                }
            }
            output[at..at + PANEL].copy_from_slice(&y);
        }
    }
}
