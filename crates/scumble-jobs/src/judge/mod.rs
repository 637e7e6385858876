//! Judges predictions, from a model or from files, against soft labels and raters.

mod amounts;
mod beside;
mod by_rows;
mod collect;
mod disagreement;
mod diversity;
mod error;
mod findings;
mod gallery;
mod gate;
mod images;
mod judgement;
mod lines;
mod nearer;
mod objects;
mod opinions;
mod outcomes;
mod over_images;
pub mod parts;
mod pooled;
mod ranking;
mod reader;
mod request;
mod shown;
mod strip;
mod surface;
mod uncertainty;
mod volume;

pub use amounts::{AmountUnit, ClassAmounts, ImageAmounts, JudgedAmounts};
pub use beside::Beside;
pub use disagreement::Disagreement;
pub use diversity::{Diversity, ImageDiversity, Masks};
pub use error::Error;
pub use gallery::Thumbnail;
pub use gate::{Gate, GateOutcome};
pub use judgement::{Judgement, ReportMaterial};
pub use nearer::Nearer;
pub use objects::{ObjectRow, ObjectTotal, Objects};
pub use pooled::{PooledImages, PooledScores};
pub use request::{
    Bins, DrawnMasks, JudgeRequest, JudgeSettings, MatchIou, Probability, Spacing, StripMemory,
};
pub use strip::Strip;
pub use surface::{DistanceSummary, SurfaceRow, SurfaceSummary};
pub use uncertainty::{ImageRisk, JudgedUncertainty};

pub(crate) use reader::JudgedImage;

use crate::held_out::{self, Choice, Purpose, Selection};
use crate::open::Running;
use crate::outputs::{OutputError, apart, distinct, writable};
use crate::picture::Picture;
use crate::predictions::{self, Predictions};
use crate::{JobError, Observer, open};
use by_rows::Small;
use collect::collect;
use findings::Known;
use gallery::Gallery;
use images::{Looks, Sight};
use reader::{Asked, Reader};
use scumble::agreement::Agreement;
use scumble::score::Scores;
use scumble_data::{Dataset, Item, SliceAxis, Target};
use scumble_nn::Task;
use shown::Strips;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use volume::volume_of;

/// Judges the images of the data set that were asked for, or else those that the model has not learnt from.
///
/// Each image is read and predicted once. Memory is that of one image, its scores' sums, and what is kept to be shown
/// in a report, at most [`StripMemory`].
///
/// # Errors
/// A request for what cannot be: an unknown class in a gate, label sets of maps or of labels that do not overlap.
/// Predictions or data that are broken or do not fit each other.
pub fn judge(request: &JudgeRequest, observer: &dyn Observer) -> Result<Judgement, JobError> {
    let Opened { request, mut predictions, dataset, selection } = open(request, observer)?;
    judge_data(&request, &mut predictions, &dataset, selection, observer, None)
}

/// What is judged, and by what.
struct Opened {
    /// Of the region that is judged.
    request: JudgeRequest,
    predictions: Predictions,
    dataset: Dataset,
    selection: Selection,
}

/// Opens the data set and the predictions, chooses the images, and refuses what cannot be.
fn open(request: &JudgeRequest, observer: &dyn Observer) -> Result<Opened, JobError> {
    let dataset = open::dataset(&request.data, &[], observer)?;
    check_outputs(request, || dataset.files())?;
    let dataset = dataset.filter(&request.images)?;
    let dataset = match &request.rater {
        Some(rater) => dataset.of_rater(rater)?,
        None => dataset,
    };
    let settings = &request.settings;
    let asked = Choice {
        images: !request.images.is_empty(),
        region: settings.region,
        target: settings.target,
        group: &request.group,
        purpose: Purpose::Judge,
    };
    let (dataset, selection) = held_out::choose(&request.models(), dataset, &asked, observer)?;
    let predictions = match request.samples {
        true if request.members.is_empty() => Predictions::samples(&request.predictions, &dataset)?,
        true => return Err(predictions::Error::NoMember { path: request.predictions.clone() }.into()),
        false => {
            let models = request.models();
            let place = (request.device, request.precision);
            let running = Running::new(&models, place, &request.averaging, request.tile, observer);
            Predictions::open(&models, &dataset, &running)?
        }
    };
    let mut predictions = if request.uncalibrated { predictions.uncalibrated() } else { predictions };
    if let Some(rater) = &request.rater {
        predictions = predictions.of_rater(rater)?;
        observer.note(&format!("judged by the masks of {rater} alone"));
    }
    predictions.tell(&request.averaging, observer);
    if request.adapt {
        predictions.adapt(&request.predictions, &dataset, observer)?;
    }
    if request.label_sets {
        predictions.have_sets()?;
    }
    outcomes::check(request, predictions.task(&dataset).classes())?;
    let settings = JudgeSettings { region: selection.region, ..request.settings };
    let request = JudgeRequest { settings, ..request.clone() };
    Ok(Opened { request, predictions, dataset, selection })
}

/// Refuses outputs that are among the `inputs`, whether or not they may be replaced.
pub(crate) fn check_outputs<'a, I: Iterator<Item = &'a Path>>(
    request: &JudgeRequest,
    inputs: impl Fn() -> I,
) -> Result<(), OutputError> {
    distinct(&request.written)?;
    writable(request.written.iter().cloned(), inputs(), true)?;
    request.pictures.as_ref().map_or(Ok(()), |folder| apart(folder, inputs()))
}

fn picture_of(folder: &Path, item: &Item) -> PathBuf {
    folder.join(format!("{}.png", item.id()))
}

/// Looks at an image that has been judged.
pub(crate) type Look<'l> = dyn FnMut(&JudgedImage<'_>) -> Result<(), JobError> + 'l;

/// Judges all images of what has been opened and selected already; each is shown to `look`, too, once it has been judged.
pub(crate) fn judge_data(
    request: &JudgeRequest,
    predictions: &mut Predictions,
    dataset: &Dataset,
    selection: Selection,
    observer: &dyn Observer,
    mut look: Option<&mut Look<'_>>,
) -> Result<Judgement, JobError> {
    let dataset = &seen(predictions, dataset, observer)?;
    let known = known(request, predictions, dataset, selection)?;
    let task = known.task.clone();
    match predictions {
        Predictions::Model(_) => {
            let files: Vec<PathBuf> =
                request.models().iter().flat_map(|path| open::model_files(path)).collect();
            check_outputs(request, || files.iter().map(PathBuf::as_path))?;
        }
        Predictions::Maps { maps, .. } => check_outputs(request, || maps.files())?,
        Predictions::Samples(samples) => check_outputs(request, || samples.files())?,
    }
    writable(request.written.iter().cloned(), [], request.overwrite)?;
    if let Some(folder) = &request.pictures {
        let pictures = dataset.items().iter().map(|item| picture_of(folder, item));
        writable(pictures, [], request.overwrite)?;
        std::fs::create_dir_all(folder).map_err(JobError::io(folder))?;
    }
    let mut material = request.report.map(|memory| Collected::new(&task, memory));
    let reader = reader(request, predictions, dataset, &task)?;
    let whole = look.is_some() || request.pictures.is_some();
    let shown = whole || material.is_some();
    let mut look_all = |image: Sight<'_, '_>, scores: &Scores| {
        let image = match image {
            Sight::Whole(image) => image,
            Sight::Small(small) => {
                material.iter_mut().for_each(|material| material.add_small(small, scores));
                return Ok(());
            }
        };
        if let Some(material) = &mut material {
            material.add(image, scores, &request.settings)?;
        }
        if let Some(folder) = &request.pictures {
            draw(&picture_of(folder, image.item), image)?;
        }
        look.as_mut().map_or(Ok(()), |look| look(image))
    };
    let looks = Looks { whole, shown, look: &mut look_all };
    let findings = collect(predictions, &reader, (request, None), observer, looks)?;
    let mut judgement = findings.judgement(request.clone(), known);
    if let Some(Collected { strips, gallery, agreement }) = material {
        let strips = strips.choose(judgement.seen(), |id| reader.look_again(predictions, id, Strip::new))?;
        judgement.material = Some(report_material(dataset, &judgement, (strips, gallery), agreement)?);
    }
    Ok(judgement)
}

/// The data set as the predictions see it: of volumes with as many slices on either side as a model takes.
fn seen(predictions: &Predictions, dataset: &Dataset, observer: &dyn Observer) -> Result<Dataset, JobError> {
    let dataset = dataset.clone().with_context(predictions.context());
    if let Some(card) = predictions.card()
        && card.slice_axis != dataset.slice_axis()
        && dataset.items().iter().any(|item| volume_of(item.id()).is_some())
    {
        let axis =
            |axis: Option<SliceAxis>| axis.map_or("the longest side".to_owned(), |axis| axis.to_string());
        observer.warning(&format!(
            "the model has learnt from slices along {} of volumes, and is judged on slices along {} (slices in dataset.toml)",
            axis(card.slice_axis),
            axis(dataset.slice_axis())
        ));
    }
    predictions.fit(&dataset)?;
    Ok(dataset)
}

/// What is known before any image is judged.
fn known(
    request: &JudgeRequest,
    predictions: &Predictions,
    dataset: &Dataset,
    selection: Selection,
) -> Result<Known, JobError> {
    let missing = predictions.missing(dataset, request.allow_missing)?;
    Ok(Known { task: predictions.task(dataset), averaged: predictions.averaged(), selection, missing })
}

/// Reads of each image what is asked for.
fn reader<'d>(
    request: &JudgeRequest,
    predictions: &Predictions,
    dataset: &'d Dataset,
    task: &Task,
) -> Result<Reader<'d>, JobError> {
    let asked = Asked {
        label_sets: request.label_sets,
        images: request.report.is_some() || request.pictures.is_some() || predictions.need_images(),
        disagreement: request.disagreement,
    };
    Reader::new(dataset, task, &request.settings, asked)
}

/// Image (where there is one), soft label, prediction and difference side by side.
fn draw(path: &Path, image: &JudgedImage<'_>) -> Result<(), JobError> {
    let mut panels: Vec<Picture> =
        image.image.map(|image| Picture::image(image).captioned("image")).into_iter().collect();
    panels.push(Picture::probabilities(image.labels.probabilities()).captioned("label"));
    panels.push(Picture::probabilities(image.shown).captioned("prediction"));
    panels.push(Picture::difference(image.labels, image.shown).captioned("difference"));
    Ok(Picture::row(&panels).write(path)?)
}

/// What is collected of the images for a report.
struct Collected {
    strips: Strips,
    gallery: Gallery,
    agreement: Agreement,
}

impl Collected {
    fn new(task: &Task, memory: StripMemory) -> Self {
        Self {
            strips: Strips::within(memory),
            gallery: Gallery::default(),
            agreement: Agreement::new(task.space()),
        }
    }

    /// An image that was made small while its rows came.
    fn add_small(&mut self, image: &Small, scores: &Scores) {
        self.gallery.add_small(&image.strip, scores);
        self.strips.keep(image.strip.clone());
        self.agreement.add_patterns(&image.patterns);
    }

    /// The raters are held against each other within the region that is judged.
    fn add(
        &mut self,
        image: &JudgedImage<'_>,
        scores: &Scores,
        settings: &JudgeSettings,
    ) -> Result<(), JobError> {
        self.strips.add(image);
        self.gallery.add(image, scores);
        let Some(region) = &settings.region else {
            return Ok(self.agreement.add(image.raters).map_err(Error::Raters)?);
        };
        let mut masks = image.raters.to_vec();
        for (_, mask) in &mut masks {
            region.keep(mask);
        }
        Ok(self.agreement.add(&masks).map_err(Error::Raters)?)
    }
}

fn report_material(
    dataset: &Dataset,
    judgement: &Judgement,
    (strips, gallery): (Vec<Strip>, Gallery),
    agreement: Agreement,
) -> Result<ReportMaterial, JobError> {
    let root = dataset.root();
    let full = root.canonicalize().unwrap_or(root.to_path_buf());
    Ok(ReportMaterial {
        name: full.file_name().unwrap_or(root.as_os_str()).to_string_lossy().into_owned(),
        fingerprint: dataset.fingerprint()?,
        raters: dataset.raters().to_vec(),
        opinions: are_opinions(dataset, judgement),
        agreement,
        strips,
        gallery: gallery.into_thumbnails(),
    })
}

/// Whether all labels are the frequency of the raters' opinions.
fn are_opinions(dataset: &Dataset, judgement: &Judgement) -> bool {
    let seen: HashSet<&str> = judgement.seen().map(|(id, _)| id).collect();
    let judged = |item: &&Item| seen.contains(item.id());
    match judgement.request.settings.target {
        Target::Mean => true,
        Target::Auto => !dataset.items().iter().filter(judged).any(Item::has_label),
        Target::Labels | Target::Staple | Target::DawidSkene => false,
    }
}
