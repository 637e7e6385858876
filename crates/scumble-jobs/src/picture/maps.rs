//! Pictures of images, of probability maps, and of how far maps are from their labels.

use super::canvas::{Picture, Rgb};
use ndarray::ArrayView3;
use scumble::labels::SoftLabels;
use scumble_data::Raster;

/// Okabe and Ito's colours, told apart by colour-blind people, too (2008).
pub const CLASS_COLOURS: [Rgb; 8] = [
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
    pub fn image(image: &Raster) -> Self {
        let pixels = image.shown();
        Self::new(image.height, image.width, |row, column| pixels[row * image.width + column])
    }

    /// Probabilities [K, H, W]: one map from black (0) to white (1), several as a mixture of the classes' colours.
    pub fn probabilities(maps: ArrayView3<'_, f32>) -> Self {
        let (classes, height, width) = maps.dim();
        Self::new(height, width, |row, column| {
            if classes == 1 {
                return [byte(maps[[0, row, column]]); 3];
            }
            let mut sum = [0.0; 3];
            for class in 0..classes {
                for (sum, colour) in sum.iter_mut().zip(CLASS_COLOURS[class % CLASS_COLOURS.len()]) {
                    *sum += maps[[class, row, column]] * f32::from(colour) / 255.0;
                }
            }
            sum.map(byte)
        })
    }

    /// Prediction minus label: white where equal, red where too high, blue where too low (several classes: red by
    /// half the summed difference), grey where the label is not valid.
    pub fn difference(labels: &SoftLabels, prediction: ArrayView3<'_, f32>) -> Self {
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
}

/// A share from 0 to 1, black to white.
pub(crate) fn byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
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
}
