//! The cross entropy of label sets: value, gradient and map.

use super::error::JointError;
use super::family::JointFamily;
use super::joint_inputs::JointInputs;
use super::lanes::{CHUNK, Lanes, each, packs, rows};
use super::objective::objective;
use super::targets::JointTargets;
use crate::loss::{Loss, LossOptions};
use ndarray::{Array, Array3, ArrayView, Dimension};
use rayon::prelude::*;
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
/// use scumble::joint::{JointFamily, JointTargets, joint_cross_entropy};
/// use scumble::loss::LossOptions;
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
/// # Ok::<(), scumble::joint::JointError>(())
/// ```
pub fn joint_cross_entropy<R: Real, D: Dimension>(
    family: &JointFamily,
    parameters: ArrayView<'_, R, D>,
    targets: JointTargets<'_, R, D>,
    options: &LossOptions<'_, R>,
) -> Result<Loss, JointError> {
    let inputs = JointInputs::new(family, parameters, targets, options)?;
    Ok(evaluate(&inputs, &mut [], &mut []))
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
    let inputs = JointInputs::new(family, parameters, targets, options)?;
    let mut gradient = Array3::from_elem(inputs.parameters.dim(), R::ZERO);
    let loss = evaluate(&inputs, gradient.as_slice_mut().expect("just made"), &mut []);
    Ok((loss, inputs.frame.fold.restore(gradient)))
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
    let inputs = JointInputs::new(family, parameters, targets, options)?;
    let mut losses = vec![R::ZERO; inputs.frame.fold.count()];
    let loss = evaluate(&inputs, &mut [], &mut losses);
    Ok((loss, inputs.frame.fold.map(losses)))
}

/// The loss; its gradient [outer, P, inner] and its losses pixel by pixel, weighted and not divided, are written to
/// `gradient` and `losses` (empty: not wanted).
fn evaluate<R: Real>(inputs: &JointInputs<'_, R>, gradient: &mut [R], losses: &mut [R]) -> Loss {
    let (parameters, fold) = (inputs.family.parameters(), &inputs.frame.fold);
    let wanted = !gradient.is_empty();
    let scale = inputs.frame.scale();
    let weights = inputs.frame.weights.as_ref().map(|w| w.as_slice().expect("planes are in memory order"));
    let chunks = fold.chunks(CHUNK, parameters, gradient).into_par_iter();
    let sums: Vec<(f64, f64)> = chunks
        .zip(fold.chunks(CHUNK, 1, losses))
        .map(|(mut chunk, mut map)| {
            let mut objective = objective(inputs);
            let mut point = rows(parameters);
            let mut slope = rows(if wanted { parameters } else { 0 });
            let (mut value, mut floor) = (0.0, 0.0);
            for pack in packs(&chunk) {
                pack.read(&inputs.parameters.view(), &mut point);
                let (loss, least) = objective.pack(&pack, &point, &mut slope);
                let w: Lanes = each(|l| match weights {
                    _ if l >= pack.length => 0.0,
                    Some(weights) => weights[pack.first + l].to_f64(),
                    None => 1.0,
                });
                // Where nothing counts NaN adds nothing.
                let loss: Lanes = each(|l| if w[l] == 0.0 { 0.0 } else { w[l] * loss[l] });
                let least: Lanes = each(|l| if w[l] == 0.0 { 0.0 } else { w[l] * least[l] });
                for l in 0..pack.length {
                    value += loss[l];
                    floor += least[l];
                }
                for row in &mut slope {
                    *row = each(|l| if w[l] == 0.0 { 0.0 } else { scale * (w[l] * row[l]) });
                }
                pack.write(&slope, &mut chunk.planes, R::from_f64);
                pack.write(&[loss], &mut map.planes, R::from_f64);
            }
            (value, floor)
        })
        .collect();
    let (value, floor) = sums.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    inputs.frame.report(value, floor)
}
