//! Maps and pictures made small, by the mean over the area that a pixel covers.

use super::canvas::Picture;
use ndarray::Array2;
use rayon::prelude::*;
use scumble_data::{DataError, RasterReader, ShownRange};
use std::ops::Range;

/// The mean over the box of the input that each pixel of the output covers, by area; a map that fits stays as it is.
///
/// `value(row, column)` is the input, of `size` (height, width); the output's longer side is at most `side`. NaN
/// counts for nothing, and a box of nothing else is NaN.
pub(crate) fn shrink(
    size: (usize, usize),
    side: usize,
    value: impl Fn(usize, usize) -> f32 + Sync,
) -> Array2<f32> {
    let mut maps = Shrinking::new(size, side, 1);
    maps.add(0..size.0, |_, row, column| value(row, column));
    maps.finish().remove(0)
}

/// Maps of one size that are made small, each as [`shrink`] does it, while their rows come.
pub(crate) struct Shrinking {
    maps: usize,
    rows: Vec<Vec<(usize, f64)>>,
    columns: Vec<Vec<(usize, f64)>>,
    /// Of each row of the output, map by map: sums and areas.
    cells: Vec<Vec<[f64; 2]>>,
}

impl Shrinking {
    pub(crate) fn new(size: (usize, usize), side: usize, maps: usize) -> Self {
        let (rows, columns) = (boxes(size.0, size, side), boxes(size.1, size, side));
        let cells = vec![vec![[0.0; 2]; maps * columns.len()]; rows.len()];
        Self { maps, rows, columns, cells }
    }

    /// Adds rows of the input, of which `value(map, row, column)` tells the numbers, the row counted from the first of the
    /// image.
    pub(crate) fn add(&mut self, range: Range<usize>, value: impl Fn(usize, usize, usize) -> f32 + Sync) {
        let columns = &self.columns;
        self.rows.par_iter().zip(&mut self.cells).for_each(|(rows, cells)| {
            for &(row, high) in rows.iter().filter(|(row, _)| range.contains(row)) {
                for (map, cells) in cells.chunks_exact_mut(columns.len()).enumerate() {
                    for (columns, [sum, area]) in columns.iter().zip(cells) {
                        for &(column, wide) in columns {
                            let value = value(map, row, column);
                            if !value.is_nan() {
                                *sum += f64::from(value) * high * wide;
                                *area += high * wide;
                            }
                        }
                    }
                }
            }
        });
    }

    /// The small maps.
    pub(crate) fn finish(self) -> Vec<Array2<f32>> {
        let (height, width) = (self.rows.len(), self.columns.len());
        let small = |map: usize| {
            Array2::from_shape_fn((height, width), |(row, column)| {
                let [sum, area] = self.cells[row][map * width + column];
                if area > 0.0 { (sum / area) as f32 } else { f32::NAN }
            })
        };
        (0..self.maps).map(small).collect()
    }
}

/// A picture made small in the same way.
pub(crate) fn shrink_picture(picture: &Picture, side: usize) -> Picture {
    let size = picture.size();
    if size.0.max(size.1) <= side {
        return picture.clone();
    }
    let bands: [Array2<f32>; 3] = std::array::from_fn(|band| {
        shrink(size, side, |row, column| f32::from(picture.at(row, column)[band]))
    });
    let (height, width) = bands[0].dim();
    Picture::new(height, width, |row, column| {
        std::array::from_fn(|band| bands[band][[row, column]].round() as u8)
    })
}

/// An image that is read by rows as a picture made small.
pub(crate) fn shrink_rows(image: &mut RasterReader, side: usize) -> Result<Picture, DataError> {
    let (height, width) = image.size();
    let bands = || {
        let rows = (BAND / width.max(1)).max(1);
        (0..height).step_by(rows).map(move |top| top..(top + rows).min(height))
    };
    let mut range: Option<ShownRange> = None;
    for rows in bands() {
        let of_rows = ShownRange::of(&image.rows(rows)?);
        range = Some(range.map_or(of_rows, |range| range.merge(of_rows)));
    }
    let mut small = Shrinking::new((height, width), side, 3);
    for rows in bands() {
        let pixels = range
            .as_ref()
            .map_or(Ok(Vec::new()), |range| image.rows(rows.clone()).map(|image| image.shown_as(range)))?;
        let top = rows.start;
        small.add(rows, |band, row, column| f32::from(pixels[(row - top) * width + column][band]));
    }
    let bands = small.finish();
    let (height, width) = bands[0].dim();
    Ok(Picture::new(height, width, |row, column| {
        std::array::from_fn(|band| bands[band][[row, column]].round() as u8)
    }))
}

/// Pixels of a band.
const BAND: usize = 1 << 21;

/// For each pixel along one side of the output, the pixels of the input that it covers, with the share of each.
fn boxes(length: usize, (height, width): (usize, usize), side: usize) -> Vec<Vec<(usize, f64)>> {
    let longest = height.max(width);
    let short = match longest > side {
        true => (length * side).div_ceil(longest).max(1).min(length),
        false => length,
    };
    let step = length as f64 / short as f64;
    (0..short)
        .map(|at| {
            let (from, to) = (at as f64 * step, ((at + 1) as f64 * step).min(length as f64));
            let covered = from as usize..(to.ceil() as usize).min(length);
            let share = |i: usize| (to.min((i + 1) as f64) - from.max(i as f64)).max(0.0);
            covered.map(|i| (i, share(i))).filter(|(_, share)| *share > 1e-9).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_mean_stays_whatever_the_size() {
        let value = |row: usize, column: usize| ((7 * row + 3 * column) % 11) as f32;
        for size in [(10, 10), (17, 31), (31, 17), (1, 40), (40, 1)] {
            let mean = (0..size.0).flat_map(|r| (0..size.1).map(move |c| value(r, c))).sum::<f32>()
                / (size.0 * size.1) as f32;
            for side in [1, 5, 10, 100] {
                let small = shrink(size, side, value);
                assert!(small.dim().0.max(small.dim().1) <= side.max(1), "{size:?} {side}");
                assert!((small.mean().unwrap() - mean).abs() < 1e-4, "{size:?} {side}: {small}");
            }
        }
    }

    #[test]
    fn maps_whose_rows_come_one_by_one_are_the_same() {
        let value = |map: usize, row: usize, column: usize| match (map + 7 * row + 3 * column) % 11 {
            5 => f32::NAN,
            value => value as f32,
        };
        for size in [(10, 10), (17, 31), (31, 17)] {
            let mut maps = Shrinking::new(size, 6, 2);
            (0..size.0).for_each(|row| maps.add(row..row + 1, value));
            for (map, small) in maps.finish().iter().enumerate() {
                let bits = |map: &Array2<f32>| map.mapv(f32::to_bits);
                assert_eq!(bits(small), bits(&shrink(size, 6, |row, column| value(map, row, column))));
            }
        }
    }

    #[test]
    fn a_map_that_fits_is_the_same() {
        let map = array![[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]];
        assert_eq!(shrink((2, 3), 3, |r, c| map[[r, c]]), map);
    }

    #[test]
    fn what_is_ignored_has_no_part() {
        let map = array![[0.0, f32::NAN, f32::NAN, f32::NAN], [1.0, f32::NAN, f32::NAN, f32::NAN]];
        let small = shrink((2, 4), 2, |r, c| map[[r, c]]);
        assert_eq!(small[[0, 0]], 0.5);
        assert!(small[[0, 1]].is_nan());
    }
}
