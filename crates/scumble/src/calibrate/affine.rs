//! Calibrations that are affine in the logits: temperature, bias, vector, matrix.

use super::CalibrateError;
use super::newton::{Derivatives, Outcome, minimise};
use super::rows::Rows;
use crate::loss::{sigmoid_cross_entropy_reference, softmax_cross_entropy_reference};
use rayon::prelude::*;

/// Which logits x are made of the logits z.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    /// x_k = s z_k. One parameter.
    Scale,
    /// x_k = s_k z_k + b_k. 2 K parameters, the scales first.
    ScaleAndShift,
}

/// A best scale outside 1 / LIMIT to LIMIT is none: beyond it, a logit of 1 is a certainty of 1 - 4e-44, or
/// nothing.
const LIMIT: f64 = 100.0;
/// No labels but separable ones are predicted with less loss; further on, f64 cannot tell where it falls.
const NO_DOUBT: f64 = 1e-12;
/// Rows summed at a time: fixed, so that the sum is the same at any number of threads.
const CHUNK: usize = 4096;

/// The scales and shifts of least cross entropy. `class` is that of the first column, `None` if they share a
/// scale.
pub(super) fn fit(
    rows: &Rows,
    shape: Shape,
    class: Option<usize>,
) -> Result<(Vec<f64>, Vec<f64>), CalibrateError> {
    if rows.weight() <= 0.0 {
        return Err(CalibrateError::Empty);
    }
    let k = rows.classes;
    let scales = if shape == Shape::Scale { 1 } else { k };
    let mut start = vec![1.0; scales];
    if shape == Shape::ScaleAndShift {
        two_sided(rows, class.unwrap_or(0))?;
        start.resize(2 * k, 0.0);
    }
    let beyond = |at: &[f64], loss: f64| loss < NO_DOUBT || at.iter().any(|value| value.abs() > LIMIT);
    match minimise(start, |at| derivatives(rows, shape, at), beyond) {
        Outcome::Unbounded(at) => {
            let worst = (0..scales).fold(0, |worst, j| if at[j] > at[worst] { j } else { worst });
            Err(CalibrateError::NoMaximum { class: class.map(|class| class + worst), scale: at[worst] })
        }
        Outcome::Minimum(mut at) => {
            // Each of several scales may be anything: what counts is the differences between the classes' logits.
            if scales == 1 && at[0] < 1.0 / LIMIT {
                return Err(CalibrateError::Uninformative { class, scale: at[0] });
            }
            let shifts = at.split_off(scales);
            Ok((at, shifts))
        }
    }
}

/// A shift follows labels that are all 0 or all 1 to infinity.
fn two_sided(rows: &Rows, class: usize) -> Result<(), CalibrateError> {
    for k in 0..rows.classes {
        let labels = rows.labels.iter().skip(k).step_by(rows.classes);
        let mut counted = labels.zip(&rows.weights).filter(|(_, w)| **w > 0.0).map(|(t, _)| *t).peekable();
        let first = counted.peek().copied();
        if let Some(value) = first.filter(|t| *t == 0.0 || *t == 1.0)
            && counted.all(|t| t == value)
        {
            return Err(CalibrateError::OneSided { class: class + k, value: value as u8 });
        }
    }
    Ok(())
}

/// The mean cross entropy as a function of scales and shifts, with gradient and Hessian. It is convex.
///
/// With the library's slopes g = m - t of the cross entropy, m the prediction, the Hessian for the logits is
/// diag(m) - m m^T, for one sigmoid as for a softmax (whose labels sum to 1). Both go on to the parameters by
/// the chain rule, exactly, as x is linear in them. Adding a number to all shifts of a softmax changes
/// nothing; half the square of their sum is added, whose least value 0 costs nothing and makes them unique.
pub(super) fn derivatives(rows: &Rows, shape: Shape, parameters: &[f64]) -> Derivatives {
    let (k, n) = (rows.classes, parameters.len());
    let parts: Vec<Derivatives> = rows
        .logits
        .par_chunks(CHUNK * k)
        .zip(rows.labels.par_chunks(CHUNK * k))
        .zip(rows.weights.par_chunks(CHUNK))
        .map(|((logits, labels), weights)| {
            let mut sum = Derivatives::zero(n);
            let [mut z, mut t, mut x, mut slopes] = [(); 4].map(|()| vec![0.0; k]);
            for ((row, label), &weight) in logits.chunks(k).zip(labels.chunks(k)).zip(weights) {
                for j in 0..k {
                    (z[j], t[j]) = (f64::from(row[j]), f64::from(label[j]));
                    x[j] = match shape {
                        Shape::Scale => parameters[0] * z[j],
                        Shape::ScaleAndShift => parameters[j] * z[j] + parameters[k + j],
                    };
                }
                let value = cross_entropy(&x, &t, &mut slopes);
                let weight = f64::from(weight);
                sum.value += weight * value;
                add_row(&mut sum, shape, &z, &t, &slopes, weight);
            }
            sum
        })
        .collect();
    let mut mean = Derivatives::zero(n);
    let weight = rows.weight();
    parts.iter().for_each(|part| mean.add(part, 1.0 / weight));
    if shape == Shape::ScaleAndShift && k > 1 {
        let total: f64 = parameters[k..].iter().sum();
        mean.value += 0.5 * total * total;
        for i in k..n {
            mean.gradient[i] += total;
            (k..n).for_each(|j| mean.hessian[i * n + j] += 1.0);
        }
    }
    mean
}

fn cross_entropy(x: &[f64], t: &[f64], slopes: &mut [f64]) -> f64 {
    if let ([x], [t]) = (x, t) {
        let (value, slope) = sigmoid_cross_entropy_reference(*x, *t);
        slopes[0] = slope;
        return value;
    }
    let (value, all) = softmax_cross_entropy_reference(x, t, &[]);
    slopes.copy_from_slice(&all);
    value
}

/// Adds one row's gradient and Hessian: J^T g and J^T (diag(m) - m m^T) J with J = dx/dparameters.
fn add_row(sum: &mut Derivatives, shape: Shape, z: &[f64], t: &[f64], slopes: &[f64], weight: f64) {
    let (k, n) = (z.len(), sum.gradient.len());
    let m = |j: usize| slopes[j] + t[j];
    match shape {
        Shape::Scale => {
            let (mut slope, mut first, mut second) = (0.0, 0.0, 0.0);
            for j in 0..k {
                slope += slopes[j] * z[j];
                first += m(j) * z[j];
                second += m(j) * z[j] * z[j];
            }
            sum.gradient[0] += weight * slope;
            sum.hessian[0] += weight * (second - first * first);
        }
        Shape::ScaleAndShift => {
            for i in 0..k {
                sum.gradient[i] += weight * slopes[i] * z[i];
                sum.gradient[k + i] += weight * slopes[i];
                for j in 0..k {
                    let curve = weight * (if i == j { m(i) } else { 0.0 } - m(i) * m(j));
                    sum.hessian[i * n + j] += curve * z[i] * z[j];
                    sum.hessian[i * n + k + j] += curve * z[i];
                    sum.hessian[(k + i) * n + j] += curve * z[j];
                    sum.hessian[(k + i) * n + k + j] += curve;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(classes: usize) -> Rows {
        let wave = |i: usize| (0.7 * i as f32).sin() * 2.0 + 0.1 * (i % 3) as f32;
        let labels: Vec<f32> = (0..60 * classes).map(|i| wave(3 * i + 1).abs() / 2.2).collect();
        let labels = match classes {
            1 => labels,
            _ => labels.chunks(classes).flat_map(|t| t.iter().map(|v| v / t.iter().sum::<f32>())).collect(),
        };
        let weights = (0..60).map(|i| (i % 4) as f32).collect();
        Rows { classes, logits: (0..60 * classes).map(wave).collect(), labels, weights }
    }

    #[test]
    fn gradient_and_hessian_are_the_numeric_derivatives() {
        for (classes, shape) in
            [(1, Shape::Scale), (3, Shape::Scale), (1, Shape::ScaleAndShift), (3, Shape::ScaleAndShift)]
        {
            let rows = rows(classes);
            let n = if shape == Shape::Scale { 1 } else { 2 * classes };
            let at: Vec<f64> = (0..n).map(|i| 0.8 + 0.3 * i as f64).collect();
            let exact = derivatives(&rows, shape, &at);
            for i in 0..n {
                let moved = |by: f64| {
                    let mut at = at.clone();
                    at[i] += by;
                    derivatives(&rows, shape, &at)
                };
                let (up, down) = (moved(1e-5), moved(-1e-5));
                // Labels are f32 and sum to 1 within its rounding only.
                assert!((exact.gradient[i] - (up.value - down.value) / 2e-5).abs() < 1e-7, "{classes} {i}");
                for j in 0..n {
                    let numeric = (up.gradient[j] - down.gradient[j]) / 2e-5;
                    assert!((exact.hessian[j * n + i] - numeric).abs() < 1e-6, "{classes} {i} {j}");
                }
            }
        }
    }
}
