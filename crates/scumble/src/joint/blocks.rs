use super::fold::Run;
use super::lanes::{LANES, Lanes};
use ndarray::ArrayView3;
use scumble_kernels::Real;

/// Up to [`LANES`] pixels of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    image: usize,
    /// Within the planes of the image.
    start: usize,
    /// Within the run.
    pub(super) offset: usize,
    /// The number of the first pixel among all.
    pub(super) first: usize,
    pub(super) length: usize,
}

impl<T> Run<'_, T> {
    /// The run's pixels, block by block.
    pub(super) fn blocks(&self) -> impl Iterator<Item = Block> + use<T> {
        let (image, first, pixels) = (self.image, self.first, self.pixels.clone());
        (0..pixels.len()).step_by(LANES).map(move |offset| Block {
            image,
            start: pixels.start + offset,
            offset,
            first: first + offset,
            length: LANES.min(pixels.len() - offset),
        })
    }
}

impl Block {
    /// Reads a row for each plane of [outer, C, inner]; lanes beyond the block's length are 0.
    pub(super) fn read<R: Real>(&self, planes: &ArrayView3<'_, R>, rows: &mut [Lanes]) {
        let (_, classes, inner) = planes.dim();
        let all = planes.as_slice().expect("planes are in memory order");
        for (class, row) in rows.iter_mut().enumerate() {
            let from = &all[(self.image * classes + class) * inner + self.start..][..self.length];
            row[self.length..].fill(0.0);
            for (to, from) in row.iter_mut().zip(from) {
                *to = from.to_f64();
            }
        }
    }

    /// Writes rows to the run's part of the output planes, none where there are none.
    pub(super) fn write<R: Real>(&self, rows: &[Lanes], planes: &mut [&mut [R]]) {
        for (row, plane) in rows.iter().zip(planes) {
            for (to, from) in plane[self.offset..][..self.length].iter_mut().zip(row) {
                *to = R::from_f64(*from);
            }
        }
    }
}
