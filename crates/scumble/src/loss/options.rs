use ndarray::{ArrayView, ArrayViewD, Dimension};
use scumble_kernels::Real;
use serde::{Deserialize, Serialize};

/// What the sum of the losses is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Denominator {
    /// The elements (independent classes) or pixels (exclusive classes) that the mask leaves in.
    #[default]
    Valid,
    /// All elements or pixels, masked or not.
    All,
    /// The length of the first axis, the number of images.
    Batch,
    /// The sum of the weights: pixel weight times class weight, times target for exclusive classes.
    Weights,
    /// 1: the value is the sum.
    None,
}

/// How a loss is taken: masks, weights, denominator. The default is every pixel, weight 1, mean.
///
/// Masks and weights have the logits' shape without the class axis (one number a pixel), or the logits' rank with
/// a class axis of 1 or, for independent classes, K. They are checked against the logits when the loss is taken.
#[derive(Debug, Clone)]
pub struct LossOptions<'a, R: Real> {
    pub(super) class_axis: usize,
    pub(super) denominator: Denominator,
    pub(super) mask: Option<ArrayViewD<'a, bool>>,
    pub(super) weights: Option<ArrayViewD<'a, R>>,
    pub(super) class_weights: &'a [R],
    pub(super) unchecked: bool,
}

impl<R: Real> Default for LossOptions<'_, R> {
    fn default() -> Self {
        Self {
            class_axis: 1,
            denominator: Denominator::Valid,
            mask: None,
            weights: None,
            class_weights: &[],
            unchecked: false,
        }
    }
}

impl<'a, R: Real> LossOptions<'a, R> {
    /// Which axis the classes are on (1, as in [N, K, H, W]).
    pub fn class_axis(mut self, axis: usize) -> Self {
        self.class_axis = axis;
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

    /// A weight for each pixel; 0 leaves it out of the sum, but not of the count of valid pixels.
    pub fn weights<D: Dimension>(mut self, weights: ArrayView<'a, R, D>) -> Self {
        self.weights = Some(weights.into_dyn());
        self
    }

    /// A weight for each class (the term of class k is multiplied by it); empty: all 1.
    pub fn class_weights(mut self, weights: &'a [R]) -> Self {
        self.class_weights = weights;
        self
    }

    /// Takes targets as they are, without looking whether they are probabilities: for labels checked before.
    ///
    /// The floor is the entropy only if they are.
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }
}
