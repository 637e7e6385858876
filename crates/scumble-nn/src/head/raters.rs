//! What raters say together, and what each of them says.

use super::classes::{ClassLoss, Classes};
use super::distribution::{Distribution, Validation};
use super::parts::Part;
use ndarray::{Array4, ArrayView4, Axis, Slice};
use scumble::labels::{Kind, LabelSpace};
use scumble::loss::LossError;

/// The head of raters as people: K logits of what they say together, as [`Head::Classes`](super::Head::Classes) has them,
/// then K of each rater in turn.
///
/// What they say together is learnt from their mean, and no rater's own output has a part in it. The logits that are read
/// are those of all, or those of [one](Self::speaking).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raters {
    count: usize,
    speaking: Option<usize>,
}

impl Raters {
    /// So many raters, who speak together.
    pub fn new(count: usize) -> Self {
        Self { count, speaking: None }
    }

    /// How many raters there are.
    pub fn count(self) -> usize {
        self.count
    }

    /// The rater whose logits are read, counted from 0; `None`: those of all together.
    pub fn speaking(self) -> Option<usize> {
        self.speaking
    }

    /// The same, of which one rater's logits are read.
    ///
    /// # Panics
    /// A rater that there is not.
    pub(crate) fn of_one(self, rater: usize) -> Self {
        assert!(rater < self.count, "rater {rater} of {}", self.count);
        Self { speaking: Some(rater), ..self }
    }
}

impl Distribution for Raters {
    fn logits(&self, classes: usize) -> usize {
        classes * (1 + self.count)
    }

    /// The raters' names are the task's.
    fn names(&self, classes: &[String]) -> Vec<String> {
        classes.to_vec()
    }

    fn prior(&self, kind: Kind, frequencies: &[f64], shift: &[f32]) -> Vec<f32> {
        Classes.prior(kind, frequencies, shift).repeat(1 + self.count)
    }

    fn class_logits(&self, logits: &Array4<f32>, classes: usize) -> Array4<f32> {
        let first = classes * self.speaking.map_or(0, |rater| 1 + rater);
        logits.slice_axis(Axis(1), Slice::from(first..first + classes)).to_owned()
    }

    fn probabilities(&self, kind: Kind, class_logits: Array4<f32>) -> Array4<f32> {
        Classes.probabilities(kind, class_logits)
    }

    fn validation(&self, space: &LabelSpace, by_raters: bool) -> Box<dyn Validation> {
        Classes.validation(space, by_raters)
    }
}

/// The parts of what all say together, which are the loss that is told, and whose gradient alone reaches these logits; and
/// those of what each says, a loss of their own, of the same weight, over all masks there are.
pub(super) fn parts(
    loss: &ClassLoss,
    raters: Raters,
    logits: ArrayView4<'_, f32>,
    targets: ArrayView4<'_, f32>,
    weights: ArrayView4<'_, f32>,
) -> Result<Vec<Part>, LossError> {
    let classes = logits.dim().1 / (1 + raters.count);
    let split = |maps| ArrayView4::split_at(maps, Axis(1), classes);
    let ((logits, own_logits), (targets, own_targets)) = (split(logits), split(targets));
    let (weights, own_weights) = split(weights);
    let mut parts = loss.parts(logits, targets, loss.weights(weights))?;
    let [logits, targets, weights] =
        [own_logits, own_targets, own_weights].map(|maps| each_alone(maps, classes));
    for part in loss.parts(logits.view(), targets.view(), loss.weights(weights.view()))? {
        let gradient =
            part.gradient.into_shape_with_order(own_logits.raw_dim()).expect("as many as there were");
        parts.push(Part { gradient, first: classes, told: false, ..part });
    }
    Ok(parts)
}

/// Maps [N, R K, H, W] as [N R, K, H, W]: to the loss each rater is an image of its own.
fn each_alone(maps: ArrayView4<'_, f32>, classes: usize) -> Array4<f32> {
    let (n, all, h, w) = maps.dim();
    let maps = maps.as_standard_layout().into_owned();
    maps.into_shape_with_order((n * all / classes, classes, h, w)).expect("raters of as many classes")
}
