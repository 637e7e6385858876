//! The settings of a step of the optimiser and of the moving average.

use super::error::ExecutorError;
use serde::{Deserialize, Serialize};

/// Which optimiser changes the weights of convolutions that look around, 3 x 3: nearly all there are. Biases, normalisations
/// and 1 x 1 convolutions are AdamW's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimiser {
    /// Momentum made orthogonal (Jordan et al. 2024): all directions of the mean gradient, a matrix [outputs, inputs x kernel],
    /// count alike. A third to a half of AdamW's steps come as far.
    #[default]
    Muon,
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
    AdamW,
}

/// The settings of one step of Muon (Jordan et al. 2024, scaled as in Liu et al. 2025), or of AdamW, *Adam with decoupled
/// weight decay* (Loshchilov & Hutter 2019, algorithm 2, with the decay scaled by the learning rate as in PyTorch), and of the
/// moving average of the weights.
///
/// With the gradient `g`, the weight `w`, and `t` the number of this step, counted from 1:
///
/// ```text
/// m <- beta1 m + (1 - beta1) g
/// v <- beta2 v + (1 - beta2) g^2
/// w <- w - learning_rate weight_decay w                                (convolution weights only)
///        - learning_rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
/// ```
///
/// for AdamW, and for Muon, where O is the matrix [outputs, inputs x kernel] with its singular values made alike,
///
/// ```text
/// m <- momentum m + (1 - momentum) g
/// w <- w - learning_rate weight_decay w
///        - learning_rate 0.2 sqrt(max(outputs, inputs kernel^2)) O(momentum m + (1 - momentum) g)
/// ```
///
/// and for both
///
/// ```text
/// d  = min(average, (1 + t) / (10 + t))
/// a <- d a + (1 - d) w                                                 (and the running statistics likewise)
/// ```
///
/// The warm start `(1 + t) / (10 + t)` lets the average forget the initial weights: without it, they would still hold
/// `average^t` of it, 90 % after 100 steps with 0.999. It lags behind by a tenth of the steps until `average` takes over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// What changes the weights of 3 x 3 convolutions. Default Muon.
    pub optimiser: Optimiser,
    /// Step size. Default 0.001.
    pub learning_rate: f32,
    /// Share of a convolution weight lost per unit of learning rate. Default 0.01.
    pub weight_decay: f32,
    /// Muon's decay of the mean of the gradients, below 1. Default 0.95.
    pub momentum: f32,
    /// AdamW's, below 1. Default 0.9.
    pub beta1: f32,
    /// Decay of the mean of their squares, below 1. Default 0.999.
    pub beta2: f32,
    /// Keeps the division finite. Default 1e-8.
    pub epsilon: f32,
    /// Decay of the moving average of the weights, below 1; 0 switches it off, so that it equals the weights. Default 0.999.
    pub average: f32,
}

impl Default for Update {
    fn default() -> Self {
        Self {
            optimiser: Optimiser::default(),
            learning_rate: 1e-3,
            weight_decay: 1e-2,
            momentum: 0.95,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            average: 0.999,
        }
    }
}

impl Update {
    /// Refuses settings with which no step makes sense.
    pub(super) fn check(&self) -> Result<(), ExecutorError> {
        let finite = |value: f32| value.is_finite() && value >= 0.0;
        let decay = |value: f32| (0.0..1.0).contains(&value);
        let (finite_text, decay_text) = ("finite and not negative", "at least 0 and below 1");
        for (setting, value, holds, allowed) in [
            ("learning_rate", self.learning_rate, finite(self.learning_rate), finite_text),
            ("weight_decay", self.weight_decay, finite(self.weight_decay), finite_text),
            ("epsilon", self.epsilon, finite(self.epsilon), finite_text),
            ("momentum", self.momentum, decay(self.momentum), decay_text),
            ("beta1", self.beta1, decay(self.beta1), decay_text),
            ("beta2", self.beta2, decay(self.beta2), decay_text),
            ("average", self.average, decay(self.average), decay_text),
        ] {
            if !holds {
                return Err(ExecutorError::Update { setting, value, allowed });
            }
        }
        Ok(())
    }

    /// The numbers that step `t`, counted from 1, needs; in f64, as `beta^t` loses digits in f32.
    pub(super) fn factors(&self, t: u64) -> Factors {
        let [rate, decay, beta1, beta2, epsilon, average] =
            [self.learning_rate, self.weight_decay, self.beta1, self.beta2, self.epsilon, self.average]
                .map(f64::from);
        let t = t as f64;
        Factors {
            rate,
            momentum: f64::from(self.momentum),
            beta1,
            beta2,
            epsilon,
            shrink: rate * decay,
            step: rate / (1.0 - beta1.powf(t)),
            root: 1.0 / (1.0 - beta2.powf(t)).sqrt(),
            average: average.min((1.0 + t) / (10.0 + t)),
        }
    }
}

/// What an executor multiplies with in one step.
pub(super) struct Factors {
    /// Learning rate.
    pub(super) rate: f64,
    pub(super) momentum: f64,
    pub(super) beta1: f64,
    pub(super) beta2: f64,
    pub(super) epsilon: f64,
    /// Share of a decaying weight that is lost.
    pub(super) shrink: f64,
    /// Learning rate over the bias of the first moment.
    pub(super) step: f64,
    /// What the root of the second moment is multiplied with to remove its bias.
    pub(super) root: f64,
    /// Decay of the moving average in this step.
    pub(super) average: f64,
}
