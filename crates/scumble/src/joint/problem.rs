use super::check::{check_distribution, check_options, check_sets, check_weights, hide_ignored};
use super::fold::Fold;
use super::{JointError, JointFamily, JointKind, JointTargets};
use crate::loss::{Denominator, Loss, LossOptions, factor};
use ndarray::{ArrayView, CowArray, Dimension, Ix3};
use scumble_kernels::Real;

/// Targets that fit the family.
pub(super) enum Target<'a, R: Real> {
    /// [outer, 2^K, inner], K <= 12.
    States(CowArray<'a, R, Ix3>),
    /// [outer, K, inner]: of the independent family, or K = 1.
    Marginals(CowArray<'a, R, Ix3>),
    /// A list of pixels for each rater.
    Sets(Vec<Vec<Option<u64>>>),
}

/// Parameters, targets and weights that were checked and belong together.
pub(super) struct Problem<'a, R: Real> {
    pub(super) family: JointFamily,
    pub(super) fold: Fold,
    /// [outer, P, inner].
    pub(super) parameters: CowArray<'a, R, Ix3>,
    pub(super) target: Target<'a, R>,
    /// Mask and weights, one a pixel; `None`: all 1.
    pub(super) weights: Option<Vec<f64>>,
    denominator: Denominator,
    valid: u64,
    batch: u64,
}

impl<'a, R: Real> Problem<'a, R> {
    pub(super) fn new<'p: 'a, 't: 'a, D: Dimension>(
        family: &JointFamily,
        parameters: ArrayView<'p, R, D>,
        targets: JointTargets<'t, R, D>,
        options: &LossOptions<'_, R>,
    ) -> Result<Self, JointError> {
        let axis = options.class_axis;
        let shape = parameters.shape();
        let fold = Fold::new(shape, axis)?;
        let batch = if axis == 0 { 1 } else { shape[0] as u64 };
        family.check_parameters(shape[axis])?;
        check_options(options)?;
        let mut mask = options.mask.as_ref().map(|m| fold.per_pixel("the mask", m.view())).transpose()?;
        let weights =
            options.weights.as_ref().map(|w| fold.per_pixel("the weight array", w.view())).transpose()?;
        let weights: Option<Vec<f64>> = weights.map(|w| w.into_iter().map(|w: R| w.to_f64()).collect());
        if let Some(weights) = &weights {
            check_weights(weights, &fold)?;
        }
        let target = Target::new(family, targets, options, &fold, &mut mask)?;
        let valid = mask.as_ref().map_or(fold.count(), |m| m.iter().filter(|on| **on).count()) as u64;
        let weights = match (mask, weights) {
            (None, weights) => weights,
            (Some(mask), None) => Some(mask.into_iter().map(|on| f64::from(u8::from(on))).collect()),
            (Some(mask), Some(mut weights)) => {
                weights.iter_mut().zip(mask).filter(|(_, on)| !on).for_each(|(w, _)| *w = 0.0);
                Some(weights)
            }
        };
        let parameters = fold.planes(parameters);
        let denominator = options.denominator;
        Ok(Self { family: *family, fold, parameters, target, weights, denominator, valid, batch })
    }

    fn divisor(&self) -> f64 {
        match self.denominator {
            Denominator::Valid => self.valid as f64,
            Denominator::All => self.fold.count() as f64,
            Denominator::Batch => self.batch as f64,
            Denominator::Weights => {
                self.weights.as_ref().map_or(self.fold.count() as f64, |w| w.iter().sum())
            }
            Denominator::None => 1.0,
        }
    }

    /// What a gradient is multiplied by.
    pub(super) fn scale(&self) -> f64 {
        factor(self.divisor(), self.valid)
    }

    pub(super) fn report(&self, sum: f64, floor: f64) -> Loss {
        Loss::new(sum, floor, self.denominator, self.divisor(), self.valid)
    }
}

impl<'a, R: Real> Target<'a, R> {
    /// Checks targets; `mask` is turned off where they say nothing.
    fn new<'t: 'a, D: Dimension>(
        family: &JointFamily,
        targets: JointTargets<'t, R, D>,
        options: &LossOptions<'_, R>,
        fold: &Fold,
        mask: &mut Option<Vec<bool>>,
    ) -> Result<Self, JointError> {
        let (kind, labels) = (family.kind(), family.labels());
        let everywhere = || vec![true; fold.count()];
        let mut planes = |array, classes, sums_to_one| {
            let planes = fold.planes(of_shape(array, fold, classes)?);
            if let Some(value) = options.ignore_value {
                hide_ignored(&planes.view(), value, mask.get_or_insert_with(everywhere));
            }
            if !options.unchecked {
                check_distribution(&planes.view(), sums_to_one, mask.as_deref(), fold)?;
            }
            Ok(planes)
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
                let raters =
                    raters.iter().map(|sets| fold.sets(sets.view())).collect::<Result<Vec<_>, _>>()?;
                check_sets(&raters, labels, fold)?;
                let seen = |pixel: usize| raters.iter().any(|sets| sets[pixel].is_some());
                let mask = mask.get_or_insert_with(everywhere);
                mask.iter_mut().enumerate().for_each(|(pixel, on)| *on &= seen(pixel));
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
    let expected = fold.shape(classes);
    if array.shape() == expected {
        return Ok(array);
    }
    let found = array.shape().to_vec();
    let hint = "; the class axis has a number for each label set (2^K, in state order), or for each label (marginals)";
    Err(JointError::Shape { what: "the target array", found, expected, hint })
}
