//! A logit a class: softmax over exclusive classes, else a sigmoid each.

use super::Reading;
use super::distribution::{Distribution, TargetError, Validation, judge, log_odds, log_share, sigmoid};
use super::parts::Part;
use ndarray::{Array4, ArrayView3, ArrayView4, Axis};
use scumble::labels::{Kind, LabelSpace, NO_RATERS, SoftLabels};
use scumble::loss::{
    Balance, ClassMass, Denominator, Extent, LossError, LossKind, LossOptions, LossTerm, loss_sum_gradient,
};
use scumble::score::{Judge, Scores};

/// The head of classes.
pub(super) struct Classes;

impl Distribution for Classes {
    fn logits(&self, classes: usize) -> usize {
        classes
    }

    fn names(&self, classes: &[String]) -> Vec<String> {
        classes.to_vec()
    }

    fn prior(&self, kind: Kind, frequencies: &[f64], shift: &[f32]) -> Vec<f32> {
        let logit = if kind == Kind::Multiclass { log_share } else { log_odds };
        let moved = |k: usize| shift.get(k).copied().unwrap_or(0.0);
        frequencies.iter().enumerate().map(|(k, p)| logit(*p) + moved(k)).collect()
    }

    fn probabilities(&self, kind: Kind, mut logits: Array4<f32>) -> Array4<f32> {
        match kind {
            Kind::Binary | Kind::Multilabel => logits.mapv_inplace(sigmoid),
            Kind::Multiclass => {
                for mut pixel in logits.lanes_mut(Axis(1)) {
                    let largest = pixel.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                    pixel.mapv_inplace(|x| (x - largest).exp());
                    let sum: f32 = pixel.sum();
                    pixel.mapv_inplace(|e| e / sum);
                }
            }
        }
        logits
    }

    fn validation(&self, space: &LabelSpace, by_raters: bool) -> Box<dyn Validation> {
        Box::new(ClassValidation(judge(space, by_raters)))
    }
}

struct ClassValidation(Judge);

impl Validation for ClassValidation {
    fn reading(&self) -> Reading {
        Reading::Classes
    }

    fn add_rows(&mut self, labels: &SoftLabels, maps: ArrayView3<'_, f32>) -> Result<(), TargetError> {
        Ok(self.0.add_rows(labels, maps, NO_RATERS)?)
    }

    fn end_image(&mut self) {
        self.0.end_image();
    }

    fn scores(&self) -> Scores {
        self.0.scores()
    }

    fn of_classes(&self) -> &Judge {
        &self.0
    }
}

/// A weighted sum of losses with class weights: the softmax cross entropy over exclusive classes, else the sigmoid
/// cross entropy, unless told otherwise.
#[derive(Debug, Clone)]
pub struct ClassLoss {
    classes: scumble::loss::Classes,
    terms: Vec<LossTerm>,
    class_weights: Vec<f32>,
    balance: Vec<Balance>,
}

impl ClassLoss {
    /// The cross entropy.
    pub fn new(kind: Kind) -> Self {
        let (classes, loss) = match kind {
            Kind::Multiclass => (scumble::loss::Classes::Exclusive, LossKind::Softmax),
            Kind::Binary | Kind::Multilabel => (scumble::loss::Classes::Independent, LossKind::Sigmoid),
        };
        Self { classes, terms: vec![loss.into()], class_weights: Vec::new(), balance: Vec::new() }
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
            scumble::loss::Classes::Independent => {
                let two_sided = |b: Balance| b.positive > 0.0 && b.negative > 0.0;
                let balances = mass.balance().into_iter();
                self.balance = balances.map(|b| if two_sided(b) { b } else { Balance::EVEN }).collect();
            }
            scumble::loss::Classes::Exclusive => {
                let own = std::mem::take(&mut self.class_weights);
                let weights = mass.class_weights().into_iter().enumerate();
                let weights = weights.map(|(k, w)| w as f32 * own.get(k).copied().unwrap_or(1.0));
                self.class_weights = weights.collect();
            }
        }
        self
    }

    /// True if nothing but cross entropy is minimised: its best prediction is known.
    fn is_cross_entropy(&self) -> bool {
        self.terms.iter().all(|term| matches!(term.kind, LossKind::Sigmoid | LossKind::Softmax))
    }

    /// How far the weights move the best logits away from those of the label itself, one a class; empty: not at all.
    ///
    /// A weight on one side of a binary label moves its logit by the logarithm of the ratio; a weight w_k of
    /// an exclusive class makes the best prediction q_k proportional to w_k p_k. Only cross entropy moves by
    /// a constant.
    pub fn shift(&self) -> Vec<f32> {
        let shift: Vec<f32> = match self.classes {
            _ if !self.is_cross_entropy() => Vec::new(),
            scumble::loss::Classes::Independent => self.balance.iter().map(|b| b.shift() as f32).collect(),
            scumble::loss::Classes::Exclusive => self.class_weights.iter().map(|w| w.ln()).collect(),
        };
        // A side or class that weighs nothing cannot be brought back.
        shift.into_iter().map(|s| if s.is_finite() { s } else { 0.0 }).collect()
    }

    /// Of the weights of K maps [N, K, H, W] as many as the classes have: those of exclusive ones are all the same.
    pub(super) fn weights<'w>(&self, weights: ArrayView4<'w, f32>) -> ArrayView4<'w, f32> {
        match self.classes {
            scumble::loss::Classes::Independent => weights,
            scumble::loss::Classes::Exclusive => weights.split_at(Axis(1), 1).0,
        }
    }

    /// Whether some term is an overlap over the whole batch.
    pub(super) fn is_of_batch(&self) -> bool {
        let over = |term: &LossTerm| match term.kind {
            LossKind::Dice { over, .. } | LossKind::Jaccard { over, .. } | LossKind::Tversky { over, .. } => {
                over == Extent::Batch
            }
            _ => false,
        };
        self.terms.iter().any(over)
    }

    /// A part for each term: each is divided by what its own terms weigh.
    pub(super) fn parts(
        &self,
        logits: ArrayView4<'_, f32>,
        targets: ArrayView4<'_, f32>,
        weights: ArrayView4<'_, f32>,
    ) -> Result<Vec<Part>, LossError> {
        let mask = weights.mapv(|w| w > 0.0);
        // Labels were checked when they were made; interpolation keeps them probabilities.
        let options = LossOptions::default()
            .classes(self.classes)
            .mask(mask.view())
            .weights(weights)
            .class_weights(&self.class_weights)
            .balance(&self.balance)
            .denominator(Denominator::Weights)
            .unchecked();
        let part = |term: &LossTerm| loss_sum_gradient(&[*term], logits, targets, &options).map(Part::only);
        self.terms.iter().map(part).collect()
    }
}
