use rayon::prelude::*;

use super::shape::Shape;

/// About the multiplications that are worth a task of their own: some twenty microseconds.
const TASK: usize = 1 << 21;

/// Rows of a task, from the multiplications that a pixel takes. It depends on nothing but shapes: what a task sums does
/// not change with the number of threads.
pub(super) fn rows_per_task(shape: &Shape, work: usize) -> usize {
    (TASK / (shape.width * work).max(1)).clamp(1, shape.height + 2)
}

/// Tasks of an image.
pub(super) fn tasks(shape: &Shape, rows: usize) -> usize {
    (shape.height + 2).div_ceil(rows)
}

/// Makes a map row by row, in parallel: `make(n, y, row)` fills the row's inside. The border is set to zero.
pub(super) fn for_rows(
    map: &mut [f32],
    shape: &Shape,
    work: usize,
    make: impl Fn(usize, usize, &mut [f32]) + Sync,
) {
    let rows = rows_per_task(shape, work);
    map[..shape.len()].par_chunks_mut(shape.image()).enumerate().for_each(|(n, image)| {
        image.par_chunks_mut(rows * shape.row()).enumerate().for_each(|(task, chunk)| {
            each_row(chunk, shape, task * rows, |y, row| make(n, y, row));
        });
    });
}

/// As [`for_rows`], with `each` sums for every task, in the order of images and rows; they begin at zero.
pub(super) fn for_rows_summed(
    map: &mut [f32],
    shape: &Shape,
    work: usize,
    sums: &mut [f64],
    each: usize,
    make: impl Fn(usize, usize, &mut [f32], &mut [f64]) + Sync,
) {
    let rows = rows_per_task(shape, work);
    let images = map[..shape.len()].par_chunks_mut(shape.image());
    let sums = sums.par_chunks_mut(each * tasks(shape, rows));
    images.zip(sums).enumerate().for_each(|(n, (image, sums))| {
        let chunks = image.par_chunks_mut(rows * shape.row()).zip(sums.par_chunks_mut(each));
        chunks.enumerate().for_each(|(task, (chunk, sums))| {
            sums.fill(0.0);
            each_row(chunk, shape, task * rows, |y, row| make(n, y, row, sums));
        });
    });
}

/// The rows of a chunk whose first row is `first`, counted with the border.
fn each_row(chunk: &mut [f32], shape: &Shape, first: usize, mut make: impl FnMut(usize, &mut [f32])) {
    for (bordered, row) in (first..).zip(chunk.chunks_mut(shape.row())) {
        if bordered == 0 || bordered > shape.height {
            row.fill(0.0);
            continue;
        }
        let end = shape.row() - shape.pitch;
        row[..shape.pitch].fill(0.0);
        row[end..].fill(0.0);
        make(bordered - 1, row);
    }
}
