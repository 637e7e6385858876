//! Maps smoothed, close to a Gaussian.

use ndarray::{Array2, ArrayView1, Axis};

/// A map smoothed by three running means each way, close to a Gaussian of standard deviation `radius` pixels.
///
/// NaN counts for nothing: a pixel is the weighted mean of the numbers around it, and NaN where it was NaN.
pub(crate) fn smooth(map: &Array2<f32>, radius: usize) -> Array2<f32> {
    let mut sum = map.mapv(|v| if v.is_nan() { 0.0 } else { f64::from(v) });
    let mut weight = map.mapv(|v| if v.is_nan() { 0.0 } else { 1.0 });
    for plane in [&mut sum, &mut weight] {
        for axis in [Axis(0), Axis(1)] {
            for mut line in plane.lanes_mut(axis) {
                for _ in 0..3 {
                    let means = running_sums(line.view(), radius);
                    line.iter_mut().zip(means).for_each(|(v, mean)| *v = mean);
                }
            }
        }
    }
    ndarray::Zip::from(map)
        .and(&sum)
        .and(&weight)
        .map_collect(|value, sum, weight| if value.is_nan() { f32::NAN } else { (sum / weight) as f32 })
}

/// Sums over the window of `radius` to each side; beyond the ends lies nothing.
fn running_sums(line: ArrayView1<'_, f64>, radius: usize) -> Vec<f64> {
    let mut before = vec![0.0];
    for value in line {
        before.push(before[before.len() - 1] + value);
    }
    let last = line.len();
    (0..last).map(|i| before[(i + radius + 1).min(last)] - before[i.saturating_sub(radius)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_stays_up_to_the_edges() {
        let mut map = Array2::from_elem((20, 30), 0.25);
        map[[3, 4]] = f32::NAN;
        let smoothed = smooth(&map, 4);
        for (at, value) in smoothed.indexed_iter() {
            assert!(
                if at == (3, 4) { value.is_nan() } else { (value - 0.25).abs() < 1e-6 },
                "{at:?} {value}"
            );
        }
    }

    #[test]
    fn a_point_becomes_a_round_hill() {
        let mut map = Array2::zeros((61, 61));
        map[[30, 30]] = 1.0;
        let hill = smooth(&map, 4);
        assert!((hill.sum() - 1.0).abs() < 1e-5);
        assert!(hill[[30, 30]] > hill[[30, 34]] && (hill[[30, 34]] - hill[[34, 30]]).abs() < 1e-7);
        let variance: f32 = hill.indexed_iter().map(|((_, c), v)| v * (c as f32 - 30.0).powi(2)).sum();
        // Three boxes of 9: 3 (81 - 1) / 12.
        assert!((variance - 20.0).abs() < 1e-2, "{variance}");
    }
}
