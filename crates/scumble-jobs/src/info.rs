//! What a model, run, data set, image or map is.

use crate::held_out::run_of;
use crate::{JobError, open};
use scumble::score::Groups;
use scumble::{Calibrator, JointFamily, Kind};
use scumble_data::{
    Affine, Dataset, Item, Normalisation, Numbers, is_image, list_images, read_image, read_info, read_raster,
};
use scumble_nn::head::Likelihood;
use scumble_nn::model::History;
use scumble_nn::{EpochReport, Model, Run, RunInfo, Scales, Views};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// What is at a path; what JSON says of it is this.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Info {
    /// A model file.
    Model(Box<AboutModel>),
    /// A run folder.
    Run(Box<AboutRun>),
    /// A training without a checkpoint.
    Begun(AboutBegun),
    /// A data set.
    Dataset(AboutDataset),
    /// A file of several slices.
    Volume(AboutVolume),
    /// An image or map.
    Raster(AboutRaster),
}

/// A model.
#[derive(Debug, Clone, Serialize)]
pub struct AboutModel {
    /// Version of this object, 1.
    pub version: u32,
    /// "model".
    pub what: &'static str,
    /// Binary, multiclass or multilabel.
    pub kind: Kind,
    /// The classes' names in the order of the maps.
    pub classes: Vec<String>,
    /// The family of distributions over label sets that it predicts.
    pub joint: Option<JointFamily>,
    /// How raters' votes are taken to come about.
    pub likelihood: Likelihood,
    /// The raters who each have a say, as `--rater` names them.
    pub raters: Vec<String>,
    /// How far class weights in training have moved each logit.
    pub shift: Vec<f32>,
    /// What makes its probabilities true.
    pub calibration: Option<Calibrator>,
    /// The turns and flips in which its training showed images, if that is known.
    pub trained_views: Option<Views>,
    /// The turns and flips that its predictions are averaged over, unless others are asked for.
    pub views: Views,
    /// The same of sizes of the image.
    pub scales: Scales,
    /// Channels of its images.
    pub channels: usize,
    /// Numbers that were learnt.
    pub parameters: usize,
    /// Layers of the network.
    pub layers: usize,
    /// How images are brought to the network's scale.
    pub normalisation: Normalisation,
    /// Where it comes from.
    pub history: History,
    /// What its training has validated by, if the run's folder is around it.
    pub validated_by: Option<ValidatedBy>,
    /// The scumble that wrote it.
    pub scumble: String,
    /// Side of the square of pixels that one pixel's prediction depends on.
    #[serde(skip)]
    pub receptive_field: usize,
}

/// What a training has validated by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValidatedBy {
    /// Names of the images.
    pub images: Vec<String>,
    /// Only this band of each.
    pub band: Option<String>,
}

/// A run.
#[derive(Debug, Clone, Serialize)]
pub struct AboutRun {
    /// Version of this object, 1.
    pub version: u32,
    /// "run".
    pub what: &'static str,
    /// The run's own record.
    pub run: RunInfo,
    /// The best epoch so far.
    pub best: Option<EpochReport>,
    /// Its model, if there is one that can be read.
    #[serde(skip)]
    pub model: Option<AboutModel>,
}

/// A training that has no checkpoint: it begins at this moment, or was stopped before it had one.
#[derive(Debug, Clone, Serialize)]
pub struct AboutBegun {
    /// Version of this object, 1.
    pub version: u32,
    /// "begun run".
    pub what: &'static str,
    /// Its folder.
    pub folder: PathBuf,
}

/// A data set, as its folders show it; [`check`](crate::check()) looks into every file.
#[derive(Debug, Clone, Serialize)]
pub struct AboutDataset {
    /// Version of this object, 1.
    pub version: u32,
    /// "dataset".
    pub what: &'static str,
    /// What its labels are.
    pub kind: Kind,
    /// Their classes.
    pub classes: Vec<String>,
    /// Images in all.
    pub images: usize,
    /// Groups of images that belong together.
    pub groups: usize,
    /// Who has marked any of them.
    pub raters: Vec<String>,
    /// How the folder was understood, in a sentence.
    pub understood: String,
    /// Its folder.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// A file of several slices, by its header.
#[derive(Debug, Clone, Serialize)]
pub struct AboutVolume {
    /// Version of this object, 1.
    pub version: u32,
    /// "volume".
    pub what: &'static str,
    /// How many slices.
    pub slices: usize,
    /// Rows of each.
    pub height: usize,
    /// Columns of each.
    pub width: usize,
    /// Bands or classes.
    pub channels: usize,
    /// 8-bit, 16-bit, integer or float.
    pub numbers: &'static str,
    /// Millimetres from column to column, row to row, slice to slice, if the file says so.
    pub spacing: Option<[f64; 3]>,
    /// The first three rows of the matrix that takes (column, row, slice, 1) to millimetres, if the file has one.
    pub affine: Option<Affine>,
    /// The addresses of the first slice and the last.
    #[serde(skip)]
    pub ends: [PathBuf; 2],
}

/// An image or map.
#[derive(Debug, Clone, Serialize)]
pub struct AboutRaster {
    /// Version of this object, 1.
    pub version: u32,
    /// "raster".
    pub what: &'static str,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Bands or classes.
    pub channels: usize,
    /// 8-bit, 16-bit or float.
    pub numbers: &'static str,
    /// The EXIF or TIFF orientation, 1 to 8, by which the file was turned; 1 means not at all.
    pub orientation: u8,
    /// The least value.
    pub low: f32,
    /// The largest value.
    pub high: f32,
    /// Values that are no number.
    pub nan: u64,
}

/// Says what is at a path: a model file, run folder, data set, volume, image or map.
///
/// # Errors
/// Nothing there, or nothing that can be read.
pub fn info(path: &Path) -> Result<Info, JobError> {
    if path.is_dir() {
        return match path.join("run.json").exists() {
            _ if Run::only_begins(path) => Ok(Info::Begun(of_begun(path))),
            true => Ok(Info::Run(Box::new(of_run(path)?))),
            false => Ok(Info::Dataset(of_dataset(path)?)),
        };
    }
    if path.extension().is_some_and(|extension| extension == "safetensors") {
        return Ok(Info::Model(Box::new(of_model(Model::read(path)?, path)?)));
    }
    // A file that is missing is said to be, rather than to have an unknown extension.
    if !is_image(path) {
        fs::metadata(path).map_err(JobError::io(path))?;
    }
    let slices = list_images(path)?;
    match (slices.values().next(), slices.values().next_back()) {
        (Some(first), Some(last)) if slices.len() > 1 => {
            Ok(Info::Volume(of_volume(slices.len(), [first.clone(), last.clone()])?))
        }
        _ => Ok(Info::Raster(of_raster(path)?)),
    }
}

fn of_volume(slices: usize, ends: [PathBuf; 2]) -> Result<AboutVolume, JobError> {
    let header = read_info(&ends[0])?;
    let numbers = match header.numbers {
        Numbers::U8 => "8-bit",
        Numbers::U16 => "16-bit",
        Numbers::Float => "float",
        _ => "integer",
    };
    // A step along an axis is a column of the matrix.
    let step = |affine: Affine, axis: usize| affine.map(|row| row[axis].powi(2)).iter().sum::<f64>().sqrt();
    Ok(AboutVolume {
        version: 1,
        what: "volume",
        slices,
        height: header.height,
        width: header.width,
        channels: header.channels,
        numbers,
        spacing: header.affine.map(|affine| [0, 1, 2].map(|axis| step(affine, axis))),
        affine: header.affine,
        ends,
    })
}

fn of_model(model: Model, path: &Path) -> Result<AboutModel, JobError> {
    let card = model.card;
    let (views, scales) = (card.views(), card.scales());
    let task = card.task;
    let data = run_of(path)?.map(|run| run.info()).transpose()?.map(|info| info.data);
    // A model that was moved into another run's folder is not of it.
    let data = data.filter(|data| data.fingerprint == card.history.data);
    let validated_by = data.map(|data| ValidatedBy { images: data.validation, band: data.band });
    Ok(AboutModel {
        version: 1,
        what: "model",
        kind: task.kind(),
        classes: task.classes().to_vec(),
        joint: task.head().joint(),
        likelihood: task.head().likelihood(),
        raters: task.raters().to_vec(),
        shift: task.shift().to_vec(),
        calibration: task.calibration().cloned(),
        trained_views: card.views,
        views,
        scales,
        channels: card.normalisation.channels(),
        parameters: card.network.parameter_count(),
        layers: card.network.layers().len(),
        normalisation: card.normalisation,
        history: card.history,
        validated_by,
        scumble: card.scumble,
        receptive_field: 2 * card.network.halo() + 1,
    })
}

fn of_run(folder: &Path) -> Result<AboutRun, JobError> {
    let run = Run::open(folder)?;
    let (info, metrics) = (run.info()?, run.metrics()?);
    let best = metrics.into_iter().rfind(|epoch| epoch.best);
    let model = open::model(folder).ok().map(|(model, file)| of_model(model, &file)).transpose()?;
    Ok(AboutRun { version: 1, what: "run", run: info, best, model })
}

fn of_begun(folder: &Path) -> AboutBegun {
    AboutBegun { version: 1, what: "begun run", folder: folder.to_owned() }
}

fn of_dataset(folder: &Path) -> Result<AboutDataset, JobError> {
    let dataset = Dataset::open(folder)?;
    Ok(AboutDataset {
        version: 1,
        what: "dataset",
        kind: dataset.kind(),
        classes: dataset.classes().to_vec(),
        images: dataset.items().len(),
        groups: Groups::of(dataset.items().iter().map(Item::group)).count(),
        raters: dataset.raters().to_vec(),
        understood: dataset.describe_choice().to_owned(),
        folder: folder.to_owned(),
    })
}

fn of_raster(path: &Path) -> Result<AboutRaster, JobError> {
    // As a label where it can be one, for then the numbers are the file's own.
    let raster = read_raster(path).or_else(|_| read_image(path))?;
    let orientation = read_info(path)?.orientation;
    let (mut low, mut high, mut nan) = (f32::INFINITY, f32::NEG_INFINITY, 0u64);
    for row in 0..raster.height {
        for column in 0..raster.width {
            for channel in 0..raster.channels {
                let value = raster.raw(row, column, channel);
                nan += u64::from(value.is_nan());
                (low, high) = (low.min(value), high.max(value));
            }
        }
    }
    let numbers = match raster.full_scale() {
        255.0 => "8-bit",
        65535.0 => "16-bit",
        _ => "float",
    };
    let (height, width, channels) = (raster.height, raster.width, raster.channels);
    Ok(AboutRaster {
        version: 1,
        what: "raster",
        height,
        width,
        channels,
        numbers,
        orientation,
        low,
        high,
        nan,
    })
}
