use super::samples::Material;
use super::{Observer, TrainError};
use crate::predict::{DEFAULT_TILE, Reading, read_image};
use crate::{Executor, Likelihood};
use ndarray::{Array3, Axis};
use scumble::joint::state_marginals;
use scumble::labels::{Kind, SoftLabels};
use scumble::loss::Loss;
use scumble::score::{CrossEntropyScore, Judge, Resolution, Scores};
use scumble_data::Dataset;

/// Judges the averaged weights on the validation images, whole, one after the other; `None` without any.
///
/// The cross entropy of a joint family is that of the label sets, all else that of their marginals. With the
/// beta-binomial likelihood it is minus the logarithm of that, for one opinion: what training minimises
/// chooses the best epoch, and the floor is the same.
pub(super) fn validate(
    executor: &mut dyn Executor,
    dataset: &Dataset,
    material: &Material<'_>,
    observer: &dyn Observer,
) -> Result<Option<Scores>, TrainError> {
    let items = &material.split.validation;
    if items.is_empty() {
        return Ok(None);
    }
    let (task, source) = (&material.task, &material.source);
    let by_raters = source.by_raters();
    let new = |kind, classes: &[String]| Judge::new(kind, classes, Resolution::FLOAT, by_raters);
    let mut judge = new(task.kind, &task.classes);
    let mut sets = task.joint.map(|family| new(Kind::Multiclass, &vec![String::new(); 1 << family.labels()]));
    let mut counted = Counted::default();
    let reading = match (task.likelihood, task.joint) {
        (Likelihood::BetaBinomial, _) => Reading::Logits(task),
        (_, Some(_)) => Reading::Sets(task),
        _ => Reading::Classes(task),
    };
    for (done, &at) in items.iter().enumerate() {
        observer.progress("validating", done as u64, items.len() as u64);
        let item = &dataset.items()[at];
        let path = || source.path(item);
        let image = dataset.image(item)?;
        let labels = source.judged(item)?;
        let prediction = read_image(executor, reading, &material.normalisation, &image, DEFAULT_TILE)
            .map_err(|source| TrainError::Predict { path: path(), source })?;
        let wrong = |source| TrainError::Judge { path: path(), source };
        if let Reading::Logits(_) = reading {
            let (counts, weights) = source.counts(item, &labels)?;
            let [logits, counts, weights] =
                [prediction, counts, weights].map(|maps| maps.insert_axis(Axis(0)));
            let loss = material.objective.gradient(logits.view(), counts.view(), weights.view());
            counted.add(&loss.expect("counts and network have one shape").0);
            let means = task.probabilities(logits).remove_axis(Axis(0));
            judge.add(&labels, means.view(), &[]).map_err(wrong)?;
        } else if let Some(sets) = &mut sets {
            sets.add(&labels, prediction.view(), &[]).map_err(wrong)?;
            let labels = marginal_labels(&labels, by_raters)?;
            judge.add(&labels, marginals(&prediction)?.view(), &[]).map_err(wrong)?;
        } else {
            judge.add(&labels, prediction.view(), &[]).map_err(wrong)?;
        }
    }
    observer.progress("validating", items.len() as u64, items.len() as u64);
    let mut scores = judge.scores();
    if let Some(sets) = sets {
        scores.cross_entropy = sets.scores().cross_entropy;
    }
    if let Reading::Logits(_) = reading {
        scores.cross_entropy = counted.mean();
    }
    Ok(Some(scores))
}

/// Sums of a likelihood over images.
#[derive(Default)]
struct Counted {
    value: f64,
    floor: f64,
    opinions: f64,
}

impl Counted {
    fn add(&mut self, loss: &Loss) {
        self.value += loss.value * loss.divisor;
        self.floor += loss.floor * loss.divisor;
        self.opinions += loss.divisor;
    }

    fn mean(&self) -> Option<CrossEntropyScore> {
        let (value, floor) = (self.value / self.opinions, self.floor / self.opinions);
        (self.opinions > 0.0).then_some(CrossEntropyScore { value, floor, excess: value - floor })
    }
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
