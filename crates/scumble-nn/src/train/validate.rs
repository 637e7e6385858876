//! Judges the averaged weights on the validation images.

use super::TrainError;
use super::training_data::TrainingData;
use crate::Observer;
use crate::executor::Executor;
use crate::predict::{DEFAULT_TILE, PredictError, predict_image};
use scumble::score::Scores;
use scumble_data::{Dataset, check_finite, counted};

/// How a validation ended.
pub(super) enum Validated {
    /// With these scores; `None` without validation images.
    By(Option<Box<Scores>>),
    /// It was told to stop.
    Stopped,
    /// The network predicts what is no number.
    NotFinite,
}

/// Judges the averaged weights on the validation images, whole, one after the other.
pub(super) fn validate(
    executor: &mut dyn Executor,
    dataset: &Dataset,
    data: &TrainingData<'_>,
    observer: &dyn Observer,
) -> Result<Validated, TrainError> {
    let items = &data.split.validation;
    if items.is_empty() {
        return Ok(Validated::By(None));
    }
    let (task, supervision) = (&data.task, &data.supervision);
    let mut validation = task.head().distribution().validation(task.space(), supervision.by_raters());
    for (done, &at) in items.iter().enumerate() {
        observer.progress("validating", done as u64, items.len() as u64);
        if observer.stopped() {
            return Ok(Validated::Stopped);
        }
        let item = &dataset.items()[at];
        let image = dataset.image(item)?;
        let labels = supervision.judged(item)?;
        let wrong = |source: PredictError| TrainError::Predict { path: supervision.path(item), source };
        check_finite(&image, Some(counted(&labels).view())).map_err(|error| wrong(error.into()))?;
        let reading = validation.reading();
        let maps = predict_image(executor, task, reading, &data.normalisation, &image, DEFAULT_TILE)
            .map_err(wrong)?;
        if !maps.iter().all(|value| value.is_finite()) {
            let window = data.normalisation.normalise(&image).map_err(|error| wrong(error.into()))?;
            return match window.iter().all(|value| value.is_finite()) {
                true => Ok(Validated::NotFinite),
                false => Err(TrainError::Scale { path: supervision.path(item) }),
            };
        }
        validation.add(&labels, maps).map_err(|error| supervision.wrong(item, error))?;
    }
    observer.progress("validating", items.len() as u64, items.len() as u64);
    Ok(Validated::By(Some(Box::new(validation.scores()))))
}
