//! Probability maps of images: a model's answer, written as a data set's labels are.

use crate::fault::Fault;
use crate::model::{ModelRequest, open_model};
use crate::outputs::{OutputFolder, apart, sweep_old, writable};
use crate::part::Part;
use crate::pieces::{Piece, pieces, usual};
use crate::pixels::{Pixels, with_pixels};
use crate::place::Place;
use crate::products::{Plan, ProbabilityMaps, Products, Threshold};
use crate::unusual::Unusual;
use crate::{JobError, Observer, Steps, open, written};
use ndarray::{Array3, ArrayView1, ArrayView2, Axis, CowArray, Slice};
use scumble::labels::Kind;
use scumble_data::{
    Grouping, Location, MapFormat, MapWriter, Raster, Samples, Sidecar, SliceAxis, Volume, file_and_slice,
    file_of, list_images_along, list_others, read_image_in_context, read_sidecar, write_array, write_png,
    write_sidecar,
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
    /// Images, volumes, slices of volumes, or folders of images. Volumes are predicted slice by slice, and written as volumes
    /// where the format has such.
    #[serde(deserialize_with = "some_images")]
    pub images: Vec<PathBuf>,
    /// Folder for the maps.
    pub output: PathBuf,
    /// What their files are; unless it is said NIfTI of NIfTI files, else NPY.
    #[serde(default)]
    pub format: Option<MapFormat>,
    /// The axis along which the slices of volumes follow one another, where it is neither that of the model's training nor the
    /// volume's own.
    #[serde(default)]
    pub slice_axis: Option<SliceAxis>,
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
    /// What else is made of the maps of each image, which are then in memory as a whole.
    #[serde(default)]
    pub products: Products,
    /// Bring batch statistics towards those of these images ([`Predictor::adapt`]).
    #[serde(default)]
    pub adapt: bool,
    /// Predict this part of the images alone, so that others predict the rest.
    #[serde(default)]
    pub part: Option<Part>,
    /// Leave out images whose maps are all there: what was begun and stopped goes on.
    #[serde(default)]
    pub skip_existing: bool,
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
    /// Batch statistics of some of the images.
    #[error(
        "batch statistics are brought towards those of all images to predict, and a part knows its own alone"
    )]
    AdaptedPart,
    /// Maps of a volume beside maps of its slices.
    #[error(
        "{} is there: a map of the same slices, in another form (a file a slice, or one for all); remove it, or choose another \
         folder", path.display()
    )]
    OtherForm {
        /// The file.
        path: PathBuf,
    },
    /// Maps of another model or kind, which are no part of these.
    #[error(
        "{}: what is there was predicted otherwise (model, format, averaging, thresholds); choose another folder",
        path.display()
    )]
    OtherMaps {
        /// The file that says so.
        path: PathBuf,
    },
    /// A table of some of the images.
    #[error(
        "{}: a table of all images, of which some are left out; make it of the maps when all are there (scumble convert)",
        path.display()
    )]
    TableOfPart {
        /// The table.
        path: PathBuf,
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
            Self::SameId { .. }
            | Self::NoSets(_)
            | Self::Alone
            | Self::Named { .. }
            | Self::AdaptedPart
            | Self::OtherForm { .. }
            | Self::OtherMaps { .. }
            | Self::TableOfPart { .. } => Fault::Request,
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
    let axis = request.slice_axis.or(open::model(&request.model)?.0.card.slice_axis);
    let (images, not_read) = images(&request.images, axis)?;
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
    let mut plan = plan(request, &predictor)?;
    if let (Some(Threshold::BestF1), Some(each)) = (&request.products.threshold, plan.thresholds()) {
        observer.note(&format!("where F1 of the validation images was best: {each}"));
    }
    let inputs = images.values().chain(&models).map(PathBuf::as_path);
    let format = request.format.unwrap_or_else(|| usual(images.values().map(PathBuf::as_path)));
    let named = images.iter().map(|(id, path)| (id.clone(), path.clone(), (id, path.as_path())));
    let pieces = pieces(named, format)?;
    distinct(&pieces)?;
    let pieces = left(request, pieces, (&predictor, format, &plan), observer)?;
    if let Some(path) = pieces.left.iter().find_map(|piece| other_form(request, piece, &predictor)) {
        return Err(Error::OtherForm { path }.into());
    }
    let replace = request.overwrite || request.skip_existing;
    writable(targets((request, format), &pieces.left, &predictor, &plan)?, inputs, replace)?;
    if request.adapt {
        let files: Vec<&PathBuf> = images.values().collect();
        let context = predictor.card().context;
        open::adapt(&mut predictor, &files, |file| read_image_in_context(file, context), observer)?;
    }
    let said = sidecar(request, (&predictor, format, axis), &models);
    if request.part.is_some() || request.skip_existing {
        agrees(request, &said, &plan)?;
    }
    sweep_old(&request.output);
    let slices: usize = pieces.left.iter().map(|piece| piece.images.len()).sum();
    let steps = Steps::new(observer, "predicting", slices as u64);
    let (mut written, mut unusual, mut enough) = (pieces.there > 0, Unusual::default(), Ok(()));
    let folder = OutputFolder::new(&request.output);
    for piece in &pieces.left {
        folder.check()?;
        let predicted =
            predict_piece(&mut predictor, piece, (request, format), &mut unusual, (&steps, &mut plan));
        if matches!(predicted, Err(JobError::Stopped)) {
            enough = predicted.map(drop);
            break;
        }
        if predicted.is_ok() {
            written = true;
            folder.written();
        }
        take(piece.path(), predicted);
    }
    unusual.tell("the network sees the mean there, and the maps are NaN", observer);
    folder.check()?;
    plan.finish(&request.output)?;
    if written {
        write_sidecar(&request.output, &said)?;
    }
    enough.map(|()| not_read)
}

/// What the maps are.
fn sidecar(
    request: &PredictRequest,
    (predictor, format, axis): (&Predictor, MapFormat, Option<SliceAxis>),
    models: &[PathBuf],
) -> Sidecar {
    let task = &predictor.card().task;
    let mut models = models.iter().map(|file| file.display().to_string());
    let sidecar = Sidecar::new(task.kind(), task.classes(), format, models.next());
    let sidecar = sidecar.with_averaged(predictor.averaged(), models.collect());
    Sidecar { rater: request.rater.clone(), slice_axis: axis, ..sidecar }
}

/// Whether the maps that are there are such as these will be, so that they go together.
fn agrees(request: &PredictRequest, said: &Sidecar, plan: &Plan) -> Result<(), JobError> {
    let there = read_sidecar(&request.output)?;
    if there.is_some_and(|there| there != *said) {
        return Err(Error::OtherMaps { path: request.output.join("maps.json") }.into());
    }
    match plan.other_masks(&request.output) {
        Some(path) => Err(Error::OtherMaps { path }.into()),
        None => Ok(()),
    }
}

/// Refuses two pieces of one name: a volume and slices of it along another axis, which are nothing else.
fn distinct(pieces: &[Piece<Named<'_>>]) -> Result<(), Error> {
    let twice = pieces.windows(2).find(|two| two[0].id == two[1].id);
    match twice {
        None => Ok(()),
        Some(two) => {
            let [first, second] = [0, 1].map(|at| two[at].path().to_owned());
            Err(Error::SameId { first, second, id: two[0].id.clone() })
        }
    }
}

/// A map that is there of the same slices in another form: of a slice alone where the volume is written, or the other way
/// round. Both in one folder would be two maps of one slice.
fn other_form(request: &PredictRequest, piece: &Piece<Named<'_>>, predictor: &Predictor) -> Option<PathBuf> {
    let (task, folder) = (&predictor.card().task, &request.output);
    let (id, path) = piece.images.first()?;
    file_and_slice(path).1?;
    let formats = MapFormat::ALL.into_iter().filter(|format| piece.volume.is_some() || format.has_volumes());
    let other = |format| match piece.volume {
        Some(_) => MapWriter::files(folder, id, format, task.kind(), task.classes()),
        None => {
            let volume = Grouping::default().group(id).unwrap_or(id);
            MapWriter::volume_files(folder, volume, format, task.kind(), task.classes())
        }
    };
    formats.filter_map(|format| other(format).ok()).flatten().find(|file| file.is_file())
}

/// What is left to predict.
struct Left<'a> {
    left: Vec<Piece<Named<'a>>>,
    /// How many have their maps already.
    there: usize,
}

/// Of all pieces those of the part that is asked for, without those that are there.
fn left<'a>(
    request: &PredictRequest,
    mut pieces: Vec<Piece<Named<'a>>>,
    (predictor, format, plan): (&Predictor, MapFormat, &Plan),
    observer: &dyn Observer,
) -> Result<Left<'a>, Error> {
    if request.part.is_none() && !request.skip_existing {
        return Ok(Left { left: pieces, there: 0 });
    }
    if let Some(path) = request.products.table(&request.output) {
        return Err(Error::TableOfPart { path });
    }
    if request.adapt && request.part.is_some() {
        return Err(Error::AdaptedPart);
    }
    let all = pieces.len();
    if let Some(part) = &request.part {
        let volume = |piece: &Piece<Named<'_>>| {
            let id = piece.images.first().map_or(&*piece.id, |(id, _)| &***id);
            Grouping::default().group(id).unwrap_or(id).to_owned()
        };
        pieces.retain(|piece| part.has(&volume(piece)));
        observer.note(&format!("part {part}: {} of {all} images", pieces.len()));
    }
    let count = pieces.len();
    if request.skip_existing {
        let is_there = |piece: &Piece<Named<'_>>| {
            let mut files = files((request, format), piece, predictor, plan).peekable();
            files.peek().is_some() && files.all(|file| file.is_file())
        };
        pieces.retain(|piece| !is_there(piece));
        observer.note(&format!("{} of {count} images are there already", count - pieces.len()));
    }
    Ok(Left { there: count - pieces.len(), left: pieces })
}

/// The files that are written of one piece; none where none can be named.
fn files(
    (request, format): (&PredictRequest, MapFormat),
    piece: &Piece<Named<'_>>,
    predictor: &Predictor,
    plan: &Plan,
) -> impl Iterator<Item = PathBuf> + use<> {
    let (task, folder) = (&predictor.card().task, &request.output);
    let of = if piece.volume.is_some() { MapWriter::volume_files } else { MapWriter::files };
    let mut files = of(folder, &piece.id, format, task.kind(), task.classes()).unwrap_or_default();
    for (id, _) in &piece.images {
        files.extend(request.label_sets.then(|| sets_file(folder, id)));
        files.extend(request.disagreement.then(|| disagreement_file(folder, id)));
        files.extend(plan.files(folder, id).unwrap_or_default());
    }
    files.into_iter()
}

/// What else is made of the maps. A model says where F1 was best as it is: alone, calibrated, of all raters together.
fn plan(request: &PredictRequest, predictor: &Predictor) -> Result<Plan, JobError> {
    let task = &predictor.card().task;
    let as_it_is =
        request.members.is_empty() && request.correction == Correction::Full && request.rater.is_none();
    let best = if as_it_is { predictor.card().best_thresholds() } else { Vec::new() };
    Ok(Plan::new(&request.products, task.kind(), task.classes(), Some(&best))?)
}

/// Every file that will be written. An image of which no file can be named fails on its own.
fn targets<'a>(
    (request, format): (&'a PredictRequest, MapFormat),
    pieces: &'a [Piece<Named<'a>>],
    predictor: &'a Predictor,
    plan: &'a Plan,
) -> Result<impl Iterator<Item = PathBuf> + 'a, Error> {
    let (task, folder) = (&predictor.card().task, &request.output);
    let (kind, classes) = (task.kind(), task.classes());
    let in_folders = format != MapFormat::Npy && kind != Kind::Binary;
    let beside = [
        (request.label_sets, SETS, "of the label sets"),
        (request.disagreement, DISAGREEMENT, "of the models' disagreement"),
    ];
    for (asked, folder, of) in
        beside.into_iter().chain(request.products.folders().map(|(folder, of)| (true, folder, of)))
    {
        if asked && in_folders && classes.iter().any(|class| class == folder) {
            return Err(Error::Named { folder, of });
        }
    }
    let of_piece = move |piece: &'a Piece<Named<'a>>| files((request, format), piece, predictor, plan);
    // What all parts say alike each of them writes.
    let alone = request.part.is_none();
    let common =
        plan.common_files(folder).into_iter().chain([folder.join("maps.json")]).filter(move |_| alone);
    Ok(pieces.iter().flat_map(of_piece).chain(common))
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

/// An image to predict: what it is called, and where it is.
type Named<'a> = (&'a String, &'a Path);

impl Piece<Named<'_>> {
    /// What was named: the image, or the volume.
    fn path(&self) -> &Path {
        let path = self.images.first().map_or(Path::new(""), |(_, path)| path);
        if self.volume.is_some() { file_of(path) } else { path }
    }
}

fn predict_piece(
    predictor: &mut Predictor,
    piece: &Piece<Named<'_>>,
    (request, format): (&PredictRequest, MapFormat),
    unusual: &mut Unusual,
    (steps, plan): (&Steps<'_>, &mut Plan),
) -> Result<PredictedImage, JobError> {
    let asked = (request.label_sets, request.disagreement);
    let (mut without_data, mut all, mut unlike_training) = (0, 0, false);
    let (mut maps, mut beside) = (None, Vec::new());
    let mut slice = |(id, path): &Named<'_>| -> Result<(), JobError> {
        let place = Place::of(path)?;
        let files = Files { id, folder: &request.output, format };
        with_pixels(predictor, path, unusual, |predictor, mut image| {
            without_data += image.without_data();
            all += (image.size().0 * image.size().1) as u64;
            files.can_say(&image, file_and_slice(path).1.is_some())?;
            let maps = match (&mut maps, &piece.volume) {
                (Some(maps), _) => maps,
                (none, Some(volume)) => none.insert(files.begin_volume(&piece.id, volume, predictor)?),
                (none, None) => none.insert(files.begin(predictor, &image, place.location.as_ref())?),
            };
            let mut kept = kept(plan, image.size(), path)?;
            beside.extend(files.write(predictor, &mut image, asked, (maps, kept.as_mut()))?);
            if let Some(kept) = &kept {
                let finished = ProbabilityMaps { id, place: &place, maps: kept.view() };
                beside.extend(plan.write(&request.output, &finished)?);
            }
            Ok(())
        })?;
        unlike_training |= unusual.is_unlike(&path.display().to_string());
        Ok(())
    };
    for image in &piece.images {
        steps.go_on()?;
        let predicted = slice(image).map_err(|error| error.of(image.1.display()));
        steps.step();
        predicted?;
    }
    if piece.volume.is_some() && without_data == all {
        return Err(JobError::from(Error::NoData).of(piece.path().display()));
    }
    let finish =
        |maps: MapWriter| maps.finish().map_err(|error| JobError::from(error).of(piece.path().display()));
    let mut maps = maps.map_or_else(|| Ok(Vec::new()), finish)?;
    maps.extend(beside);
    Ok(PredictedImage { image: piece.path().to_owned(), maps, without_data, unlike_training })
}

/// Room for the maps of an image, if anything is made of them: [K, H, W].
fn kept(plan: &Plan, (height, width): (usize, usize), path: &Path) -> Result<Option<Array3<f32>>, JobError> {
    if plan.is_empty() {
        return Ok(None);
    }
    let classes = plan.classes();
    plan.admit(height, width, path)?;
    Ok(Some(Array3::zeros((classes, height, width))))
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
    let files = Files { id, folder, format };
    let mut image = Pixels::Whole(image, empty.as_ref());
    files.can_say(&image, false)?;
    let mut maps = files.begin(predictor, &image, None)?;
    files.write(predictor, &mut image, (false, false), (&mut maps, None))?;
    Ok(maps.finish()?)
}

/// Where the maps of an image go.
struct Files<'a> {
    id: &'a str,
    folder: &'a Path,
    format: MapFormat,
}

impl Files<'_> {
    /// Begins the maps of an image.
    fn begin(
        &self,
        predictor: &Predictor,
        image: &Pixels<'_>,
        location: Option<&Location>,
    ) -> Result<MapWriter, JobError> {
        let (task, size) = (&predictor.card().task, image.size());
        let (kind, classes) = (task.kind(), task.classes());
        let mut maps = MapWriter::create(self.folder, self.id, self.format, kind, classes, size.0, size.1)?;
        location.into_iter().for_each(|location| maps.place(location));
        Ok(maps)
    }

    /// Begins the maps of a volume.
    fn begin_volume(&self, id: &str, volume: &Volume, predictor: &Predictor) -> Result<MapWriter, JobError> {
        let task = &predictor.card().task;
        let (kind, classes) = (task.kind(), task.classes());
        Ok(MapWriter::create_volume(self.folder, id, self.format, kind, classes, volume)?)
    }

    /// Predicts the probabilities into `maps` and, if they are asked for, the most probable label sets and the disagreement of
    /// the models in one pass; the files of these. Where the image has no data, probabilities and disagreement are NaN
    /// and the set is that of no label. The probabilities are `kept`, [K, H, W], if somebody makes more of them.
    fn write(
        &self,
        predictor: &mut Predictor,
        image: &mut Pixels<'_>,
        (with_sets, with_disagreement): (bool, bool),
        (maps, mut kept): (&mut MapWriter, Option<&mut Array3<f32>>),
    ) -> Result<Vec<PathBuf>, JobError> {
        let (height, width) = image.size();
        // What is no number and not for want of data is the network's fault.
        maps.ignore(self.format, image.without_data() > 0);
        let more = [(Reading::Sets, with_sets), (Reading::Disagreement, with_disagreement)];
        let more = more.into_iter().filter(|(_, asked)| *asked).map(|(reading, _)| reading);
        let readings: Vec<Reading> = [Reading::Classes].into_iter().chain(more).collect();
        let (mut sets, mut disagreement, mut top) = (Vec::new(), Vec::new(), 0);
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
            let rows = top..top + bands[0].dim().1;
            top = rows.end;
            let band = match &empty {
                None => CowArray::from(bands[0]),
                Some(empty) => known(bands[0], empty.view()).into(),
            };
            if let Some(kept) = &mut kept {
                let mut rows = kept.slice_axis_mut(Axis(1), Slice::from(rows));
                rows.assign(&band);
                // As the files have them.
                rows.mapv_inplace(|p| p.clamp(0.0, 1.0));
            }
            maps.write_rows(band.view())?;
            Ok(())
        })?;
        let mut files = Vec::new();
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

    /// Whether the maps can say where the image has no data. Of a volume some slices may well have none.
    fn can_say(&self, image: &Pixels<'_>, is_slice: bool) -> Result<(), Error> {
        let ((height, width), pixels) = (image.size(), image.without_data());
        match self.format {
            _ if pixels == 0 => Ok(()),
            _ if pixels == (height * width) as u64 && !is_slice => Err(Error::NoData),
            format if !format.has_nan() => Err(Error::Unknown { pixels, format }),
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
fn images(
    named: &[PathBuf],
    axis: Option<SliceAxis>,
) -> Result<(BTreeMap<String, PathBuf>, Vec<PathBuf>), JobError> {
    let (mut found, mut others) = (BTreeMap::new(), Vec::new());
    for path in named {
        let (files, beside) = (list_images_along(path, axis)?, list_others(path)?);
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
