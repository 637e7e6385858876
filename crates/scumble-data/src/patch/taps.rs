//! The pixels that a patch's pixel is interpolated from.

use super::geometry::{Map, Placement};
use crate::mirror;

/// One sample between four pixels: which they are, and the share of each.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tap {
    /// Index of the pixels, row by row, in the image.
    pub(super) at: [usize; 4],
    /// Their shares; all taps of a patch's pixel together sum to 1. In f64, so that a label that is constant
    /// stays so when its quotient is narrowed to f32.
    pub(super) share: [f64; 4],
    /// Bit i: pixel i is itself, and not the mirror image of one outside, which has no label.
    inside: u8,
}

impl Tap {
    /// The share of pixel `i` in a label.
    #[inline]
    pub(super) fn label_share(&self, i: usize) -> f64 {
        if self.inside >> i & 1 == 1 { self.share[i] } else { 0.0 }
    }
}

/// The taps of one patch, row by row.
#[derive(Debug)]
pub(super) struct Taps {
    map: Map,
    image: Extent,
    oversampling: usize,
    row: Vec<Tap>,
}

#[derive(Debug, Clone, Copy)]
struct Extent {
    height: usize,
    width: usize,
}

impl Taps {
    pub(super) fn new(placement: &Placement, size: usize, [height, width]: [usize; 2]) -> Self {
        let oversampling = placement.oversampling();
        let row = vec![Tap::default(); size * oversampling * oversampling];
        Self { map: placement.map(size), image: Extent { height, width }, oversampling, row }
    }

    /// The taps of row `y` of the patch, pixel by pixel; each has the square of the oversampling.
    pub(super) fn row(&mut self, y: usize) -> &[Tap] {
        let n = self.oversampling as u32;
        let part = 1.0 / f64::from(n * n);
        // Centres of the n parts of a pixel, seen from its own centre; exactly 0 for n = 1.
        let step = 1.0 / f64::from(n);
        let first = (step - 1.0) / 2.0;
        let (mut x, mut i, mut j) = (0, 0, 0);
        for tap in &mut self.row {
            let down = y as f64 + (first + f64::from(i) * step);
            let right = f64::from(x) + (first + f64::from(j) * step);
            self.image.tap(self.map.at(down, right), part, tap);
            j += 1;
            if j == n {
                (i, j) = (i + 1, 0);
            }
            if i == n {
                (x, i) = (x + 1, 0);
            }
        }
        &self.row
    }
}

impl Extent {
    /// Writes the tap in place: a copy over the stack took half of the time.
    #[inline]
    fn tap(self, [row, column]: [f64; 2], part: f64, tap: &mut Tap) {
        let (top, down) = whole(row);
        let (left, right) = whole(column);
        let (up, down) = ((1.0 - down) * part, down * part);
        tap.share = [up * (1.0 - right), up * right, down * (1.0 - right), down * right];
        if top < 0 || left < 0 || top + 1 >= self.height as isize || left + 1 >= self.width as isize {
            return self.at_edge(top, left, tap);
        }
        let at = top as usize * self.width + left as usize;
        tap.at = [at, at + 1, at + self.width, at + self.width + 1];
        tap.inside = 0b1111;
    }

    #[cold]
    fn at_edge(self, top: isize, left: isize, tap: &mut Tap) {
        tap.inside = 0;
        for i in 0..4 {
            let (row, column) = (top + (i / 2) as isize, left + (i % 2) as isize);
            let (y, x) = (mirror(row, self.height), mirror(column, self.width));
            tap.at[i] = y * self.width + x;
            tap.inside |= u8::from((y as isize, x as isize) == (row, column)) << i;
        }
    }
}

/// The whole number at or below, and what is left. (`f64::floor` is a function call on the x86-64 baseline.)
#[inline]
fn whole(place: f64) -> (isize, f64) {
    let cut = place as isize;
    let floor = if cut as f64 > place { cut - 1 } else { cut };
    (floor, place - floor as f64)
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn whole_is_floor() {
        for place in [-2.0, -1.75, -0.25, -0.0, 0.0, 0.5, 3.0, 3.999] {
            assert_eq!(whole(place), (place.floor() as isize, place - place.floor()), "{place}");
        }
    }
}
