use super::samples::{Material, labels, path};
use super::{Observer, TrainError};
use crate::predict::{DEFAULT_TILE, predict_image};
use crate::{Config, Executor};
use scumble::{Judge, Resolution, Scores};
use scumble_data::Dataset;

/// Judges the averaged weights on the validation images, whole, one after the other; `None` without any.
pub(super) fn validate(
    executor: &mut dyn Executor,
    dataset: &Dataset,
    config: &Config,
    material: &Material<'_>,
    observer: &mut dyn Observer,
) -> Result<Option<Scores>, TrainError> {
    let items = &material.split.validation;
    if items.is_empty() {
        return Ok(None);
    }
    let task = &material.task;
    let by_raters = config.train.weighting.by_raters();
    let mut judge = Judge::new(task.kind, &task.classes, Resolution::FLOAT, by_raters);
    for (done, &at) in items.iter().enumerate() {
        observer.validated(done, items.len());
        let item = &dataset.items()[at];
        let path = || path(dataset, item);
        let image = dataset.image(item)?;
        let labels = labels(dataset, item, config, task, &material.split, true)?;
        let prediction = predict_image(executor, task, &material.normalisation, &image, DEFAULT_TILE)
            .map_err(|source| TrainError::Predict { path: path(), source })?;
        judge
            .add(&labels, prediction.view(), &[])
            .map_err(|source| TrainError::Judge { path: path(), source })?;
    }
    observer.validated(items.len(), items.len());
    Ok(Some(judge.scores()))
}
