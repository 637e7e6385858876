use super::inputs::numbers;
use crate::arguments::Loss;
use ndarray::ArrayD;
use scumble::loss::{LossOptions, Real};
use scumble_data::NumberArray;

/// What pixels and classes weigh, in the type to compute in.
pub(super) struct Weighting<R> {
    pub(super) class_weights: Vec<R>,
    positive_weights: Vec<R>,
    weights: Option<ArrayD<R>>,
    mask: Option<ArrayD<bool>>,
}

impl<R: Real> Weighting<R> {
    pub(super) fn new(arguments: &Loss, weights: Option<NumberArray>, mask: Option<ArrayD<bool>>) -> Self {
        let narrow = |weights: &[f64]| weights.iter().map(|w| R::from_f64(*w)).collect();
        Self {
            class_weights: narrow(&arguments.weighting.class_weight),
            positive_weights: narrow(&arguments.weighting.positive_weight),
            weights: weights.map(numbers),
            mask,
        }
    }

    /// The options that every kind of loss has.
    pub(super) fn options(&self, arguments: &Loss) -> LossOptions<'_, R> {
        let mut options = LossOptions::default()
            .denominator(arguments.denominator)
            .class_weights(&self.class_weights)
            .positive_weights(&self.positive_weights)
            .label_smoothing(arguments.weighting.label_smoothing);
        if let Some(mask) = &self.mask {
            options = options.mask(mask.view());
        }
        if let Some(weights) = &self.weights {
            options = options.weights(weights.view());
        }
        if arguments.weighting.unchecked {
            options = options.unchecked();
        }
        options
    }
}
