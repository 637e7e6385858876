use super::geometry::{Map, Placement};
use super::mirror;

/// One sample between four pixels: which they are, and the share of each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tap {
    /// Index of the pixels, row by row, in the image.
    pub(super) at: [usize; 4],
    /// Their shares for the image; all taps of a patch's pixel together sum to 1.
    pub(super) image: [f32; 4],
    /// The same for the label, where pixels outside the image have no share. In f64, so that whatever is
    /// constant stays so when the quotient is narrowed to f32.
    pub(super) label: [f64; 4],
}

/// The taps of one patch, row by row.
#[derive(Debug)]
pub(super) struct Taps {
    map: Map,
    height: usize,
    width: usize,
    size: usize,
    oversampling: usize,
    row: Vec<Tap>,
}

impl Taps {
    pub(super) fn new(placement: &Placement, size: usize, [height, width]: [usize; 2]) -> Self {
        let oversampling = placement.oversampling();
        let row = Vec::with_capacity(size * oversampling * oversampling);
        Self { map: placement.map(size), height, width, size, oversampling, row }
    }

    /// How many taps a pixel of the patch has.
    pub(super) fn per_pixel(&self) -> usize {
        self.oversampling * self.oversampling
    }

    /// The taps of row `y` of the patch, [`per_pixel`](Self::per_pixel) for each pixel.
    pub(super) fn row(&mut self, y: usize) -> &[Tap] {
        self.row.clear();
        let n = self.oversampling;
        let share = 1.0 / (n * n) as f64;
        // Centres of the n parts of a pixel, seen from its own centre; exactly 0 for n = 1.
        let part = |i: usize| (2 * i + 1) as f64 / (2 * n) as f64 - 0.5;
        for x in 0..self.size {
            for i in 0..n {
                for j in 0..n {
                    let [row, column] = self.map.at(y as f64 + part(i), x as f64 + part(j));
                    self.row.push(self.tap(row, column, share));
                }
            }
        }
        &self.row
    }

    #[inline]
    fn tap(&self, row: f64, column: f64, share: f64) -> Tap {
        let (top, down) = whole(row);
        let (left, right) = whole(column);
        let (above, beside) = ((1.0 - down) * share, 1.0 - right);
        let down = down * share;
        let shares = [above * beside, above * right, down * beside, down * right];
        let image = shares.map(|s| s as f32);
        let (height, width) = (self.height as isize, self.width as isize);
        if top >= 0 && left >= 0 && top + 1 < height && left + 1 < width {
            let at = top as usize * self.width + left as usize;
            return Tap { at: [at, at + 1, at + self.width, at + self.width + 1], image, label: shares };
        }
        let rows = [top, top + 1].map(|y| (mirror(y, self.height) * self.width, (0..height).contains(&y)));
        let columns = [left, left + 1].map(|x| (mirror(x, self.width), (0..width).contains(&x)));
        let mut tap = Tap { at: [0; 4], image, label: [0.0; 4] };
        for i in 0..4 {
            let ((row, row_inside), (column, column_inside)) = (rows[i / 2], columns[i % 2]);
            tap.at[i] = row + column;
            if row_inside && column_inside {
                tap.label[i] = shares[i];
            }
        }
        tap
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
