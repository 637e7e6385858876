//! Probability maps of images: a model's answer, written as a data set's labels are.

use crate::fault::Fault;
use crate::open::Running;
use crate::outputs::{OutputFolder, apart, sweep_old, writable};
use crate::unusual::{Unusual, count};
use crate::{JobError, Observer, Steps, open, written};
use ndarray::{Array2, Array3, ArrayView1, ArrayView2, ArrayView3, Axis, Slice, Zip};
use scumble::labels::Kind;
use scumble_data::{
    Affine, MapFormat, MapWriter, Raster, Samples, Sidecar, list_images, list_others, read_image, read_info,
    write_png, write_sidecar,
};
use scumble_nn::head::ReadingError;
use scumble_nn::{Averaging, Device, PrecisionChoice, Predictor, Reading};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// What to predict, by what, and where the maps go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictRequest {
    /// A model file or a run folder.
    pub model: PathBuf,
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
    /// Write the most probable set of overlapping labels, too: label_sets/ID.png, bit i being class i.
    #[serde(default)]
    pub label_sets: bool,
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

fn some_images<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
    let some = |images: &Vec<PathBuf>| match images.is_empty() {
        true => Err("images: there must be at least one"),
        false => Ok(()),
    };
    written::checked(deserializer, some)
}

/// How far a model's probabilities are corrected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Correction {
    /// What class weights in training have put there is taken off, and the model's calibration applied.
    #[default]
    Full,
    /// What class weights in training have put there is taken off.
    Shift,
    /// Not at all.
    None,
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
    /// A class that the folder of the label sets would be mistaken for.
    #[error(
        "a class is named '{SETS}' as the folder of the label sets is; rename the class or store the maps as npy"
    )]
    NamedSets,
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

/// The extensions of images, as messages have them.
const READABLE: &str = "png, jpg, jpeg, tif, tiff, bmp, webp, npy, npz, nii and nii.gz";

fn but(beside: &Option<PathBuf>) -> String {
    beside.as_ref().map(|path| format!("; {} is not read", path.display())).unwrap_or_default()
}

impl Error {
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::NoImage { .. } | Self::NoData | Self::Unknown { .. } => Fault::Input,
            Self::SameId { .. } | Self::NoSets(_) | Self::NamedSets => Fault::Request,
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
    let (mut predictor, model) = predictor(request, observer)?;
    let inputs = images.values().chain([&model]).map(PathBuf::as_path);
    writable(targets(request, &images, &predictor)?, inputs, request.overwrite)?;
    sweep_old(&request.output);
    let steps = Steps::new(observer, "predicting", images.len() as u64);
    let (mut written, mut unusual) = (false, Unusual::default());
    let folder = OutputFolder::new(&request.output);
    for (id, path) in &images {
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
        let model = Some(model.display().to_string());
        let sidecar = Sidecar::new(task.kind(), task.classes(), request.format, model);
        write_sidecar(&request.output, &sidecar.with_averaged(predictor.averaged()))?;
    }
    Ok(not_read)
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
    if request.label_sets && in_folders && classes.iter().any(|class| class == SETS) {
        return Err(Error::NamedSets);
    }
    let of_image = move |id: &String| {
        let maps = MapWriter::files(folder, id, format, kind, classes).unwrap_or_default();
        maps.into_iter().chain(request.label_sets.then(|| sets_file(folder, id)))
    };
    Ok(images.keys().flat_map(of_image).chain([folder.join("maps.json")]))
}

fn sets_file(folder: &Path, id: &str) -> PathBuf {
    folder.join(SETS).join(format!("{id}.png"))
}

/// The model on its device, read as asked for, and its file.
fn predictor(request: &PredictRequest, observer: &dyn Observer) -> Result<(Predictor, PathBuf), JobError> {
    let (mut model, file) = open::model(&request.model)?;
    model.card.task = match request.correction {
        Correction::Full => model.card.task,
        Correction::Shift => model.card.task.uncalibrated(),
        Correction::None => model.card.task.keeping_shift(),
    };
    if request.label_sets {
        model.card.task.supports(Reading::Sets).map_err(Error::NoSets)?;
    }
    let running = Running::new(
        &[&request.model],
        (request.device, request.precision),
        &request.averaging,
        request.tile,
        observer,
    );
    let predictor = running.predictor(model)?;
    open::tell_views(&predictor, request.averaging.flips, observer);
    Ok((predictor, file))
}

fn predict_file(
    predictor: &mut Predictor,
    path: &Path,
    id: &str,
    request: &PredictRequest,
    unusual: &mut Unusual,
) -> Result<PredictedImage, JobError> {
    let mut predicted = || {
        let image = read_image(path)?;
        let affine = read_info(path)?.affine;
        let name = path.display().to_string();
        let empty = unusual.look(predictor.card(), &name, &image);
        let files = Files { id, affine, folder: &request.output, format: request.format };
        let maps = files.write(predictor, &image, empty.as_ref(), request.label_sets)?;
        let (without_data, unlike_training) = (empty.as_ref().map_or(0, count), unusual.is_unlike(&name));
        Ok(PredictedImage { image: path.to_owned(), maps, without_data, unlike_training })
    };
    predicted().map_err(|error: JobError| error.of(path.display()))
}

/// Predicts an image into files of a folder, band by band; they lie in space where `affine` says.
pub(crate) fn write_map(
    predictor: &mut Predictor,
    image: &Raster,
    (id, affine): (&str, Option<Affine>),
    folder: &Path,
    format: MapFormat,
) -> Result<Vec<PathBuf>, JobError> {
    let empty = predictor.card().normalisation.without_data(image);
    Files { id, affine, folder, format }.write(predictor, image, empty.as_ref(), false)
}

/// Where the maps of an image go.
struct Files<'a> {
    id: &'a str,
    affine: Option<Affine>,
    folder: &'a Path,
    format: MapFormat,
}

impl Files<'_> {
    /// Predicts the probabilities and, if they are asked for, the most probable label sets in one pass. Where the image is
    /// `empty`, [H, W], probabilities are NaN and the set is that of no label.
    fn write(
        &self,
        predictor: &mut Predictor,
        image: &Raster,
        empty: Option<&Array2<bool>>,
        with_sets: bool,
    ) -> Result<Vec<PathBuf>, JobError> {
        let (kind, classes) = (predictor.card().task.kind(), predictor.card().task.classes().to_vec());
        let (height, width) = (image.height, image.width);
        if let Some(empty) = empty {
            self.can_say(empty)?;
        }
        let writer = MapWriter::create(self.folder, self.id, self.format, kind, &classes, height, width)?;
        let mut writer = if empty.is_some() { writer.with_ignored(self.format) } else { writer };
        if let Some(affine) = self.affine {
            writer.place(affine);
        }
        let readings = [Reading::Classes, Reading::Sets];
        let readings = if with_sets { &readings[..] } else { &readings[..1] };
        let (mut sets, mut top) = (Vec::new(), 0);
        predictor.read_bands(image, readings, &mut |bands| {
            if let Some(band) = bands.get(1) {
                sets.extend(band.lanes(Axis(0)).into_iter().map(|sets| most_probable(sets)));
            }
            let rows = bands[0].dim().1;
            let empty = empty.map(|empty| empty.slice_axis(Axis(0), Slice::from(top..top + rows)));
            top += rows;
            match empty {
                None => writer.write_rows(bands[0])?,
                Some(empty) => writer.write_rows(known(bands[0], empty).view())?,
            }
            Ok(())
        })?;
        if let Some(empty) = empty {
            sets.iter_mut().zip(empty).filter(|(_, empty)| **empty).for_each(|(set, _)| *set = 0);
        }
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
        Ok(files)
    }

    /// Whether the maps can say where the image has no data.
    fn can_say(&self, empty: &Array2<bool>) -> Result<(), Error> {
        let pixels = count(empty);
        match self.format {
            _ if pixels == empty.len() as u64 => Err(Error::NoData),
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

/// Maps [K, rows, W] that are NaN where nothing is known.
fn known(maps: ArrayView3<'_, f32>, empty: ArrayView2<'_, bool>) -> Array3<f32> {
    let empty = empty.broadcast(maps.dim()).expect("rows of the image");
    Zip::from(maps).and(empty).map_collect(|&q, &empty| if empty { f32::NAN } else { q })
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
