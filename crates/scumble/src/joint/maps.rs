//! What a prediction of label sets says of each pixel: marginals, distribution, likeliest set, entropy.

use super::best_set::best_set;
use super::chain_beam::beam;
use super::error::JointError;
use super::families::state_costs;
use super::family::{Factored, JointFamily};
use super::lanes::{CHUNK, LANES, Lanes, ZERO, packs, rows};
use super::one_pixel::log_sum;
use super::state_costs::{StateCosts, cheapest, expectation, marginals, probabilities};
use crate::loss::{Fold, sigmoid, softplus};
use ndarray::{Array, Array3, ArrayView, Dimension};
use rayon::prelude::*;
use scumble_kernels::Real;

/// The probability of each label, [N, K, pixels..], from parameters [N, P, pixels..] with P on axis `class_axis`.
///
/// Exact for all families; for a chain of more than 12 labels by a beam of the 1024 likeliest label sets, with an
/// error of at most the probability of the sets let go.
///
/// # Errors
/// No such axis, another number of parameters than the family has.
///
/// ```
/// use ndarray::array;
/// use scumble::joint::{JointFamily, joint_label_sets, joint_marginals};
///
/// // A chain: label 1 almost certainly follows label 0, and never comes alone.
/// let family = JointFamily::chain(2)?;
/// let parameters = array![[[2.0_f64], [-9.0], [18.0]]];
/// let marginals = joint_marginals(&family, parameters.view(), 1)?;
/// assert!((marginals[[0, 1, 0]] - 0.8808).abs() < 1e-4);
/// assert_eq!(joint_label_sets(&family, parameters.view(), 1)?, array![[0b11]]);
/// # Ok::<(), scumble::joint::JointError>(())
/// ```
pub fn joint_marginals<R: Real, D: Dimension>(
    family: &JointFamily,
    parameters: ArrayView<'_, R, D>,
    class_axis: usize,
) -> Result<Array<R, D>, JointError> {
    let labels = family.labels();
    over_pixels(family, parameters, class_axis, labels, R::from_f64, |known, out| match known {
        Known::Costs(costs) => marginals(&mut probabilities(costs), out),
        Known::Factored(factored, point) => pixel_by_pixel(point, out, |parameters, one| match factored {
            Factored::Mixture => mixture_marginals(family, parameters, one),
            Factored::Chain => _ = beam(parameters, one),
            Factored::Independent => one.iter_mut().zip(parameters).for_each(|(q, &x)| *q = sigmoid(x).0),
        }),
    })
    .map(|(fold, planes)| fold.restore(planes))
}

/// The probability of each of the 2^K label sets, [N, 2^K, pixels..] in state order, from parameters [N, P, pixels..].
///
/// # Errors
/// No such axis, another number of parameters than the family has, more than 12 labels.
///
/// ```
/// use ndarray::array;
/// use scumble::joint::{JointFamily, joint_distribution};
///
/// let family = JointFamily::independent(2)?;
/// let q = joint_distribution(&family, array![[[0.0_f64], [3f64.ln()]]].view(), 1)?;
/// let expected = array![[[0.125], [0.125], [0.375], [0.375]]];
/// assert!((q - expected).iter().all(|d: &f64| d.abs() < 1e-15));
/// # Ok::<(), scumble::joint::JointError>(())
/// ```
pub fn joint_distribution<R: Real, D: Dimension>(
    family: &JointFamily,
    parameters: ArrayView<'_, R, D>,
    class_axis: usize,
) -> Result<Array<R, D>, JointError> {
    let labels = family.labels();
    let states = family.states().ok_or(JointError::States {
        what: "the distribution",
        labels,
        advice: "ask for the log probability of single label sets",
    })?;
    over_pixels(family, parameters, class_axis, states, R::from_f64, |known, out| match known {
        Known::Costs(costs) => out.copy_from_slice(&probabilities(costs)),
        Known::Factored(_, point) => {
            let mut costs = rows(states);
            state_costs(family).costs(point, &mut costs);
            out.copy_from_slice(&probabilities(&costs));
        }
    })
    .map(|(fold, planes)| fold.restore(planes))
}

/// The most probable label set of each pixel, [N, pixels..]; bit i is label i.
///
/// Exact up to 12 labels, all sets being compared (of equal ones the smallest number wins), and for the independent
/// family. Chains and mixtures of more labels are searched by branch and bound, which is exact unless a pixel takes
/// more than 2^18 nodes: then its set is the best of those seen. The set of marginals above one half is another
/// thing, and may be one that never occurs.
///
/// # Errors
/// No such axis, another number of parameters than the family has.
pub fn joint_label_sets<R: Real, D: Dimension>(
    family: &JointFamily,
    parameters: ArrayView<'_, R, D>,
    class_axis: usize,
) -> Result<Array<u64, D::Smaller>, JointError> {
    // A set of up to 64 bits passes through the lanes of f64 as its bits.
    over_pixels(family, parameters, class_axis, 1, f64::to_bits, |known, out| match known {
        Known::Costs(costs) => out[0] = cheapest(costs).map(f64::from_bits),
        Known::Factored(factored, point) => pixel_by_pixel(point, out, |parameters, one| {
            one[0] = f64::from_bits(best_set(family, factored, parameters));
        }),
    })
    .map(|(fold, sets)| fold.map(sets.into_raw_vec_and_offset().0))
}

/// The entropy of each pixel's distribution over the label sets in nats, [N, pixels..].
///
/// Exact up to 12 labels and for the independent family; for longer chains by the beam of [`joint_marginals`].
///
/// # Errors
/// No such axis, another number of parameters than the family has, a mixture of more than 12 labels.
pub fn joint_entropy<R: Real, D: Dimension>(
    family: &JointFamily,
    parameters: ArrayView<'_, R, D>,
    class_axis: usize,
) -> Result<Array<R, D::Smaller>, JointError> {
    let labels = family.labels();
    let of_one: fn(&[f64], &mut [f64]) -> f64 = match family.factored() {
        Some(Factored::Mixture) => {
            let advice = "take the entropies of the marginals, a bound from above";
            return Err(JointError::States { what: "the entropy of a mixture", labels, advice });
        }
        Some(Factored::Chain) => beam,
        Some(Factored::Independent) | None => |logits, _| logits.iter().map(|&x| label_entropy(x)).sum(),
    };
    over_pixels(family, parameters, class_axis, 1, R::from_f64, |known, out| match known {
        Known::Costs(costs) => out[0] = expectation(&probabilities(costs), costs),
        Known::Factored(_, point) => {
            let mut spare = vec![0.0; labels];
            pixel_by_pixel(point, out, |parameters, one| one[0] = of_one(parameters, &mut spare));
        }
    })
    .map(|(fold, map)| fold.map(map.into_raw_vec_and_offset().0))
}

/// The entropy of a label with this logit.
fn label_entropy(x: f64) -> f64 {
    let (yes, no) = sigmoid(x);
    yes * softplus(-x) + no * softplus(x)
}

/// What a pack of pixels is known by.
enum Known<'k> {
    /// The costs of all label sets.
    Costs(&'k [Lanes]),
    /// The parameters of a family whose label sets are not enumerated.
    Factored(Factored, &'k [Lanes]),
}

/// What makes it known, with its scratch.
enum Reader {
    Enumerated(Box<dyn StateCosts>, Vec<Lanes>),
    Factored(Factored),
}

impl Reader {
    fn new(family: &JointFamily) -> Self {
        match family.factored() {
            Some(factored) => Self::Factored(factored),
            None => Self::Enumerated(state_costs(family), rows(1 << family.labels())),
        }
    }

    fn read<'k>(&'k mut self, parameters: &'k [Lanes]) -> Known<'k> {
        match self {
            Self::Enumerated(family, costs) => {
                family.costs(parameters, costs);
                Known::Costs(costs)
            }
            Self::Factored(factored) => Known::Factored(*factored, parameters),
        }
    }
}

/// Fills `planes` output planes pack by pack.
fn over_pixels<R: Real, T: Copy + Default + Send, D: Dimension>(
    family: &JointFamily,
    parameters: ArrayView<'_, R, D>,
    class_axis: usize,
    planes: usize,
    narrow: impl Fn(f64) -> T + Sync,
    of: impl Fn(Known<'_>, &mut [Lanes]) + Sync,
) -> Result<(Fold, Array3<T>), JointError> {
    let fold = Fold::new(parameters.shape(), class_axis)?.long();
    family.check_parameters(parameters.shape()[class_axis])?;
    let parameters = fold.planes(parameters);
    let (outer, count, inner) = parameters.dim();
    let mut out = Array3::from_elem((outer, planes, inner), T::default());
    let chunks = fold.chunks(CHUNK, planes, out.as_slice_mut().expect("just made"));
    chunks.into_par_iter().for_each(|mut chunk| {
        let (mut point, mut found) = (rows(count), rows(planes));
        let mut reader = Reader::new(family);
        for pack in packs(&chunk) {
            pack.read(&parameters.view(), &mut point);
            of(reader.read(&point), &mut found);
            pack.write(&found, &mut chunk.planes, &narrow);
        }
    });
    Ok((fold, out))
}

/// Column by column: one pixel's parameters to its outputs.
fn pixel_by_pixel(point: &[Lanes], out: &mut [Lanes], mut of: impl FnMut(&[f64], &mut [f64])) {
    let (mut parameters, mut one) = (vec![0.0; point.len()], vec![0.0; out.len()]);
    out.fill(ZERO);
    for l in 0..LANES {
        parameters.iter_mut().zip(point).for_each(|(to, row)| *to = row[l]);
        of(&parameters, &mut one);
        out.iter_mut().zip(&one).for_each(|(row, from)| row[l] = *from);
    }
}

fn mixture_marginals(family: &JointFamily, parameters: &[f64], out: &mut [f64]) {
    let (mixing, logits) = parameters.split_at(family.components());
    let normaliser = log_sum(mixing);
    out.fill(0.0);
    for (w, row) in mixing.iter().zip(logits.chunks(family.labels())) {
        let share = (w - normaliser).exp();
        out.iter_mut().zip(row).for_each(|(q, &x)| *q += share * sigmoid(x).0);
    }
}
