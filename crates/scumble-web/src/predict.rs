//! One image by one model, into files that a page shows and saves.

use ndarray::{Array2, ArrayView2, Axis, Slice};
use scumble::labels::Kind;
use scumble_data::{DataError, MapFormat, MapWriter, Raster, Samples, list_images, read_image, write_png};
use scumble_nn::predict::known;
use scumble_nn::{
    Averaging, Device, Model, ModelError, Precision, PredictError, Predictor, Reading, Scales, Views,
};
use serde::Serialize;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What to predict, by what, and where the files go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// A model file.
    pub model: PathBuf,
    /// An image; of a file with several of them the slice is meant.
    pub image: PathBuf,
    /// Which of the file's images, counted from 0.
    pub slice: usize,
    /// Folder for the files.
    pub output: PathBuf,
    /// Whether to predict from the image as it is alone, and not from the mean of its views.
    pub fast: bool,
}

/// What was predicted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Predicted {
    /// Rows of the image.
    pub height: usize,
    /// Its columns.
    pub width: usize,
    /// The classes' names in the order of the maps.
    pub classes: Vec<String>,
    /// How many images there are in the file.
    pub slices: usize,
    /// Of how many views, at how many sizes, the maps are the mean.
    pub views: usize,
    /// The probabilities as `scumble predict` writes them: an NPY of f32, [H, W] of one binary class, else [H, W, K].
    pub maps: PathBuf,
    /// A grey PNG of 16 bits of each class; none where the image has pixels without data, which PNG cannot say.
    pub pictures: Vec<PathBuf>,
    /// The image as a PNG to look at.
    pub shown: PathBuf,
    /// How many pixels of the image have no data; the maps are NaN there.
    pub without_data: usize,
    /// Whether the image is far outside of what the model was trained on.
    pub unlike_training: bool,
    /// Whether the model's calibration was fitted to the mean of other views than these.
    pub calibrated_otherwise: bool,
}

/// Why an image is not predicted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A model that cannot be read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// An image that cannot be read, a file that cannot be written.
    #[error(transparent)]
    Data(#[from] DataError),
    /// An image that is not the model's kind.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// A slice that the file does not have.
    #[error("there is no slice {slice}: the file has {slices}, counted from 0")]
    Slice {
        /// The one asked for.
        slice: usize,
        /// How many there are.
        slices: usize,
    },
    /// An image that says nothing.
    #[error("no pixel has data: all are NaN, infinite or nodata")]
    NoData,
}

/// Predicts an image on the CPU in f32, by the views that `scumble predict` would take; `watch` is told how many tiles of how
/// many are done.
///
/// # Errors
/// A model or an image that cannot be read or do not go together, files that cannot be written.
///
/// ```no_run
/// use scumble_web::{Request, predict};
///
/// let request = Request {
///     model: "run/model.safetensors".into(),
///     image: "photo.png".into(),
///     slice: 0,
///     output: "maps".into(),
///     fast: false,
/// };
/// let predicted = predict(&request, &mut |_, _| {})?;
/// println!("{}", predicted.maps.display());
/// # Ok::<(), scumble_web::Error>(())
/// ```
pub fn predict(request: &Request, watch: &mut dyn FnMut(usize, usize)) -> Result<Predicted, Error> {
    let Request { slice, output, .. } = request;
    let mut predictor = Predictor::open(Model::read(&request.model)?, &Device::Cpu, Precision::F32)?;
    if request.fast {
        predictor = predictor.with_averaging(Averaging::none());
    }
    let images = list_images(&request.image)?;
    let slices = images.len();
    let path = images.into_values().nth(*slice).ok_or(Error::Slice { slice: *slice, slices })?;
    let image = read_image(&path)?;
    let shown = output.join("image.png");
    let maps = Maps::write(&mut predictor, &image, output, watch)?;
    write_shown(&shown, &image)?;
    let card = predictor.card();
    let (views, scales) = (predictor.views_of(card), predictor.scales_of(card));
    Ok(Predicted {
        height: image.height,
        width: image.width,
        classes: card.task.classes().to_vec(),
        slices,
        views: views.count() * Vec::from(scales.clone()).len(),
        maps: maps.npy,
        pictures: maps.pictures,
        shown,
        without_data: maps.without_data,
        unlike_training: card.unlike(&image).is_some(),
        calibrated_otherwise: card.task.calibration().is_some() && (views, scales) != fitted(&predictor),
    })
}

/// The views and sizes that the model's calibration was fitted to.
fn fitted(predictor: &Predictor) -> (Views, Scales) {
    let card = predictor.card();
    (card.calibrated_views.unwrap_or_default(), card.calibrated_scales.clone().unwrap_or_default())
}

fn write_shown(path: &Path, image: &Raster) -> Result<(), DataError> {
    let samples = Samples::U8(image.shown().into_flattened());
    write_png(path, &Raster { channels: 3, samples, indexed: None, nodata: None, ..*image })
}

/// The files of the maps.
struct Maps {
    npy: PathBuf,
    pictures: Vec<PathBuf>,
    without_data: usize,
}

impl Maps {
    fn write(
        predictor: &mut Predictor,
        image: &Raster,
        folder: &Path,
        watch: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, Error> {
        let task = &predictor.card().task;
        let (kind, classes) = (task.kind(), task.classes().to_vec());
        let (height, width) = (image.height, image.width);
        // Of another number of channels nothing can be said, and the predictor says so.
        let ours = image.channels == predictor.card().normalisation.channels();
        let empty = ours.then(|| predictor.card().normalisation.without_data(image)).flatten();
        let without_data = empty.as_ref().map_or(0, |empty| empty.iter().filter(|empty| **empty).count());
        if without_data == height * width {
            return Err(Error::NoData);
        }
        let npy = MapWriter::create(folder, "maps", MapFormat::Npy, kind, &classes, height, width)?;
        let mut npy = if empty.is_some() { npy.with_ignored(MapFormat::Npy) } else { npy };
        // Each class by its number: a name need not be one that a file can have.
        let picture = |class: usize| {
            let (id, name) = (format!("class-{class}"), &classes[class..=class]);
            MapWriter::create(folder, &id, MapFormat::Png16, Kind::Binary, name, height, width)
        };
        let pictured = if empty.is_some() { 0 } else { classes.len() };
        let mut pictures = (0..pictured).map(picture).collect::<Result<Vec<_>, _>>()?;
        let mut top = 0;
        predictor.read_bands_watched(image, &[Reading::Classes], watch, &mut |bands| {
            let rows = top..top + bands[0].dim().1;
            top = rows.end;
            match &empty {
                None => npy.write_rows(bands[0])?,
                Some(empty) => npy.write_rows(known(bands[0], rows_of(empty, rows)).view())?,
            }
            for (class, picture) in pictures.iter_mut().enumerate() {
                picture.write_rows(bands[0].slice_axis(Axis(0), Slice::from(class..=class)))?;
            }
            Ok(())
        })?;
        let pictures = pictures.into_iter().map(MapWriter::finish).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { npy: npy.finish()?.remove(0), pictures: pictures.concat(), without_data })
    }
}

fn rows_of(empty: &Array2<bool>, rows: std::ops::Range<usize>) -> ArrayView2<'_, bool> {
    empty.slice_axis(Axis(0), Slice::from(rows))
}
