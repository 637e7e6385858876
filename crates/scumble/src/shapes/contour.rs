//! Contours of a map at a level, between its pixels: marching squares.

use ndarray::ArrayView2;
use std::collections::HashMap;

/// A line of one level.
///
/// What is above the level lies to its right, as a screen shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Contour {
    /// Its points (x, y); those of a closed one without the first again at the end.
    pub points: Vec<[f64; 2]>,
    /// Whether it ends where it begins; else it ends at the border of the image or where nothing is known.
    pub closed: bool,
}

/// Where a map [H, W] crosses a level, by linear interpolation between the centres of pixels, of which the first is (0.5, 0.5).
///
/// A pixel of the level itself is above it. Where four pixels are above and below by turns, the upper ones are apart: so do
/// [`outlines`](super::outlines). Between pixels of which one is NaN there is no line. In the order of their first points, open ones
/// first.
///
/// ```
/// use ndarray::array;
/// use scumble::shapes::contours;
///
/// let lines = contours(array![[0.0, 1.0], [0.0, 1.0]].view(), 0.25);
/// assert_eq!(lines.len(), 1);
/// assert_eq!(lines[0].points, [[0.75, 1.5], [0.75, 0.5]]);
/// assert!(!lines[0].closed);
/// ```
pub fn contours(map: ArrayView2<'_, f32>, level: f64) -> Vec<Contour> {
    let pieces = pieces(map, level);
    let after: HashMap<Side, usize> = pieces.iter().enumerate().map(|(at, piece)| (piece[0], at)).collect();
    let mut ends: Vec<Side> = pieces.iter().map(|piece| piece[1]).collect();
    ends.sort_unstable();
    let is_first = |piece: &[Side; 2]| ends.binary_search(&piece[0]).is_err();
    let mut passed = vec![false; pieces.len()];
    let mut lines = Vec::new();
    let open = (0..pieces.len()).filter(|at| is_first(&pieces[*at]));
    for begins in open.chain(0..pieces.len()) {
        if passed[begins] {
            continue;
        }
        let mut sides = vec![pieces[begins][0]];
        let mut next = Some(begins);
        while let Some(at) = next.filter(|at| !passed[*at]) {
            passed[at] = true;
            sides.push(pieces[at][1]);
            next = after.get(&pieces[at][1]).copied();
        }
        let closed = sides.first() == sides.last();
        let points = sides[usize::from(closed)..].iter().map(|side| side.crossing(map, level));
        lines.push(Contour { points: points.collect(), closed });
    }
    lines
}

/// The line between the centres of two neighbours: from a pixel to the next in its row or, if `down`, in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Side {
    row: usize,
    column: usize,
    down: bool,
}

impl Side {
    /// Where the level is between both.
    fn crossing(self, map: ArrayView2<'_, f32>, level: f64) -> [f64; 2] {
        let Self { row, column, down } = self;
        let next = if down { [row + 1, column] } else { [row, column + 1] };
        let (one, other) = (f64::from(map[[row, column]]), f64::from(map[next]));
        let along = (level - one) / (other - one);
        let [x, y] = [column as f64 + 0.5, row as f64 + 0.5];
        if down { [x, y + along] } else { [x + along, y] }
    }
}

/// The pieces of lines in every square of four pixels, each from side to side.
fn pieces(map: ArrayView2<'_, f32>, level: f64) -> Vec<[Side; 2]> {
    let (height, width) = map.dim();
    let mut pieces = Vec::new();
    for row in 1..height {
        for column in 1..width {
            let (row, column) = (row - 1, column - 1);
            let corners = [[row, column], [row, column + 1], [row + 1, column + 1], [row + 1, column]];
            let values = corners.map(|corner| f64::from(map[corner]));
            if values.iter().any(|value| value.is_nan()) {
                continue;
            }
            let above = values.map(|value| value >= level);
            let across = |row| Side { row, column, down: false };
            let down = |column| Side { row, column, down: true };
            // From corner to corner clockwise.
            let sides = [across(row), down(column + 1), across(row + 1), down(column)];
            // A line leaves the square where going around it one comes from above the level, and it came in where one last
            // went up: so the corners between both are to its right.
            for out in (0..4).filter(|at| above[*at] && !above[(at + 1) % 4]) {
                let enters = (1..4).map(|back| (out + 4 - back) % 4);
                let into = enters.into_iter().find(|at| !above[*at] && above[(at + 1) % 4]);
                pieces.push([sides[out], sides[into.expect("what goes down went up")]]);
            }
        }
    }
    pieces
}
