use crate::{Likelihood, Task};
use ndarray::{Array4, ArrayView4, Axis};
use scumble::joint::{JointError, JointFamily, JointTargets, joint_cross_entropy_gradient};
use scumble::labels::Kind;
use scumble::loss::{
    Balance, ClassMass, Classes, Denominator, Loss, LossError, LossKind, LossOptions, LossTerm,
    beta_binomial_loss_gradient, loss_sum_gradient,
};
use thiserror::Error;

/// Arrays that an [`Objective`] cannot be taken of.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ObjectiveError {
    /// As a loss of classes says.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// As a loss of label sets says.
    #[error(transparent)]
    Joint(#[from] JointError),
}

/// What a training minimises: a weighted sum of losses with class weights.
///
/// Unless told otherwise it is the softmax cross entropy over exclusive classes, else the sigmoid cross
/// entropy. Over the label sets of a joint family it is always their cross entropy, and with the
/// beta-binomial likelihood always that.
///
/// ```
/// use ndarray::array;
/// use scumble::labels::Kind;
/// use scumble_nn::{Objective, Task};
///
/// let task = Task::new(Kind::Binary, vec!["vessel".into()]);
/// let (logits, targets) = (array![[[[0.0f32]]]], array![[[[0.7f32]]]]);
/// let weights = array![[[[3.0f32]]]]; // three raters
/// let (loss, gradient) = Objective::new(&task).gradient(logits.view(), targets.view(), weights.view())?;
/// assert!((loss.value - 2f64.ln()).abs() < 1e-6);
/// assert!((gradient[[0, 0, 0, 0]] + 0.2).abs() < 1e-6);
/// # Ok::<(), scumble_nn::ObjectiveError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Objective {
    classes: Classes,
    joint: Option<JointFamily>,
    likelihood: Likelihood,
    terms: Vec<LossTerm>,
    class_weights: Vec<f32>,
    balance: Vec<Balance>,
}

impl Objective {
    /// The cross entropy of a task's labels.
    pub fn new(task: &Task) -> Self {
        let (classes, kind) = match task.kind {
            Kind::Multiclass => (Classes::Exclusive, LossKind::Softmax),
            Kind::Binary | Kind::Multilabel => (Classes::Independent, LossKind::Sigmoid),
        };
        let (terms, joint, likelihood) = (vec![kind.into()], task.joint, task.likelihood);
        Self { classes, joint, likelihood, terms, class_weights: Vec::new(), balance: Vec::new() }
    }

    /// Other losses, each with its weight; none: the cross entropy.
    pub fn with_terms(mut self, terms: &[LossTerm]) -> Self {
        if !terms.is_empty() {
            self.terms = terms.to_vec();
        }
        self
    }

    /// A factor for each class; empty: all 1.
    pub fn with_class_weights(mut self, weights: &[f64]) -> Self {
        self.class_weights = weights.iter().map(|w| *w as f32).collect();
        self
    }

    /// Weights that give the classes, or both sides of each independent class, the same mass.
    pub fn balanced(mut self, mass: &ClassMass) -> Self {
        match self.classes {
            // A class that is always or never there would weigh nothing, and learn nothing.
            Classes::Independent => {
                let two_sided = |b: Balance| b.positive > 0.0 && b.negative > 0.0;
                let balances = mass.balance().into_iter();
                self.balance = balances.map(|b| if two_sided(b) { b } else { Balance::EVEN }).collect();
            }
            Classes::Exclusive => {
                let own = std::mem::take(&mut self.class_weights);
                let weights = mass.class_weights().into_iter().enumerate();
                let weights = weights.map(|(k, w)| w as f32 * own.get(k).copied().unwrap_or(1.0));
                self.class_weights = weights.collect();
            }
        }
        self
    }

    /// True if nothing but cross entropy is minimised: its best prediction is known.
    pub fn is_cross_entropy(&self) -> bool {
        self.terms.iter().all(|term| matches!(term.kind, LossKind::Sigmoid | LossKind::Softmax))
    }

    /// How far the weights move the best logits away from those of the label itself, one a class; empty: not at all.
    ///
    /// A weight on one side of a binary label moves its logit by the logarithm of the ratio; a weight w_k of
    /// an exclusive class makes the best prediction q_k proportional to w_k p_k. Only cross entropy moves by
    /// a constant.
    pub fn shift(&self) -> Vec<f32> {
        let shift: Vec<f32> = match self.classes {
            _ if !self.is_cross_entropy() || self.joint.is_some() => Vec::new(),
            Classes::Independent => self.balance.iter().map(|balance| balance.shift() as f32).collect(),
            Classes::Exclusive => self.class_weights.iter().map(|w| w.ln()).collect(),
        };
        // A side or class that weighs nothing cannot be brought back.
        shift.into_iter().map(|s| if s.is_finite() { s } else { 0.0 }).collect()
    }

    /// The loss with its gradient. Logits and targets are [N, K, H, W] (with a joint family [N, P, H, W] and
    /// [N, 2^K, H, W]), weights [N, 1 or K, H, W] with 0 for ignored pixels. The sum is divided by the sum of the
    /// weights: the cross entropy is then the mean negative log likelihood of one opinion.
    ///
    /// The beta-binomial likelihood takes logits [N, 2 K, H, W], counts in place of targets, [N, 2 K, H, W],
    /// k then n of each class, and weights [N, 1 or 2 K, H, W] that n is not part of. The sum is divided by
    /// that of weights times n, and so is of one opinion, too.
    ///
    /// # Errors
    /// Arrays that do not fit each other.
    pub fn gradient(
        &self,
        logits: ArrayView4<'_, f32>,
        targets: ArrayView4<'_, f32>,
        weights: ArrayView4<'_, f32>,
    ) -> Result<(Loss, Array4<f32>), ObjectiveError> {
        let mask = weights.mapv(|w| w > 0.0);
        // Labels were checked when they were made; interpolation keeps them probabilities.
        let options = LossOptions::default();
        if self.likelihood == Likelihood::BetaBinomial {
            // Weights come once for k and once for n.
            let half = |maps| ArrayView4::split_at(maps, Axis(1), maps.dim().1 / 2);
            let weights = if weights.dim().1 == 1 { weights } else { half(weights).0 };
            let (yes, total) = half(targets);
            let options = options.weights(weights).denominator(Denominator::Weights).unchecked();
            return Ok(beta_binomial_loss_gradient(logits, yes, total, &options)?);
        }
        if let Some(family) = &self.joint {
            let options =
                options.mask(mask.view()).weights(weights).denominator(Denominator::Weights).unchecked();
            let targets = JointTargets::Distribution(targets);
            return Ok(joint_cross_entropy_gradient(family, logits, targets, &options)?);
        }
        let options = options
            .classes(self.classes)
            .mask(mask.view())
            .weights(weights)
            .class_weights(&self.class_weights)
            .balance(&self.balance)
            .denominator(Denominator::Weights)
            .unchecked();
        Ok(loss_sum_gradient(&self.terms, logits, targets, &options)?)
    }
}
