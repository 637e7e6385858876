//! Predictions to judge, from a model, from maps or from samples: all ways lead to the same numbers.

use crate::open::Running;
use crate::{Fault, JobError, Observer, open};
use ndarray::{Array2, Array3, Axis};
use scumble::labels::{Kind, LabelSpace, RaterMask, SoftLabels};
use scumble::score::Resolution;
use scumble_data::{
    Averaged, DataError, Dataset, Item, MapFormat, Prediction, Raster, SampledMasks, Target, Wanted, listed,
    read_raster, read_sidecar,
};
use scumble_nn::head::ReadingError;
use scumble_nn::{Averaging, ModelCard, Predictor, Reading, Task};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Where predictions come from.
pub(crate) enum Predictions {
    /// A model that predicts the data set's images now.
    Model(Box<Predictor>),
    /// Maps that were written before.
    Maps {
        /// The folder, read as labels.
        maps: Box<Dataset>,
        /// Where the map of an image is among them, by its name.
        places: HashMap<String, usize>,
        /// How finely their numbers are known.
        resolution: Resolution,
    },
    /// Several masks of each image, whose mean is the map.
    Samples(Box<SampledMasks>),
}

/// What is predicted of one image.
pub(crate) struct Predicted {
    /// The probability of each class, [K, H, W].
    pub(crate) classes: Prediction,
    /// The probability of each label set, [2^K, H, W], if it was asked for.
    pub(crate) sets: Option<Array3<f32>>,
    /// How far the models differ, [H, W] in nats, if it was asked for.
    pub(crate) disagreement: Option<Array2<f32>>,
    /// The samples that the classes' probabilities are the mean of; none of other predictions.
    pub(crate) samples: Vec<RaterMask>,
}

impl Predicted {
    /// How finely this image's prediction is known, if not as finely as all.
    pub(crate) fn resolution(&self) -> Option<Resolution> {
        (!self.samples.is_empty()).then(|| Resolution::of_samples(self.samples.len()))
    }
}

impl Predictions {
    /// Model files or run folders, whose mean is the prediction; else a folder of maps of the data set's images.
    pub(crate) fn open(paths: &[&Path], dataset: &Dataset, running: &Running) -> Result<Self, JobError> {
        match (paths, paths.iter().find(|path| !open::is_model(path))) {
            ([maps], Some(_)) => Self::maps(maps, dataset),
            (_, Some(path)) => Err(Error::NoMember { path: path.to_path_buf() }.into()),
            (_, None) => Ok(Self::Model(Box::new(running.predictor(paths)?.0))),
        }
    }

    /// Tells the observer what a model's predictions are averaged over.
    pub(crate) fn tell(&self, averaging: &Averaging, observer: &dyn Observer) {
        if let Self::Model(predictor) = self {
            open::tell(predictor, averaging, observer);
        }
    }

    /// How many slices on either side of an image a model sees, too.
    pub(crate) fn context(&self) -> usize {
        self.card().map_or(0, |card| card.context)
    }

    /// Brings a model's batch statistics towards those of the data set's images. Maps have none.
    pub(crate) fn adapt(
        &mut self,
        path: &Path,
        dataset: &Dataset,
        observer: &dyn Observer,
    ) -> Result<(), JobError> {
        match self {
            Self::Model(predictor) => {
                let dataset = dataset.clone().with_context(predictor.card().context);
                open::adapt(predictor, dataset.items(), |item| dataset.image(item), observer)
            }
            _ => Err(Error::NotAdapted { path: path.into() }.into()),
        }
    }

    /// The same without a model's calibration.
    pub(crate) fn uncalibrated(self) -> Self {
        match self {
            Self::Model(predictor) => Self::Model(Box::new(predictor.uncalibrated())),
            maps => maps,
        }
    }

    /// The same of what a model says that one rater would say. Of maps nobody knows whose they are.
    pub(crate) fn of_rater(self, name: &str) -> Result<Self, JobError> {
        match self {
            Self::Model(predictor) => Ok(Self::Model(Box::new(predictor.of_rater(name)?))),
            maps => Ok(maps),
        }
    }

    /// A folder of probability maps.
    pub(crate) fn maps(path: &Path, dataset: &Dataset) -> Result<Self, JobError> {
        let maps = Dataset::open_predictions(path, dataset.space())
            .map_err(|source| Error::Maps { folder: path.into(), source })?;
        let places: HashMap<String, usize> =
            maps.items().iter().enumerate().rev().map(|(place, map)| (map.id().to_owned(), place)).collect();
        if !dataset.items().iter().any(|item| places.contains_key(item.id())) {
            return Err(Error::OtherNames {
                folder: path.into(),
                data: dataset.root().into(),
                map: maps.items().first().map_or("none", |item| item.id()).into(),
                image: dataset.items().first().map_or("none", Item::id).into(),
            }
            .into());
        }
        let format = read_sidecar(path)?.map(|sidecar| sidecar.format);
        let resolution = match format {
            Some(MapFormat::Png8) => Resolution::EIGHT_BIT,
            Some(MapFormat::Png16) => Resolution::SIXTEEN_BIT,
            Some(MapFormat::Nifti16) => Resolution::of_samples(1 << 15),
            Some(MapFormat::Npy | MapFormat::Tiff | MapFormat::Nifti) => Resolution::FLOAT,
            // Maps of another program: as fine as their numbers.
            None => match maps.items().first().and_then(|item| item.files().next()).map(read_raster) {
                Some(Ok(raster)) if raster.full_scale() == 255.0 => Resolution::EIGHT_BIT,
                Some(Ok(raster)) if raster.full_scale() == 65535.0 => Resolution::SIXTEEN_BIT,
                _ => Resolution::FLOAT,
            },
        };
        Ok(Self::Maps { maps: Box::new(maps), places, resolution })
    }

    /// A folder of samples.
    pub(crate) fn samples(path: &Path, dataset: &Dataset) -> Result<Self, JobError> {
        let samples = SampledMasks::open(path, dataset)?;
        if !dataset.items().iter().any(|item| samples.have(item)) {
            return Err(Error::OtherNames {
                folder: path.into(),
                data: dataset.root().into(),
                map: samples.images().next().unwrap_or("none").into(),
                image: dataset.items().first().map_or("none", Item::id).into(),
            }
            .into());
        }
        Ok(Self::Samples(Box::new(samples)))
    }

    /// What is predicted, with the data set's names of the classes where maps have none of their own.
    pub(crate) fn task(&self, dataset: &Dataset) -> Task {
        match self {
            Self::Model(predictor) => predictor.card().task.clone(),
            Self::Maps { maps, .. } => {
                let same = maps.classes().len() == dataset.classes().len();
                let named = if same { dataset } else { maps.as_ref() };
                let space = LabelSpace::new(maps.kind(), named.classes().iter().cloned());
                Task::new(space.unwrap_or_else(|_| maps.space().clone()))
            }
            Self::Samples(_) => Task::new(dataset.space().clone()),
        }
    }

    /// Whether the data set's labels can be what is predicted.
    ///
    /// # Errors
    /// Another number of classes; one class and two exclusive ones are the same question.
    pub(crate) fn fit(&self, dataset: &Dataset) -> Result<(), Error> {
        let task = self.task(dataset);
        let model = matches!(self, Self::Model(_));
        same_labels(if model { "the model" } else { "the maps" }, &task, dataset)
    }

    /// How finely the predictions are known; of samples each image says more.
    pub(crate) fn resolution(&self) -> Resolution {
        match self {
            Self::Model(_) | Self::Samples(_) => Resolution::FLOAT,
            Self::Maps { resolution, .. } => *resolution,
        }
    }

    /// Whether they tell which labels go together.
    ///
    /// # Errors
    /// Maps, and models whose labels do not overlap or are too many.
    pub(crate) fn have_sets(&self) -> Result<(), JobError> {
        match self {
            Self::Model(predictor) => {
                Ok(predictor.card().task.supports(Reading::Sets).map_err(Error::NoSets)?)
            }
            Self::Maps { .. } | Self::Samples(_) => Err(Error::SetsOfMaps.into()),
        }
    }

    /// How many models.
    ///
    /// # Errors
    /// Fewer than two, of which none disagrees.
    pub(crate) fn several(&self) -> Result<usize, Error> {
        match self {
            Self::Model(predictor) if predictor.cards().count() > 1 => Ok(predictor.cards().count()),
            _ => Err(Error::Alone),
        }
    }

    /// Whether images are needed to predict.
    pub(crate) fn need_images(&self) -> bool {
        matches!(self, Self::Model(_))
    }

    /// What a model's predictions are averaged over.
    pub(crate) fn averaged(&self) -> Option<Averaged> {
        match self {
            Self::Model(predictor) => Some(predictor.averaged()),
            Self::Maps { .. } | Self::Samples(_) => None,
        }
    }

    /// Of a model: what is said of it.
    pub(crate) fn card(&self) -> Option<&ModelCard> {
        match self {
            Self::Model(predictor) => Some(predictor.card()),
            Self::Maps { .. } | Self::Samples(_) => None,
        }
    }

    /// Whether there is one of an image.
    pub(crate) fn have(&self, item: &Item) -> bool {
        match self {
            Self::Model(_) => true,
            Self::Maps { places, .. } => places.contains_key(item.id()),
            Self::Samples(samples) => samples.have(item),
        }
    }

    /// The images that there is no prediction of.
    ///
    /// # Errors
    /// There is one, unless it is `allowed`: a score of the others is flattered by what they lack.
    pub(crate) fn missing(&self, dataset: &Dataset, allowed: bool) -> Result<Vec<String>, Error> {
        missing(dataset, |item| self.have(item), allowed)
    }

    /// The prediction of one image of the data set, of label sets, too, if `sets`. Where the pixels of a label are not
    /// valid a map may know nothing.
    ///
    /// # Errors
    /// An image that cannot be predicted, a map that is broken or missing, a map with NaN.
    pub(crate) fn predict(
        &mut self,
        dataset: &Dataset,
        item: &Item,
        image: Option<&Raster>,
        (sets, disagreement): (bool, bool),
        labels: Option<&SoftLabels>,
    ) -> Result<Predicted, JobError> {
        match self {
            Self::Model(predictor) => {
                let image = image.ok_or_else(|| no_image(dataset, item))?;
                let path = item.image().unwrap_or(dataset.root());
                let wrong = |error| JobError::Predict(error).of(path.display());
                let more = [(Reading::Sets, sets), (Reading::Disagreement, disagreement)];
                let more = more.into_iter().filter(|(_, asked)| *asked).map(|(reading, _)| reading);
                let readings: Vec<Reading> = [Reading::Classes].into_iter().chain(more).collect();
                let mut maps = predictor.read(image, &readings).map_err(wrong)?.into_iter();
                let mut next = || maps.next().expect("a map of every reading");
                Ok(Predicted {
                    classes: Prediction::F32(next()),
                    sets: sets.then(&mut next),
                    disagreement: disagreement.then(next).map(|map| map.index_axis_move(Axis(0), 0)),
                    samples: Vec::new(),
                })
            }
            Self::Maps { maps, places, .. } => {
                let Some(map) = places.get(item.id()).map(|place| &maps.items()[*place]) else {
                    return Err(no_image(maps, item));
                };
                let read = maps.read(map, &Wanted::labels(Target::Labels))?;
                let valid = labels.map(SoftLabels::valid);
                let classes = read.into_prediction_where(valid)?;
                Ok(Predicted { classes, sets: None, disagreement: None, samples: Vec::new() })
            }
            Self::Samples(folder) => {
                let samples = folder.read(dataset, item)?;
                let classes = folder.mean(dataset, item, &samples, labels.map(SoftLabels::valid))?;
                Ok(Predicted { classes, sets: None, disagreement: None, samples })
            }
        }
    }
}

/// The images that are not predicted; an error if there are some, unless it is `allowed`.
pub(crate) fn missing(
    dataset: &Dataset,
    predicted: impl Fn(&Item) -> bool,
    allowed: bool,
) -> Result<Vec<String>, Error> {
    let missing = dataset.items().iter().filter(|item| !predicted(item));
    let images: Vec<String> = missing.map(|item| item.id().to_owned()).collect();
    match images.is_empty() || allowed {
        true => Ok(images),
        false => Err(Error::Missing { images, all: dataset.items().len() }),
    }
}

/// See [`Predictions::fit`].
pub(crate) fn same_labels(what: &'static str, task: &Task, dataset: &Dataset) -> Result<(), Error> {
    let questions = |kind, classes| if kind == Kind::Multiclass && classes == 2 { 1 } else { classes };
    let (found, expected) = (task.classes().len(), dataset.classes().len());
    // Exclusive classes are label sets of one.
    let sets_of_one = task.kind() == Kind::Multilabel && found == expected;
    match sets_of_one || questions(task.kind(), found) == questions(dataset.kind(), expected) {
        true => Ok(()),
        false => Err(Error::OtherLabels {
            what,
            is: described(task.kind(), task.classes()),
            data: dataset.root().into(),
            has: described(dataset.kind(), dataset.classes()),
        }),
    }
}

/// A kind with its classes, the first of them by name.
fn described(kind: Kind, classes: &[String]) -> String {
    const NAMED: usize = 6;
    let names = classes.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if classes.len() > NAMED { ", ..." } else { "" };
    let how = match kind {
        Kind::Binary => return format!("binary ({names})"),
        Kind::Multiclass => "exclusive",
        Kind::Multilabel => "overlapping",
    };
    let s = if classes.len() == 1 { "" } else { "es" };
    format!("{kind}, {} {how} class{s} ({names}{more})", classes.len())
}

fn no_image(dataset: &Dataset, item: &Item) -> JobError {
    DataError::NoImage { id: item.id().into(), root: dataset.root().into() }.into()
}

/// Why there are no predictions to judge.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A model whose labels have no sets.
    #[error(transparent)]
    NoSets(ReadingError),
    /// Maps among models that are averaged.
    #[error("{}: neither a model file nor a run; only models can be averaged", path.display())]
    NoMember {
        /// What it is called.
        path: PathBuf,
    },
    /// Maps that are to be adapted.
    #[error("{}: maps cannot be adapted to images, only a model's predictions can", path.display())]
    NotAdapted {
        /// The folder.
        path: PathBuf,
    },
    /// Disagreement of one model, or of maps.
    #[error("one prediction does not disagree with itself; name several models")]
    Alone,
    /// Label sets of maps.
    #[error("maps hold the probability of each label alone, and the mean of samples does")]
    SetsOfMaps,
    /// Images of the data set that nothing is predicted of.
    #[error("no prediction of {} of {all} images: {}", images.len(), listed(images))]
    Missing {
        /// Their names.
        images: Vec<String>,
        /// How many images there are.
        all: usize,
    },
    /// Predictions of other classes than the data set's.
    #[error(
        "{what}: {is}; the labels of {}: {has}; judge by labels of the same classes, or say in dataset.toml what the \
         numbers of these files mean (kind, classes, labels)", data.display()
    )]
    OtherLabels {
        /// "the model" or "the maps".
        what: &'static str,
        /// What it predicts.
        is: String,
        /// The data set.
        data: PathBuf,
        /// What its labels are.
        has: String,
    },
    /// A folder of maps that cannot be understood.
    #[error("the predictions: {source}")]
    Maps {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        source: DataError,
    },
    /// Maps of other images.
    #[error(
        "nothing in {} has the name of an image in {} (there is {map}, an image is {image})",
        folder.display(), data.display()
    )]
    OtherNames {
        /// The folder of maps or samples.
        folder: PathBuf,
        /// The data set.
        data: PathBuf,
        /// The name of a map or a sample.
        map: String,
        /// The name of an image.
        image: String,
    },
}

impl Error {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoSets(_)
            | Self::SetsOfMaps
            | Self::Alone
            | Self::NoMember { .. }
            | Self::NotAdapted { .. } => Fault::Request,
            _ => Fault::Input,
        }
    }
}
