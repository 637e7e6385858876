//! How a loss is taken: what the classes are to each other, masks, weights, denominator.

use super::balance::Balance;
use ndarray::{ArrayView, ArrayViewD, Dimension};
use scumble_kernels::Real;
use serde::{Deserialize, Serialize};

/// Whether the classes of a pixel are K questions or one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Classes {
    /// Each class is a yes or no of its own, predicted by a sigmoid (one class: binary).
    #[default]
    Independent,
    /// The classes exclude each other and sum to 1, predicted by a softmax.
    Exclusive,
}

/// What the sum of the losses is divided by.
///
/// Terms are elements over independent classes, pixels over exclusive ones, and for overlaps (Dice, Jaccard,
/// Tversky) the classes of each image or of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Denominator {
    /// The terms that the mask leaves in.
    #[default]
    Valid,
    /// All terms, masked or not.
    All,
    /// The length of the first axis, the number of images.
    Batch,
    /// The sum of the weights that the labels have: pixel weight times class weight times the weights of a label's
    /// two sides; over exclusive classes times the target. Labels count as given, before smoothing.
    Weights,
    /// 1: the value is the sum.
    None,
}

/// How a loss is taken: masks, weights, denominator. The default is every pixel, weight 1, mean.
///
/// Masks and weights have the logits' shape without the class axis (one number a pixel), or the logits' rank with
/// a class axis of 1 or, for independent classes, K; axes of 1 and missing leading axes are repeated. They are
/// checked against the logits when the loss is taken.
#[derive(Debug, Clone)]
pub struct LossOptions<'a, R: Real> {
    pub(crate) class_axis: usize,
    pub(crate) classes: Classes,
    pub(crate) denominator: Denominator,
    pub(crate) mask: Option<ArrayViewD<'a, bool>>,
    pub(crate) ignore_value: Option<R>,
    pub(crate) weights: Option<ArrayViewD<'a, R>>,
    pub(crate) class_weights: &'a [R],
    pub(crate) positive_weights: &'a [R],
    pub(crate) balance: &'a [Balance],
    pub(crate) label_smoothing: f64,
    pub(crate) unchecked: bool,
    pub(crate) with_floor: bool,
}

impl<R: Real> Default for LossOptions<'_, R> {
    fn default() -> Self {
        Self {
            class_axis: 1,
            classes: Classes::Independent,
            denominator: Denominator::Valid,
            mask: None,
            ignore_value: None,
            weights: None,
            class_weights: &[],
            positive_weights: &[],
            balance: &[],
            label_smoothing: 0.0,
            unchecked: false,
            with_floor: true,
        }
    }
}

impl<'a, R: Real> LossOptions<'a, R> {
    /// Which axis the classes are on (1, as in [N, K, H, W]).
    pub fn class_axis(mut self, axis: usize) -> Self {
        self.class_axis = axis;
        self
    }

    /// What the classes are to each other (independent), for the kinds that are defined for both.
    pub fn classes(mut self, classes: Classes) -> Self {
        self.classes = classes;
        self
    }

    /// What the sum is divided by.
    pub fn denominator(mut self, denominator: Denominator) -> Self {
        self.denominator = denominator;
        self
    }

    /// Only where the mask is true. A pixel left out adds 0 to value and gradient, even if its logit is NaN.
    pub fn mask<D: Dimension>(mut self, mask: ArrayView<'a, bool, D>) -> Self {
        self.mask = Some(mask.into_dyn());
        self
    }

    /// Leaves out elements whose target equals this value; over exclusive classes the pixels that have it in any
    /// class. NaN matches NaN. A value in [0, 1] is refused: it is a label. So is any with u8 or u16 targets.
    pub fn ignore_value(mut self, value: R) -> Self {
        self.ignore_value = Some(value);
        self
    }

    /// A weight for each pixel; 0 leaves it out of the sum, but not of the count of valid pixels.
    pub fn weights<D: Dimension>(mut self, weights: ArrayView<'a, R, D>) -> Self {
        self.weights = Some(weights.into_dyn());
        self
    }

    /// A weight for each class; empty: all 1.
    ///
    /// Over independent classes, and for overlaps, it multiplies what the class adds. Over exclusive classes it is
    /// the weight of a label of that class: the loss of target t is A times the plain loss of a / A, with
    /// a_k = c_k t_k and A = sum_k a_k, so a proper loss is least at q = a / A.
    pub fn class_weights(mut self, weights: &'a [R]) -> Self {
        self.class_weights = weights;
        self
    }

    /// The weight of "yes" over "no", one for all independent classes or one a class, as PyTorch's `pos_weight`.
    ///
    /// See [`Balance`] for what it does to a soft label.
    pub fn positive_weights(mut self, weights: &'a [R]) -> Self {
        self.positive_weights = weights;
        self
    }

    /// Weights of both sides of the labels of independent classes: one for all, one a class, or one an image and
    /// class (images first), such as [`balance`](super::balance) returns.
    pub fn balance(mut self, balance: &'a [Balance]) -> Self {
        self.balance = balance;
        self
    }

    /// Mixes every label with an even one: (1 - e) t + e / 2, over K exclusive classes (1 - e) t + e / K.
    pub fn label_smoothing(mut self, share: f64) -> Self {
        self.label_smoothing = share;
        self
    }

    /// Leaves out floor and excess of cross entropies and focal losses, which are then NaN: where labels are soft, value
    /// and gradient alone take two thirds of the time, a focal loss's a small part of it. Other losses give them all the
    /// same.
    pub fn without_floor(mut self) -> Self {
        self.with_floor = false;
        self
    }

    /// Takes targets as they are, without looking whether they are probabilities: for labels checked before.
    ///
    /// The floor is the least value only if they are.
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }

    /// Whether labels are changed before a loss is taken of them.
    pub(super) fn relabels(&self) -> bool {
        self.label_smoothing > 0.0 || !self.balance.is_empty() || !self.positive_weights.is_empty()
    }

    /// The options given that only labels of single classes have, by name.
    pub(crate) fn of_class_labels(&self) -> impl Iterator<Item = &'static str> {
        let options = [
            (!self.class_weights.is_empty(), "class weight"),
            (!self.positive_weights.is_empty(), "positive weight"),
            (!self.balance.is_empty(), "balance"),
            (self.label_smoothing != 0.0, "label smoothing"),
        ];
        options.into_iter().filter(|(given, _)| *given).map(|(_, name)| name)
    }

    /// The ignore value where it is a label, and cannot stand for "ignore".
    pub(crate) fn ignored_label(&self) -> Option<f64> {
        self.ignore_value.map(R::to_f64).filter(|value| (0.0..=1.0).contains(value))
    }
}
