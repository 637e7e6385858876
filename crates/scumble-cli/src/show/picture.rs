//! Pictures of probability maps: what people would rather look at.

use ndarray::ArrayView3;
use scumble::labels::SoftLabels;
use scumble_data::{DataError, Raster, Samples, write_png};
use std::path::Path;

pub(crate) type Rgb = [u8; 3];

/// A picture in 8-bit RGB, put together from panels.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) pixels: Vec<Rgb>,
}

/// Pixels between two panels.
const GAP: usize = 6;
pub(super) const WHITE: Rgb = [255; 3];
/// Okabe and Ito's colours, told apart by colour-blind people, too (2008).
pub(crate) const CLASSES: [Rgb; 8] = [
    [0, 114, 178],
    [230, 159, 0],
    [0, 158, 115],
    [204, 121, 167],
    [213, 94, 0],
    [86, 180, 233],
    [240, 228, 66],
    [150, 150, 150],
];

impl Picture {
    /// The image itself; of many bands three, of other numbers than 8 bits the range stretched.
    pub(crate) fn image(image: &Raster) -> Self {
        let bands = match image.channels {
            1 | 2 => [0; 3],
            3 => [0, 1, 2],
            n => [n * 3 / 4, n / 2, n / 4],
        };
        let ranges = bands.map(|band| range(image, band));
        Self::new(image.height, image.width, |row, column| {
            std::array::from_fn(|i| {
                let (low, high) = ranges[i];
                byte((image.raw(row, column, bands[i]) - low) / (high - low))
            })
        })
    }

    /// Probabilities [K, H, W]: one map from black (0) to white (1), several as a mixture of the classes' colours.
    pub(crate) fn probabilities(maps: ArrayView3<'_, f32>) -> Self {
        let (classes, height, width) = maps.dim();
        Self::new(height, width, |row, column| {
            if classes == 1 {
                return [byte(maps[[0, row, column]]); 3];
            }
            let mut sum = [0.0; 3];
            for class in 0..classes {
                for (sum, colour) in sum.iter_mut().zip(CLASSES[class % CLASSES.len()]) {
                    *sum += maps[[class, row, column]] * f32::from(colour) / 255.0;
                }
            }
            sum.map(byte)
        })
    }

    /// Prediction minus label: white where equal, red where too high, blue where too low (several classes: red by
    /// half the summed difference), grey where the label is not valid.
    pub(crate) fn difference(labels: &SoftLabels, prediction: ArrayView3<'_, f32>) -> Self {
        let (height, width) = labels.size();
        let (p, valid) = (labels.probabilities(), labels.valid());
        Self::new(height, width, |row, column| {
            let at = |maps: &ArrayView3<'_, f32>, k| maps[[k, row, column]];
            if !(0..valid.dim().0).any(|group| valid[[group, row, column]]) {
                return [200; 3];
            }
            if labels.classes() == 1 {
                let d = at(&prediction, 0) - at(&p, 0);
                let fade = byte(1.0 - d.abs());
                return if d > 0.0 { [255, fade, fade] } else { [fade, fade, 255] };
            }
            let d: f32 =
                (0..labels.classes()).map(|k| (at(&prediction, k) - at(&p, k)).abs()).sum::<f32>() / 2.0;
            [255, byte(1.0 - d), byte(1.0 - d)]
        })
    }

    pub(crate) fn new(height: usize, width: usize, pixel: impl Fn(usize, usize) -> Rgb) -> Self {
        let pixels = (0..height * width).map(|at| pixel(at / width, at % width)).collect();
        Self { height, width, pixels }
    }

    /// Nothing to see.
    pub(crate) fn black(height: usize, width: usize) -> Self {
        Self::new(height, width, |_, _| [0; 3])
    }

    /// Columns of pixels.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// (height, width) in pixels.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.height, self.width)
    }

    /// Row after row.
    pub(crate) fn pixels(&self) -> &[Rgb] {
        &self.pixels
    }

    pub(crate) fn at(&self, row: usize, column: usize) -> Rgb {
        self.pixels[row * self.width + column]
    }

    /// Panels side by side.
    pub(crate) fn row(panels: &[Self]) -> Self {
        let width = panels.iter().map(|p| p.width + GAP).sum::<usize>().saturating_sub(GAP);
        let height = panels.iter().map(|p| p.height).max().unwrap_or(0);
        let mut whole = Self { height, width, pixels: vec![WHITE; width * height] };
        let mut left = 0;
        for panel in panels {
            whole.paste(panel, 0, left);
            left += panel.width + GAP;
        }
        whole
    }

    /// Rows below each other.
    pub(crate) fn column(rows: &[Self]) -> Self {
        let height = rows.iter().map(|p| p.height + GAP).sum::<usize>().saturating_sub(GAP);
        let width = rows.iter().map(|p| p.width).max().unwrap_or(0);
        let mut whole = Self { height, width, pixels: vec![WHITE; width * height] };
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

    pub(crate) fn write(&self, path: &Path) -> Result<(), DataError> {
        let samples = Samples::U8(self.pixels.as_flattened().to_vec());
        write_png(
            path,
            &Raster { height: self.height, width: self.width, channels: 3, samples, indexed: None },
        )
    }
}

fn byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// What becomes black and white: 8-bit images as they are, others from their least to their largest value.
fn range(image: &Raster, band: usize) -> (f32, f32) {
    if matches!(image.samples, Samples::U8(_)) {
        return (0.0, 255.0);
    }
    let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
    for row in 0..image.height {
        for column in 0..image.width {
            let value = image.raw(row, column, band);
            (low, high) = (low.min(value), high.max(value));
        }
    }
    if high > low { (low, high) } else { (low, low + 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use scumble::labels::Kind;

    #[test]
    fn differences_have_their_colours() {
        let labels = SoftLabels::new(Kind::Binary, array![[[0.0, 1.0, 0.5]]]).unwrap();
        let picture = Picture::difference(&labels, array![[[1.0, 0.0, 0.5]]].view());
        assert_eq!(picture.pixels, [[255, 0, 0], [0, 0, 255], [255, 255, 255]]);
    }

    #[test]
    fn panels_stand_side_by_side() {
        let panel = Picture::probabilities(array![[[0.0f32], [1.0]]].view());
        let row = Picture::row(&[panel.clone(), panel]);
        assert_eq!((row.height, row.width), (2, 2 + GAP));
        assert_eq!((row.pixels[0], row.pixels[1], row.pixels[row.width]), ([0; 3], WHITE, WHITE));
    }
}
