//! A picture of RGB pixels: made pixel by pixel, put together from panels, fitted into a frame, written as a PNG.

use scumble_data::{DataError, Raster, Samples, write_png};
use std::path::Path;

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// A picture in 8-bit RGB, put together from panels.
///
/// ```
/// use scumble_jobs::picture::Picture;
///
/// let panel = Picture::new(20, 30, |row, _| [row as u8; 3]);
/// let both = Picture::row(&[panel.clone(), panel.fit(10)]);
/// assert_eq!(both.size(), (20, 30 + 6 + 10)); // a gap of 6 pixels between panels
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) pixels: Vec<Rgb>,
}

/// Pixels between two panels.
const GAP: usize = 6;
pub(super) const WHITE: Rgb = [255; 3];

impl Picture {
    /// A picture of `height` rows and `width` columns; `pixel(row, column)` says each pixel.
    pub fn new(height: usize, width: usize, pixel: impl Fn(usize, usize) -> Rgb) -> Self {
        let pixels = (0..height * width).map(|at| pixel(at / width, at % width)).collect();
        Self { height, width, pixels }
    }

    /// Nothing to see.
    pub fn black(height: usize, width: usize) -> Self {
        Self::new(height, width, |_, _| [0; 3])
    }

    /// Nothing but paper.
    pub(super) fn white(height: usize, width: usize) -> Self {
        Self { height, width, pixels: vec![WHITE; height * width] }
    }

    /// Columns of pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// (height, width) in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.height, self.width)
    }

    /// Row after row.
    pub fn pixels(&self) -> &[Rgb] {
        &self.pixels
    }

    /// One pixel.
    ///
    /// # Panics
    /// A place beyond the picture.
    pub fn at(&self, row: usize, column: usize) -> Rgb {
        self.pixels[row * self.width + column]
    }

    /// Panels side by side.
    pub fn row(panels: &[Self]) -> Self {
        let width = panels.iter().map(|p| p.width + GAP).sum::<usize>().saturating_sub(GAP);
        let height = panels.iter().map(|p| p.height).max().unwrap_or(0);
        let mut whole = Self::white(height, width);
        let mut left = 0;
        for panel in panels {
            whole.paste(panel, 0, left);
            left += panel.width + GAP;
        }
        whole
    }

    /// Rows below each other.
    pub fn column(rows: &[Self]) -> Self {
        let height = rows.iter().map(|p| p.height + GAP).sum::<usize>().saturating_sub(GAP);
        let width = rows.iter().map(|p| p.width).max().unwrap_or(0);
        let mut whole = Self::white(height, width);
        let mut top = 0;
        for row in rows {
            whole.paste(row, top, 0);
            top += row.height + GAP;
        }
        whole
    }

    pub(super) fn paste(&mut self, panel: &Self, top: usize, left: usize) {
        for (y, row) in panel.pixels.chunks(panel.width.max(1)).enumerate() {
            self.pixels[(top + y) * self.width + left..][..row.len()].copy_from_slice(row);
        }
    }

    /// The picture in a frame of `side` x `side` pixels: reduced by the mean of the pixels that fall on one, or
    /// magnified by a whole number.
    pub fn fit(&self, side: usize) -> Self {
        let longest = self.height.max(self.width).max(1);
        if longest <= side {
            let times = side / longest;
            return Self::new(self.height * times, self.width * times, |row, column| {
                self.pixels[row / times * self.width + column / times]
            });
        }
        let size = |length: usize| (length * side / longest).max(1);
        let (height, width) = (size(self.height), size(self.width));
        Self::new(height, width, |row, column| {
            let rows = row * self.height / height..((row + 1) * self.height).div_ceil(height);
            let columns = column * self.width / width..((column + 1) * self.width).div_ceil(width);
            let mut sum = [0_usize; 3];
            for y in rows.clone() {
                for pixel in &self.pixels[y * self.width..][columns.clone()] {
                    sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += usize::from(*value));
                }
            }
            let pixels = rows.len() * columns.len();
            sum.map(|sum| ((sum + pixels / 2) / pixels) as u8)
        })
    }

    /// The picture with white at the right, at least this wide.
    pub fn padded(&self, width: usize) -> Self {
        let mut whole = Self::white(self.height, width.max(self.width));
        whole.paste(self, 0, 0);
        whole
    }

    /// Writes it as a PNG.
    ///
    /// # Errors
    /// A place that cannot be written to.
    pub fn write(&self, path: &Path) -> Result<(), DataError> {
        let samples = Samples::U8(self.pixels.as_flattened().to_vec());
        write_png(
            path,
            &Raster {
                height: self.height,
                width: self.width,
                channels: 3,
                samples,
                indexed: None,
                nodata: None,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_stand_side_by_side() {
        let panel = Picture::new(2, 1, |row, _| [255 * row as u8; 3]);
        let row = Picture::row(&[panel.clone(), panel]);
        assert_eq!((row.height, row.width), (2, 2 + GAP));
        assert_eq!((row.pixels[0], row.pixels[1], row.pixels[row.width]), ([0; 3], WHITE, WHITE));
    }

    #[test]
    fn means_go_down_and_whole_pixels_up() {
        let picture = Picture::new(2, 4, |row, column| [(row * 40 + column * 20) as u8; 3]);
        let small = picture.fit(2);
        assert_eq!((small.height, small.width), (1, 2));
        assert_eq!(small.pixels, [[30; 3], [70; 3]]);
        let large = picture.fit(9);
        assert_eq!((large.height, large.width), (4, 8));
        assert_eq!((large.pixels[1], large.pixels[8 + 2]), ([0; 3], [20; 3]));
    }
}
