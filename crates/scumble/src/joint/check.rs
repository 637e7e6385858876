//! What targets and options of a loss of label sets must be.

use super::error::JointError;
use super::family::JointFamily;
use super::lanes::CHUNK;
use crate::loss::{Chunk, Fault, Fold, LossOptions};
use ndarray::{ArrayView, ArrayView3, Dimension};
use rayon::prelude::*;
use scumble_kernels::Real;

/// How far a distribution may be from 1 in sum; the same as for soft labels.
const SUM_TOLERANCE: f64 = 1e-3;

/// Refuses what only losses of single classes have.
pub(super) fn check_options<R: Real>(options: &LossOptions<'_, R>) -> Result<(), JointError> {
    if let Some(option) = options.of_class_labels().next() {
        let advice = match option {
            "label smoothing" => {
                "it would make label sets likely that never occur; smooth the distribution as you see fit"
            }
            _ => "a loss of label sets has no term of a single label; weigh pixels",
        };
        return Err(JointError::NotFor { option, advice });
    }
    options.ignored_label().map_or(Ok(()), |value| Err(JointError::IgnoreValue { value }))
}

/// Every target [outer, C, inner] is in 0..1 and, for distributions, sums to 1 over C, where the mask is on.
pub(super) fn check_distribution<R: Real>(
    targets: &ArrayView3<'_, R>,
    sums_to_one: bool,
    mask: Option<&[bool]>,
    fold: &Fold,
) -> Result<(), Fault> {
    let (_, classes, inner) = targets.dim();
    let all = targets.as_slice().expect("planes are in memory order");
    let check = |chunk: &Chunk<'_, u8>| {
        let mut sums = vec![0.0; chunk.pixels.len()];
        // The first bad pixel of the chunk, and there the first bad class.
        let mut bad: Option<(usize, usize, f64)> = None;
        for class in 0..classes {
            let plane = &all[(chunk.outer * classes + class) * inner..][chunk.pixels.clone()];
            for (at, (value, sum)) in plane.iter().zip(&mut sums).enumerate() {
                let value = value.to_f64();
                *sum += value;
                let counted = || mask.is_none_or(|m| m[chunk.first + at]);
                if !(0.0..=1.0).contains(&value) && counted() && bad.is_none_or(|(first, ..)| at < first) {
                    bad = Some((at, class, value));
                }
            }
        }
        if let Some((at, class, value)) = bad {
            return Some(Fault::Target { place: fold.place_of(chunk.first + at, Some(class)), value });
        }
        let wrong = |&(at, sum): &(usize, &f64)| {
            (sum - 1.0).abs() > SUM_TOLERANCE && mask.is_none_or(|m| m[chunk.first + at])
        };
        let (at, &sum) = sums.iter().enumerate().find(|pair| sums_to_one && wrong(pair))?;
        Some(Fault::Sum { place: fold.place_of(chunk.first + at, None), sum })
    };
    fold.chunks::<u8>(CHUNK, 0, &mut []).par_iter().find_map_first(check).map_or(Ok(()), Err)
}

/// A rater's label sets, one a pixel.
pub(super) fn sets_of<D: Dimension>(
    sets: &ArrayView<'_, Option<u64>, D>,
    fold: &Fold,
) -> Result<Vec<Option<u64>>, JointError> {
    if sets.shape() == fold.pixels {
        return Ok(sets.iter().copied().collect());
    }
    let (what, found, expected) =
        ("a rater's array of label sets", sets.shape().to_vec(), fold.pixels.clone());
    Err(JointError::Shape { what, found, expected, hint: "; it has no class axis" })
}

/// Label sets of at least one rater, none with a label beyond those of the family.
pub(super) fn check_sets(
    raters: &[Vec<Option<u64>>],
    family: &JointFamily,
    fold: &Fold,
) -> Result<(), JointError> {
    if raters.is_empty() {
        return Err(JointError::NoRater);
    }
    for (rater, sets) in raters.iter().enumerate() {
        for (number, set) in sets.iter().enumerate() {
            if let Some(set) = *set
                && !family.has(set)
            {
                let (pixel, labels) = (fold.place_of(number, None).pixel, family.labels());
                return Err(JointError::Set { rater, pixel, set, labels });
            }
        }
    }
    Ok(())
}
