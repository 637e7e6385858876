//! How well two masks would overlap if one of them were moved.

use ndarray::ArrayView2;

/// The largest shift that is looked for, in pixels.
pub(super) const REACH: usize = 8;
/// Shifts along one axis: -REACH to REACH.
const SPAN: usize = 2 * REACH + 1;

/// A mask as bits, 64 to a word, with an empty frame so that no shift leaves it.
pub(super) struct Plane {
    words: Vec<u64>,
    width: usize,
    /// Pixels that are on.
    pub(super) marked: u64,
}

/// Pixels that two planes share, by the shift of the first: rows, then columns, from -REACH.
pub(super) struct Shared([[u64; SPAN]; SPAN]);

impl Plane {
    /// The pixels with this mark.
    pub(super) fn new(marks: ArrayView2<'_, u16>, mark: u16) -> Self {
        let (height, columns) = marks.dim();
        let width = columns.div_ceil(64) + 2;
        let mut words = vec![0; (height + 2 * REACH) * width];
        let mut marked = 0;
        for (row, line) in marks.outer_iter().enumerate() {
            let words = &mut words[(row + REACH) * width..][..width];
            for (column, _) in line.iter().enumerate().filter(|(_, found)| **found == mark) {
                words[1 + column / 64] |= 1 << (column % 64);
                marked += 1;
            }
        }
        Self { words, width, marked }
    }

    /// The overlap with a plane of the same size at every shift of this one: exact, in one pass over the
    /// words that are not empty.
    pub(super) fn shared(&self, other: &Self) -> Shared {
        let mut shared = [[0; SPAN]; SPAN];
        for (at, &bits) in self.words.iter().enumerate().filter(|(_, bits)| **bits != 0) {
            for (rows, shared) in shared.iter_mut().enumerate() {
                let there = at + rows * self.width - REACH * self.width;
                let [left, here, right] =
                    [other.words[there - 1], other.words[there], other.words[there + 1]];
                if left | here | right == 0 {
                    continue;
                }
                // The 64 columns from here, and REACH more on either side.
                let window = u128::from(left >> (64 - REACH))
                    | u128::from(here) << REACH
                    | u128::from(right) << (64 + REACH);
                for (columns, shared) in shared.iter_mut().enumerate() {
                    *shared += u64::from((bits & (window >> columns) as u64).count_ones());
                }
            }
        }
        Shared(shared)
    }
}

impl Shared {
    pub(super) fn none() -> Self {
        Self([[0; SPAN]; SPAN])
    }

    /// Adds the overlap of another pair of planes; `mirrored` if it was counted for the shift of the second.
    pub(super) fn add(&mut self, other: &Self, mirrored: bool) {
        for (row, line) in self.0.iter_mut().enumerate() {
            for (column, sum) in line.iter_mut().enumerate() {
                let last = SPAN - 1;
                *sum += if mirrored { other.0[last - row][last - column] } else { other.0[row][column] };
            }
        }
    }

    /// The overlap where nothing is moved.
    pub(super) fn unmoved(&self) -> u64 {
        self.0[REACH][REACH]
    }

    /// The largest overlap, and the (rows, columns) of the shift that gives it; the smallest such shift.
    pub(super) fn best(&self) -> (u64, (i64, i64)) {
        let reach = REACH as i64;
        let shifts = (-reach..=reach).flat_map(|rows| (-reach..=reach).map(move |columns| (rows, columns)));
        let shared =
            |(rows, columns): (i64, i64)| self.0[(rows + reach) as usize][(columns + reach) as usize];
        let better = |shift: &(i64, i64)| (shared(*shift), -(shift.0.pow(2) + shift.1.pow(2)));
        let best = shifts.max_by_key(better).unwrap_or((0, 0));
        (shared(best), best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn every_shift_is_counted_as_a_walk_over_the_pixels_counts_it() {
        let (height, width) = (21, 130);
        let mask = |seed: usize| {
            Array2::from_shape_fn((height, width), |(y, x)| u16::from((y * 31 + x * 17 + seed) % 7 < 3))
        };
        let (a, b) = (mask(1), mask(4));
        let shared = Plane::new(a.view(), 1).shared(&Plane::new(b.view(), 1));
        for rows in -(REACH as isize)..=REACH as isize {
            for columns in -(REACH as isize)..=REACH as isize {
                let on = |((y, x), mark): ((usize, usize), &u16)| {
                    let there = (y.checked_add_signed(rows), x.checked_add_signed(columns));
                    let (Some(y), Some(x)) = there else { return false };
                    *mark == 1 && b.get((y, x)) == Some(&1)
                };
                let plain = a.indexed_iter().filter(|pixel| on(*pixel)).count() as u64;
                let found = shared.0[rows.strict_add(REACH as isize) as usize]
                    [columns.strict_add(REACH as isize) as usize];
                assert_eq!(found, plain, "{rows}, {columns}");
            }
        }
    }

    #[test]
    fn a_moved_mask_is_found_again() {
        let a = Array2::from_shape_fn((40, 70), |(y, x)| u16::from((y / 5 + x / 7) % 3 == 0));
        let b = Array2::from_shape_fn((40, 70), |(y, x)| {
            y.checked_sub(3).map_or(0, |y| a.get((y, x + 5)).copied().unwrap_or(0))
        });
        let (a, b) = (Plane::new(a.view(), 1), Plane::new(b.view(), 1));
        assert_eq!(a.shared(&b).best(), (b.marked, (3, -5)));
        let mut mirrored = Shared::none();
        mirrored.add(&a.shared(&b), true);
        assert_eq!(mirrored.best().1, (-3, 5));
    }
}
