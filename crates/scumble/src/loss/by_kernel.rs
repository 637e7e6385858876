//! Focal losses and Brier scores by their kernels.

use super::class_inputs::ClassInputs;
use super::frame::Loss;
use super::options::Classes;
use super::planes::{Planes, Task};
use scumble_kernels::{Isa, Real, focal_floor, sigmoid_brier, sigmoid_focal, softmax_brier, softmax_focal};

/// A loss that is a sum over elements or pixels, and no cross entropy.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pointwise {
    /// With its gamma.
    Focal(f64),
    Brier,
}

impl Pointwise {
    /// The loss; its gradient, if wanted, is written over, in the logits' order.
    pub(super) fn evaluate<R: Real>(self, inputs: &ClassInputs<'_, R>, gradient: Option<&mut [R]>) -> Loss {
        let planes = Planes::new(inputs, 1);
        let scale = R::from_f64(inputs.frame.scale());
        let parts = planes.each(gradient, |task| match inputs.classes {
            Classes::Independent => self.independent(inputs, scale, task),
            Classes::Exclusive => self.exclusive(inputs, scale, task),
        });
        let (value, floor) = parts.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        // A Brier score's floor is 0, and there without being asked for.
        let known = inputs.with_floor || matches!(self, Self::Brier);
        inputs.frame.report(value, if known { floor } else { f64::NAN })
    }

    /// Value and floor; a class weight multiplies all that the class adds.
    fn independent<R: Real>(self, inputs: &ClassInputs<'_, R>, scale: R, task: Task<'_, R, R>) -> (f64, f64) {
        let Task { logits, targets, weights, mut gradient, .. } = task;
        let isa = Isa::best();
        let (mut value, mut floor) = (0.0, 0.0);
        for (k, (logits, targets)) in logits.into_iter().zip(targets).enumerate() {
            let slopes = gradient.get_mut(k).map_or(&mut [][..], |plane| plane);
            let (c, w) = (inputs.class_weights.get(k).copied().unwrap_or(R::ONE), weights.of(k));
            if c == R::ZERO {
                // What is left out adds nothing, whatever it is.
                slopes.fill(R::ZERO);
                continue;
            }
            let (own, least) = match self {
                Self::Brier => (sigmoid_brier(isa, logits, targets, w, scale * c, slopes), 0.0),
                Self::Focal(gamma) => {
                    let gamma = R::from_f64(gamma);
                    let own = sigmoid_focal(isa, gamma, logits, targets, w, scale * c, slopes);
                    (own, if inputs.with_floor { focal_floor(isa, gamma, &[targets], &[], w) } else { 0.0 })
                }
            };
            (value, floor) = (value + c.to_f64() * own, floor + c.to_f64() * least);
        }
        (value, floor)
    }

    fn exclusive<R: Real>(self, inputs: &ClassInputs<'_, R>, scale: R, task: Task<'_, R, R>) -> (f64, f64) {
        let class_weights = inputs.class_weights;
        let Task { logits, targets, weights, mut gradient, .. } = task;
        let (isa, w) = (Isa::best(), weights.of(0));
        match self {
            Self::Brier => {
                (softmax_brier(isa, &logits, &targets, class_weights, w, scale, &mut gradient), 0.0)
            }
            Self::Focal(gamma) => {
                let gamma = R::from_f64(gamma);
                let value =
                    softmax_focal(isa, gamma, &logits, &targets, class_weights, w, scale, &mut gradient);
                let floor =
                    if inputs.with_floor { focal_floor(isa, gamma, &targets, class_weights, w) } else { 0.0 };
                (value, floor)
            }
        }
    }
}
