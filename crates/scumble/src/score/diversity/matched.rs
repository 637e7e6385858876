//! Samples and raters matched one to one.

use super::energy::EmptyMasks;
use super::mask::HardMask;
use crate::score::assignment::assign;
use crate::score::means::mean;

/// The mean IoU of samples and raters matched one to one as well as they can be (Hungarian-matched IoU; Kohl
/// et al. 2019, "A hierarchical probabilistic U-Net").
///
/// Both crowds are repeated up to the least common multiple of their sizes first, and the time grows with its
/// third power. Pairs of empty masks match perfectly or, in the same matching, are left out of the mean. Of masks that have
/// seen the same pixels the best matching has as many such pairs as there can be, so there is one answer. `None` without samples or raters, or if only empty masks
/// are matched that are ignored.
///
/// ```
/// use scumble::score::diversity::{EmptyMasks, HardMask, matched_iou};
///
/// let mask = |pixels: [u8; 3]| HardMask::new(pixels.map(|on| Some(on == 1)));
/// let (a, b, c) = (mask([1, 0, 0]), mask([1, 1, 0]), mask([0, 0, 1]));
/// let matched = |samples: [&HardMask; 2], raters: [&HardMask; 2], empty| {
///     matched_iou(&samples.map(Clone::clone), &raters.map(Clone::clone), empty)
/// };
/// assert_eq!(matched([&a, &b], [&b, &a], EmptyMasks::Equal), Some(1.0));
/// // b goes to b; of c, to which nothing is alike, nothing is got.
/// assert_eq!(matched([&a, &b], [&b, &c], EmptyMasks::Equal), Some(0.5));
/// // Nothing goes to nothing.
/// let none = mask([0, 0, 0]);
/// assert_eq!(matched([&a, &none], [&none, &b], EmptyMasks::Equal), Some(0.75));
/// assert_eq!(matched([&a, &none], [&none, &b], EmptyMasks::Ignored), Some(0.5));
/// ```
pub fn matched_iou(samples: &[HardMask], raters: &[HardMask], empty: EmptyMasks) -> Option<f64> {
    if samples.is_empty() || raters.is_empty() {
        return None;
    }
    let n = samples.len() / greatest_common_divisor(samples.len(), raters.len()) * raters.len();
    let iou: Vec<Vec<Option<f64>>> =
        samples.iter().map(|sample| raters.iter().map(|rater| sample.iou(rater)).collect()).collect();
    let at = |row: usize, column: usize| iou[row % samples.len()][column % raters.len()];
    let costs: Vec<f64> = (0..n * n).map(|i| 1.0 - at(i / n, i % n).unwrap_or(1.0)).collect();
    let matched = assign(&costs, n).into_iter().enumerate().map(|(row, column)| at(row, column));
    match empty {
        EmptyMasks::Equal => mean(matched.map(|iou| iou.or(Some(1.0)))),
        EmptyMasks::Ignored => mean(matched),
    }
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
