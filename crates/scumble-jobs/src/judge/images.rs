//! Image by image: what is known of it is read once, predicted once, judged, and shown to whoever looks on.

use super::by_rows::{Small, judge_by_rows};
use super::error::Error;
use super::pooled::{PooledImages, PooledScores};
use super::reader::{JudgedImage, Reader};
use super::request::{JudgeRequest, JudgeSettings};
use super::volume::JudgedVolume;
use crate::predictions::Predictions;
use crate::unusual::Unusual;
use crate::{JobError, Observer, Steps};
use scumble::joint::set_space;
use scumble::labels::NO_RATERS;
use scumble::score::{Judge, JudgeOptions, ScoreError, Scores};
use scumble_data::{Item, Prediction};
use scumble_nn::Task;
use std::fmt::Display;

/// Scores per image and over all, and what was left out.
pub(crate) struct ImageScores {
    pub(crate) task: Task,
    pub(crate) pooled: PooledScores,
    /// Scores of each slice of the volumes among the images.
    pub(crate) slices: Vec<(String, Scores)>,
    /// Names of the images without a prediction.
    pub(crate) missing: Vec<String>,
    /// Names of the images far outside of what the model was trained on.
    pub(crate) unlike: Vec<String>,
    /// Of the label sets, if asked for.
    pub(crate) sets: Option<Scores>,
}

/// An image that has been judged, as it is shown.
pub(super) enum Sight<'a, 'i> {
    /// In memory.
    Whole(&'a JudgedImage<'i>),
    /// Made small while its rows came.
    Small(&'a Small),
}

/// How the images are looked at.
pub(super) struct Looks<'l> {
    /// Whether anything is to be seen that no small image shows.
    pub(super) whole: bool,
    /// Whether anything is to be seen at all.
    pub(super) shown: bool,
    /// Looks at an image with its scores.
    pub(super) look: &'l mut dyn FnMut(Sight<'_, '_>, &Scores) -> Result<(), JobError>,
}

/// Judges every image of the data set that has a prediction, and shows each with its scores; slices of a volume are judged
/// together, too. A large image is judged by rows, unless it must be seen whole.
pub(crate) fn judge_images(
    predictions: &mut Predictions,
    reader: &Reader<'_>,
    request: &JudgeRequest,
    observer: &dyn Observer,
    looks: Looks<'_>,
) -> Result<ImageScores, JobError> {
    let (dataset, settings) = (reader.dataset, &request.settings);
    let missing = predictions.missing(dataset, request.allow_missing)?;
    let task = predictions.task(dataset);
    let scoring = settings.scoring(predictions.resolution());
    let scoring = JudgeOptions { uncertainty: request.uncertainty, ..scoring };
    let mut pooled = PooledImages::new(task.space(), scoring);
    let empty = pooled.judge();
    let mut sets = reader.sets().then(|| set_judge(&task, settings));
    let mut unusual = Unusual::default();
    let steps = Steps::new(observer, "judging", dataset.items().len() as u64);
    let (mut volume, mut slices): (Option<JudgedVolume<'_>>, _) = (None, Vec::new());
    for item in dataset.items() {
        steps.go_on()?;
        if !predictions.have(item) {
            steps.step();
            continue;
        }
        if let Some(whole) = volume.take_if(|volume| !volume.has(item)) {
            whole.finish(&mut pooled);
        }
        volume = volume.or_else(|| JudgedVolume::begin(item, &empty));
        let mut seen = unusual.clone();
        // What fails by rows is said, or done, by the image as a whole.
        let by_rows = match looks.whole || volume.is_some() {
            true => None,
            false => judge_by_rows(predictions, reader, item, &empty, &mut seen, looks.shown).ok().flatten(),
        };
        let judge = match by_rows {
            Some((judge, small)) => {
                unusual = seen;
                small.map_or(Ok(()), |small| (looks.look)(Sight::Small(&small), &judge.scores()))?;
                judge
            }
            None => {
                let mut whole =
                    Whole { predictions, reader, empty: &empty, unusual: &mut unusual, sets: &mut sets };
                whole.judge(item, volume.as_mut(), looks.look)?
            }
        };
        match volume {
            Some(_) => slices.push((item.id().to_owned(), judge.scores())),
            None => pooled.add_item(item.id(), item, None, &judge),
        }
        steps.step();
    }
    if let Some(whole) = volume {
        whole.finish(&mut pooled);
    }
    unusual.tell("nothing is judged there", observer);
    Ok(ImageScores {
        unlike: unusual.unlike,
        pooled: pooled.finish(),
        slices,
        sets: sets.map(|sets| sets.scores()),
        task,
        missing,
    })
}

/// Judges images that are in memory as a whole.
struct Whole<'w, 'd> {
    predictions: &'w mut Predictions,
    reader: &'w Reader<'d>,
    empty: &'w Judge,
    unusual: &'w mut Unusual,
    sets: &'w mut Option<Judge>,
}

impl Whole<'_, '_> {
    fn judge(
        &mut self,
        item: &Item,
        volume: Option<&mut JudgedVolume<'_>>,
        look: &mut dyn FnMut(Sight<'_, '_>, &Scores) -> Result<(), JobError>,
    ) -> Result<Judge, JobError> {
        let (reader, dataset) = (self.reader, self.reader.dataset);
        let mut known = reader.read(item)?;
        if let (Some(card), Some(image)) = (self.predictions.card(), &known.image) {
            let empty = self.unusual.look(card, item.id(), image);
            known.leave_out(item, empty)?;
        }
        let (image, labels) = (known.image.as_ref(), Some(&known.labels));
        let predicted = self.predictions.predict(dataset, item, image, reader.more(), labels)?;
        let mut judge = self.empty.clone();
        if let Some(resolution) = predicted.resolution() {
            judge = judge.known_to(resolution);
        }
        let added = match &predicted.classes {
            Prediction::F32(maps) => judge.add(&known.labels, maps.view(), &known.raters),
            Prediction::F64(maps) => judge.add(&known.labels, maps.view(), &known.raters),
        };
        let wrong = |error| named(error, format_args!("image {} of {}", item.id(), dataset.root().display()));
        added.map_err(wrong)?;
        if let Some(volume) = volume {
            let slice = (&known.labels, &predicted.classes, &known.raters[..]);
            volume.add(slice, predicted.resolution()).map_err(wrong)?;
        }
        known
            .show(item, &predicted, dataset.context(), |image| look(Sight::Whole(image), &judge.scores()))?;
        if let (Some(judge), Some(labels), Some(prediction)) =
            (self.sets.as_mut(), &known.set_labels, predicted.sets)
        {
            let path = item.image().unwrap_or(dataset.root());
            judge.add(labels, prediction.view(), NO_RATERS).map_err(|error| named(error, path.display()))?;
        }
        Ok(judge)
    }
}

fn named(error: ScoreError, what: impl Display) -> JobError {
    JobError::from(Error::Score(error)).of(what)
}

/// Label sets are exclusive classes of their own, 2^K of them.
fn set_judge(task: &Task, settings: &JudgeSettings) -> Judge {
    let sets = set_space(task.outputs()).expect("sets were asked of labels that have them");
    Judge::new(&sets, JudgeOptions { by_raters: settings.by_raters, ..JudgeOptions::training() })
}
