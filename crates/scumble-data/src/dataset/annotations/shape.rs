//! The shape of an annotation, and the pixels that it covers.

use super::field::Field;
use super::polygon;
use crate::AnnotationProblem;
use crate::dataset::fill::{Ellipse, inside_ellipse, inside_rings};
use ndarray::ArrayViewMut2;
use std::ops::Range;

/// A shape; all its numbers are finite.
#[derive(Clone)]
pub(super) enum Shape {
    /// COCO's polygons: parts of x, y, x, y, .. each, with pycocotools' pixels.
    Polygons(Vec<Vec<f64>>),
    /// COCO's run lengths: pixels off, on, off, .. down the columns of the image.
    Columns(Vec<u32>),
    /// What an odd number of rings of x, y encloses.
    Rings(Vec<Vec<[f64; 2]>>),
    /// An ellipse.
    Ellipse(Ellipse),
    /// Pixels within a box.
    Rows(Rows),
}

/// Pixels off, on, off, .. along the rows of a box.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rows {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    /// As many pixels as the box has.
    pub(super) runs: Vec<u32>,
}

impl Shape {
    /// A box of left, top, right and bottom, turned clockwise by so many degrees about a point.
    pub(super) fn turned_box([left, top, right, bottom]: [f64; 4], turn: f64, [x, y]: [f64; 2]) -> Self {
        let (sin, cos) = if turn == 0.0 { (0.0, 1.0) } else { turn.to_radians().sin_cos() };
        let corners = [[left, top], [right, top], [right, bottom], [left, bottom]];
        let turned = |[cx, cy]: [f64; 2]| {
            let (dx, dy) = (cx - x, cy - y);
            [x + dx * cos - dy * sin, y + dx * sin + dy * cos]
        };
        Self::Rings(vec![if turn == 0.0 { corners.to_vec() } else { corners.map(turned).to_vec() }])
    }

    /// Holds the shape against an image of (height, width).
    ///
    /// # Errors
    /// What cannot have been drawn on it.
    pub(super) fn check(&self, (height, width): (usize, usize)) -> Field<()> {
        match self {
            // What COCO has was held against its image when it was read.
            Self::Polygons(_) | Self::Columns(_) => {}
            Self::Rings(rings) => {
                let points = || rings.iter().flatten();
                // Outlines overshoot a little; what is further away was drawn for another image.
                let side = height.max(width) as f64;
                if let Some(&value) = points().flatten().find(|v| !(-side..=2.0 * side).contains(*v)) {
                    return Err(AnnotationProblem::Far { value, height, width });
                }
                let bounds = points().fold(NOTHING, |[left, top, right, bottom], &[x, y]| {
                    [left.min(x), top.min(y), right.max(x), bottom.max(y)]
                });
                inside(bounds, (height, width))?;
            }
            Self::Ellipse(ellipse) => inside(ellipse.bounds(), (height, width))?,
            Self::Rows(rows) => {
                let fits =
                    |at: usize, length: usize, all| at.checked_add(length).is_some_and(|end| end <= all);
                if !fits(rows.left, rows.width, width) || !fits(rows.top, rows.height, height) {
                    let [top, left] = [rows.top, rows.left];
                    let found = [top, left, rows.height, rows.width];
                    return Err(AnnotationProblem::Box { found, expected: [height, width] });
                }
            }
        }
        Ok(())
    }

    /// Marks its pixels.
    pub(super) fn paint(&self, mut map: ArrayViewMut2<'_, u16>, mark: u16) {
        let size @ (height, _) = map.dim();
        let mut down = |positions: Range<usize>| {
            positions.for_each(|position| map[[position % height, position / height]] = mark);
        };
        match self {
            Shape::Polygons(parts) => {
                for part in parts {
                    let mut ends = polygon::crossings(part, size);
                    ends.push(size.0 * size.1);
                    ends.chunks_exact(2).for_each(|pair| down(pair[0]..pair[1]));
                }
            }
            Shape::Columns(runs) => on(runs, down),
            Shape::Rings(rings) => inside_rings(rings, size, |row, columns| {
                columns.for_each(|column| map[[row, column]] = mark);
            }),
            Shape::Ellipse(ellipse) => inside_ellipse(ellipse, size, |row, columns| {
                columns.for_each(|column| map[[row, column]] = mark);
            }),
            Shape::Rows(Rows { left, top, width, runs, .. }) => on(runs, |positions| {
                positions.for_each(|at| map[[top + at / width, left + at % width]] = mark);
            }),
        }
    }
}

impl Rows {
    /// The same, if the runs are as long as the box has pixels.
    pub(super) fn whole(self) -> Field<Self> {
        let sum: u64 = self.runs.iter().map(|&run| u64::from(run)).sum();
        let (height, width) = (self.height, self.width);
        match (height as u64).checked_mul(width as u64) == Some(sum) {
            true => Ok(self),
            false => {
                let what = format!("run lengths of {sum} pixels in all, its box has {height} x {width}");
                Err(AnnotationProblem::Runs(what))
            }
        }
    }
}

/// The bounds of no point.
const NOTHING: [f64; 4] = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];

/// Whether something within bounds can have a pixel of an image of (height, width).
fn inside([left, top, right, bottom]: [f64; 4], (height, width): (usize, usize)) -> Field<()> {
    let touches = left < width as f64 && top < height as f64 && right > 0.0 && bottom > 0.0;
    if touches { Ok(()) } else { Err(AnnotationProblem::Outside { height, width }) }
}

/// The positions that runs of off, on, off, .. say are on.
fn on(runs: &[u32], mut on: impl FnMut(Range<usize>)) {
    let mut at = 0;
    for (turn, &run) in runs.iter().enumerate() {
        let end = at + run as usize;
        if turn % 2 == 1 {
            on(at..end);
        }
        at = end;
    }
}
