//! Non-maximum suppression across the edges of a boundary map.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut1, Axis};
use std::f64::consts::PI;

/// An edge is kept where it is at least its neighbours across, divided by this.
const TOLERANCE: f64 = 1.01;
/// Towards the frame of the image edges fade out over this many pixels.
const FADE: usize = 5;
/// Half the width of the filter that the orientation is measured in.
const ORIENTATION: usize = 4;

/// Keeps of a boundary map [H, W] what is the maximum across the edge, so that wide edges become thin.
///
/// The steps of Dollar and Zitnick (2015), *Fast edge detection using structured forests*, TPAMI 37(8), with
/// the parameters that detectors since Xie and Tu (2015) are evaluated with: the map is smoothed with
/// \[1 2 1\]/4 each way; the edge's orientation is that of the second derivatives of the map under a triangle
/// filter of radius 4; a pixel stays where 1.01 times its value is not below the values (bilinear) one pixel
/// to either side across the edge; the outer 5 pixels fade to 0. Computed in f64.
///
/// ```
/// use ndarray::Array2;
/// let wide = Array2::from_shape_fn((32, 32), |(_, x)| 0.9 - 0.1 * (x as f32 - 16.0).abs().min(9.0));
/// let thin = scumble::score::boundary::suppress_non_maxima(wide.view());
/// let left: Vec<usize> = (0..32).filter(|x| thin[[16, *x]] > 0.0).collect();
/// assert_eq!(left, [16]);
/// ```
pub fn suppress_non_maxima(map: ArrayView2<'_, f32>) -> Array2<f32> {
    let (height, width) = map.dim();
    if height < 2 || width < 2 {
        return map.to_owned();
    }
    let edge = triangle(map.mapv(f64::from).view(), 1);
    let orientation = orientation(edge.view());
    let mut kept = Array2::zeros((height, width));
    for ((row, column), &value) in edge.indexed_iter() {
        let (sin, cos) = orientation[[row, column]].sin_cos();
        let side = |d: f64| bilinear(edge.view(), row as f64 + d * sin, column as f64 + d * cos);
        if value * TOLERANCE >= side(-1.0) && value * TOLERANCE >= side(1.0) {
            kept[[row, column]] = value;
        }
    }
    let fade = FADE.min(width / 2).min(height / 2);
    for axis in [Axis(0), Axis(1)] {
        let length = kept.len_of(axis);
        for from_frame in 0..fade {
            let share = from_frame as f64 / fade as f64;
            for line in [from_frame, length - 1 - from_frame] {
                kept.index_axis_mut(axis, line).mapv_inplace(|value| value * share);
            }
        }
    }
    kept.mapv(|value| value.clamp(0.0, 1.0) as f32)
}

/// The direction across the edge, 0 to pi, from the column axis towards the row axis.
fn orientation(edge: ArrayView2<'_, f64>) -> Array2<f64> {
    let smooth = triangle(edge, ORIENTATION);
    let (dx, dy) = (gradient(smooth.view(), Axis(1)), gradient(smooth.view(), Axis(0)));
    let (dxx, dxy, dyy) =
        (gradient(dx.view(), Axis(1)), gradient(dy.view(), Axis(1)), gradient(dy.view(), Axis(0)));
    let sign = |value: f64| if value == 0.0 { 0.0 } else { value.signum() };
    ndarray::Zip::from(&dxx)
        .and(&dxy)
        .and(&dyy)
        .map_collect(|xx, xy, yy| (yy * sign(-xy) / (xx + 1e-5)).atan().rem_euclid(PI))
}

/// Convolution with a triangle along each axis, the frame mirrored (its pixels are repeated).
///
/// Radius 1: \[1 2 1\]/4; radius r: \[1 2 .. r+1 .. 2 1\]/(r+1)^2.
fn triangle(map: ArrayView2<'_, f64>, radius: usize) -> Array2<f64> {
    let weights: Vec<f64> = (0..=2 * radius)
        .map(|i| (radius + 1 - i.abs_diff(radius)) as f64 / ((radius + 1) * (radius + 1)) as f64)
        .collect();
    let mut smooth = map.to_owned();
    for axis in [Axis(1), Axis(0)] {
        along(&mut smooth, axis, |line, mut to| {
            for (i, value) in to.iter_mut().enumerate() {
                let taps = weights.iter().enumerate();
                *value = taps
                    .map(|(k, w)| w * line[mirrored(i as isize + k as isize - radius as isize, line.len())])
                    .sum();
            }
        });
    }
    smooth
}

/// ... 1 0 | 0 1 2 .. n-1 | n-1 n-2 ...
fn mirrored(i: isize, length: usize) -> usize {
    let i = i.rem_euclid(2 * length as isize) as usize;
    i.min(2 * length - 1 - i)
}

/// Central differences, one-sided at the frame.
fn gradient(map: ArrayView2<'_, f64>, axis: Axis) -> Array2<f64> {
    let mut slope = map.to_owned();
    along(&mut slope, axis, |line, mut to| {
        let last = line.len() - 1;
        for (i, value) in to.iter_mut().enumerate() {
            let (before, after) = (i.saturating_sub(1), (i + 1).min(last));
            *value = (line[after] - line[before]) / (after - before) as f64;
        }
    });
    slope
}

/// Replaces each line along an axis by what `change` makes of it.
fn along(map: &mut Array2<f64>, axis: Axis, change: impl Fn(ArrayView1<'_, f64>, ArrayViewMut1<'_, f64>)) {
    let mut before = Array1::zeros(map.len_of(axis));
    for mut line in map.lanes_mut(axis) {
        before.assign(&line);
        change(before.view(), line.view_mut());
    }
}

/// The value between pixels; beyond the frame that of the frame (as close to it as the original goes).
fn bilinear(map: ArrayView2<'_, f64>, row: f64, column: f64) -> f64 {
    let inside = |place: f64, length: usize| place.clamp(0.0, length as f64 - 1.001);
    let (height, width) = map.dim();
    let (row, column) = (inside(row, height), inside(column, width));
    let (y, x) = (row as usize, column as usize);
    let (down, right) = (row.fract(), column.fract());
    let line = |y: usize| map[[y, x]] * (1.0 - right) + map[[y, x + 1]] * right;
    line(y) * (1.0 - down) + line(y + 1) * down
}
