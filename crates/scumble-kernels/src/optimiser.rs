//! A step of AdamW and of the moving average over slices.

use crate::simd::dispatch;

/// The numbers of one step of AdamW and of the moving average; the formula is at [`adamw`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// Decay of the mean of the gradients.
    pub beta1: f32,
    /// 1 - beta1.
    pub rest1: f32,
    /// Decay of the mean of their squares.
    pub beta2: f32,
    /// 1 - beta2.
    pub rest2: f32,
    /// Keeps the division finite.
    pub epsilon: f32,
    /// What a weight is multiplied with: 1 less the share that decays.
    pub kept: f32,
    /// Learning rate over the bias of the first moment.
    pub step: f32,
    /// What the root of the second moment is multiplied with to remove its bias.
    pub root: f32,
    /// Decay of the moving average; 0 makes it the weight itself.
    pub average: f32,
    /// 1 - average.
    pub rest: f32,
}

/// What [`adamw`] changes: vectors of one length.
#[derive(Debug)]
pub struct Moments<'a> {
    /// Weights.
    pub weights: &'a mut [f32],
    /// Mean of the gradients.
    pub first: &'a mut [f32],
    /// Mean of the squared gradients.
    pub second: &'a mut [f32],
    /// Moving average of the weights.
    pub average: &'a mut [f32],
}

dispatch! {
    /// One step of AdamW and of the moving average, in one pass over memory:
    ///
    /// ```text
    /// m <- beta1 m + (1 - beta1) g
    /// v <- beta2 v + (1 - beta2) g^2
    /// w <- kept w - step m / (root sqrt(v) + epsilon)
    /// a <- average a + (1 - average) w
    /// ```
    ///
    /// A weight whose gradient has always been 0 stays where it is, also with `epsilon` 0.
    pub fn adamw(factors: AdamW, gradient: &[f32], moments: Moments<'_>) = step;
}

#[inline(always)]
fn step(factors: AdamW, gradient: &[f32], moments: Moments<'_>) {
    let f = factors;
    let Moments { weights, first, second, average } = moments;
    let len = gradient.len();
    assert!([weights.len(), first.len(), second.len(), average.len()] == [len; 4], "vectors of one length");
    for i in 0..len {
        let g = gradient[i];
        let m = first[i] * f.beta1 + g * f.rest1;
        let v = second[i] * f.beta2 + g * g * f.rest2;
        let below = v.sqrt() * f.root + f.epsilon;
        let below = if below > f32::MIN_POSITIVE { below } else { f32::MIN_POSITIVE };
        let w = weights[i] * f.kept - m * f.step / below;
        (first[i], second[i], weights[i]) = (m, v, w);
        average[i] = if f.average == 0.0 { w } else { average[i] * f.average + w * f.rest };
    }
}
