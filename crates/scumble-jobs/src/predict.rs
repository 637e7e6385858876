//! Probability maps of images: a model's answer, written as a data set's labels are.

use crate::fault::Fault;
use crate::model::{ModelRequest, open_model};
use crate::outputs::{OutputFolder, apart, sweep_old, writable};
use crate::pixels::{Pixels, with_pixels};
use crate::unusual::Unusual;
use crate::{JobError, Observer, Steps, open, written};
use ndarray::{ArrayView1, ArrayView2, Axis};
use scumble::labels::Kind;
use scumble_data::{
    Location, MapFormat, MapWriter, Raster, Samples, Sidecar, list_images, list_others, read_image,
    read_location, write_array, write_png, write_sidecar,
};
use scumble_nn::head::ReadingError;
use scumble_nn::predict::known;
use scumble_nn::{Averaging, Device, PrecisionChoice, Predictor, Reading};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

pub use crate::model::Correction;

/// What to predict, by what, and where the maps go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictRequest {
    /// A model file or a run folder.
    pub model: PathBuf,
    /// More of them, whose predictions are averaged with the first's.
    #[serde(default)]
    pub members: Vec<PathBuf>,
    /// Images, slices of volumes, or folders of images; volumes are predicted slice by slice.
    #[serde(deserialize_with = "some_images")]
    pub images: Vec<PathBuf>,
    /// Folder for the maps.
    pub output: PathBuf,
    /// What their files are.
    #[serde(default)]
    pub format: MapFormat,
    /// Side of the tiles in pixels: smaller takes less memory and more time.
    #[serde(default = "written::tile")]
    pub tile: NonZeroUsize,
    /// How far its probabilities are corrected.
    #[serde(default)]
    pub correction: Correction,
    /// Predict what this rater would say, in place of what raters say together ([`Predictor::of_rater`]).
    #[serde(default)]
    pub rater: Option<String>,
    /// Write the most probable set of overlapping labels, too: label_sets/ID.png, bit i being class i.
    #[serde(default)]
    pub label_sets: bool,
    /// Write how far several models differ, too: disagreement/ID.npy [H, W], in nats
    /// ([`Reading::Disagreement`]).
    #[serde(default)]
    pub disagreement: bool,
    /// Bring batch statistics towards those of these images ([`Predictor::adapt`]).
    #[serde(default)]
    pub adapt: bool,
    /// Replace maps that are there.
    #[serde(default)]
    pub overwrite: bool,
    /// Where to compute.
    #[serde(default)]
    pub device: Device,
    /// The numbers in which a model runs.
    #[serde(default)]
    pub precision: PrecisionChoice,
    /// What a model's predictions are averaged over.
    #[serde(default)]
    pub averaging: Averaging,
}

impl PredictRequest {
    /// The model, and those that are averaged with it.
    fn asked(&self) -> ModelRequest {
        ModelRequest {
            model: self.model.clone(),
            members: self.members.clone(),
            tile: self.tile,
            correction: self.correction,
            rater: self.rater.clone(),
            device: self.device,
            precision: self.precision,
            averaging: self.averaging.clone(),
        }
    }
}

fn some_images<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
    let some = |images: &Vec<PathBuf>| match images.is_empty() {
        true => Err("images: there must be at least one"),
        false => Ok(()),
    };
    written::checked(deserializer, some)
}

/// What became of all images.
#[derive(Debug)]
pub struct PredictResult {
    /// The images whose maps were written.
    pub images: Vec<PredictedImage>,
    /// The images that failed, and why.
    pub failed: Vec<(PathBuf, JobError)>,
    /// What lies beside them in the folders named and is no image that can be read.
    pub not_read: Vec<PathBuf>,
}

/// The maps of one image; what JSON says of it is this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PredictedImage {
    /// The image.
    pub image: PathBuf,
    /// The files written.
    pub maps: Vec<PathBuf>,
    /// How many pixels of the image have no data; the maps are NaN there.
    pub without_data: u64,
    /// Whether the image is far outside of what the model was trained on.
    pub unlike_training: bool,
}

/// Why nothing can be predicted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A folder without images.
    #[error("{}: no image in it ({READABLE}){}", path.display(), but(beside))]
    NoImage {
        /// The folder.
        path: PathBuf,
        /// What lies there instead.
        beside: Option<PathBuf>,
    },
    /// Two images of one id.
    #[error("{} and {} would both be written as {id}; predict them apart", first.display(), second.display())]
    SameId {
        /// One image.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// The name of both maps.
        id: String,
    },
    /// Label sets of a model that has none.
    #[error(transparent)]
    NoSets(ReadingError),
    /// Disagreement of one model.
    #[error("one model does not disagree with itself; name several")]
    Alone,
    /// A class that the folder of the label sets or of the disagreement would be mistaken for.
    #[error("a class is named '{folder}' as the folder {of} is; rename the class or store the maps as npy")]
    Named {
        /// The folder's name.
        folder: &'static str,
        /// What is in it.
        of: &'static str,
    },
    /// An image that says nothing.
    #[error("no pixel has data: all are NaN, infinite or nodata")]
    NoData,
    /// Pixels that nothing is known of, in a format that cannot say so.
    #[error("the image has no data at {pixels} pixels, which {format} cannot say; take npy, tiff or nifti")]
    Unknown {
        /// How many pixels.
        pixels: u64,
        /// The format.
        format: MapFormat,
    },
}

/// The folder of label sets beside the maps.
const SETS: &str = "label_sets";

/// The folder of disagreement beside the maps.
const DISAGREEMENT: &str = "disagreement";

/// The extensions of images, as messages have them.
pub(crate) const READABLE: &str = "png, jpg, jpeg, tif, tiff, bmp, webp, npy, npz, nii and nii.gz";

fn but(beside: &Option<PathBuf>) -> String {
    beside.as_ref().map(|path| format!("; {} is not read", path.display())).unwrap_or_default()
}

impl Error {
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::NoImage { .. } | Self::NoData | Self::Unknown { .. } => Fault::Input,
            Self::SameId { .. } | Self::NoSets(_) | Self::Alone | Self::Named { .. } => Fault::Request,
        }
    }
}

/// Writes the maps of all images. An image that fails is among the [failed](PredictResult::failed), and costs the
/// others nothing.
///
/// # Errors
/// A model that cannot be read or has no label sets where they are asked for, no image, two of one id, maps that would
/// be replaced, a folder that holds the images.
pub fn predict(request: &PredictRequest, observer: &dyn Observer) -> Result<PredictResult, JobError> {
    let (mut images, mut failed) = (Vec::new(), Vec::new());
    let not_read = predict_each(request, observer, &mut |path, image| match image {
        Ok(image) => images.push(image),
        Err(error) => failed.push((path.to_owned(), error)),
    })?;
    Ok(PredictResult { images, failed, not_read })
}

/// [`predict`], which tells what became of each image as soon as its maps are there; what lies beside them and is
/// [not read](PredictResult::not_read) is warned of, and returned.
///
/// # Errors
/// As [`predict`].
pub fn predict_each(
    request: &PredictRequest,
    observer: &dyn Observer,
    take: &mut dyn FnMut(&Path, Result<PredictedImage, JobError>),
) -> Result<Vec<PathBuf>, JobError> {
    let (images, not_read) = images(&request.images)?;
    apart(&request.output, images.values().map(PathBuf::as_path))?;
    if let [first, others @ ..] = &not_read[..] {
        let more = if others.is_empty() {
            String::new()
        } else {
            format!("; {} more are not read either", others.len())
        };
        observer.warning(&format!("{}: is not read ({READABLE} are){more}", first.display()));
    }
    let (mut predictor, models) = predictor(request, observer)?;
    let inputs = images.values().chain(&models).map(PathBuf::as_path);
    writable(targets(request, &images, &predictor)?, inputs, request.overwrite)?;
    if request.adapt {
        let files: Vec<&PathBuf> = images.values().collect();
        open::adapt(&mut predictor, &files, |file| read_image(file), observer)?;
    }
    sweep_old(&request.output);
    let steps = Steps::new(observer, "predicting", images.len() as u64);
    let (mut written, mut unusual, mut enough) = (false, Unusual::default(), Ok(()));
    let folder = OutputFolder::new(&request.output);
    for (id, path) in &images {
        enough = steps.go_on();
        if enough.is_err() {
            break;
        }
        folder.check()?;
        let predicted = predict_file(&mut predictor, path, id, request, &mut unusual);
        if predicted.is_ok() {
            written = true;
            folder.written();
        }
        take(path, predicted);
        steps.step();
    }
    unusual.tell("the network sees the mean there, and the maps are NaN", observer);
    folder.check()?;
    if written {
        let task = &predictor.card().task;
        let mut models = models.iter().map(|file| file.display().to_string());
        let sidecar = Sidecar::new(task.kind(), task.classes(), request.format, models.next());
        let sidecar = sidecar.with_averaged(predictor.averaged(), models.collect());
        write_sidecar(&request.output, &Sidecar { rater: request.rater.clone(), ..sidecar })?;
    }
    enough.map(|()| not_read)
}

/// Every file that will be written. An image of which no file can be named fails on its own.
fn targets<'a>(
    request: &'a PredictRequest,
    images: &'a BTreeMap<String, PathBuf>,
    predictor: &'a Predictor,
) -> Result<impl Iterator<Item = PathBuf> + 'a, Error> {
    let (task, folder, format) = (&predictor.card().task, &request.output, request.format);
    let (kind, classes) = (task.kind(), task.classes());
    let in_folders = format != MapFormat::Npy && kind != Kind::Binary;
    for (asked, folder, of) in [
        (request.label_sets, SETS, "of the label sets"),
        (request.disagreement, DISAGREEMENT, "of the models' disagreement"),
    ] {
        if asked && in_folders && classes.iter().any(|class| class == folder) {
            return Err(Error::Named { folder, of });
        }
    }
    let of_image = move |id: &String| {
        let maps = MapWriter::files(folder, id, format, kind, classes).unwrap_or_default();
        let sets = request.label_sets.then(|| sets_file(folder, id));
        maps.into_iter().chain(sets).chain(request.disagreement.then(|| disagreement_file(folder, id)))
    };
    Ok(images.keys().flat_map(of_image).chain([folder.join("maps.json")]))
}

fn sets_file(folder: &Path, id: &str) -> PathBuf {
    folder.join(SETS).join(format!("{id}.png"))
}

fn disagreement_file(folder: &Path, id: &str) -> PathBuf {
    folder.join(DISAGREEMENT).join(format!("{id}.npy"))
}

/// The models on their device, read as asked for, and their files.
fn predictor(
    request: &PredictRequest,
    observer: &dyn Observer,
) -> Result<(Predictor, Vec<PathBuf>), JobError> {
    if request.disagreement && request.members.is_empty() {
        return Err(Error::Alone.into());
    }
    let (predictor, files) = open_model(&request.asked(), observer)?;
    if request.label_sets {
        predictor.card().task.supports(Reading::Sets).map_err(Error::NoSets)?;
    }
    Ok((predictor, files))
}

fn predict_file(
    predictor: &mut Predictor,
    path: &Path,
    id: &str,
    request: &PredictRequest,
    unusual: &mut Unusual,
) -> Result<PredictedImage, JobError> {
    let mut predicted = || {
        let location = read_location(path)?;
        let files = Files { id, location, folder: &request.output, format: request.format };
        let (maps, without_data) = with_pixels(predictor, path, unusual, |predictor, mut image| {
            let maps = files.write(predictor, &mut image, (request.label_sets, request.disagreement))?;
            Ok((maps, image.without_data()))
        })?;
        let unlike_training = unusual.is_unlike(&path.display().to_string());
        Ok(PredictedImage { image: path.to_owned(), maps, without_data, unlike_training })
    };
    predicted().map_err(|error: JobError| error.of(path.display()))
}

/// Predicts an image into files of a folder, band by band.
pub(crate) fn write_map(
    predictor: &mut Predictor,
    image: &Raster,
    id: &str,
    folder: &Path,
    format: MapFormat,
) -> Result<Vec<PathBuf>, JobError> {
    let empty = predictor.card().normalisation.without_data(image);
    let mut pixels = Pixels::Whole(image, empty.as_ref());
    Files { id, location: None, folder, format }.write(predictor, &mut pixels, (false, false))
}

/// Where the maps of an image go.
struct Files<'a> {
    id: &'a str,
    location: Option<Location>,
    folder: &'a Path,
    format: MapFormat,
}

impl Files<'_> {
    /// Predicts the probabilities and, if they are asked for, the most probable label sets and the disagreement of the models
    /// in one pass. Where the image has no data, probabilities and disagreement are NaN and the set is that of no label.
    fn write(
        &self,
        predictor: &mut Predictor,
        image: &mut Pixels<'_>,
        (with_sets, with_disagreement): (bool, bool),
    ) -> Result<Vec<PathBuf>, JobError> {
        let (kind, classes) = (predictor.card().task.kind(), predictor.card().task.classes().to_vec());
        let ((height, width), without_data) = (image.size(), image.without_data());
        self.can_say(without_data, height * width)?;
        let writer = MapWriter::create(self.folder, self.id, self.format, kind, &classes, height, width)?;
        let mut writer = if without_data > 0 { writer.with_ignored(self.format) } else { writer };
        if let Some(location) = &self.location {
            writer.place(location);
        }
        let more = [(Reading::Sets, with_sets), (Reading::Disagreement, with_disagreement)];
        let more = more.into_iter().filter(|(_, asked)| *asked).map(|(reading, _)| reading);
        let readings: Vec<Reading> = [Reading::Classes].into_iter().chain(more).collect();
        let (mut sets, mut disagreement) = (Vec::new(), Vec::new());
        image.read_bands(predictor, &readings, &mut |bands, empty| {
            let is_empty = |at: usize| {
                empty.as_ref().is_some_and(|empty| empty.as_slice().is_some_and(|empty| empty[at]))
            };
            for (reading, band) in readings.iter().zip(bands) {
                match reading {
                    Reading::Sets => sets.extend(
                        band.lanes(Axis(0))
                            .into_iter()
                            .enumerate()
                            .map(|(at, sets)| if is_empty(at) { 0 } else { most_probable(sets) }),
                    ),
                    Reading::Disagreement => disagreement.extend(
                        band.iter().enumerate().map(|(at, nats)| if is_empty(at) { f32::NAN } else { *nats }),
                    ),
                    _ => {}
                }
            }
            match &empty {
                None => writer.write_rows(bands[0])?,
                Some(empty) => writer.write_rows(known(bands[0], empty.view()).view())?,
            }
            Ok(())
        })?;
        let mut files = writer.finish()?;
        if with_sets {
            files.push(self.write_sets(Raster {
                height,
                width,
                channels: 1,
                samples: Samples::U8(sets),
                indexed: None,
                nodata: None,
            })?);
        }
        if with_disagreement {
            let nats =
                ArrayView2::from_shape((height, width), &disagreement).expect("a number for each pixel");
            files.push(self.write_disagreement(nats)?);
        }
        Ok(files)
    }

    /// An NPY of f32, [H, W].
    fn write_disagreement(&self, nats: ArrayView2<'_, f32>) -> Result<PathBuf, JobError> {
        let folder = self.folder.join(DISAGREEMENT);
        fs::create_dir_all(&folder).map_err(JobError::io(&folder))?;
        let path = disagreement_file(self.folder, self.id);
        write_array(&path, nats)?;
        Ok(path)
    }

    /// Whether the maps can say where the image has no data.
    fn can_say(&self, pixels: u64, all: usize) -> Result<(), Error> {
        match self.format {
            _ if pixels == 0 => Ok(()),
            _ if pixels == all as u64 => Err(Error::NoData),
            MapFormat::Png8 | MapFormat::Png16 => Err(Error::Unknown { pixels, format: self.format }),
            _ => Ok(()),
        }
    }

    /// An 8-bit PNG, bit i being class i.
    fn write_sets(&self, sets: Raster) -> Result<PathBuf, JobError> {
        let folder = self.folder.join(SETS);
        fs::create_dir_all(&folder).map_err(JobError::io(&folder))?;
        let path = sets_file(self.folder, self.id);
        write_png(&path, &sets)?;
        Ok(path)
    }
}

/// Of equally probable label sets the smallest.
fn most_probable(sets: ArrayView1<'_, f32>) -> u8 {
    (0..sets.len()).fold(0, |best, set| if sets[set] > sets[best] { set } else { best }) as u8
}

/// The images named, and those in the folders named, by the name that their maps get; and what else is in these.
fn images(named: &[PathBuf]) -> Result<(BTreeMap<String, PathBuf>, Vec<PathBuf>), JobError> {
    let (mut found, mut others) = (BTreeMap::new(), Vec::new());
    for path in named {
        let (files, beside) = (list_images(path)?, list_others(path)?);
        if files.is_empty() {
            return Err(Error::NoImage { path: path.clone(), beside: beside.into_iter().next() }.into());
        }
        others.extend(beside);
        for (id, file) in files {
            if let Some(first) = found.insert(id.clone(), file.clone()) {
                return Err(Error::SameId { first, second: file, id }.into());
            }
        }
    }
    Ok((found, others))
}
