//! An image to predict: in memory, or a TIFF that is read by rows.

use crate::JobError;
use crate::unusual::{Unusual, count};
use ndarray::{Array2, Axis, Slice};
use scumble_data::{Raster, RasterReader, read_image_in_context};
use scumble_nn::predict::{LookedImage, TakeKnown};
use scumble_nn::{PredictError, Predictor, Reading};
use std::path::Path;

/// An image to predict.
pub(crate) enum Pixels<'i> {
    /// In memory, and where it has no data, [H, W].
    Whole(&'i Raster, Option<&'i Array2<bool>>),
    /// Read by rows.
    ByRows(Box<LookedImage>),
}

/// Opens an image, is told what is unusual about it, and hands it on: one that can be read by rows is never whole in memory.
pub(crate) fn with_pixels<T>(
    predictor: &mut Predictor,
    path: &Path,
    unusual: &mut Unusual,
    work: impl FnOnce(&mut Predictor, Pixels<'_>) -> Result<T, JobError>,
) -> Result<T, JobError> {
    let name = path.display().to_string();
    let context = predictor.card().context;
    let reader = if context == 0 { RasterReader::image(path)? } else { None };
    match reader {
        Some(reader) => {
            let looked = predictor.look(reader)?;
            unusual.look_at(predictor.card(), &name, looked.look());
            work(predictor, Pixels::ByRows(Box::new(looked)))
        }
        None => {
            let image = read_image_in_context(path, context)?;
            let empty = unusual.look(predictor.card(), &name, &image);
            work(predictor, Pixels::Whole(&image, empty.as_ref()))
        }
    }
}

impl Pixels<'_> {
    /// (height, width).
    pub(crate) fn size(&self) -> (usize, usize) {
        match self {
            Self::Whole(image, _) => (image.height, image.width),
            Self::ByRows(image) => image.size(),
        }
    }

    /// How many pixels have no data.
    pub(crate) fn without_data(&self) -> u64 {
        match self {
            Self::Whole(_, empty) => empty.map_or(0, count),
            Self::ByRows(image) => image.look().without_data,
        }
    }

    /// Predicts the image by bands of finished rows, top to bottom.
    pub(crate) fn read_bands(
        &mut self,
        predictor: &mut Predictor,
        readings: &[Reading],
        take: &mut TakeKnown<'_>,
    ) -> Result<(), PredictError> {
        match self {
            Self::Whole(image, empty) => {
                let mut top = 0;
                predictor.read_bands(image, readings, &mut |bands| {
                    let rows = top..top + bands[0].dim().1;
                    top = rows.end;
                    let empty = empty.map(|empty| empty.slice_axis(Axis(0), Slice::from(rows)).to_owned());
                    take(bands, empty)
                })
            }
            Self::ByRows(image) => predictor.read_rows(image, readings, take),
        }
    }
}
