//! Feature maps in memory: how they lie, how tasks fill them row by row, and how arrays become maps and back.

use ndarray::{Array4, ArrayView4};
use rayon::prelude::*;
use scumble_kernels::{PANEL, round_up};

/// How a map lies in memory: `[images][rows + 2][columns + 2][pitch]` with a border of zeros around every image, which is the
/// padding of convolutions. The channels of a pixel are side by side, padded with zeros to the pitch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) images: usize,
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    /// Stored channels of a pixel.
    pub(super) pitch: usize,
}

impl Shape {
    pub(super) fn new(images: usize, channels: usize, height: usize, width: usize, packed: bool) -> Self {
        let pitch = if packed { channels } else { round_up(channels, PANEL) };
        Self { images, channels, height, width, pitch }
    }

    /// Values of a row, border included.
    pub(super) fn row(&self) -> usize {
        (self.width + 2) * self.pitch
    }

    /// Values of an image, border included.
    pub(super) fn image(&self) -> usize {
        (self.height + 2) * self.row()
    }

    /// Values of all images.
    pub(super) fn len(&self) -> usize {
        self.images * self.image()
    }

    /// Where row `y` of image `n` begins; the border above is row -1, hence the rows are counted from 1.
    pub(super) fn start(&self, n: usize, bordered: usize) -> usize {
        n * self.image() + bordered * self.row()
    }

    /// The pixels of row `y` of image `n`, without the border.
    pub(super) fn pixels<'a>(&self, map: &'a [f32], n: usize, y: usize) -> &'a [f32] {
        self.inside(&map[self.start(n, y + 1)..][..self.row()])
    }

    /// A row without its border.
    pub(super) fn inside<'a>(&self, row: &'a [f32]) -> &'a [f32] {
        &row[self.pitch..self.row() - self.pitch]
    }

    /// A row without its border.
    pub(super) fn inside_mut<'a>(&self, row: &'a mut [f32]) -> &'a mut [f32] {
        let end = self.row() - self.pitch;
        &mut row[self.pitch..end]
    }

    /// Pixels of an image.
    pub(super) fn area(&self) -> usize {
        self.height * self.width
    }
}

/// About the multiplications that are worth a task of their own: some twenty microseconds.
const TASK: usize = 1 << 21;

/// What a pixel counts as, in multiplications, where there is little arithmetic: memory is slow.
pub(super) const COPY_WORK: usize = 256;

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

/// `[N, C, H, W]` as a map.
pub(super) fn from_array(images: ArrayView4<f32>, map: &mut [f32], shape: &Shape) {
    let images = images.as_standard_layout();
    let Some(images) = images.as_slice() else { return };
    for_rows(map, shape, COPY_WORK, |n, y, row| {
        let row = shape.inside_mut(row);
        for (x, pixel) in row.chunks_mut(shape.pitch).enumerate() {
            for (c, value) in pixel.iter_mut().enumerate() {
                let plane = (n * shape.channels + c) * shape.area();
                *value = if c < shape.channels { images[plane + y * shape.width + x] } else { 0.0 };
            }
        }
    });
}

/// A map as `[N, C, H, W]`.
pub(super) fn to_array(map: &[f32], shape: &Shape) -> Array4<f32> {
    let mut images = Array4::zeros((shape.images, shape.channels, shape.height, shape.width));
    if let Some(values) = images.as_slice_mut() {
        values.par_chunks_mut(shape.width).enumerate().for_each(|(line, to)| {
            let (plane, y) = (line / shape.height, line % shape.height);
            let (n, c) = (plane / shape.channels, plane % shape.channels);
            let pixels = shape.pixels(map, n, y).chunks(shape.pitch);
            to.iter_mut().zip(pixels).for_each(|(to, pixel)| *to = pixel[c]);
        });
    }
    images
}
