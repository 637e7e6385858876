//! Logits and counts of opinions that were checked and belong together.

use crate::loss::error::LossError;
use crate::loss::frame::{Fold, Frame, Spread, Weighing};
use crate::loss::options::LossOptions;
use ndarray::{ArrayView, CowArray, Dimension, Ix3};
use scumble_kernels::Real;

/// Logits and counts as [outer, .., inner] in memory order.
pub(super) struct CountInputs<'a, R: Real> {
    /// [outer, 2 K, inner]: mean logits, then correlation logits.
    pub(super) logits: CowArray<'a, R, Ix3>,
    /// [outer, K, inner].
    pub(super) yes: CowArray<'a, R, Ix3>,
    /// [outer, K, inner].
    pub(super) total: CowArray<'a, R, Ix3>,
    pub(super) frame: Frame<R>,
}

impl<'a, R: Real> CountInputs<'a, R> {
    pub(super) fn new<D: Dimension>(
        logits: ArrayView<'a, R, D>,
        yes: ArrayView<'a, R, D>,
        total: ArrayView<'a, R, D>,
        options: &LossOptions<'_, R>,
    ) -> Result<Self, LossError> {
        check_options(options)?;
        let axis = options.class_axis;
        let of_logits = Fold::new(logits.shape(), axis)?;
        let classes = logits.shape()[axis];
        let counted = of_logits.shape_with(classes / 2);
        for (what, counts) in [("the array of yes counts", &yes), ("the array of totals", &total)] {
            if counts.shape() != counted || !classes.is_multiple_of(2) {
                let hint =
                    "; K classes have 2 K logits on the class axis, K of the mean and K of the correlation";
                return Err(of_logits.misfit(what, counts.shape(), hint).into());
            }
        }
        let fold = Fold::new(&counted, axis)?;
        let weighing = Weighing::new(&fold, Spread::Element, options)?;
        let (logits, yes, total) = (fold.planes(logits), fold.planes(yes), fold.planes(total));
        let frame = Frame::new(fold, weighing, classes / 2, options.denominator);
        let mut inputs = Self { logits, yes, total, frame };
        inputs.count(options.unchecked)?;
        Ok(inputs)
    }

    /// Counts the elements that have an opinion which counts, and the weighted opinions.
    fn count(&mut self, unchecked: bool) -> Result<(), LossError> {
        let (mut valid, mut opinions) = (0, 0.0);
        for ((o, k, i), total) in self.total.indexed_iter() {
            let (yes, total) = (self.yes[[o, k, i]].to_f64(), total.to_f64());
            let Some(weight) = self.weight(o, k, i) else { continue };
            let counts = total.is_finite() && (0.0..=total).contains(&yes);
            if !(counts || unchecked) {
                let index = self.frame.fold.place(o, Some(k), i).index();
                return Err(LossError::Votes { index, yes, total });
            }
            if total > 0.0 {
                valid += 1;
                opinions += weight * total;
            }
        }
        self.frame.count_terms(self.frame.all(), valid, opinions);
        Ok(())
    }

    /// Mask and pixel weight; `None`: nothing here counts, whatever it is.
    pub(super) fn weight(&self, outer: usize, class: usize, inner: usize) -> Option<f64> {
        Some(self.frame.weight(outer, class, inner)).filter(|weight| *weight > 0.0)
    }
}

/// Refuses what only losses of labels have.
fn check_options<R: Real>(options: &LossOptions<'_, R>) -> Result<(), LossError> {
    let ignore = options.ignore_value.map(|_| "ignore value");
    let Some(option) = options.of_class_labels().chain(ignore).next() else { return Ok(()) };
    let advice = "it takes counts of opinions as they are; weigh pixels, or mask them";
    Err(LossError::NotFor { option, kind: "the beta-binomial likelihood", advice })
}
