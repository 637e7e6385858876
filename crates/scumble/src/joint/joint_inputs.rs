//! Parameters and targets of label sets that were checked and belong together.

use super::check::{check_distribution, check_options, check_sets, sets_of};
use super::error::JointError;
use super::family::JointFamily;
use super::kind::JointKind;
use super::targets::JointTargets;
use crate::loss::{Fold, Frame, LossOptions, Spread, Weighing, kept};
use ndarray::{ArrayView, CowArray, Dimension, Ix3};
use scumble_kernels::Real;

/// Targets that fit the family.
pub(super) enum CheckedTargets<'a, R: Real> {
    /// [outer, 2^K, inner], K <= 12.
    States(CowArray<'a, R, Ix3>),
    /// [outer, K, inner]: of the independent family, or K = 1.
    Marginals(CowArray<'a, R, Ix3>),
    /// A list of pixels for each rater.
    Sets(Vec<Vec<Option<u64>>>),
}

/// Parameters, targets and weights as planes, [outer, .., inner].
pub(super) struct JointInputs<'a, R: Real> {
    pub(super) family: JointFamily,
    /// [outer, P, inner].
    pub(super) parameters: CowArray<'a, R, Ix3>,
    pub(super) targets: CheckedTargets<'a, R>,
    /// Its weights are one a pixel.
    pub(super) frame: Frame<R>,
}

impl<'a, R: Real> JointInputs<'a, R> {
    pub(super) fn new<'p: 'a, 't: 'a, D: Dimension>(
        family: &JointFamily,
        parameters: ArrayView<'p, R, D>,
        targets: JointTargets<'t, R, D>,
        options: &LossOptions<'_, R>,
    ) -> Result<Self, JointError> {
        let fold = Fold::new(parameters.shape(), options.class_axis)?.long();
        family.check_parameters(parameters.shape()[options.class_axis])?;
        check_options(options)?;
        let mut weighing = Weighing::new(&fold, Spread::Pixel, options)?;
        let targets = CheckedTargets::new(family, targets, options, &fold, &mut weighing)?;
        let parameters = fold.planes(parameters);
        let mut frame = Frame::new(fold, weighing, 1, options.denominator);
        frame.sum_weights(|frame| match &frame.weights {
            Some(weights) => weights.iter().map(|w| w.to_f64()).sum(),
            None => frame.fold.count() as f64,
        });
        Ok(Self { family: *family, parameters, targets, frame })
    }
}

impl<'a, R: Real> CheckedTargets<'a, R> {
    /// Checks targets; where they say nothing, pixels do not count.
    fn new<'t: 'a, D: Dimension>(
        family: &JointFamily,
        targets: JointTargets<'t, R, D>,
        options: &LossOptions<'_, R>,
        fold: &Fold,
        weighing: &mut Weighing<R>,
    ) -> Result<Self, JointError> {
        let (kind, labels) = (family.kind(), family.labels());
        let mut planes = |array, classes, sums_to_one| {
            let planes = fold.planes(of_shape(array, fold, classes)?);
            if let Some(value) = options.ignore_value {
                weighing.keep(kept(&planes.view(), Spread::Pixel, value));
            }
            if !options.unchecked {
                let mask = weighing.mask.as_ref();
                let mask = mask.map(|mask| mask.as_slice().expect("planes are in memory order"));
                check_distribution(&planes.view(), sums_to_one, mask, fold)?;
            }
            Ok::<_, JointError>(planes)
        };
        match targets {
            JointTargets::Distribution(array) => {
                let (what, advice) = ("a distribution over the sets", "give the raters' label sets");
                let states = family.states().ok_or(JointError::States { what, labels, advice })?;
                Ok(Self::States(planes(array, states, true)?))
            }
            JointTargets::Marginals(array) => {
                if kind != JointKind::Independent && labels > 1 {
                    return Err(JointError::Marginals { kind, labels });
                }
                Ok(Self::Marginals(planes(array, labels, false)?))
            }
            JointTargets::Sets(raters) => {
                let raters = raters.iter().map(|sets| sets_of(sets, fold)).collect::<Result<Vec<_>, _>>()?;
                check_sets(&raters, family, fold)?;
                let seen = |number: usize| raters.iter().any(|sets| sets[number].is_some());
                weighing.keep(fold.plane((0..fold.count()).map(seen).collect()));
                Ok(Self::Sets(raters))
            }
        }
    }
}

fn of_shape<'a, R, D: Dimension>(
    array: ArrayView<'a, R, D>,
    fold: &Fold,
    classes: usize,
) -> Result<ArrayView<'a, R, D>, JointError> {
    let expected = fold.shape_with(classes);
    if array.shape() == expected {
        return Ok(array);
    }
    let found = array.shape().to_vec();
    let hint = "; the class axis has a number for each label set (2^K, in state order), or for each label (marginals)";
    Err(JointError::Shape { what: "the target array", found, expected, hint })
}
