//! A model at work.

use super::image::{Member, TakeBands, read_bands, read_image};
use super::{Averaging, DEFAULT_TILE, PredictError};
use crate::executor::{Executor, State, open};
use crate::{Device, Model, ModelCard, Precision, Reading, Views};
use ndarray::Array3;
use scumble_data::{Averaged, Raster};
use std::num::NonZeroUsize;

/// A model ready to predict images of any size on a device.
///
/// Everything that is asked of an image is answered from the same logits, which are the average over the
/// [views](Self::views) of the image. Where an image has no data (NaN,
/// infinite or nodata) the network sees the mean, and what it says there means nothing:
/// [`Normalisation::without_data`](scumble_data::Normalisation::without_data) of the card tells which pixels these are.
///
/// ```no_run
/// use scumble_nn::{Device, Model, Precision, Predictor, Reading};
///
/// let model = Model::read("runs/fundus/model.safetensors".as_ref())?;
/// let mut predictor = Predictor::open(model, &Device::Cpu, Precision::F32)?;
/// let image = scumble_data::read_image("eye.png".as_ref())?;
/// let probabilities = predictor.predict(&image)?; // [K, H, W]
/// let both = predictor.read(&image, &[Reading::Classes, Reading::Sets])?;
/// assert_eq!(both[0], probabilities);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Predictor {
    card: ModelCard,
    executor: Box<dyn Executor>,
    tile: NonZeroUsize,
    averaging: Averaging,
}

impl Predictor {
    /// Puts a model on a device, where it runs in a precision, whichever it was trained in.
    ///
    /// # Errors
    /// A device that this build or machine does not have, or that does not run in the precision.
    pub fn open(model: Model, device: &Device, precision: Precision) -> Result<Self, PredictError> {
        let state = State::new(&model.card.network, model.weights);
        let executor = open(device, precision, &model.card.network, &state)?;
        Ok(Self { card: model.card, executor, tile: DEFAULT_TILE, averaging: Averaging::default() })
    }

    /// Tiles of at most about `tile` pixels a side: less memory, more work.
    pub fn with_tile(mut self, tile: NonZeroUsize) -> Self {
        self.tile = tile;
        self
    }

    /// Averages over this: [`Averaging::none`] takes the least work.
    pub fn with_averaging(mut self, averaging: Averaging) -> Self {
        self.averaging = averaging;
        self
    }

    /// The views that a prediction is averaged over.
    pub fn views(&self) -> Views {
        self.averaging.flips.fixed().unwrap_or_else(|| self.card.views())
    }

    /// What a prediction is averaged over, for records.
    pub fn averaged(&self) -> Averaged {
        let views = self.views();
        Averaged { views: views.count(), flips: views.flips, turns: views.turns }
    }

    /// Predictions as they are without the model's calibration.
    pub fn uncalibrated(mut self) -> Self {
        self.card.task = self.card.task.uncalibrated();
        self
    }

    /// What the model is.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Probabilities [K, H, W] of one image.
    ///
    /// # Errors
    /// Another number of channels than the model's, a device that fails.
    pub fn predict(&mut self, image: &Raster) -> Result<Array3<f32>, PredictError> {
        let maps = self.read(image, &[Reading::Classes])?;
        Ok(maps.into_iter().next().expect("as many maps as readings"))
    }

    /// The maps of each reading of one image, in their order.
    ///
    /// # Errors
    /// As [`predict`](Self::predict), and a reading that the model [does not have](crate::Task::supports).
    pub fn read(&mut self, image: &Raster, readings: &[Reading]) -> Result<Vec<Array3<f32>>, PredictError> {
        let tile = self.tile;
        read_image(&mut self.member(), readings, image, tile)
    }

    /// [`read`](Self::read) by bands of finished rows [K, rows, W], top to bottom: no map is ever whole in memory.
    /// `take` gets a band of each reading, in their order.
    ///
    /// # Errors
    /// As [`read`](Self::read), and whatever `take` returns.
    pub fn read_bands(
        &mut self,
        image: &Raster,
        readings: &[Reading],
        take: &mut TakeBands<'_>,
    ) -> Result<(), PredictError> {
        let tile = self.tile;
        read_bands(&mut self.member(), readings, image, tile, take)
    }

    fn member(&mut self) -> Member<'_> {
        let views = self.views();
        let ModelCard { task, normalisation, .. } = &self.card;
        Member { executor: &mut *self.executor, task, normalisation, views }
    }
}
