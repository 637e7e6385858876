//! Everything that is asked for of the images, found image by image.

use super::disagreement::Disagreement;
use super::diversity::{Diversity, Masks};
use super::error::Error;
use super::findings::Findings;
use super::images::{Looks, Sight, judge_images};
use super::objects::Objects;
use super::reader::Reader;
use super::request::JudgeRequest;
use super::surface::Surfaces;
use crate::part::Part;
use crate::predictions::Predictions;
use crate::{JobError, Observer};
use scumble::score::Scores;
use scumble_nn::Task;

/// What is looked for beside the scores of the pixels.
pub(super) struct Beside {
    pub(super) surfaces: Option<Surfaces>,
    pub(super) objects: Option<Objects>,
    pub(super) diversity: Option<Diversity>,
}

impl Beside {
    /// Nothing looked at yet.
    ///
    /// # Errors
    /// Masks that are drawn of samples.
    pub(super) fn new(request: &JudgeRequest, task: &Task) -> Result<Self, Error> {
        let (classes, threshold) = (|| task.classes().to_vec(), request.settings.threshold);
        let masks = match (request.samples, request.diversity) {
            (true, Some(drawn)) => return Err(Error::drawn_of_samples(drawn.get())),
            (true, None) => Some(Masks::Given),
            (false, drawn) => drawn.map(|drawn| Masks::Drawn(drawn.get())),
        };
        Ok(Self {
            surfaces: request.surface.map(|spacing| Surfaces::new(classes(), spacing, threshold)),
            objects: request.objects.map(|iou| Objects::new(classes(), iou, threshold)),
            diversity: masks.map(|masks| Diversity::new(task.space().clone(), masks)),
        })
    }
}

/// Judges the images of a part, or all; each is shown to whoever looks on, too.
pub(super) fn collect(
    predictions: &mut Predictions,
    reader: &Reader<'_>,
    (request, part): (&JudgeRequest, Option<&Part>),
    observer: &dyn Observer,
    looks: Looks<'_>,
) -> Result<Findings, JobError> {
    let task = predictions.task(reader.dataset);
    let Beside { mut surfaces, mut objects, mut diversity } = Beside::new(request, &task)?;
    let models = request.disagreement.then(|| predictions.several()).transpose()?;
    let mut disagreement = models.map(|models| Disagreement::new(models, request.settings.by_raters));
    let whole = [surfaces.is_some(), objects.is_some(), diversity.is_some(), disagreement.is_some()];
    let whole = looks.whole || whole.contains(&true);
    let mut look_all = |sight: Sight<'_, '_>, scores: &Scores| {
        if let Sight::Whole(image) = sight {
            surfaces.as_mut().map_or(Ok(()), |surfaces| surfaces.add(image))?;
            objects.as_mut().map_or(Ok(()), |objects| objects.add(image))?;
            diversity.as_mut().map_or(Ok(()), |diversity| diversity.add(image))?;
            disagreement.iter_mut().for_each(|disagreement| disagreement.add(image));
        }
        (looks.look)(sight, scores)
    };
    let looks = Looks { whole, shown: looks.shown || whole, look: &mut look_all };
    let images = judge_images(predictions, reader, (request, part), observer, looks)?;
    Ok(Findings { images, surface: surfaces.map(Surfaces::into_rows), objects, diversity, disagreement })
}
