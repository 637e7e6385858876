//! Rows of logits as they are added up, from the top of an image to its bottom.

use super::axis::AxisPlan;
use super::resample::Resampling;
use ndarray::{Array1, Array3, ArrayView3, Axis, Slice};

/// A coordinate of a tile's axis that is a part of a coordinate of the image's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    /// The image's coordinate.
    pub(super) to: usize,
    /// The tile's, from its own beginning.
    pub(super) from: usize,
    pub(super) weight: f32,
}

/// What each tile of an axis is a part of: by coordinates of the image, ascending. The axis of the tiles is one of the
/// image's at another length.
///
/// All parts of a coordinate sum to 1, as the tiles' weights do.
pub(super) fn parts(plan: &AxisPlan, axis: Resampling) -> Vec<Vec<Part>> {
    let back = axis.inverse();
    let made: Vec<Vec<(isize, f64)>> = (0..axis.from as isize).map(|to| back.parts_within(to)).collect();
    let tile = |(start, weights): (&isize, &Vec<f32>)| {
        let all = made.iter().enumerate().flat_map(|(to, made)| made.iter().map(move |part| (to, part)));
        let within = all.filter_map(|(to, (coordinate, part))| {
            let from = usize::try_from(coordinate - start).ok()?;
            let weight = weights.get(from)? * *part as f32;
            (weight > 0.0).then_some(Part { to, from, weight })
        });
        within.collect()
    };
    plan.starts.iter().zip(&plan.weights).map(tile).collect()
}

/// Sums of weighted logits [P, rows, W], from a row of the image on that moves down.
pub(super) struct Band {
    sums: Array3<f32>,
    /// The row of the image that is the first of the sums.
    top: usize,
}

impl Band {
    /// A band of `rows` rows at the top of an image.
    pub(super) fn new(logits: usize, rows: usize, width: usize) -> Self {
        Self { sums: Array3::zeros((logits, rows, width)), top: 0 }
    }

    /// Adds a tile's logits [P, h, w] times `share`, where its rows and columns are parts of the image's; none of these
    /// rows is above the band, or further below than its height.
    pub(super) fn add(&mut self, logits: ArrayView3<'_, f32>, down: &[Part], across: &[Part], share: f32) {
        let mut line = Array1::zeros(logits.dim().2);
        for (mut sums, logits) in self.sums.outer_iter_mut().zip(logits.outer_iter()) {
            for parts in down.chunk_by(|a, b| a.to == b.to) {
                line.fill(0.0);
                parts.iter().for_each(|part| line.scaled_add(part.weight * share, &logits.row(part.from)));
                let mut sums = sums.row_mut(parts[0].to - self.top);
                across.iter().for_each(|part| sums[part.to] += part.weight * line[part.from]);
            }
        }
    }

    /// The rows down to `end` of the image, [P, rows, W], which get nothing more; the band begins there now.
    pub(super) fn finish(&mut self, end: usize) -> Array3<f32> {
        let (_, rows, width) = self.sums.dim();
        let done = end - self.top;
        let finished = self.sums.slice_axis(Axis(1), Slice::from(..done)).to_owned();
        for mut sums in self.sums.outer_iter_mut() {
            let sums = sums.as_slice_mut().expect("made in this order");
            sums.copy_within(done * width.., 0);
            sums[(rows - done) * width..].fill(0.0);
        }
        self.top = end;
        finished
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_parts_of_a_coordinate_sum_to_one_and_rows_of_tiles_follow_each_other(
            length in 1usize..900, scaled in 1usize..900, largest in 1usize..400, margin in 0usize..40, flip: bool
        ) {
            let plan = AxisPlan::new(scaled, largest, margin, 4);
            let plan = if flip { plan.flipped(scaled) } else { plan };
            let parts = parts(&plan, Resampling { from: length, to: scaled });
            let mut sums = vec![0.0; length];
            for tile in &parts {
                prop_assert!(tile.is_sorted_by_key(|part| part.to));
                tile.iter().for_each(|part| sums[part.to] += part.weight);
            }
            prop_assert!(sums.iter().all(|sum: &f32| (sum - 1.0).abs() < 1e-5));
        }
    }
}
