//! Judges the averaged weights on the validation images.

use super::TrainError;
use super::training_data::TrainingData;
use crate::Observer;
use crate::executor::Executor;
use crate::predict::{DEFAULT_TILE, PredictError, predict_image};
use scumble::score::Scores;
use scumble_data::{Dataset, check_finite, counted};

/// Judges the averaged weights on the validation images, whole, one after the other; `None` without any.
pub(super) fn validate(
    executor: &mut dyn Executor,
    dataset: &Dataset,
    data: &TrainingData<'_>,
    observer: &dyn Observer,
) -> Result<Option<Scores>, TrainError> {
    let items = &data.split.validation;
    if items.is_empty() {
        return Ok(None);
    }
    let (task, supervision) = (&data.task, &data.supervision);
    let mut validation = task.head().distribution().validation(task.space(), supervision.by_raters());
    for (done, &at) in items.iter().enumerate() {
        observer.progress("validating", done as u64, items.len() as u64);
        let item = &dataset.items()[at];
        let image = dataset.image(item)?;
        let labels = supervision.judged(item)?;
        let wrong = |source: PredictError| TrainError::Predict { path: supervision.path(item), source };
        check_finite(&image, Some(counted(&labels).view())).map_err(|error| wrong(error.into()))?;
        let reading = validation.reading();
        let maps = predict_image(executor, task, reading, &data.normalisation, &image, DEFAULT_TILE)
            .map_err(wrong)?;
        validation.add(&labels, maps).map_err(|error| supervision.wrong(item, error))?;
    }
    observer.progress("validating", items.len() as u64, items.len() as u64);
    Ok(Some(validation.scores()))
}
