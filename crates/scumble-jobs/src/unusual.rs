//! What is unusual about images that a model predicts: pixels without data, images unlike those that it was trained on.

use crate::Observer;
use ndarray::Array2;
use scumble_data::{ImageLook, Raster, Unlike};
use scumble_nn::ModelCard;

/// What is unusual about the images of one run, told once.
#[derive(Clone, Default)]
pub(crate) struct Unusual {
    images: usize,
    /// Images with pixels without data, and these pixels.
    empty: (usize, u64),
    /// Images unlike those that the model was trained on, and what the first is like.
    pub(crate) unlike: Vec<String>,
    first: Option<Unlike>,
}

impl Unusual {
    /// One more image: where it has no data, [H, W].
    pub(crate) fn look(&mut self, card: &ModelCard, name: &str, image: &Raster) -> Option<Array2<bool>> {
        self.images += 1;
        if let Some(unlike) = card.unlike(image) {
            self.unlike.push(name.to_owned());
            self.first.get_or_insert(unlike);
        }
        if image.channels != card.normalisation.channels() {
            return None;
        }
        let empty = card.normalisation.without_data(&image.own_slice(card.context));
        if let Some(empty) = &empty {
            self.empty.0 += 1;
            self.empty.1 += count(empty);
        }
        empty
    }

    /// The same of an image that is read by rows.
    pub(crate) fn look_at(&mut self, card: &ModelCard, name: &str, image: &ImageLook) {
        self.images += 1;
        if let Some(unlike) = card.normalisation.unlike_look(image) {
            self.unlike.push(name.to_owned());
            self.first.get_or_insert(unlike);
        }
        if image.channels == card.normalisation.channels() && image.without_data > 0 {
            self.empty.0 += 1;
            self.empty.1 += image.without_data;
        }
    }

    /// Whether the last image was unlike the others.
    pub(crate) fn is_unlike(&self, name: &str) -> bool {
        self.unlike.last().is_some_and(|last| last == name)
    }

    /// Says what there was; `becomes` is what becomes of pixels without data.
    pub(crate) fn tell(&self, becomes: &str, observer: &dyn Observer) {
        if let (images @ 1.., pixels) = self.empty {
            observer.note(&format!(
                "no data (NaN, infinite or nodata) at {pixels} pixels of {images} of {} images: {becomes}",
                self.images
            ));
        }
        let (Some(first), Some(name)) = (&self.first, self.unlike.first()) else { return };
        let Unlike { channel, found: [mean, deviation], means, deviations } = first;
        let range = |[least, largest]: &[f64; 2]| match number(*least) == number(*largest) {
            true => number(*least),
            false => format!("{} to {}", number(*least), number(*largest)),
        };
        observer.warning(&format!(
            "{} of {} images are far outside of what the model was trained on, first {name}: channel {channel} has mean {} \
             and deviation {}, the training images {} and {} (where 1 is 255 in 8-bit, 65535 in 16-bit and 1 in float \
             files); look at the units, the bits and the exposure",
            self.unlike.len(),
            self.images,
            number(*mean),
            number(*deviation),
            range(means),
            range(deviations),
        ));
    }
}

/// How many pixels there are.
pub(crate) fn count(pixels: &Array2<bool>) -> u64 {
    pixels.iter().filter(|is| **is).count() as u64
}

/// Three digits, whatever the units.
fn number(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { (2 - value.abs().log10().floor() as i32).clamp(0, 12) };
    format!("{value:.0$}", digits as usize)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_have_three_digits() {
        let shown = [127.34, 0.42, 0.000_123_4, 0.0, -9999.0].map(number);
        assert_eq!(shown, ["127", "0.420", "0.000123", "0", "-9999"]);
    }
}
