//! Several pixels side by side, so that the sums over states run in vector registers.

use crate::loss::Chunk;
use ndarray::ArrayView3;
use scumble_kernels::Real;

/// Pixels that one task takes: fixed, so that sums have one order whatever the number of threads.
pub(super) const CHUNK: usize = 1 << 12;

/// Pixels in a pack. At 12 labels a table of all states is then 512 KiB, within the second cache.
pub(super) const LANES: usize = 16;

/// One number of each pixel of a pack.
pub(super) type Lanes = [f64; LANES];

/// 0 everywhere.
pub(super) const ZERO: Lanes = [0.0; LANES];

/// Rows of zeros.
pub(super) fn rows(count: usize) -> Vec<Lanes> {
    vec![ZERO; count]
}

/// Lane by lane.
#[inline(always)]
pub(super) fn each(of: impl FnMut(usize) -> f64) -> Lanes {
    std::array::from_fn(of)
}

/// `into += other`.
#[inline(always)]
pub(super) fn add(into: &mut Lanes, other: &Lanes) {
    for (a, b) in into.iter_mut().zip(other) {
        *a += b;
    }
}

/// Sum of rows, first to last.
#[inline(always)]
pub(super) fn total(rows: &[Lanes]) -> Lanes {
    let mut sum = ZERO;
    for row in rows {
        add(&mut sum, row);
    }
    sum
}

/// The states without label `label` and those with it, of the states of the labels up to `label`.
#[inline(always)]
pub(super) fn halves(states: &mut [Lanes], label: usize) -> (&mut [Lanes], &mut [Lanes]) {
    states[..2 << label].split_at_mut(1 << label)
}

/// `row = exp(row)`, entries <= 0.
pub(super) fn exp(rows: &mut [Lanes]) {
    scumble_kernels::exp_of_negatives(rows.as_flattened_mut());
}

/// `row = ln(1 + row)`, entries >= 0.
pub(super) fn ln_1p(rows: &mut [Lanes]) {
    scumble_kernels::ln_1p_of_positives(rows.as_flattened_mut());
}

/// `row = ln(row)`, entries >= 0; what is too small to be normal counts as the smallest normal number.
pub(super) fn ln(rows: &mut [Lanes]) {
    let flat = rows.as_flattened_mut();
    flat.iter_mut().for_each(|x| *x = x.max(f64::MIN_POSITIVE));
    scumble_kernels::ln_of_positives(flat);
}

/// Up to [`LANES`] pixels of a chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pack {
    outer: usize,
    /// Within the planes.
    start: usize,
    /// Within the chunk.
    pub(super) offset: usize,
    /// The number of the first pixel among all.
    pub(super) first: usize,
    pub(super) length: usize,
}

/// A chunk's pixels, pack by pack.
pub(super) fn packs<T>(chunk: &Chunk<'_, T>) -> impl Iterator<Item = Pack> + use<T> {
    let (outer, first, pixels) = (chunk.outer, chunk.first, chunk.pixels.clone());
    (0..pixels.len()).step_by(LANES).map(move |offset| Pack {
        outer,
        start: pixels.start + offset,
        offset,
        first: first + offset,
        length: LANES.min(pixels.len() - offset),
    })
}

impl Pack {
    /// Reads a row for each plane of [outer, C, inner]; lanes beyond the pack's length are 0.
    pub(super) fn read<R: Real>(&self, planes: &ArrayView3<'_, R>, rows: &mut [Lanes]) {
        let (_, classes, inner) = planes.dim();
        let all = planes.as_slice().expect("planes are in memory order");
        for (class, row) in rows.iter_mut().enumerate() {
            let from = &all[(self.outer * classes + class) * inner + self.start..][..self.length];
            row[self.length..].fill(0.0);
            for (to, from) in row.iter_mut().zip(from) {
                *to = from.to_f64();
            }
        }
    }

    /// Writes rows to the chunk's part of the output planes, none where there are none.
    pub(super) fn write<T>(&self, rows: &[Lanes], planes: &mut [&mut [T]], narrow: impl Fn(f64) -> T) {
        for (row, plane) in rows.iter().zip(planes) {
            for (to, from) in plane[self.offset..][..self.length].iter_mut().zip(row) {
                *to = narrow(*from);
            }
        }
    }
}
