//! An axis at another length: each coordinate a mean of those around its place, no detail finer than it left.

use super::pixels::Seen;
use ndarray::{Array3, ArrayView3, Axis};
use std::ops::Range;

/// An axis of one length as one of another, pixels being cells of equal length that fill the same extent.
///
/// The weights are a triangle about the place, a cell wide to either side, of whichever axis has the wider cells: linear
/// interpolation where the axis grows, and where it shrinks a mean over the cells that are lost. Flipped axes have flipped weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resampling {
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Resampling {
    /// What the coordinate `at` is made of: coordinates with weights that sum to 1. They may lie outside.
    pub(super) fn parts(self, at: isize) -> Vec<(isize, f64)> {
        if self.from == self.to {
            return vec![(at, 1.0)];
        }
        let step = self.from as f64 / self.to as f64;
        let (centre, reach) = ((at as f64 + 0.5) * step - 0.5, step.max(1.0));
        let around = (centre - reach).ceil() as isize..=(centre + reach).floor() as isize;
        let parts = around.map(|from| (from, 1.0 - (from as f64 - centre).abs() / reach));
        // At the end of its reach a part is nothing but rounding.
        normalised(parts.filter(|(_, weight)| *weight > 1e-9).collect())
    }

    /// The same of the coordinates that there are.
    pub(super) fn parts_within(self, at: isize) -> Vec<(isize, f64)> {
        let mut parts = self.parts(at);
        parts.retain(|(from, _)| (0..self.from as isize).contains(from));
        normalised(parts)
    }

    /// The coordinates that `length` of them from `start` on are made of; they may lie outside.
    pub(super) fn extent(self, start: isize, length: usize) -> Range<isize> {
        // Ascending coordinates are made of ascending ones.
        let (first, last) = (self.parts(start), self.parts(start + length as isize - 1));
        first.first().map_or(start, |part| part.0)..last.last().map_or(start, |part| part.0 + 1)
    }

    /// The way back.
    pub(super) fn inverse(self) -> Self {
        Self { from: self.to, to: self.from }
    }
}

fn normalised(mut parts: Vec<(isize, f64)>) -> Vec<(isize, f64)> {
    let sum: f64 = parts.iter().map(|(_, weight)| weight).sum();
    parts.iter_mut().for_each(|(_, weight)| *weight /= sum);
    parts
}

/// A window [C, height, width] of the normalised image at another size: `corner` is its first (row, column) there, which may
/// lie outside. What lies outside is mirrored.
pub(super) fn window(
    image: Seen<'_>,
    axes: [Resampling; 2],
    corner: (isize, isize),
    size: (usize, usize),
) -> Array3<f32> {
    if axes.iter().all(|axis| axis.from == axis.to) {
        return image.window(corner, size);
    }
    let parts = |axis: Resampling, start: isize, length: usize| -> Vec<_> {
        (start..start + length as isize).map(|at| axis.parts(at)).collect()
    };
    let (rows, columns) = (parts(axes[0], corner.0, size.0), parts(axes[1], corner.1, size.1));
    let (down, wide) = (axes[0].extent(corner.0, size.0), axes[1].extent(corner.1, size.1));
    let (top, left) = (down.start, wide.start);
    let source = image.window((top, left), (down.count(), wide.count()));
    let rows = along(Axis(1), source.view(), &rows, top);
    along(Axis(2), rows.view(), &columns, left)
}

/// An axis of planes made of parts of it; its first coordinate is called `first`.
fn along(axis: Axis, planes: ArrayView3<'_, f32>, parts: &[Vec<(isize, f64)>], first: isize) -> Array3<f32> {
    let mut dim = planes.raw_dim();
    dim[axis.0] = parts.len();
    let mut made = Array3::<f32>::zeros(dim);
    for (mut line, parts) in made.axis_iter_mut(axis).zip(parts) {
        for (from, weight) in parts {
            line.scaled_add(*weight as f32, &planes.index_axis(axis, (from - first) as usize));
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_are_a_mean_about_the_place_and_flip_with_the_axis(
            from in 1usize..200, to in 1usize..200, at in 0usize..200
        ) {
            let (axis, at) = (Resampling { from, to }, (at % to) as isize);
            for parts in [axis.parts(at), axis.parts_within(at)] {
                prop_assert!((parts.iter().map(|(_, w)| w).sum::<f64>() - 1.0).abs() < 1e-12);
            }
            // A straight line stays one: the mean place is the place.
            let place = axis.parts(at).iter().map(|(from, w)| *from as f64 * w).sum::<f64>();
            let exact = (at as f64 + 0.5) * from as f64 / to as f64 - 0.5;
            prop_assert!((place - exact).abs() < 0.3, "{} {}", place, exact);
            let flipped = axis.parts_within(to as isize - 1 - at);
            let back: Vec<_> = flipped.iter().rev().map(|(c, w)| (from as isize - 1 - c, *w)).collect();
            let parts = axis.parts_within(at);
            prop_assert_eq!(parts.len(), back.len());
            for (a, b) in parts.iter().zip(back) {
                prop_assert!(a.0 == b.0 && (a.1 - b.1).abs() < 1e-9, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn an_axis_of_its_own_length_is_itself_and_half_of_it_is_a_mean() {
        assert_eq!(Resampling { from: 7, to: 7 }.parts(3), [(3, 1.0)]);
        assert_eq!(Resampling { from: 8, to: 4 }.parts(1), [(1, 0.125), (2, 0.375), (3, 0.375), (4, 0.125)]);
        assert_eq!(Resampling { from: 4, to: 8 }.parts(3), [(1, 0.75), (2, 0.25)]);
        assert_eq!(Resampling { from: 4, to: 8 }.parts_within(0), [(0, 1.0)]);
    }
}
