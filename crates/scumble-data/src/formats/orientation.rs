//! How an image is turned from the way in which it is stored to the way in which it is shown.

use crate::{Raster, Samples};
use std::ops::Range;

/// The orientation of EXIF and TIFF: a number of 1 to 8 for the ways in which a rectangle falls upon itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Orientation(u8);

/// A window of an image: some of its rows, some of its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
}

impl Window {
    /// What two windows of an image have in common.
    pub(super) fn shared(&self, other: &Self) -> Self {
        let both = |a: &Range<usize>, b: &Range<usize>| a.start.max(b.start)..a.end.min(b.end);
        Self { rows: both(&self.rows, &other.rows), columns: both(&self.columns, &other.columns) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() || self.columns.is_empty()
    }
}

/// What EXIF begins with in JPEG.
pub(super) const EXIF: &[u8] = b"Exif\0\0";

impl Orientation {
    /// As stored.
    pub(super) const UPRIGHT: Self = Self(1);

    /// The orientation of a tag; numbers that are none mean that nothing is turned.
    pub(super) fn of(number: u64) -> Self {
        u8::try_from(number).ok().filter(|number| (1..=8).contains(number)).map_or(Self::UPRIGHT, Self)
    }

    /// The orientation that EXIF bytes (a TIFF header and its directories) say of the image, not of its thumbnail.
    pub(super) fn of_exif(exif: &[u8]) -> Self {
        // How JPEG marks EXIF; other formats need no mark, and some writers leave it there.
        let exif = exif.strip_prefix(EXIF).unwrap_or(exif);
        let found = image::metadata::Orientation::from_exif_chunk(exif);
        found.map_or(Self::UPRIGHT, |orientation| Self(orientation.to_exif()))
    }

    /// 1 to 8.
    pub(super) fn number(self) -> u8 {
        self.0
    }

    /// (height, width) as shown, from those stored.
    pub(super) fn size(self, (height, width): (usize, usize)) -> (usize, usize) {
        if self.is_across() { (width, height) } else { (height, width) }
    }

    /// Which window of an image, stored as (height, width), becomes these rows of those that are shown; turned, it is these rows.
    pub(super) fn window(self, rows: Range<usize>, stored: (usize, usize)) -> Window {
        let (height, _) = self.size(stored);
        let from_below = matches!(self.0, 3 | 4 | 7 | 8);
        let shown = if from_below { height - rows.end..height - rows.start } else { rows };
        match self.is_across() {
            true => Window { rows: 0..stored.0, columns: shown },
            false => Window { rows: shown, columns: 0..stored.1 },
        }
    }

    /// Where a place of the image that is shown, of (height, width), lies in that which is stored: its column and row, each as
    /// factors of (x, y, 1). The first and the last place of an axis are 0 and its length.
    pub(super) fn stored_place(self, (height, width): (f64, f64)) -> [[f64; 3]; 2] {
        let (x, y) = ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]);
        let (left, up) = ([-1.0, 0.0, width], [0.0, -1.0, height]);
        match self.0 {
            2 => [left, y],
            3 => [left, up],
            4 => [x, up],
            5 => [y, x],
            6 => [y, left],
            7 => [up, left],
            8 => [up, x],
            _ => [x, y],
        }
    }

    /// Rows become columns.
    pub(super) fn is_across(self) -> bool {
        self.0 >= 5
    }

    /// The samples of an image of `size` = (height, width, channels) as it is stored, in the order in which it is shown.
    pub(super) fn turn<T: Copy>(self, samples: Vec<T>, size: (usize, usize, usize)) -> Vec<T> {
        let (stored_height, stored_width, channels) = size;
        let (height, width) = self.size((stored_height, stored_width));
        if self == Self::UPRIGHT {
            return samples;
        }
        let mut turned = Vec::with_capacity(samples.len());
        for y in 0..height {
            for x in 0..width {
                let (up, left) = (height - 1 - y, width - 1 - x);
                let (row, column) = match self.0 {
                    2 => (y, left),
                    3 => (up, left),
                    4 => (up, x),
                    5 => (x, y),
                    6 => (left, y),
                    7 => (left, up),
                    _ => (x, up),
                };
                let at = (row * stored_width + column) * channels;
                turned.extend_from_slice(&samples[at..at + channels]);
            }
        }
        turned
    }

    /// The image as it is shown.
    pub(super) fn turn_raster(self, raster: Raster) -> Raster {
        let size = (raster.height, raster.width, raster.channels);
        let (height, width) = self.size((raster.height, raster.width));
        let samples = match raster.samples {
            Samples::U8(samples) => Samples::U8(self.turn(samples, size)),
            Samples::U16(samples) => Samples::U16(self.turn(samples, size)),
            Samples::F32(samples) => Samples::F32(self.turn(samples, size)),
            Samples::F64(samples) => Samples::F64(self.turn(samples, size)),
        };
        Raster { height, width, samples, ..raster }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each number means: where row 0 and column 0 of the stored image are shown (TIFF 6.0, page 36).
    #[test]
    fn the_eight_orientations_of_the_specification() {
        let stored = vec![1, 2, 3, 4, 5, 6];
        for (number, height, shown) in [
            (1, 2, [1, 2, 3, 4, 5, 6]),
            // 0th row at the top, 0th column on the right.
            (2, 2, [3, 2, 1, 6, 5, 4]),
            // Bottom, right.
            (3, 2, [6, 5, 4, 3, 2, 1]),
            // Bottom, left.
            (4, 2, [4, 5, 6, 1, 2, 3]),
            // Left, top.
            (5, 3, [1, 4, 2, 5, 3, 6]),
            // Right, top.
            (6, 3, [4, 1, 5, 2, 6, 3]),
            // Right, bottom.
            (7, 3, [6, 3, 5, 2, 4, 1]),
            // Left, bottom.
            (8, 3, [3, 6, 2, 5, 1, 4]),
        ] {
            let orientation = Orientation::of(number);
            assert_eq!(orientation.turn(stored.clone(), (2, 3, 1)), shown, "{number}");
            assert_eq!(orientation.size((2, 3)).0, height, "{number}");
        }
        for none in [0, 9, 300] {
            assert_eq!(Orientation::of(none), Orientation::UPRIGHT);
        }
    }

    #[test]
    fn rows_that_are_shown_are_a_window_of_those_stored() {
        let stored: Vec<usize> = (0..35).collect();
        for orientation in (1..=8).map(Orientation::of) {
            let whole = orientation.turn(stored.clone(), (5, 7, 1));
            let (height, width) = orientation.size((5, 7));
            for rows in [0..1, 1..4, 2..height, 0..height] {
                let Window { rows: from, columns } = orientation.window(rows.clone(), (5, 7));
                let size = (from.len(), columns.len(), 1);
                let part = from.flat_map(|row| columns.clone().map(move |column| row * 7 + column)).collect();
                let expected = &whole[rows.start * width..rows.end * width];
                assert_eq!(orientation.turn(part, size), expected, "{orientation:?} {rows:?}");
            }
        }
    }

    #[test]
    fn channels_stay_together() {
        let pixels = [[1, 2], [3, 4], [5, 6]].concat();
        assert_eq!(Orientation::of(8).turn(pixels, (1, 3, 2)), [5, 6, 3, 4, 1, 2]);
    }
}
