//! Image by image: what is known of it is read once, predicted once, judged, and shown to whoever looks on.

use super::by_rows::{Small, judge_by_rows};
use super::error::Error;
use super::pooled::{PooledImages, PooledScores};
use super::reader::{JudgedImage, Reader};
use super::request::{JudgeRequest, JudgeSettings};
use super::volume::{JudgedVolume, volume_of};
use crate::part::Part;
use crate::predictions::Predictions;
use crate::unusual::Unusual;
use crate::{JobError, Observer, Steps};
use scumble::joint::set_space;
use scumble::labels::{LabelSpace, NO_RATERS};
use scumble::score::{FineSums, ImageSums, Judge, JudgeOptions, ScoreError, Scores, Together};
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

/// What was found of the images that were judged, before their sums are added up.
pub(super) struct JudgedImages {
    /// In the data set's order; a volume is one of them.
    pub(super) pooled: PooledImages,
    /// The place of each of them among the items, that of a volume being its first slice's.
    pub(super) places: Vec<usize>,
    /// How many items were judged.
    pub(super) items: usize,
    /// Of each slice of the volumes among the images.
    pub(super) slices: Vec<(String, ImageSums)>,
    /// Names of the images far outside of what the model was trained on.
    pub(super) unlike: Vec<String>,
    /// Of the label sets of each item, if asked for.
    pub(super) sets: Option<Vec<(String, ImageSums)>>,
}

impl JudgedImages {
    /// All of them together.
    pub(super) fn finish(self, task: Task, settings: &JudgeSettings, missing: Vec<String>) -> ImageScores {
        let sets = self.sets.map(|images| {
            let (space, options) = set_judging(&task, settings);
            let mut all = Together::new(&space, options, &FineSums::new(&space, options));
            images.iter().for_each(|(_, image)| all.add(image));
            all.scores()
        });
        let slices = self.slices.into_iter().map(|(slice, sums)| (slice, sums.scores())).collect();
        ImageScores { task, pooled: self.pooled.finish(), slices, missing, unlike: self.unlike, sets }
    }
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

/// Judges every image of the data set, or of a part of it, that has a prediction, and shows each with its scores; slices of a
/// volume are judged together, too. A large image is judged by rows, unless it must be seen whole.
pub(crate) fn judge_images(
    predictions: &mut Predictions,
    reader: &Reader<'_>,
    (request, part): (&JudgeRequest, Option<&Part>),
    observer: &dyn Observer,
    looks: Looks<'_>,
) -> Result<JudgedImages, JobError> {
    let (dataset, settings) = (reader.dataset, &request.settings);
    let task = predictions.task(dataset);
    let scoring = request.scoring(predictions.resolution());
    let mut pooled = PooledImages::new(task.space(), scoring);
    let empty = pooled.judge();
    let (set_space, set_options) = set_judging(&task, settings);
    let set_judge = reader.sets().then(|| Judge::new(&set_space, set_options));
    let mut sets = set_judge.as_ref().map(|_| Vec::new());
    let mut unusual = Unusual::default();
    let mine = |item: &Item| part.is_none_or(|part| part.has(volume_of(item.id()).unwrap_or(item.id())));
    let items = || dataset.items().iter().enumerate().filter(|(_, item)| mine(item));
    let steps = Steps::new(observer, "judging", items().count() as u64);
    let (mut volume, mut slices): (Option<JudgedVolume<'_>>, _) = (None, Vec::new());
    let (mut places, mut judged) = (Vec::new(), 0);
    for (place, item) in items() {
        steps.go_on()?;
        if !predictions.have(item) {
            steps.step();
            continue;
        }
        if let Some(whole) = volume.take_if(|volume| !volume.has(item)) {
            places.push(whole.finish(&mut pooled));
        }
        volume = volume.or_else(|| JudgedVolume::begin((place, item), &empty));
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
                let mut set_judge = set_judge.clone();
                let judges = (&empty, set_judge.as_mut());
                let mut whole = Whole { predictions, reader, judges, unusual: &mut unusual };
                let judge = whole.judge(item, volume.as_mut(), looks.look)?;
                if let (Some(sets), Some(judge)) = (&mut sets, &set_judge) {
                    sets.push((item.id().to_owned(), judge.sums()));
                }
                judge
            }
        };
        judged += 1;
        match volume {
            Some(_) => slices.push((item.id().to_owned(), judge.sums())),
            None => {
                places.push(place);
                pooled.add_item(item.id(), item, None, &judge);
            }
        }
        steps.step();
    }
    if let Some(whole) = volume {
        places.push(whole.finish(&mut pooled));
    }
    unusual.tell("nothing is judged there", observer);
    Ok(JudgedImages { pooled, places, items: judged, slices, unlike: unusual.unlike, sets })
}

/// Judges images that are in memory as a whole.
struct Whole<'w, 'd> {
    predictions: &'w mut Predictions,
    reader: &'w Reader<'d>,
    /// An empty one, and one of the image's label sets, if asked for.
    judges: (&'w Judge, Option<&'w mut Judge>),
    unusual: &'w mut Unusual,
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
        let mut judge = self.judges.0.clone();
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
            (self.judges.1.as_deref_mut(), &known.set_labels, predicted.sets)
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

/// Label sets are exclusive classes of their own, 2^K of them; of labels that have none, whatever.
pub(super) fn set_judging(task: &Task, settings: &JudgeSettings) -> (LabelSpace, JudgeOptions) {
    let sets = set_space(task.outputs()).unwrap_or_else(|_| task.space().clone());
    (sets, JudgeOptions { by_raters: settings.by_raters, ..JudgeOptions::training() })
}
