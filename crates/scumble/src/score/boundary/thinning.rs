//! Thinning of masks to lines one pixel wide.

use ndarray::{Array2, ArrayView2};

/// Thins a mask to lines one pixel wide, repeated until nothing changes: `bwmorph(mask, 'thin', inf)`.
///
/// A step deletes, all at once, the pixels that fulfil G1, G2 and G3 of Guo and Hall (1989), *Parallel
/// thinning with two-subiteration algorithms*, CACM 32(3), and then, in what is left, those that fulfil G1,
/// G2 and G3'. With x1 to x8 the neighbours from the east counterclockwise, x9 = x1, and pixels outside the
/// mask 0:
///
/// - G1: exactly one i of 1..4 has x(2i-1) = 0 and x(2i) or x(2i+1) = 1: deleting cuts nothing in two.
/// - G2: 2 <= min(n1, n2) <= 3, where n1 counts the k with x(2k-1) or x(2k), n2 those with x(2k) or x(2k+1):
///   neither the end of a line nor inside.
/// - G3: (x2 or x3 or not x8) and x1 = 0. G3': the same, half a turn on, (x6 or x7 or not x4) and x5 = 0.
///
/// The end is reached when both halves of a step change nothing.
///
/// ```
/// use ndarray::array;
/// let bar = array![[true, true, true, true], [true, true, true, true], [true, true, true, true]];
/// let line = scumble::score::boundary::thin(bar.view());
/// assert!(line.row(1).iter().filter(|on| **on).count() >= 2 && !line.row(0).iter().any(|on| *on));
/// ```
pub fn thin(mask: ArrayView2<'_, bool>) -> Array2<bool> {
    let (height, width) = mask.dim();
    let mut grid = Grid::new(height, width);
    for ((row, column), _) in mask.indexed_iter().filter(|(_, on)| **on) {
        grid.set(row, column);
    }
    grid.thin();
    let mut thinned = Array2::from_elem((height, width), false);
    for (row, column) in grid.pixels() {
        thinned[[row, column]] = true;
    }
    thinned
}

/// The pixels that are on, in a frame of pixels that are off.
#[derive(Debug)]
pub(super) struct Grid {
    stride: usize,
    cells: Vec<bool>,
    /// Places of those that are on, in raster order.
    on: Vec<usize>,
}

impl Grid {
    pub(super) fn new(height: usize, width: usize) -> Self {
        Self { stride: width + 2, cells: vec![false; (height + 2) * (width + 2)], on: Vec::new() }
    }

    /// Switches a pixel on; to be called in raster order, once a pixel.
    pub(super) fn set(&mut self, row: usize, column: usize) {
        let place = (row + 1) * self.stride + column + 1;
        self.cells[place] = true;
        self.on.push(place);
    }

    /// (row, column) of the pixels that are on, in raster order.
    pub(super) fn pixels(&self) -> impl Iterator<Item = (usize, usize)> {
        self.on.iter().map(|place| (place / self.stride - 1, place % self.stride - 1))
    }

    /// See [`thin`].
    pub(super) fn thin(&mut self) {
        // Only the neighbours of a deleted pixel can have become deletable since a half was last tried.
        let mut try_first = self.on.clone();
        let mut try_second = self.on.clone();
        loop {
            let first = self.delete(&try_first, &DELETED_FIRST);
            self.add_neighbours(&first, &mut try_second);
            let second = self.delete(&try_second, &DELETED_SECOND);
            if first.is_empty() && second.is_empty() {
                break;
            }
            (try_first, try_second) = (Vec::new(), Vec::new());
            self.add_neighbours(&first, &mut try_first);
            self.add_neighbours(&second, &mut try_first);
            self.add_neighbours(&second, &mut try_second);
        }
        self.on.retain(|place| self.cells[*place]);
    }

    /// Deletes at once the candidates that the table names, and returns them.
    fn delete(&mut self, candidates: &[usize], table: &[bool; 256]) -> Vec<usize> {
        let mut deleted: Vec<usize> = candidates
            .iter()
            .copied()
            .filter(|&place| self.cells[place] && table[self.neighbours(place)])
            .collect();
        // A candidate may be there several times: the first time counts.
        deleted.retain(|place| std::mem::replace(&mut self.cells[*place], false));
        deleted
    }

    fn add_neighbours(&self, places: &[usize], to: &mut Vec<usize>) {
        for place in places {
            to.extend(self.around(*place).into_iter().filter(|neighbour| self.cells[*neighbour]));
        }
    }

    /// x1 to x8.
    fn around(&self, place: usize) -> [usize; 8] {
        let (above, below) = (place - self.stride, place + self.stride);
        [place + 1, above + 1, above, above - 1, place - 1, below - 1, below, below + 1]
    }

    /// x1 to x8 as the bits of a number, x1 the lowest.
    fn neighbours(&self, place: usize) -> usize {
        self.around(place).iter().enumerate().fold(0, |bits, (i, p)| bits | usize::from(self.cells[*p]) << i)
    }
}

/// Whether a pixel with these neighbours is deleted in the first half of a step.
const DELETED_FIRST: [bool; 256] = table(true);
/// And in the second.
const DELETED_SECOND: [bool; 256] = table(false);

const fn table(first: bool) -> [bool; 256] {
    let mut table = [false; 256];
    let mut bits = 0;
    while bits < 256 {
        table[bits] = deletable(bits, first);
        bits += 1;
    }
    table
}

const fn deletable(bits: usize, first: bool) -> bool {
    let (mut crossings, mut n1, mut n2, mut k) = (0, 0, 0, 1);
    while k <= 4 {
        let (before, corner, after) = (x(bits, 2 * k - 1), x(bits, 2 * k), x(bits, 2 * k + 1));
        crossings += (!before && (corner || after)) as u32;
        n1 += (before || corner) as u32;
        n2 += (corner || after) as u32;
        k += 1;
    }
    let fewest = if n1 < n2 { n1 } else { n2 };
    let g3 = match first {
        true => !((x(bits, 2) || x(bits, 3) || !x(bits, 8)) && x(bits, 1)),
        false => !((x(bits, 6) || x(bits, 7) || !x(bits, 4)) && x(bits, 5)),
    };
    crossings == 1 && 2 <= fewest && fewest <= 3 && g3
}

/// The neighbour x(i), i from 1 to 9.
const fn x(bits: usize, i: usize) -> bool {
    bits >> ((i - 1) % 8) & 1 == 1
}
