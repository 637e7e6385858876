//! Samples and raters matched one to one.

use super::assignment::assign;
use super::mask::HardMask;

/// The mean IoU of samples and raters matched one to one as well as they can be (Hungarian-matched IoU; Kohl
/// et al. 2019, "A hierarchical probabilistic U-Net").
///
/// Both crowds are repeated up to the least common multiple of their sizes first, and the time grows with its
/// third power. Two empty masks match perfectly. `None` without samples or raters.
///
/// ```
/// use scumble::score::diversity::{HardMask, matched_iou};
///
/// let mask = |pixels: [u8; 3]| HardMask::new(pixels.map(|on| Some(on == 1)));
/// let (a, b, c) = (mask([1, 0, 0]), mask([1, 1, 0]), mask([0, 0, 1]));
/// assert_eq!(matched_iou(&[a.clone(), b.clone()], &[b.clone(), a.clone()]), Some(1.0));
/// // b goes to b; of c, to which nothing is alike, nothing is got.
/// assert_eq!(matched_iou(&[a.clone(), b.clone()], &[b, c]), Some(0.5));
/// ```
pub fn matched_iou(samples: &[HardMask], raters: &[HardMask]) -> Option<f64> {
    if samples.is_empty() || raters.is_empty() {
        return None;
    }
    let n = samples.len() / greatest_common_divisor(samples.len(), raters.len()) * raters.len();
    let iou: Vec<Vec<f64>> = samples
        .iter()
        .map(|sample| raters.iter().map(|rater| sample.iou(rater).unwrap_or(1.0)).collect())
        .collect();
    let at = |row: usize, column: usize| iou[row % samples.len()][column % raters.len()];
    let costs: Vec<f64> = (0..n * n).map(|i| 1.0 - at(i / n, i % n)).collect();
    let matched = assign(&costs, n);
    Some(matched.iter().enumerate().map(|(row, &column)| at(row, column)).sum::<f64>() / n as f64)
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
