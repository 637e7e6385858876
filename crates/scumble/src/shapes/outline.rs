//! The outlines of objects, along the sides of their pixels.

use super::ring::{Ring, doubled_area, simple};
use crate::score::objects::Components;
use ndarray::ArrayView2;

/// An area of pixels that hang together by their sides, with its holes.
///
/// It is valid in the sense of OGC's simple features (ISO 19125): no ring meets itself, and rings meet each other at single corners
/// at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Polygon {
    /// Around all of it.
    pub outer: Ring,
    /// Around each hole.
    pub holes: Vec<Ring>,
}

/// The outlines of each component: several polygons where parts of it touch at corners alone. Who fills them has exactly its
/// pixels.
///
/// ```
/// use ndarray::array;
/// use scumble::score::objects::Components;
/// use scumble::shapes::outlines;
///
/// let parts = Components::of(array![[true, true, false], [false, false, true]].view());
/// let [object] = &outlines(&parts)[..] else { panic!("one object") };
/// assert_eq!(object[0].outer, [[0, 0], [2, 0], [2, 1], [0, 1]]);
/// assert_eq!(object[1].outer, [[2, 1], [3, 1], [3, 2], [2, 2]]);
/// ```
pub fn outlines(parts: &Components) -> Vec<Vec<Polygon>> {
    let objects = parts.labels();
    let by_sides = Components::by_sides(objects.mapv(|object| object > 0).view());
    let areas = by_sides.labels();
    let mut polygons: Vec<(u32, Polygon)> = vec![Default::default(); by_sides.count()];
    let mut trace = Trace::new(areas);
    for (at, &area) in areas.indexed_iter().filter(|(_, area)| **area > 0) {
        if let Some(ring) = trace.ring_above(at) {
            let (object, polygon) = &mut polygons[area as usize - 1];
            *object = objects[at];
            for ring in simple(ring) {
                if doubled_area(&ring) > 0 {
                    polygon.outer = ring;
                } else {
                    polygon.holes.push(ring);
                }
            }
        }
    }
    let mut outlines = vec![Vec::new(); parts.count()];
    polygons.into_iter().for_each(|(object, polygon)| outlines[object as usize - 1].push(polygon));
    outlines
}

/// Right, down, left and up, as (columns, rows).
const STEPS: [(isize, isize); 4] = [(1, 0), (0, 1), (-1, 0), (0, -1)];

/// Rings as they are walked along, what is bounded to the right.
struct Trace<'a> {
    areas: ArrayView2<'a, u32>,
    /// Pixels along whose upper side a ring has gone.
    passed: Vec<bool>,
}

impl<'a> Trace<'a> {
    fn new(areas: ArrayView2<'a, u32>) -> Self {
        Self { passed: vec![false; areas.len()], areas }
    }

    fn is_on(&self, (row, column): (isize, isize)) -> bool {
        let at = usize::try_from(row).ok().zip(usize::try_from(column).ok());
        at.and_then(|(row, column)| self.areas.get([row, column])).is_some_and(|area| *area > 0)
    }

    /// The ring along the upper side of a pixel, unless it has been walked along. Every ring goes along such a side, and the
    /// first that comes row by row begins at a corner.
    fn ring_above(&mut self, (row, column): (usize, usize)) -> Option<Ring> {
        let width = self.areas.ncols();
        let start = (row as isize, column as isize);
        if self.passed[row * width + column] || self.is_on((start.0 - 1, start.1)) {
            return None;
        }
        let mut ring = Ring::new();
        // The pixel to the right of the line, the corner behind it, and where it goes.
        let (mut pixel, mut corner, mut step) = (start, (start.1, start.0), 0);
        loop {
            if step == 0 {
                self.passed[pixel.0 as usize * width + pixel.1 as usize] = true;
            }
            corner = (corner.0 + STEPS[step].0, corner.1 + STEPS[step].1);
            let ahead = (pixel.0 + STEPS[step].1, pixel.1 + STEPS[step].0);
            let (across, along) = STEPS[(step + 3) % 4];
            let left = (ahead.0 + along, ahead.1 + across);
            let turned = match (self.is_on(ahead), self.is_on(left)) {
                // What touches at this corner alone is another area.
                (false, _) => (step + 1) % 4,
                (true, false) => {
                    pixel = ahead;
                    step
                }
                (true, true) => {
                    pixel = left;
                    (step + 3) % 4
                }
            };
            if turned != step {
                ring.push([corner.0 as u32, corner.1 as u32]);
                step = turned;
            }
            if (pixel, step) == (start, 0) {
                // It is told from the corner on where it began.
                ring.rotate_right(1);
                return Some(ring);
            }
        }
    }
}
