use super::evaluate::evaluate;
use super::problem::Problem;
use super::{JointError, JointFamily, JointTargets};
use crate::loss::{Loss, LossOptions};
use ndarray::{Array, Array3, ArrayView, Dimension};
use scumble_kernels::Real;

/// Cross entropy of a joint family's distributions against what is known of the label sets, with floor and excess.
///
/// Parameters are [N, P, pixels..] (class axis 1 unless the options say otherwise) in the family's order
/// ([`JointFamily`]), targets one of [`JointTargets`]. With p the target over the 2^K label sets y of a pixel, and
/// w its weight:
///
/// `loss = sum_pixels w (-sum_y p(y) ln q(y)) / denominator`
///
/// The floor is the entropy of p, the excess KL(p || q). For the independent family the excess is at least the total
/// correlation of p, what its labels tell about each other. Pixels are counted; class weights are refused. All sums
/// are f64, whatever R is, and the same at any number of threads. A pixel that the mask leaves out, or of weight 0,
/// adds nothing, NaN or not.
///
/// # Errors
/// Shapes or a number of parameters that do not fit, marginals where they are not enough, targets that are no
/// distribution where the mask is on, bad weights, class weights.
///
/// ```
/// use ndarray::array;
/// use scumble::{JointFamily, JointTargets, LossOptions, joint_cross_entropy};
///
/// // One pixel, two labels. Half the raters saw none, half saw both: they always go together.
/// let p = array![[[0.5_f64], [0.0], [0.0], [0.5]]];
/// let target = || JointTargets::Distribution(p.view());
/// let family = JointFamily::independent(2)?;
/// let loss = joint_cross_entropy(&family, array![[[0.0], [0.0]]].view(), target(), &LossOptions::default())?;
/// assert!((loss.excess - 2f64.ln()).abs() < 1e-12); // the total correlation; no other logits do better
/// let family = JointFamily::pairwise(2)?;
/// let coupled = array![[[-20.0], [-20.0], [40.0]]];
/// let loss = joint_cross_entropy(&family, coupled.view(), target(), &LossOptions::default())?;
/// assert!(loss.excess < 1e-8);
/// # Ok::<(), scumble::JointError>(())
/// ```
pub fn joint_cross_entropy<R: Real, D: Dimension>(
    family: &JointFamily,
    parameters: ArrayView<'_, R, D>,
    targets: JointTargets<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<Loss, JointError> {
    let problem = Problem::new(family, parameters, targets, options)?;
    Ok(evaluate(&problem, &mut [], &mut []))
}

/// [`joint_cross_entropy`] and its gradient with respect to the parameters, in one pass.
///
/// # Errors
/// As [`joint_cross_entropy`].
pub fn joint_cross_entropy_gradient<R: Real, D: Dimension>(
    family: &JointFamily,
    parameters: ArrayView<'_, R, D>,
    targets: JointTargets<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<(Loss, Array<R, D>), JointError> {
    let problem = Problem::new(family, parameters, targets, options)?;
    let mut gradient = Array3::from_elem(problem.parameters.dim(), R::ZERO);
    let loss = evaluate(&problem, gradient.as_slice_mut().expect("just made"), &mut []);
    Ok((loss, problem.fold.restore(gradient)))
}

/// [`joint_cross_entropy`] and the loss of each pixel, [N, pixels..]: times its weight, 0 where the mask is off, not
/// divided by anything.
///
/// # Errors
/// As [`joint_cross_entropy`].
pub fn joint_cross_entropy_map<R: Real, D: Dimension>(
    family: &JointFamily,
    parameters: ArrayView<'_, R, D>,
    targets: JointTargets<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<(Loss, Array<R, D::Smaller>), JointError> {
    let problem = Problem::new(family, parameters, targets, options)?;
    let mut losses = vec![R::ZERO; problem.fold.count()];
    let loss = evaluate(&problem, &mut [], &mut losses);
    Ok((loss, problem.fold.map(losses)))
}
