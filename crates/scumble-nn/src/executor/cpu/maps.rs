//! Feature maps in memory: how they lie, how tasks fill them row by row, and how arrays become maps and back.

use std::ops::Range;

use ndarray::{Array4, ArrayView4};
use rayon::prelude::*;
use scumble_kernels::{Stored, round_up};

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
    /// Values behind the map that kernels may read, in whole tiles: zeros, as what is multiplied with zero must be finite.
    pub(super) slack: usize,
}

impl Shape {
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

    /// Values of all images, and those behind.
    pub(super) fn room(&self) -> usize {
        self.len() + self.slack
    }

    /// Where row `y` of image `n` begins; the border above is row -1, hence the rows are counted from 1.
    pub(super) fn start(&self, n: usize, bordered: usize) -> usize {
        n * self.image() + bordered * self.row()
    }

    /// The pixels of row `y` of image `n`, without the border.
    pub(super) fn pixels<'a, T>(&self, map: &'a [T], n: usize, y: usize) -> &'a [T] {
        self.inside(&map[self.start(n, y + 1)..][..self.row()])
    }

    /// A row without its border.
    pub(super) fn inside<'a, T>(&self, row: &'a [T]) -> &'a [T] {
        &row[self.pitch..self.row() - self.pitch]
    }

    /// A row without its border.
    pub(super) fn inside_mut<'a, T>(&self, row: &'a mut [T]) -> &'a mut [T] {
        let end = self.row() - self.pitch;
        &mut row[self.pitch..end]
    }

    /// Pixels of an image.
    pub(super) fn area(&self) -> usize {
        self.height * self.width
    }
}

/// The stored channels of a pixel of bf16, so that tiles are read in whole cache lines: multiples of 32, or 16. Maps of a few
/// channels that only convolutions read, `packed`, take 4.
pub(super) fn tile_pitch(channels: usize, packed: bool) -> usize {
    match channels {
        0..=4 if packed => 4,
        0..=16 => 16,
        _ => round_up(channels, 32),
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
pub(super) fn for_rows<T: Stored>(
    map: &mut [T],
    shape: &Shape,
    work: usize,
    make: impl Fn(usize, usize, &mut [T]) + Sync,
) {
    for_bands(map, shape, rows_per_task(shape, work), |n, rows, band| {
        for (y, row) in rows.zip(band.chunks_mut(shape.row())) {
            make(n, y, row);
        }
    });
}

/// As [`for_rows`], with `each` sums for every task, in the order of images and rows; they begin at zero.
pub(super) fn for_rows_summed<T: Stored>(
    map: &mut [T],
    shape: &Shape,
    work: usize,
    sums: &mut [f64],
    each: usize,
    make: impl Fn(usize, usize, &mut [T], &mut [f64]) + Sync,
) {
    for_bands_summed(map, shape, rows_per_task(shape, work), sums, each, |n, rows, band, sums| {
        for (y, row) in rows.zip(band.chunks_mut(shape.row())) {
            make(n, y, row, sums);
        }
    });
}

/// Makes a map band by band, in parallel: `make(n, rows, band)` fills the inside of an image's rows, at most `rows` a task.
/// The border is set to zero.
pub(super) fn for_bands<T: Stored>(
    map: &mut [T],
    shape: &Shape,
    rows: usize,
    make: impl Fn(usize, Range<usize>, &mut [T]) + Sync,
) {
    let map = images(map, shape);
    map.par_chunks_mut(shape.image()).enumerate().for_each(|(n, image)| {
        image.par_chunks_mut(rows * shape.row()).enumerate().for_each(|(task, chunk)| {
            band(chunk, shape, task * rows, |rows, band| make(n, rows, band));
        });
    });
}

/// As [`for_bands`], with `each` sums for every task, in the order of images and rows; they begin at zero.
pub(super) fn for_bands_summed<T: Stored>(
    map: &mut [T],
    shape: &Shape,
    rows: usize,
    sums: &mut [f64],
    each: usize,
    make: impl Fn(usize, Range<usize>, &mut [T], &mut [f64]) + Sync,
) {
    let images = images(map, shape).par_chunks_mut(shape.image());
    let sums = sums.par_chunks_mut(each * tasks(shape, rows));
    images.zip(sums).enumerate().for_each(|(n, (image, sums))| {
        let chunks = image.par_chunks_mut(rows * shape.row()).zip(sums.par_chunks_mut(each));
        chunks.enumerate().for_each(|(task, (chunk, sums))| {
            sums.fill(0.0);
            band(chunk, shape, task * rows, |rows, band| make(n, rows, band, sums));
        });
    });
}

/// The images of a map that is made; what was behind them is forgotten.
fn images<'a, T: Stored>(map: &'a mut [T], shape: &Shape) -> &'a mut [T] {
    let (images, behind) = map[..shape.room()].split_at_mut(shape.len());
    behind.fill(T::default());
    images
}

/// The rows of a chunk whose first row is `first`, counted with the border.
fn band<T: Stored>(chunk: &mut [T], shape: &Shape, first: usize, make: impl FnOnce(Range<usize>, &mut [T])) {
    let (row, end) = (shape.row(), first + chunk.len() / shape.row());
    let rows = first.max(1)..end.min(shape.height + 1).max(first.max(1));
    let (above, rest) = chunk.split_at_mut((rows.start - first) * row);
    let (inside, below) = rest.split_at_mut(rows.len() * row);
    above.fill(T::default());
    below.fill(T::default());
    if rows.is_empty() {
        return;
    }
    make(rows.start - 1..rows.end - 1, inside);
    // What is made may have reached into the border.
    for row in inside.chunks_mut(row) {
        let end = row.len() - shape.pitch;
        row[..shape.pitch].fill(T::default());
        row[end..].fill(T::default());
    }
}

/// `[N, C, H, W]` as a map.
pub(super) fn from_array<T: Stored>(images: ArrayView4<f32>, map: &mut [T], shape: &Shape) {
    let images = images.as_standard_layout();
    let Some(images) = images.as_slice() else { return };
    for_rows(map, shape, COPY_WORK, |n, y, row| {
        let row = shape.inside_mut(row);
        for (x, pixel) in row.chunks_mut(shape.pitch).enumerate() {
            for (c, value) in pixel.iter_mut().enumerate() {
                let plane = (n * shape.channels + c) * shape.area();
                let x = if c < shape.channels { images[plane + y * shape.width + x] } else { 0.0 };
                *value = T::narrow(x);
            }
        }
    });
}

/// A map as `[N, C, H, W]`.
pub(super) fn to_array<T: Stored>(map: &[T], shape: &Shape) -> Array4<f32> {
    let mut images = Array4::zeros((shape.images, shape.channels, shape.height, shape.width));
    if let Some(values) = images.as_slice_mut() {
        values.par_chunks_mut(shape.width).enumerate().for_each(|(line, to)| {
            let (plane, y) = (line / shape.height, line % shape.height);
            let (n, c) = (plane / shape.channels, plane % shape.channels);
            let pixels = shape.pixels(map, n, y).chunks(shape.pitch);
            to.iter_mut().zip(pixels).for_each(|(to, pixel)| *to = pixel[c].wide());
        });
    }
    images
}

#[cfg(test)]
mod tests {
    use super::{COPY_WORK, Shape, for_rows};

    /// A buffer holds one map after another, and a kernel multiplies what is behind one with zero: it must be finite.
    #[test]
    fn border_and_what_is_behind_a_map_are_zero_whatever_was_there() {
        let shape = Shape { images: 2, channels: 3, height: 3, width: 5, pitch: 4, slack: 7 };
        let mut map = vec![f32::INFINITY; shape.room() + 1];
        for_rows(&mut map, &shape, COPY_WORK, |_, _, row| shape.inside_mut(row).fill(1.0));
        let inside = 2.0 * 3.0 * 5.0 * 4.0;
        assert_eq!(map[..shape.room()].iter().sum::<f32>(), inside);
        assert_eq!(map[shape.room()], f32::INFINITY);
    }
}
