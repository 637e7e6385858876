use super::samples::{Material, labels, path};
use super::{Observer, TrainError};
use crate::predict::{DEFAULT_TILE, Reading, read_image};
use crate::{Config, Executor};
use ndarray::Array3;
use scumble::{Judge, Kind, Resolution, Scores, SoftLabels, state_marginals};
use scumble_data::Dataset;

/// Judges the averaged weights on the validation images, whole, one after the other; `None` without any.
///
/// The cross entropy of a joint family is that of the label sets, all else that of their marginals.
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
    let new = |kind, classes: &[String]| Judge::new(kind, classes, Resolution::FLOAT, by_raters);
    let mut judge = new(task.kind, &task.classes);
    let mut sets = task.joint.map(|family| new(Kind::Multiclass, &vec![String::new(); 1 << family.labels()]));
    for (done, &at) in items.iter().enumerate() {
        observer.validated(done, items.len());
        let item = &dataset.items()[at];
        let path = || path(dataset, item);
        let image = dataset.image(item)?;
        let labels = labels(dataset, item, config, task, &material.split, true)?;
        let reading = if sets.is_some() { Reading::Sets(task) } else { Reading::Classes(task) };
        let prediction = read_image(executor, reading, &material.normalisation, &image, DEFAULT_TILE)
            .map_err(|source| TrainError::Predict { path: path(), source })?;
        let wrong = |source| TrainError::Judge { path: path(), source };
        if let Some(sets) = &mut sets {
            sets.add(&labels, prediction.view(), &[]).map_err(wrong)?;
            let labels = marginal_labels(&labels, by_raters)?;
            judge.add(&labels, marginals(&prediction)?.view(), &[]).map_err(wrong)?;
        } else {
            judge.add(&labels, prediction.view(), &[]).map_err(wrong)?;
        }
    }
    observer.validated(items.len(), items.len());
    let mut scores = judge.scores();
    if let Some(sets) = sets {
        scores.cross_entropy = sets.scores().cross_entropy;
    }
    Ok(Some(scores))
}

/// [2^K, H, W] to [K, H, W], within 0 to 1 whatever the rounding.
fn marginals(sets: &Array3<f32>) -> Result<Array3<f32>, TrainError> {
    Ok(state_marginals(sets.view(), 0)?.mapv_into(|q| q.clamp(0.0, 1.0)))
}

fn marginal_labels(sets: &SoftLabels, by_raters: bool) -> Result<SoftLabels, TrainError> {
    let shares = marginals(&sets.probabilities().to_owned())?;
    let mut labels = SoftLabels::new(Kind::Multilabel, shares)?;
    let weights = sets.effective_weights(by_raters);
    labels.weigh(weights.index_axis(ndarray::Axis(0), 0))?;
    labels.ignore(weights.index_axis(ndarray::Axis(0), 0).mapv(|w| w == 0.0).view())?;
    Ok(labels)
}
