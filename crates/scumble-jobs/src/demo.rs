//! The whole job on made-up data: raters' masks, training, maps, judgement against raters and against the truth.

use crate::fault::Fault;
use crate::held_out::Selection;
use crate::judge::{JudgeRequest, JudgedImage, Judgement, StripMemory, judge_data};
use crate::numbers::counted;
use crate::picture::Picture;
use crate::predict::write_map;
use crate::predictions::Predictions;
use crate::report::Report;
use crate::{JobError, Observer, TrainingRecord, open, written};
use ndarray::{ArrayView2, Axis};
use scumble::labels::{Kind, SoftLabels};
use scumble::score::{Intervals, Scores};
use scumble_data::{
    Dataset, MapFormat, Sidecar, SyntheticImage, SyntheticOptions, synthetic, write_sidecar, write_synthetic,
    write_truth,
};
use scumble_nn::ranks::Alone;
use scumble_nn::{ClaimedRun, Config, Device, Predictor, Run, Status, TrainRequest, load_config, train};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Where everything goes, and how long it may take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DemoRequest {
    /// The folder for everything, new or empty; none: the first free scumble-demo, scumble-demo-2, ...
    pub folder: Option<PathBuf>,
    /// How many raters outline each image, at least 1.
    #[serde(deserialize_with = "some_raters")]
    pub raters: usize,
    /// Where the data set and all chance come from.
    pub seed: u64,
    /// Epochs of training.
    #[serde(deserialize_with = "some_epochs")]
    pub epochs: u64,
    /// Where to compute.
    pub device: Device,
    /// The command line, for the record of the training.
    pub command: Vec<String>,
}

impl Default for DemoRequest {
    /// In a new folder, with five raters, seed 0, 24 epochs, on the processor.
    fn default() -> Self {
        Self { folder: None, raters: 5, seed: 0, epochs: 24, device: Device::default(), command: Vec::new() }
    }
}

fn check_raters(raters: &usize) -> Result<(), Error> {
    if *raters == 0 { Err(Error::NoRater) } else { Ok(()) }
}

fn some_raters<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    written::checked(deserializer, check_raters)
}

fn check_epochs(epochs: &u64) -> Result<(), Error> {
    if *epochs == 0 { Err(Error::NoEpoch) } else { Ok(()) }
}

fn some_epochs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    written::checked(deserializer, check_epochs)
}

/// What came out. As JSON it is what `docs/json.md` describes.
#[derive(Debug, Clone)]
pub struct Demo {
    /// Where everything is: data, run, maps, pictures.
    pub folder: PathBuf,
    /// The scores against the raters' opinions.
    pub against_raters: Scores,
    /// Of these, over the images.
    pub intervals: Option<Intervals>,
    /// The scores against the probability that the opinions were drawn from.
    pub against_truth: Scores,
    /// How far the raters' mean is from that probability, the root of the mean square; `None` with one rater.
    pub raters_mean_distance: Option<f64>,
    /// A picture of every judged image.
    pub picture: PathBuf,
    /// The report.
    pub report: PathBuf,
}

impl Serialize for Demo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({
            "version": 1,
            "folder": self.folder,
            "against_raters": self.against_raters,
            "intervals": self.intervals,
            "against_truth": self.against_truth,
            "raters_mean_distance": self.raters_mean_distance,
            "picture": self.picture,
            "report": self.report,
        })
        .serialize(serializer)
    }
}

/// Why there is no demonstration.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A training of no epoch.
    #[error("epochs = 0: there must be at least 1")]
    NoEpoch,
    /// Images that nobody outlines.
    #[error("raters = 0: there must be at least 1")]
    NoRater,
    /// A folder with something in it.
    #[error("{} exists and is not empty; choose another folder", folder.display())]
    Taken {
        /// The folder.
        folder: PathBuf,
    },
    /// The observer has ended it.
    #[error("what was made so far is in {}", folder.display())]
    Interrupted {
        /// The folder.
        folder: PathBuf,
    },
}

impl Error {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        Fault::Request
    }
}

/// Images to learn from (three of them to validate by) and images to judge.
const TRAIN: usize = 18;
const TEST: usize = 6;

/// Makes a data set, trains on it, predicts, judges against the raters and against the truth, and writes a report.
///
/// # Errors
/// No epoch, no rater, a folder that is not empty or cannot be written to, a device that fails, an observer that ends it.
pub fn demo(request: &DemoRequest, observer: &dyn Observer) -> Result<Demo, JobError> {
    check_epochs(&request.epochs)?;
    check_raters(&request.raters)?;
    let folder = folder(request)?;
    let (images, raters) = (TRAIN + TEST, counted(request.raters, "rater"));
    observer.note(&format!("making {images} images of lagoons, outlined by {raters} who see soft shores"));
    let (made, train_set, test_set) = make_data(&folder, request)?;
    let run = train_model(&folder, &train_set, request, observer)?;
    let (model, _) = open::model(run.folder())?;
    let precision = run.info()?.precision;
    let mut predictor = Predictor::open(model, &request.device, precision)?;
    let maps = folder.join("maps");
    predict(&mut predictor, &test_set, &maps)?;
    let (mut rows, mut raters_mean) = (Vec::new(), Squares::default());
    let mut against_raters =
        judge_maps(&maps, &test_set, Some(StripMemory::default()), observer, &mut |image| {
            rows.push(draw(&folder, image, &made)?);
            let scene = made.iter().find(|scene| scene.id == image.item.id());
            raters_mean.add(image.labels, scene.expect("a judged image was made").truth.view());
            Ok(())
        })?;
    let truth_set = Dataset::open(&folder.join("truth"))?;
    let against_truth = judge_maps(&maps, &truth_set, None, observer, &mut |_| Ok(()))?.all;
    let picture = folder.join("result.png");
    Picture::column(&rows).write(&picture)?;
    for image in &made {
        against_raters.add_truth(&image.id, image.truth.view().insert_axis(Axis(0)));
    }
    let page = folder.join("report.html");
    let training = TrainingRecord::read(&run)?;
    let report = Report::new(&against_raters)?.made_up();
    report.with_training(Some(&training)).with_truth(&against_truth).write(&page)?;
    Ok(Demo {
        folder,
        intervals: against_raters.intervals,
        against_raters: against_raters.all,
        against_truth,
        raters_mean_distance: raters_mean.root_of_mean(),
        picture,
        report: page,
    })
}

fn folder(request: &DemoRequest) -> Result<PathBuf, Error> {
    let free =
        |path: &Path| !path.exists() || path.read_dir().is_ok_and(|mut entries| entries.next().is_none());
    let Some(asked) = &request.folder else {
        let names = (1..).map(|n| if n == 1 { "scumble-demo".into() } else { format!("scumble-demo-{n}") });
        return Ok(names.map(PathBuf::from).find(|path| free(path)).expect("numbers do not end"));
    };
    if free(asked) { Ok(asked.clone()) } else { Err(Error::Taken { folder: asked.clone() }) }
}

/// Images to judge, with their truth; the data sets to learn from and to judge by.
fn make_data(
    folder: &Path,
    request: &DemoRequest,
) -> Result<(Vec<SyntheticImage>, Dataset, Dataset), JobError> {
    let options = SyntheticOptions {
        images: TRAIN + TEST,
        raters: request.raters,
        seed: request.seed + 1,
        ..Default::default()
    };
    let mut made = synthetic(&options);
    let test = made.split_off(TRAIN);
    let (train_folder, test_folder) = (folder.join("data/train"), folder.join("data/test"));
    write_synthetic(&train_folder, &made)?;
    write_synthetic(&test_folder, &test)?;
    write_truth(&folder.join("truth"), &test)?;
    Ok((test, Dataset::open(&train_folder)?, Dataset::open(&test_folder)?))
}

fn settings(request: &DemoRequest) -> Result<Config, JobError> {
    let assignments = [
        format!("train.epochs={}", request.epochs),
        format!("train.seed={}", request.seed),
        // Small enough for two cores and two minutes.
        "network.widths=[12, 24, 48, 96]".into(),
        "train.average=0.98".into(),
        "data.validation=0.17".into(),
    ];
    Ok(load_config(None, &assignments)?)
}

fn train_model(
    folder: &Path,
    dataset: &Dataset,
    request: &DemoRequest,
    observer: &dyn Observer,
) -> Result<Run, JobError> {
    let config = settings(request)?;
    let run = ClaimedRun::create(&folder.join("run"), false)?;
    let training = TrainRequest {
        dataset,
        config: &config,
        run: Some(&run),
        ranks: &Alone,
        device: &request.device,
        pause_after: None,
        command: &request.command,
    };
    if train(&training, observer)?.status == Status::Interrupted {
        return Err(Error::Interrupted { folder: folder.into() }.into());
    }
    Ok((*run).clone())
}

fn predict(predictor: &mut Predictor, dataset: &Dataset, maps: &Path) -> Result<(), JobError> {
    let task = predictor.card().task.clone();
    for item in dataset.items() {
        write_map(predictor, &dataset.image(item)?, item.id(), maps, MapFormat::Npy)?;
    }
    write_sidecar(maps, &Sidecar::new(Kind::Binary, task.classes(), MapFormat::Npy, None))?;
    Ok(())
}

fn judge_maps(
    maps: &Path,
    dataset: &Dataset,
    report: Option<StripMemory>,
    observer: &dyn Observer,
    look: &mut dyn FnMut(&JudgedImage<'_>) -> Result<(), JobError>,
) -> Result<Judgement, JobError> {
    let request = JudgeRequest { report, ..JudgeRequest::new(maps, dataset.root()) };
    judge_data(
        &request,
        &mut Predictions::maps(maps, dataset)?,
        dataset,
        Selection::default(),
        observer,
        Some(look),
    )
}

/// Of votes' means about the truth, where two raters or more have voted; a pixel counts once per rater, as it is judged.
#[derive(Default)]
struct Squares {
    sum: f64,
    weight: f64,
}

impl Squares {
    fn add(&mut self, labels: &SoftLabels, truth: ArrayView2<'_, f32>) {
        let Some(votes) = labels.votes() else { return };
        let pixels = votes.yes().into_iter().zip(votes.total()).zip(truth);
        for ((&yes, &total), &c) in pixels.filter(|((_, total), _)| **total >= 2) {
            let (yes, total) = (f64::from(yes), f64::from(total));
            self.sum += total * (yes / total - f64::from(c)).powi(2);
            self.weight += total;
        }
    }

    fn root_of_mean(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| (self.sum / self.weight).sqrt())
    }
}

/// One row of the result: image, soft label, truth, prediction, difference to the soft label. Also a file of its own.
fn draw(folder: &Path, image: &JudgedImage<'_>, made: &[SyntheticImage]) -> Result<Picture, JobError> {
    let id = image.item.id();
    let mut panels: Vec<Picture> =
        image.image.map(|image| Picture::image(image).captioned("image")).into_iter().collect();
    panels.push(Picture::probabilities(image.labels.probabilities()).captioned("share of 5 raters"));
    if let Some(scene) = made.iter().find(|scene| scene.id == id) {
        panels.push(Picture::probabilities(scene.truth.view().insert_axis(Axis(0))).captioned("truth"));
    }
    panels.push(Picture::probabilities(image.shown).captioned("prediction"));
    panels.push(Picture::difference(image.labels, image.shown).captioned("too low blue, too high red"));
    let row = Picture::row(&panels);
    let pictures = folder.join("pictures");
    std::fs::create_dir_all(&pictures).map_err(JobError::io(&pictures))?;
    row.write(&pictures.join(format!("{id}.png")))?;
    Ok(row)
}
