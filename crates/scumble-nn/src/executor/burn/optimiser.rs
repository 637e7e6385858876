use burn::tensor::Tensor;

use crate::executor::update::Factors;

/// One step of AdamW on vectors: new weights and moments. See [`Update`](crate::executor::Update) for the formula.
///
/// The vectors are taken, so that Burn works in place where nothing else holds them.
pub(super) fn step(
    [weights, first, second]: [Tensor<1>; 3],
    gradient: Tensor<1>,
    decay_mask: &Tensor<1>,
    factors: &Factors,
) -> [Tensor<1>; 3] {
    let Factors { beta1, beta2, epsilon, shrink, step, root, .. } = *factors;
    let first = first * beta1 + gradient.clone() * (1.0 - beta1);
    let second = second * beta2 + gradient.square() * (1.0 - beta2);
    let change = first.clone() * step / (second.clone().sqrt() * root + epsilon);
    let weights = if shrink > 0.0 {
        let kept = decay_mask.clone() * -shrink + 1.0;
        weights * kept - change
    } else {
        weights - change
    };
    [weights, first, second]
}

/// The moving average after a step. Without decay it is the new value itself, to the last bit.
pub(super) fn average(average: Tensor<1>, value: &Tensor<1>, decay: f64) -> Tensor<1> {
    if decay == 0.0 { value.clone() } else { average * decay + value.clone() * (1.0 - decay) }
}
