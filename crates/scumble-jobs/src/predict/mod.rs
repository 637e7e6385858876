//! Probability maps of images: a model's answer, written as a data set's labels are.

mod error;
mod files;

pub use error::Error;
pub(crate) use error::READABLE;

use crate::model::{ModelRequest, open_model};
use crate::outputs::{OutputFolder, apart, sweep_old, writable};
use crate::part::Part;
use crate::pieces::{Piece, pieces, usual};
use crate::pixels::{Pixels, with_pixels};
use crate::place::Place;
use crate::products::{Plan, ProbabilityMaps, Products, Threshold};
use crate::unusual::Unusual;
use crate::{JobError, Observer, Steps, open, written};
use files::{DISAGREEMENT, Files, SETS, disagreement_file, sets_file};
use ndarray::Array3;
use scumble::labels::Kind;
use scumble_data::{
    Grouping, MapFormat, MapWriter, Raster, Sidecar, SliceAxis, file_and_slice, file_of, list_images_along,
    list_others, read_image_in_context, read_location, read_sidecar, write_sidecar,
};
use scumble_nn::{Averaging, Device, PrecisionChoice, Predictor, Reading};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
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
    /// What was left out.
    pub rest: Rest,
}

/// What was not predicted, and did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// How many images, or volumes that are written in one piece, had their maps already
    /// ([`skip_existing`](PredictRequest::skip_existing)).
    pub there: usize,
    /// What lies beside the images in the folders named and is no image that can be read.
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

/// Writes the maps of all images. An image that fails is among the [failed](PredictResult::failed), and costs the
/// others nothing.
///
/// # Errors
/// A model that cannot be read or has no label sets where they are asked for, no image, two of one id, maps that would
/// be replaced, a folder that holds the images.
pub fn predict(request: &PredictRequest, observer: &dyn Observer) -> Result<PredictResult, JobError> {
    let (mut predictor, models) = open_model(&request.asked(), observer)?;
    predict_by((&mut predictor, &models), request, observer)
}

/// [`predict`] by models that are open already, and their files: those that the request names, opened as it says. Whoever predicts
/// many lists one after the other reads them once. After statistics were [adapted](PredictRequest::adapt) they stay so.
///
/// # Errors
/// As [`predict`].
pub fn predict_by(
    (predictor, models): (&mut Predictor, &[PathBuf]),
    request: &PredictRequest,
    observer: &dyn Observer,
) -> Result<PredictResult, JobError> {
    let (mut images, mut failed) = (Vec::new(), Vec::new());
    let rest = predict_each_by((predictor, models), request, observer, &mut |path, image| match image {
        Ok(image) => images.push(image),
        Err(error) => failed.push((path.to_owned(), error)),
    })?;
    Ok(PredictResult { images, failed, rest })
}

/// [`predict`], which tells what became of each image as soon as its maps are there; what lies beside them and is
/// [not read](Rest::not_read) is warned of, and returned with the rest.
///
/// # Errors
/// As [`predict`].
pub fn predict_each(
    request: &PredictRequest,
    observer: &dyn Observer,
    take: &mut dyn FnMut(&Path, Result<PredictedImage, JobError>),
) -> Result<Rest, JobError> {
    let (mut predictor, models) = open_model(&request.asked(), observer)?;
    predict_each_by((&mut predictor, &models), request, observer, take)
}

fn predict_each_by(
    (predictor, models): (&mut Predictor, &[PathBuf]),
    request: &PredictRequest,
    observer: &dyn Observer,
    take: &mut dyn FnMut(&Path, Result<PredictedImage, JobError>),
) -> Result<Rest, JobError> {
    can_be_read(request, predictor)?;
    let axis = request.slice_axis.or(predictor.card().slice_axis);
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
    let mut plan = plan(request, predictor)?;
    if let (Some(Threshold::BestF1), Some(each)) = (&request.products.threshold, plan.thresholds()) {
        observer.note(&format!("where F1 of the validation images was best: {each}"));
    }
    let inputs = images.values().chain(models).map(PathBuf::as_path);
    let format = request.format.unwrap_or_else(|| usual(images.values().map(PathBuf::as_path)));
    let named = images.iter().map(|(id, path)| (id.clone(), path.clone(), (id, path.as_path())));
    let pieces = pieces(named, format)?;
    distinct(&pieces)?;
    let pieces = left(request, pieces, (predictor, format, &plan), observer)?;
    if let Some(path) = pieces.left.iter().find_map(|piece| other_form(request, piece, predictor)) {
        return Err(Error::OtherForm { path }.into());
    }
    let replace = request.overwrite || request.skip_existing;
    writable(targets((request, format), &pieces.left, predictor, &plan)?, inputs, replace)?;
    if request.adapt {
        let files: Vec<&PathBuf> = images.values().collect();
        let context = predictor.card().context;
        open::adapt(predictor, &files, |file| read_image_in_context(file, context), observer)?;
    }
    let said = sidecar(request, (predictor, format, axis), models);
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
        let predicted = predict_piece(predictor, piece, (request, format), &mut unusual, (&steps, &mut plan));
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
    enough.map(|()| Rest { there: pieces.there, not_read })
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
            let mut files = written_files((request, format), piece, predictor, plan).peekable();
            files.peek().is_some() && files.all(|file| file.is_file())
        };
        pieces.retain(|piece| !is_there(piece));
        observer.note(&format!("{} of {count} images are there already", count - pieces.len()));
    }
    Ok(Left { there: count - pieces.len(), left: pieces })
}

/// The files that are written of one piece; none where none can be named.
fn written_files(
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
    let of_piece =
        move |piece: &'a Piece<Named<'a>>| written_files((request, format), piece, predictor, plan);
    // What all parts say alike each of them writes.
    let alone = request.part.is_none();
    let common =
        plan.common_files(folder).into_iter().chain([folder.join("maps.json")]).filter(move |_| alone);
    Ok(pieces.iter().flat_map(of_piece).chain(common))
}

/// Refuses what these models have no answer to.
fn can_be_read(request: &PredictRequest, predictor: &Predictor) -> Result<(), Error> {
    if request.disagreement && request.members.is_empty() {
        return Err(Error::Alone);
    }
    match request.label_sets {
        true => predictor.card().task.supports(Reading::Sets).map_err(Error::NoSets),
        false => Ok(()),
    }
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
        let files = Files { id, folder: &request.output, format };
        with_pixels(predictor, path, unusual, |predictor, mut image| {
            without_data += image.without_data();
            all += (image.size().0 * image.size().1) as u64;
            files.can_say(&image, file_and_slice(path).1.is_some())?;
            let maps = match (&mut maps, &piece.volume) {
                (Some(maps), _) => maps,
                (none, Some(volume)) => none.insert(files.begin_volume(&piece.id, volume, predictor)?),
                (none, None) => none.insert(files.begin(predictor, &image, read_location(path)?.as_ref())?),
            };
            let mut kept = kept(plan, image.size(), path)?;
            beside.extend(files.write(predictor, &mut image, asked, (maps, kept.as_mut()))?);
            if let Some(kept) = &kept {
                let place = Place::of(path)?;
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
