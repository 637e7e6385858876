//! Judges boundary maps against the raters' marks, as the BSDS500 benchmark does.

use crate::held_out::{self, Choice, Purpose, Selection};
use crate::open::Running;
use crate::predictions::{Predictions, missing};
use crate::{Fault, JobError, Observer, Steps, open, written};
use ndarray::{Array2, ArrayView2, Axis, Zip};
use rayon::prelude::*;
use scumble::labels::Kind;
use scumble::score::boundary::{
    BoundaryBenchmark, BoundaryCounts, BoundaryError, BoundaryOptions, BoundaryScores,
};
use scumble_data::{Band, Dataset, Grouping, Item, Target, Wanted, read_image};
use scumble_nn::predict::DEFAULT_TILE;
use scumble_nn::{Averaging, Device, PrecisionChoice};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Boundary maps, the data set whose raters marked boundaries, and how they are matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoundaryRequest {
    /// A model file, a run folder, or a folder of maps, ID.png, .tif or .npy.
    pub predictions: PathBuf,
    /// More model files or run folders: what is judged is the mean of all.
    #[serde(default)]
    pub members: Vec<PathBuf>,
    /// The data set.
    pub data: PathBuf,
    /// Only images whose id matches one of these globs; none: those that the model has not learnt from, of data that it
    /// was not trained on all.
    #[serde(default)]
    pub images: Vec<String>,
    /// Only this band of each image.
    #[serde(default)]
    pub region: Option<Band>,
    /// Judge the images that have a map where others have none; else these are an error.
    #[serde(default)]
    pub allow_missing: bool,
    /// Judge a model without its calibration.
    #[serde(default)]
    pub uncalibrated: bool,
    /// Where to compute.
    #[serde(default)]
    pub device: Device,
    /// The numbers in which a model runs.
    #[serde(default)]
    pub precision: PrecisionChoice,
    /// What a model's predictions are averaged over.
    #[serde(default)]
    pub averaging: Averaging,
    /// Side of the tiles in pixels.
    #[serde(default = "written::tile")]
    pub tile: NonZeroUsize,
    #[serde(default, deserialize_with = "checked_options")]
    options: BoundaryOptions,
}

impl BoundaryRequest {
    /// The images that were not learnt from, with these options.
    ///
    /// # Errors
    /// No threshold, a distance that is no share of the diagonal.
    pub fn new(
        predictions: impl Into<PathBuf>,
        data: impl Into<PathBuf>,
        options: BoundaryOptions,
    ) -> Result<Self, Error> {
        check(&options)?;
        Ok(Self {
            predictions: predictions.into(),
            members: Vec::new(),
            data: data.into(),
            images: Vec::new(),
            region: None,
            allow_missing: false,
            uncalibrated: false,
            device: Device::default(),
            precision: PrecisionChoice::default(),
            averaging: Averaging::default(),
            tile: DEFAULT_TILE,
            options,
        })
    }

    /// The predictions, and the models that are averaged with them.
    fn models(&self) -> Vec<&Path> {
        [&self.predictions].into_iter().chain(&self.members).map(PathBuf::as_path).collect()
    }
}

fn check(options: &BoundaryOptions) -> Result<(), Error> {
    if options.thresholds == 0 {
        return Err(Error::NoThreshold);
    }
    if !(options.max_distance > 0.0 && options.max_distance <= 1.0) {
        return Err(Error::Distance(options.max_distance));
    }
    Ok(())
}

fn checked_options<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BoundaryOptions, D::Error> {
    written::checked(deserializer, check)
}

/// How well the boundaries are found. As JSON it is what `docs/json.md` describes.
#[derive(Debug, Clone)]
pub struct BoundaryJudgement {
    /// What was asked.
    pub request: BoundaryRequest,
    /// Names of the images without a map.
    pub missing: Vec<String>,
    /// Why these images, and what the model has learnt from of them.
    pub selection: Selection,
    /// ODS, OIS, AP, and each image.
    pub scores: BoundaryScores,
}

impl Serialize for BoundaryJudgement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({
            "version": 1,
            "predictions": self.request.predictions,
            "members": self.request.members,
            "data": self.request.data,
            "region": self.selection.region.map(|region| region.to_string()),
            "without_prediction": self.missing,
            "rule": self.selection.rule,
            "learnt_from": self.selection.learnt,
            "unlabelled": self.selection.unlabelled.images,
            "boundary": self.scores,
        })
        .serialize(serializer)
    }
}

/// Why boundaries cannot be judged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// Maps cut nowhere.
    #[error("there must be at least 1 threshold")]
    NoThreshold,
    /// A distance that is no share of the diagonal.
    #[error("{0}: a share of the diagonal, above 0 and at most 1 (0.0075)")]
    Distance(f64),
    /// Data without raters' marks of one class.
    #[error(
        "{}: boundaries are judged against raters' marks of one class (raters/NAME/ID.png); this is {choice}",
        data.display()
    )]
    NoMarks {
        /// The data set.
        data: PathBuf,
        /// How it was understood.
        choice: String,
    },
    /// A model of several classes.
    #[error("{}: predicts {classes}; boundaries are judged as one class", path.display())]
    ManyClasses {
        /// The model.
        path: PathBuf,
        /// Its classes.
        classes: String,
    },
    /// A folder without any map.
    #[error("{}: no map of any image of the data set, such as {image}.png", folder.display())]
    NoMap {
        /// The folder.
        folder: PathBuf,
        /// The name of an image.
        image: String,
    },
    /// Two maps of one image.
    #[error("{} and {}: two maps of one image; remove one", first.display(), second.display())]
    TwoMaps {
        /// A map.
        first: PathBuf,
        /// Another.
        second: PathBuf,
    },
    /// A map in colour.
    #[error("{}: {channels} channels; a boundary map is grey", path.display())]
    NotGrey {
        /// The map.
        path: PathBuf,
        /// Its channels.
        channels: usize,
    },
    /// A map of another size than the image.
    #[error("the map has {} x {} pixels, the image {} x {}", found.1, found.0, expected.1, expected.0)]
    Size {
        /// Rows and columns of the map.
        found: (usize, usize),
        /// Rows and columns of the image.
        expected: (usize, usize),
    },
    /// A map that cannot be matched.
    #[error(transparent)]
    Boundary(#[from] BoundaryError),
}

impl Error {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoThreshold | Self::Distance(_) => Fault::Request,
            _ => Fault::Input,
        }
    }
}

/// Maps that are in memory at a time, for each thread.
const AHEAD: usize = 4;
/// How a map's file may end.
const EXTENSIONS: [&str; 4] = ["png", "tif", "tiff", "npy"];

/// Judges the images of the data set that were asked for, or else those that the model has not learnt from.
///
/// # Errors
/// Data without raters' marks of one class, maps of several classes, files that are broken or do not fit.
pub fn judge_boundaries(
    request: &BoundaryRequest,
    observer: &dyn Observer,
) -> Result<BoundaryJudgement, JobError> {
    let dataset = open::dataset(&request.data, &request.images, observer)?;
    if dataset.kind() != Kind::Binary || dataset.raters().is_empty() {
        let (data, choice) = (dataset.root().into(), dataset.describe_choice().into());
        return Err(Error::NoMarks { data, choice }.into());
    }
    let asked = Choice {
        images: !request.images.is_empty(),
        region: request.region,
        target: Target::Mean,
        group: &Grouping::default(),
        purpose: Purpose::Judge,
    };
    let (dataset, mut selection) = held_out::choose(&request.models(), dataset, &asked, observer)?;
    let request = &BoundaryRequest { region: selection.region, ..request.clone() };
    let mut maps = BoundaryMaps::open(request, &dataset, observer)?;
    let dataset = dataset.with_context(maps.context());
    let mut benchmark = BoundaryBenchmark::new(request.options);
    let missing = missing(&dataset, |item| maps.have(item), request.allow_missing)?;
    let steps = Steps::new(observer, "judging", dataset.items().len() as u64);
    for items in dataset.items().chunks(AHEAD * rayon::current_num_threads()) {
        steps.go_on()?;
        let maps: Vec<_> = items.iter().map(|item| maps.map(&dataset, item)).collect::<Result<_, _>>()?;
        let judged: Vec<Option<Vec<BoundaryCounts>>> = items
            .par_iter()
            .zip(maps)
            .map(|(item, map)| {
                let counts = map.map(|map| count(&dataset, item, map, request)).transpose();
                steps.step();
                counts.map_err(|e| e.of(format_args!("image {} of {}", item.id(), dataset.root().display())))
            })
            .collect::<Result<_, _>>()?;
        for (item, counts) in items.iter().zip(judged).filter_map(|(item, counts)| Some((item, counts?))) {
            benchmark.add_counts(item.id(), counts);
        }
    }
    selection.learnt.retain(|image| !missing.contains(image));
    Ok(BoundaryJudgement { request: request.clone(), missing, selection, scores: benchmark.scores() })
}

/// Where boundary maps come from. Unlike labels, their files need no interpretation: they are strengths.
enum BoundaryMaps {
    Model(Predictions),
    Folder(PathBuf),
}

impl BoundaryMaps {
    fn open(request: &BoundaryRequest, dataset: &Dataset, observer: &dyn Observer) -> Result<Self, JobError> {
        let path = &request.predictions;
        if open::is_model(path) || !request.members.is_empty() {
            let models = request.models();
            let running = Running::new(
                &models,
                (request.device, request.precision),
                &request.averaging,
                request.tile,
                observer,
            );
            let model = Predictions::open(&models, dataset, &running)?;
            let model = if request.uncalibrated { model.uncalibrated() } else { model };
            model.tell(&request.averaging, observer);
            let task = model.task(dataset);
            if task.outputs() != 1 {
                return Err(
                    Error::ManyClasses { path: path.clone(), classes: task.classes().join(", ") }.into()
                );
            }
            return Ok(Self::Model(model));
        }
        if !dataset.items().iter().any(|item| files(path, item).next().is_some()) {
            let image = dataset.items().first().map_or("ID", |item| item.id()).into();
            return Err(Error::NoMap { folder: path.clone(), image }.into());
        }
        Ok(Self::Folder(path.clone()))
    }

    /// How many slices on either side of an image are looked at, too.
    fn context(&self) -> usize {
        match self {
            Self::Model(model) => model.context(),
            Self::Folder(_) => 0,
        }
    }

    /// Whether there is a map of an image.
    fn have(&self, item: &Item) -> bool {
        match self {
            Self::Model(_) => true,
            Self::Folder(folder) => files(folder, item).next().is_some(),
        }
    }

    /// The map [H, W] of an image, if there is one.
    fn map(&mut self, dataset: &Dataset, item: &Item) -> Result<Option<Array2<f32>>, JobError> {
        let folder = match self {
            Self::Model(model) => {
                let image = dataset.image(item)?;
                let map = model.predict(dataset, item, Some(&image), (false, false), None)?.classes;
                return Ok(Some(map.as_f32().index_axis(Axis(0), 0).to_owned()));
            }
            Self::Folder(folder) => folder,
        };
        let mut files = files(folder, item);
        let Some(file) = files.next() else { return Ok(None) };
        if let Some(second) = files.next() {
            return Err(Error::TwoMaps { first: file, second }.into());
        }
        let raster = read_image(&file)?;
        if raster.channels != 1 {
            return Err(Error::NotGrey { path: file, channels: raster.channels }.into());
        }
        Ok(Some(raster.to_unit().index_axis_move(Axis(0), 0)))
    }
}

fn files(folder: &Path, item: &Item) -> impl Iterator<Item = PathBuf> {
    EXTENSIONS
        .iter()
        .map(move |ending| folder.join(format!("{}.{ending}", item.id())))
        .filter(|file| file.is_file())
}

/// Ignored pixels are neither predicted nor marked.
fn count(
    dataset: &Dataset,
    item: &Item,
    mut map: Array2<f32>,
    request: &BoundaryRequest,
) -> Result<Vec<BoundaryCounts>, JobError> {
    let read = dataset.read(item, &Wanted::labels(Target::Mean))?;
    let mut labels = read.labels(Target::Mean)?;
    let (height, width) = labels.size();
    if map.dim() != (height, width) {
        return Err(Error::Size { found: map.dim(), expected: (height, width) }.into());
    }
    if let Some(region) = &request.region {
        region.keep(&mut labels);
    }
    let counts = labels.valid().index_axis_move(Axis(0), 0);
    map.zip_mut_with(&counts, |strength, counts| {
        if !counts {
            *strength = 0.0;
        }
    });
    let marked: Vec<Array2<bool>> = read
        .raters
        .iter()
        .map(|(_, mask)| {
            let marks = mask.marks();
            Zip::from(&marks.index_axis(Axis(0), 0))
                .and(&counts)
                .map_collect(|mark, counts| *mark == 1 && *counts)
        })
        .collect();
    let marked: Vec<ArrayView2<'_, bool>> = marked.iter().map(|marks| marks.view()).collect();
    Ok(request.options.judge(map.view(), &marked).map_err(Error::Boundary)?)
}
