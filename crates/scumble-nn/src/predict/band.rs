//! Rows of logits as they are added up, from the top of an image to its bottom.

use ndarray::{Array3, ArrayView3, Axis, Slice};
use std::ops::Range;

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

    /// Adds a tile's logits [P, h, w], each pixel with the weights of its row and column, where they lie in the image;
    /// `corner` is the tile's first (row, column) there. None of its rows in the image is above the band.
    pub(super) fn add(
        &mut self,
        logits: ArrayView3<'_, f32>,
        (down, across): (&[f32], &[f32]),
        (top, left): (isize, isize),
    ) {
        let (_, rows, width) = self.sums.dim();
        let inside = |start: isize, length: usize, first: usize, end: usize| -> Range<usize> {
            let first = (first as isize - start).clamp(0, length as isize);
            first as usize..(end as isize - start).clamp(first, length as isize) as usize
        };
        let lines = inside(top, down.len(), self.top, self.top + rows);
        let columns = inside(left, across.len(), 0, width);
        let first = (left + columns.start as isize) as usize;
        for (mut sums, logits) in self.sums.outer_iter_mut().zip(logits.outer_iter()) {
            for line in lines.clone().filter(|line| down[*line] > 0.0) {
                let mut sums = sums.row_mut((top + line as isize) as usize - self.top);
                let sums = sums.iter_mut().skip(first);
                let values = logits.row(line);
                for ((sum, value), weight) in
                    sums.zip(values.iter().skip(columns.start)).zip(&across[columns.clone()])
                {
                    *sum += down[line] * weight * value;
                }
            }
        }
    }

    /// The rows down to `end` of the image, [P, rows, W], which get nothing more; the band begins there now.
    pub(super) fn finish(&mut self, end: usize) -> Array3<f32> {
        let (_, rows, _) = self.sums.dim();
        let done = end - self.top;
        let finished = self.sums.slice_axis(Axis(1), Slice::from(..done)).to_owned();
        let mut rest = Array3::zeros(self.sums.raw_dim());
        let kept = self.sums.slice_axis(Axis(1), Slice::from(done..));
        rest.slice_axis_mut(Axis(1), Slice::from(..rows - done)).assign(&kept);
        (self.sums, self.top) = (rest, end);
        finished
    }
}
