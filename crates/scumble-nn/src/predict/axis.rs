//! How one axis of an image is cut into overlapping tiles.

/// How one axis of an image is cut into overlapping tiles, and what each tile counts at each coordinate.
///
/// Neighbours overlap by two margins and a ramp. Within a margin (the receptive field's radius) of its inner edges a
/// tile's output differs from the whole image's, so it counts 0 there; across the ramp one tile fades into the next.
/// The weights at a coordinate sum to 1. With inference that sees no further than the margin, the blend *is* the
/// prediction of the whole image.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AxisPlan {
    /// Length of every tile, a multiple of the stride.
    pub(super) tile: usize,
    /// First coordinate of each tile, ascending: multiples of the stride, counted from the axis's beginning, or from its
    /// end where it is [flipped](Self::flipped).
    pub(super) starts: Vec<isize>,
    /// Of each tile, the weight of each of its coordinates.
    pub(super) weights: Vec<Vec<f32>>,
}

/// Coordinates over which one tile fades into the next.
const RAMP: usize = 16;

impl AxisPlan {
    /// Cuts `length` coordinates into tiles of at most about `largest`.
    ///
    /// `largest` is raised where it could not hold two margins and a ramp.
    pub(super) fn new(length: usize, largest: usize, margin: usize, stride: usize) -> Self {
        let up = |n: usize| n.div_ceil(stride) * stride;
        let overlap = up(2 * margin + RAMP);
        // A tile must move on by at least the overlap, or the overlaps of three would meet.
        let largest = up(largest.max(2 * overlap));
        if up(length) <= largest {
            return Self { tile: up(length), starts: vec![0], weights: vec![vec![1.0; up(length)]] };
        }
        let count = (length - overlap).div_ceil(largest - overlap);
        // Equal tiles, as small as that number allows.
        let tile = up((length + (count - 1) * overlap).div_ceil(count)).max(up(2 * overlap));
        let last = up(length - tile.min(length));
        let starts: Vec<usize> = (0..count).map(|i| ((tile - overlap) * i).min(last)).collect();
        let raw = |i: usize, at: usize| -> f32 {
            let rise = |distance: usize| {
                let beyond = (distance + 1).saturating_sub(margin) as f32 - 0.5;
                (beyond / RAMP as f32).clamp(0.0, 1.0)
            };
            let from_left = if i == 0 { 1.0 } else { rise(at) };
            let from_right = if i + 1 == count { 1.0 } else { rise(tile - 1 - at) };
            from_left * from_right
        };
        let mut total = vec![0.0f32; starts[count - 1] + tile];
        for (i, start) in starts.iter().enumerate() {
            (0..tile).for_each(|at| total[start + at] += raw(i, at));
        }
        let weights = starts.iter().enumerate().map(|(i, start)| {
            (0..tile).map(|at| raw(i, at) / total[start + at].max(f32::MIN_POSITIVE)).collect()
        });
        let weights = weights.collect();
        Self { tile, weights, starts: starts.into_iter().map(|start| start as isize).collect() }
    }

    /// The tiles of the flipped axis, by the coordinates of this one: they lie on the grid that begins at its end, and
    /// what is beyond the axis lies before its beginning.
    pub(super) fn flipped(mut self, length: usize) -> Self {
        let (length, tile) = (length as isize, self.tile as isize);
        self.starts = self.starts.iter().rev().map(|start| length - start - tile).collect();
        self.weights.reverse();
        self.weights.iter_mut().for_each(|weights| weights.reverse());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn tiles_cover_the_axis_and_their_weights_sum_to_one(
            length in 1usize..3000, largest in 1usize..1200, margin in 0usize..60, power in 0u32..5
        ) {
            let stride = 1 << power;
            let plan = AxisPlan::new(length, largest, margin, stride);
            prop_assert!(plan.tile.is_multiple_of(stride) && plan.starts.iter().all(|s| s % stride as isize == 0));
            prop_assert!(plan.tile <= largest.max(length.min(4 * margin + 2 * RAMP + 4 * stride)) + stride);
            let end = *plan.starts.last().unwrap() as usize + plan.tile;
            prop_assert!(end >= length && end < length + plan.tile);
            let mut sum = vec![0.0; end];
            for (start, weights) in plan.starts.iter().zip(&plan.weights) {
                let start = *start as usize;
                prop_assert_eq!(weights.len(), plan.tile);
                for (at, w) in weights.iter().enumerate() {
                    sum[start + at] += w;
                    let inner = (start > 0 && at < margin) || (start + plan.tile < end && plan.tile - 1 - at < margin);
                    prop_assert!(!inner || *w == 0.0, "a margin counts: tile at {start}, {at}");
                }
            }
            prop_assert!(sum.iter().all(|s: &f32| (s - 1.0).abs() < 1e-5));
        }

        #[test]
        fn a_flipped_axis_counts_the_same_at_the_flipped_place(
            length in 1usize..3000, largest in 1usize..1200, margin in 0usize..60, power in 0u32..5
        ) {
            let plan = AxisPlan::new(length, largest, margin, 1 << power);
            let flipped = plan.clone().flipped(length);
            prop_assert!(flipped.starts.is_sorted());
            let places = |plan: &AxisPlan, back: bool| -> BTreeSet<(isize, u32)> {
                let tiles = plan.starts.iter().zip(&plan.weights);
                let weights = tiles.flat_map(|(start, w)| w.iter().zip(*start..));
                weights.map(|(w, at)| (if back { length as isize - 1 - at } else { at }, w.to_bits())).collect()
            };
            prop_assert_eq!(places(&plan, false), places(&flipped, true));
            prop_assert_eq!(flipped.flipped(length), plan);
        }
    }
}
