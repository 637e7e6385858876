//! Models at work.

use super::adapt::{PATCHES, Patches};
use super::image::{Asked, Member, TakeBands, WatchTiles, read_bands, read_image, read_rows};
use super::looked::{LookedImage, TakeKnown};
use super::pixels::Pixels;
use super::together::check;
use super::{Averaging, DEFAULT_TILE, PredictError};
use crate::executor::{Executor, State, open};
use crate::{Device, Model, ModelCard, Precision, Reading, Scales, TaskError, Views};
use ndarray::Array3;
use scumble_data::{Averaged, DataError, HeldRows, ImageLook, Normalisation, Raster, RasterReader};
use std::num::NonZeroUsize;

/// A model ready to predict images of any size on a device.
///
/// Everything that is asked of an image is answered from the same logits, which are the average over the
/// [views](Self::views) of the image. Several models say what their mean says. Where an image has no data (NaN,
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
    /// At least one; what they predict is the same.
    models: Vec<Running>,
    tile: NonZeroUsize,
    averaging: Averaging,
    /// How many images the batch statistics are of, if they are not the training's.
    adapted: Option<usize>,
}

/// A model on its device.
struct Running {
    card: ModelCard,
    executor: Box<dyn Executor>,
}

impl Predictor {
    /// Puts a model on a device, where it runs in a precision, whichever it was trained in.
    ///
    /// # Errors
    /// A device that this build or machine does not have, or that does not run in the precision.
    pub fn open(model: Model, device: &Device, precision: Precision) -> Result<Self, PredictError> {
        Self::open_all(vec![model], device, precision, Averaging::default())
    }

    /// The mean of several models, each of which is put on the device.
    ///
    /// # Errors
    /// As [`open`](Self::open); no model, models of other labels or channels, and where logits are averaged models whose
    /// logits do not mean the same.
    pub fn open_all(
        models: Vec<Model>,
        device: &Device,
        precision: Precision,
        averaging: Averaging,
    ) -> Result<Self, PredictError> {
        check(models.iter().map(|model| &model.card), averaging.mean)?;
        let running = models.into_iter().map(|model| {
            let state = State::new(&model.card.network, model.weights);
            let executor = open(device, precision, &model.card.network, &state)?;
            Ok(Running { card: model.card, executor })
        });
        let models = running.collect::<Result<_, PredictError>>()?;
        Ok(Self { models, tile: DEFAULT_TILE, averaging, adapted: None })
    }

    /// Tiles of at most about `tile` pixels a side: less memory, more work.
    pub fn with_tile(mut self, tile: NonZeroUsize) -> Self {
        self.tile = tile;
        self
    }

    /// Averages over this: [`Averaging::none`] takes the least work. What is averaged of several models stays.
    pub fn with_averaging(mut self, averaging: Averaging) -> Self {
        self.averaging = Averaging { mean: self.averaging.mean, ..averaging };
        self
    }

    /// Brings the statistics in the batch normalisations half of the way from the training's to those of images: a network
    /// that has learnt in one laboratory sees other means and deviations in its layers in another (Li et al. 2016, AdaBN;
    /// mixed as by Schneider et al. 2020). Weights stay, and so does a calibration, which need not hold any more.
    ///
    /// Of up to 256 of the images some patches are looked at, at places that are the same whenever the images are. What
    /// cannot be read or is no image for the model is left out. Says how many images it was; of none, nothing changes.
    ///
    /// ```no_run
    /// use scumble_nn::{Device, Model, Precision, Predictor};
    ///
    /// let model = Model::read("runs/nuclei/model.safetensors".as_ref())?;
    /// let mut predictor = Predictor::open(model, &Device::Cpu, Precision::F32)?;
    /// let images = ["new/1.png", "new/2.png"];
    /// predictor.adapt(&images, |image| scumble_data::read_image(image.as_ref()))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A network without batch normalisation, a device that fails.
    pub fn adapt<I>(
        &mut self,
        images: &[I],
        mut read: impl FnMut(&I) -> Result<Raster, DataError>,
    ) -> Result<usize, PredictError> {
        let patches = self.models.iter().map(|model| Patches::new(model.executor.network()));
        let mut patches: Vec<Patches> = patches.collect::<Result<_, _>>()?;
        let step = images.len().div_ceil(PATCHES).max(1);
        let each = PATCHES.div_ceil(images.len().div_ceil(step).max(1));
        let mut seen = 0;
        for image in images.iter().step_by(step) {
            let Ok(image) = read(image) else { continue };
            let mut models = self.models.iter().zip(&mut patches);
            let added =
                models.try_for_each(|(model, patches)| patches.add(&image, &model.card.normalisation, each));
            seen += usize::from(added.is_ok());
        }
        for (model, patches) in self.models.iter_mut().zip(patches) {
            patches.into_statistics(&mut *model.executor)?;
        }
        self.adapted = (seen > 0).then_some(seen).or(self.adapted);
        Ok(seen)
    }

    /// The views that the prediction of the first model is averaged over.
    pub fn views(&self) -> Views {
        self.views_of(self.card())
    }

    /// The views that the prediction of a model is averaged over.
    pub fn views_of(&self, card: &ModelCard) -> Views {
        self.averaging.flips.fixed().unwrap_or_else(|| card.views())
    }

    /// The sizes of the image that the prediction of a model is averaged over.
    pub fn scales_of(&self, card: &ModelCard) -> Scales {
        self.averaging.scales.clone().unwrap_or_else(|| card.scales())
    }

    /// What a prediction is averaged over, for records: views and sizes of all models.
    pub fn averaged(&self) -> Averaged {
        let views = self.cards().map(|card| self.views_of(card));
        let views = views.reduce(|a, b| Views { flips: a.flips || b.flips, turns: a.turns || b.turns });
        let views = views.unwrap_or_default();
        let mut scales: Vec<f64> = self.cards().flat_map(|card| Vec::from(self.scales_of(card))).collect();
        scales.sort_by(f64::total_cmp);
        scales.dedup();
        let models = self.models.len();
        let mean = (models > 1).then(|| self.averaging.mean.to_string());
        let adapted = self.adapted;
        Averaged {
            views: views.count(),
            flips: views.flips,
            turns: views.turns,
            scales,
            models,
            mean,
            adapted,
        }
    }

    /// Predictions as they are without the model's calibration.
    pub fn uncalibrated(mut self) -> Self {
        for model in &mut self.models {
            model.card.task = model.card.task.clone().uncalibrated();
        }
        self
    }

    /// Predictions with what class weights in training put there, and without the model's calibration.
    pub fn keeping_shift(mut self) -> Self {
        for model in &mut self.models {
            model.card.task = model.card.task.clone().keeping_shift();
        }
        self
    }

    /// Predictions of what one rater would say, in place of what they say together, and without the model's calibration.
    ///
    /// # Errors
    /// A rater who has no say in one of the models ([`Task::of_rater`](crate::Task::of_rater)).
    pub fn of_rater(mut self, name: &str) -> Result<Self, TaskError> {
        for model in &mut self.models {
            model.card.task = model.card.task.of_rater(name)?;
        }
        Ok(self)
    }

    /// What the model is; of several the first, whose kind and classes are those of all.
    pub fn card(&self) -> &ModelCard {
        &self.models[0].card
    }

    /// What each model is.
    pub fn cards(&self) -> impl Iterator<Item = &ModelCard> {
        self.models.iter().map(|model| &model.card)
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
        let (mean, tile, scales) = (self.averaging.mean, self.tile, self.scales());
        read_image(&mut self.members(&scales), Asked { readings, mean, tile }, image)
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
        self.read_bands_watched(image, readings, &mut |_, _| {}, take)
    }

    /// [`read_bands`](Self::read_bands), which tells `watch` of every tile that is done: with eight views of an image of one
    /// tile they are eight.
    ///
    /// # Errors
    /// As [`read_bands`](Self::read_bands).
    pub fn read_bands_watched(
        &mut self,
        image: &Raster,
        readings: &[Reading],
        watch: &mut WatchTiles<'_>,
        take: &mut TakeBands<'_>,
    ) -> Result<(), PredictError> {
        let (mean, tile, scales) = (self.averaging.mean, self.tile, self.scales());
        read_bands(&mut self.members(&scales), Asked { readings, mean, tile }, image, watch, take)
    }

    /// Looks at all rows of an image that is to be predicted by rows: what each model must know of it as a whole.
    ///
    /// # Errors
    /// As [`RasterReader::rows`].
    pub fn look(&self, mut image: RasterReader) -> Result<LookedImage, PredictError> {
        let mut known: Vec<(&Normalisation, ImageLook)> = Vec::new();
        for card in self.cards() {
            let normalisation = &card.normalisation;
            let same = |(other, _): &&(&Normalisation, _)| {
                (other.nodata(), other.method()) == (normalisation.nodata(), normalisation.method())
            };
            let look = match known.iter().find(same) {
                Some((_, look)) => look.clone(),
                None => normalisation.look(&mut image)?,
            };
            known.push((normalisation, look));
        }
        let looks = known.into_iter().map(|(_, look)| look).collect();
        Ok(LookedImage { held: HeldRows::new(image)?, looks })
    }

    /// [`read_bands`](Self::read_bands) of an image that is read by rows: neither image nor maps are ever whole in memory. The
    /// numbers are those of the image in memory. `take` gets, too, where these rows have no data, [rows, W]; `None` where they
    /// have some everywhere.
    ///
    /// ```no_run
    /// use scumble_data::RasterReader;
    /// use scumble_nn::{Device, Model, Precision, Predictor, Reading};
    ///
    /// let model = Model::read("runs/fields/model.safetensors".as_ref())?;
    /// let mut predictor = Predictor::open(model, &Device::Cpu, Precision::F32)?;
    /// let reader = RasterReader::image("orthophoto.tif".as_ref())?.expect("a TIFF is read by rows");
    /// let mut image = predictor.look(reader)?;
    /// predictor.read_rows(&mut image, &[Reading::Classes], &mut |maps, empty| {
    ///     println!("{} rows more", maps[0].dim().1);
    ///     Ok(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`read_bands`](Self::read_bands); damage to the file.
    pub fn read_rows(
        &mut self,
        image: &mut LookedImage,
        readings: &[Reading],
        take: &mut TakeKnown<'_>,
    ) -> Result<(), PredictError> {
        let (mean, tile, scales) = (self.averaging.mean, self.tile, self.scales());
        let normalisation = self.card().normalisation.clone();
        let LookedImage { held, looks } = image;
        let some = looks[0].without_data > 0;
        let pixels = Pixels::ByRows(held, looks);
        let asked = Asked { readings, mean, tile };
        read_rows(&mut self.members(&scales), asked, pixels, &mut |_, _| {}, &mut |maps, rows, pixels| {
            let empty = if some { normalisation.without_data(&pixels.part(rows)) } else { None };
            take(maps, empty)
        })
    }

    fn scales(&self) -> Vec<Scales> {
        self.cards().map(|card| self.scales_of(card)).collect()
    }

    fn members<'m>(&'m mut self, scales: &'m [Scales]) -> Vec<Member<'m>> {
        let flips = self.averaging.flips;
        let member = |(model, scales): (&'m mut Running, &'m Scales)| {
            let ModelCard { task, normalisation, .. } = &model.card;
            let views = flips.fixed().unwrap_or_else(|| model.card.views());
            let executor = &mut *model.executor;
            Member { executor, task, normalisation, views, scales: scales.list() }
        };
        self.models.iter_mut().zip(scales).map(member).collect()
    }
}
