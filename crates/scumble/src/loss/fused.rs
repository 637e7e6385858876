use super::problem::Problem;
use super::{Classes, Loss, LossError, LossOptions, check};
use ndarray::{ArrayView, Dimension};
use scumble_kernels::{Real, Sums, TargetElement};

/// A loss whose value, floor, gradient and look at the targets come from one pass of a kernel.
pub(super) trait Fused {
    /// How it reads the classes.
    const CLASSES: Classes;

    /// The sums over the whole problem; the gradient, if wanted, is written over, in the logits' order.
    fn sums<R: Real, T: TargetElement<R>>(problem: &Problem<'_, R, T>, gradient: Option<&mut [R]>) -> Sums;
}

/// The loss, and its gradient where it is wanted.
pub(super) fn take<F: Fused, R: Real, T: TargetElement<R>, D: Dimension>(
    logits: ArrayView<'_, R, D>,
    targets: ArrayView<'_, T, D>,
    options: &LossOptions<'_, R>,
    gradient: Option<&mut [R]>,
) -> Result<Loss, LossError> {
    if options.ignore_value.is_some() && T::STEP > 0.0 {
        return Err(LossError::NotFor {
            option: "ignore value",
            kind: "targets in steps, each of which is a probability",
            advice: "give a mask",
        });
    }
    if options.relabels() {
        // These targets are no longer the caller's when the kernel sees them, so they are looked at before.
        let own = targets.mapv(T::probability);
        let problem = Problem::new(logits, own.view(), F::CLASSES, options)?;
        let sums = F::sums(&problem, gradient);
        return Ok(report(&problem, &sums));
    }
    let problem = Problem::unseen(logits, targets, F::CLASSES, options)?;
    let sums = F::sums(&problem, gradient);
    if !options.unchecked {
        check::seen(&problem, &sums)?;
    }
    Ok(report(&problem, &sums))
}

fn report<R: Real, T: TargetElement<R>>(problem: &Problem<'_, R, T>, sums: &Sums) -> Loss {
    problem.report(sums.value, if problem.with_floor { sums.floor } else { f64::NAN })
}
