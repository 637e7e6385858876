use super::image::{Reading, predict_bands, predict_image, read_image};
use super::{DEFAULT_TILE, PredictError};
use crate::{Device, Executor, Model, ModelCard, State, open};
use ndarray::{Array3, ArrayView3};
use scumble_data::Raster;

/// A model ready to predict images of any size on a device.
pub struct Predictor {
    card: ModelCard,
    executor: Box<dyn Executor>,
    tile: usize,
}

impl Predictor {
    /// Puts a model on a device.
    ///
    /// # Errors
    /// A device that this build or machine does not have.
    pub fn open(model: Model, device: &Device) -> Result<Self, PredictError> {
        let state = State::new(&model.card.network, model.weights);
        let executor = open(device, &model.card.network, &state)?;
        Ok(Self { card: model.card, executor, tile: DEFAULT_TILE })
    }

    /// Tiles of at most about `tile` pixels a side: less memory, more work.
    pub fn with_tile(mut self, tile: usize) -> Self {
        self.tile = tile.max(1);
        self
    }

    /// Predictions as they are without the model's calibration.
    pub fn uncalibrated(mut self) -> Self {
        self.card.task.calibration = None;
        self
    }

    /// What the model is.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Probabilities [K, H, W] of one image.
    ///
    /// # Errors
    /// Another number of channels than the model's, a sample that is no number, a device that fails.
    pub fn predict(&mut self, image: &Raster) -> Result<Array3<f32>, PredictError> {
        predict_image(&mut *self.executor, &self.card.task, &self.card.normalisation, image, self.tile)
    }

    /// Probabilities of the label sets [2^K, H, W] of one image, bit i of a set being label i. The labels of
    /// a model without a joint family are taken as independent.
    ///
    /// # Errors
    /// As [`predict`](Self::predict), and a task that is not multilabel or has more than 8 labels.
    pub fn predict_sets(&mut self, image: &Raster) -> Result<Array3<f32>, PredictError> {
        let task = &self.card.task;
        task.has_sets()?;
        read_image(&mut *self.executor, Reading::Sets(task), &self.card.normalisation, image, self.tile)
    }

    /// Logits [K, H, W] of one image, for a calibration to be fitted to: what class weights in training have
    /// put there is taken off, and the model's calibration, if it has one, is left out.
    ///
    /// # Errors
    /// As [`predict`](Self::predict), and a model of label sets, whose logits are not those of single labels.
    pub fn logits(&mut self, image: &Raster) -> Result<Array3<f32>, PredictError> {
        let task = &self.card.task;
        if let Some(family) = task.joint {
            return Err(PredictError::Joint { family });
        }
        read_image(&mut *self.executor, Reading::Unshifted(task), &self.card.normalisation, image, self.tile)
    }

    /// [`predict`](Self::predict) by bands of finished rows [K, rows, W], top to bottom: the map is never
    /// whole in memory.
    ///
    /// # Errors
    /// As [`predict`](Self::predict), and whatever `take` returns.
    pub fn predict_bands(
        &mut self,
        image: &Raster,
        take: &mut dyn FnMut(ArrayView3<'_, f32>) -> Result<(), PredictError>,
    ) -> Result<(), PredictError> {
        let reading = Reading::Classes(&self.card.task);
        predict_bands(&mut *self.executor, reading, &self.card.normalisation, image, self.tile, take)
    }
}
