use rayon::prelude::*;
use std::ops::Range;

/// Stripes that an image is cut into, and the least pixels of one. Neither depends on the threads, so sums
/// over stripes, added in their order, are the same bits on any machine; and memory for their sums does not
/// grow with the image.
const STRIPES: usize = 32;
const LEAST: usize = 1 << 14;

/// Does something for each stripe of 0..pixels, in parallel; results in order.
pub(super) fn in_stripes<T: Send>(pixels: usize, each: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let length = pixels.div_ceil(STRIPES).max(LEAST);
    let starts: Vec<usize> = (0..pixels).step_by(length).collect();
    starts.into_par_iter().map(|start| each(start..(start + length).min(pixels))).collect()
}
