//! The pixels that an outline encloses.

use super::outline::Outline;
use crate::dataset::fill::{Ellipse, clip, inside_ellipse, inside_rings};
use ndarray::Array2;
use std::ops::Range;

/// Marks the pixels whose centre is inside.
pub(super) fn paint(outline: &Outline, marks: &mut Array2<u16>) {
    let size @ (height, width) = marks.dim();
    let mut on = |row: usize, columns: Range<usize>| columns.for_each(|column| marks[[row, column]] = 1);
    match outline {
        Outline::Rectangle([left, top, right, bottom]) => {
            for row in clip(*top, height)..clip(*bottom, height) {
                on(row, clip(*left, width)..clip(*right, width));
            }
        }
        Outline::Oval([left, top, right, bottom]) => {
            let centre = [(left + right) as f64 / 2.0, (top + bottom) as f64 / 2.0];
            let radii = [(right - left) as f64 / 2.0, (bottom - top) as f64 / 2.0];
            inside_ellipse(&Ellipse { centre, radii, turn: 0.0 }, size, on);
        }
        Outline::Rings(rings) => inside_rings(rings, size, on),
    }
}
