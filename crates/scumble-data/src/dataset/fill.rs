//! The pixels that rings and ellipses enclose: those whose centre is inside, for outlines and for annotations.

use std::ops::Range;

/// As much as a crossing is moved to the right, so that rounding cannot put it on the wrong side of a centre.
const NUDGE: f64 = 1e-8;

/// An ellipse, turned clockwise by so many degrees; x before y.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ellipse {
    pub(super) centre: [f64; 2],
    pub(super) radii: [f64; 2],
    pub(super) turn: f64,
}

/// An edge that crosses the centre lines of the rows `first..end`.
struct Edge {
    first: usize,
    end: usize,
    from: [f64; 2],
    slope: f64,
}

/// Calls `on` with rows, and columns of each, whose centres an odd number of rings of x, y encloses, in an image of (height,
/// width); the first pixel lies between (0, 0) and (1, 1).
///
/// By the rules of ImageJ's PolygonFiller: a centre on the left boundary is outside, one on the right boundary inside.
pub(super) fn inside_rings(
    rings: &[Vec<[f64; 2]>],
    (height, width): (usize, usize),
    mut on: impl FnMut(usize, Range<usize>),
) {
    let mut edges: Vec<Edge> = rings.iter().flat_map(|ring| edges(ring, height)).collect();
    edges.sort_by_key(|edge| edge.first);
    let mut edges = edges.into_iter().peekable();
    let mut crossed: Vec<Edge> = Vec::new();
    let mut crossings = Vec::new();
    let mut row = edges.peek().map_or(height, |edge| edge.first);
    while row < height {
        while let Some(edge) = edges.next_if(|edge| edge.first <= row) {
            crossed.push(edge);
        }
        crossed.retain(|edge| edge.end > row);
        crossings.clear();
        crossings
            .extend(crossed.iter().map(|edge| edge.from[0] + (row as f64 + 0.5 - edge.from[1]) * edge.slope));
        crossings.sort_by(f64::total_cmp);
        let pixel = |crossing: f64| clip((crossing + NUDGE + 0.5).floor() as i64, width);
        for pair in crossings.as_chunks::<2>().0 {
            on(row, pixel(pair[0])..pixel(pair[1]));
        }
        row = match (crossed.is_empty(), edges.peek()) {
            (true, None) => height,
            (true, Some(edge)) => edge.first.max(row + 1),
            (false, _) => row + 1,
        };
    }
}

/// The edges of a ring that cross centre lines of an image so high.
fn edges(ring: &[[f64; 2]], height: usize) -> impl Iterator<Item = Edge> {
    let ends = ring.iter().enumerate().map(|(at, from)| (*from, ring[(at + 1) % ring.len()]));
    ends.filter(|ends| [ends.0, ends.1].as_flattened().iter().all(|v| v.is_finite())).filter_map(
        move |(from @ [x1, y1], [x2, y2])| {
            let row = |y: f64| clip((y - 0.5).ceil() as i64, height);
            let (first, end) = (row(y1.min(y2)), row(y1.max(y2)));
            (first < end).then(|| Edge { first, end, from, slope: (x2 - x1) / (y2 - y1) })
        },
    )
}

/// The same of an ellipse, its boundary included.
pub(super) fn inside_ellipse(
    ellipse: &Ellipse,
    (height, width): (usize, usize),
    mut on: impl FnMut(usize, Range<usize>),
) {
    let Ellipse { centre, radii, turn } = ellipse;
    let [left, top, right, bottom] = ellipse.bounds();
    let (sin, cos) = match *turn {
        0.0 => (0.0, 1.0),
        turn => turn.to_radians().sin_cos(),
    };
    let within =
        |low: f64, high: f64, length| clip(low.floor() as i64, length)..clip(high.ceil() as i64, length);
    for row in within(top, bottom, height) {
        for column in within(left, right, width) {
            let (dx, dy) = (column as f64 + 0.5 - centre[0], row as f64 + 0.5 - centre[1]);
            let (along, across) = ((dx * cos + dy * sin) / radii[0], (dy * cos - dx * sin) / radii[1]);
            if along * along + across * across <= 1.0 {
                on(row, column..column + 1);
            }
        }
    }
}

impl Ellipse {
    /// Left, top, right and bottom of the box around it.
    pub(super) fn bounds(&self) -> [f64; 4] {
        let (sin, cos) = self.turn.to_radians().sin_cos();
        let [x, y] = self.centre;
        let [along, across] = self.radii;
        // A little more than the extent, for it is rounded.
        let half = |a: f64, b: f64| a.hypot(b) * (1.0 + 1e-9);
        let (width, height) = (half(along * cos, across * sin), half(along * sin, across * cos));
        [x - width, y - height, x + width, y + height]
    }
}

/// A position as one of an image's, which begins at 0 and ends before `length`.
pub(super) fn clip(at: i64, length: usize) -> usize {
    usize::try_from(at).unwrap_or(0).min(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(size: (usize, usize), draw: impl Fn(&mut dyn FnMut(usize, Range<usize>))) -> Vec<String> {
        let mut rows = vec![vec!['.'; size.1]; size.0];
        draw(&mut |row, columns| rows[row][columns].fill('#'));
        rows.into_iter().map(String::from_iter).collect()
    }

    #[test]
    fn what_an_odd_number_of_rings_encloses_is_inside() {
        let square = |low: f64, high: f64| vec![[low, low], [high, low], [high, high], [low, high]];
        let rings = [square(0.0, 5.0), square(1.0, 4.0), square(2.0, 3.0)];
        let found = drawn((5, 6), |on| inside_rings(&rings, (5, 6), on));
        assert_eq!(found, ["#####.", "#...#.", "#.#.#.", "#...#.", "#####."]);
        // Apart from each other, with rows between that nothing crosses; and far outside.
        let rings = [square(0.0, 1.0), square(3.0, 4.0), square(-1e300, -1e299)];
        let found = drawn((5, 4), |on| inside_rings(&rings, (5, 4), on));
        assert_eq!(found, ["#...", "....", "....", "...#", "...."]);
    }

    #[test]
    fn an_ellipse_turned_by_a_quarter_is_the_other_one() {
        let ellipse = |radii, turn| Ellipse { centre: [4.0, 4.0], radii, turn };
        let of = |ellipse: Ellipse| drawn((8, 8), |on| inside_ellipse(&ellipse, (8, 8), on));
        assert_eq!(of(ellipse([3.3, 1.3], 90.0)), of(ellipse([1.3, 3.3], 0.0)));
        assert_eq!(of(ellipse([3.3, 1.3], 180.0)), of(ellipse([3.3, 1.3], 0.0)));
        // Clockwise where y points down.
        assert_eq!(of(ellipse([5.0, 0.8], 45.0))[1], ".#......");
        assert_eq!(of(ellipse([0.0, 3.0], 0.0)), of(ellipse([f64::NAN, 3.0], 0.0)));
    }
}
