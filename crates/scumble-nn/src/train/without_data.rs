//! Which pixels of the training images say nothing, and what is said of them.

use crate::Observer;
use scumble_data::{Outlying, Raster};

/// What is found in training images where there is no data.
#[derive(Default)]
pub(super) struct WithoutData {
    images: u64,
    /// Images with pixels without data, and these pixels.
    empty: (u64, u64),
    /// The number that stands for no data, in units of [`Raster::to_unit`], if all images so far say the same.
    said: Option<Option<f64>>,
    /// Images with samples far outside of what counts, and these samples.
    outlying: Option<(u64, Outlying)>,
    /// What divides such a sample in units of [`Raster::to_unit`].
    full_scale: f32,
}

impl WithoutData {
    /// One more image, and what lies far outside of what counts in it.
    pub(super) fn add(&mut self, image: &Raster, outlying: Option<Outlying>) {
        let said = image.nodata.map(|nodata| nodata / f64::from(image.full_scale()));
        self.said = match self.said {
            None => Some(said),
            Some(before) => Some(said.filter(|said| before == Some(*said))),
        };
        self.images += 1;
        if let Some(empty) = image.without_data() {
            self.empty.0 += 1;
            self.empty.1 += empty.iter().filter(|empty| **empty).count() as u64;
        }
        if let Some(more) = outlying {
            self.full_scale = image.full_scale();
            self.outlying = Some(match self.outlying {
                None => (1, more),
                Some((images, found)) => (images + 1, found.merge(more)),
            });
        }
    }

    /// The number that stands for no data, in units of [`Raster::to_unit`]: what all images say; else the one number
    /// that lies far outside of what counts, at pixels that count for nothing alone.
    pub(super) fn nodata(&self) -> Option<f64> {
        let found = self.one_number().map(|number| f64::from(number / self.full_scale));
        self.said.flatten().or(found)
    }

    fn one_number(&self) -> Option<f32> {
        self.outlying.filter(|(_, far)| far.least == far.largest).map(|(_, far)| far.least)
    }

    /// Says how many pixels are not learnt from, and what was taken for no data without being told.
    pub(super) fn tell(&self, observer: &dyn Observer) {
        if let (images @ 1.., pixels) = self.empty {
            observer.note(&format!(
                "no data (NaN, infinite or nodata) at {pixels} pixels of {images} of the {} training images; they are not \
                 learnt from, and are the mean for their neighbours",
                self.images
            ));
        }
        let Some((images, far)) = self.outlying else { return };
        let where_ = format!(
            "at {} pixels of {images} of the {} training images, which count for nothing and lie far outside of those that \
             count",
            far.pixels, self.images
        );
        match self.one_number() {
            Some(number) => observer.warning(&format!(
                "{number} {where_}: taken for no data, here and by the model; nodata = {number} in dataset.toml says so"
            )),
            None => observer.warning(&format!(
                "{} to {} {where_}: they are read as the mean here, which predict and eval cannot know; write NaN there",
                far.least, far.largest
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scumble_data::Samples;

    fn image(nodata: Option<f64>) -> Raster {
        Raster { height: 1, width: 2, channels: 1, samples: Samples::U8(vec![0, 255]), indexed: None, nodata }
    }

    #[test]
    fn images_that_say_the_same_say_it_for_others() {
        let mut same = WithoutData::default();
        same.add(&image(Some(255.0)), None);
        same.add(&image(Some(255.0)), None);
        assert_eq!((same.nodata(), same.empty), (Some(1.0), (2, 2)));
        same.add(&image(None), None);
        assert_eq!(same.nodata(), None);
        same.add(&image(Some(255.0)), None);
        assert_eq!(same.nodata(), None);
    }

    #[test]
    fn one_number_far_outside_stands_for_no_data_and_two_do_not() {
        let far = |value| Some(Outlying { pixels: 3, least: value, largest: value });
        let mut found = WithoutData::default();
        found.add(&Raster { samples: Samples::F32(vec![0.0; 2]), ..image(None) }, far(-9999.0));
        assert_eq!(found.nodata(), Some(-9999.0));
        found.add(&image(None), far(7.0));
        assert_eq!((found.nodata(), found.outlying.unwrap().1.pixels), (None, 6));
    }
}
