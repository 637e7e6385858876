use crate::loss::report::factor;
use crate::loss::{Classes, Denominator, Loss, LossError, LossOptions, check, fold};
use ndarray::{Array3, ArrayView, CowArray, Dimension, Ix3};
use scumble_kernels::Real;

/// Logits and counts that belong together, as [outer, .., inner] in memory order.
pub(super) struct Problem<'a, R: Real> {
    /// [outer, 2 K, inner]: mean logits, then correlation logits.
    pub(super) logits: CowArray<'a, R, Ix3>,
    /// [outer, K, inner].
    pub(super) yes: CowArray<'a, R, Ix3>,
    /// [outer, K, inner].
    pub(super) total: CowArray<'a, R, Ix3>,
    /// Mask and pixel weights folded, [outer, 1 or K, inner]; `None`: all 1.
    weights: Option<Array3<R>>,
    denominator: Denominator,
    divisor: f64,
    valid: u64,
}

impl<'a, R: Real> Problem<'a, R> {
    pub(super) fn new<D: Dimension>(
        logits: ArrayView<'a, R, D>,
        yes: ArrayView<'a, R, D>,
        total: ArrayView<'a, R, D>,
        options: &LossOptions<'_, R>,
    ) -> Result<Self, LossError> {
        settings(options)?;
        let (shape, axis) = (logits.shape().to_vec(), options.class_axis);
        if axis >= shape.len() {
            return Err(LossError::ClassAxis { axis, rank: shape.len() });
        }
        let mut counted = shape.clone();
        counted[axis] /= 2;
        for (what, counts) in [("the array of yes counts", &yes), ("the array of totals", &total)] {
            if counts.shape() != counted || !shape[axis].is_multiple_of(2) {
                let hint =
                    "; K classes have 2 K logits on the class axis, K of the mean and K of the correlation";
                return Err(fold::wrong_shape(what, counts.shape(), &shape, hint));
            }
        }
        let folded =
            fold::Folded { outer: shape[..axis].iter().product(), inner: shape[axis + 1..].iter().product() };
        let each = Classes::Independent;
        let mask = options.mask.as_ref().map(|m| fold::spread("the mask", m, each, &counted, axis));
        let weights =
            options.weights.as_ref().map(|w| fold::spread("the weight array", w, each, &counted, axis));
        let (mask, weights) = (mask.transpose()?, weights.transpose()?);
        if let Some(weights) = &weights {
            check::pixel_weights(weights)?;
        }
        let weights = fold::masked(mask.map(|m| folded.array(m)), weights.map(|w| folded.array(w)));
        let mut problem = Self {
            logits: folded.cow(logits),
            yes: folded.cow(yes),
            total: folded.cow(total),
            weights,
            denominator: options.denominator,
            divisor: 1.0,
            valid: 0,
        };
        let opinions = problem.count(options.unchecked)?;
        let images = if axis == 0 { 1 } else { shape[0] };
        problem.divisor = match options.denominator {
            Denominator::Valid => problem.valid as f64,
            Denominator::All => problem.yes.len() as f64,
            Denominator::Batch => images as f64,
            Denominator::Weights => opinions,
            Denominator::None => 1.0,
        };
        Ok(problem)
    }

    /// Counts what is valid, and returns the weighted sum of opinions.
    fn count(&mut self, unchecked: bool) -> Result<f64, LossError> {
        let (mut valid, mut opinions) = (0, 0.0);
        for ((o, k, i), total) in self.total.indexed_iter() {
            let (yes, total) = (self.yes[[o, k, i]].to_f64(), total.to_f64());
            let Some(weight) = self.weight(o, k, i) else { continue };
            let counts = total.is_finite() && (0.0..=total).contains(&yes);
            if !(counts || unchecked) {
                return Err(LossError::Votes { index: vec![o, k, i], yes, total });
            }
            if total > 0.0 {
                valid += 1;
                opinions += weight * total;
            }
        }
        self.valid = valid;
        Ok(opinions)
    }

    /// Mask and pixel weight; `None`: nothing here counts, whatever it is.
    pub(super) fn weight(&self, outer: usize, class: usize, inner: usize) -> Option<f64> {
        let Some(weights) = &self.weights else { return Some(1.0) };
        let weight = weights[[outer, if weights.dim().1 == 1 { 0 } else { class }, inner]].to_f64();
        (weight > 0.0).then_some(weight)
    }

    /// What a gradient is multiplied by.
    pub(super) fn scale(&self) -> f64 {
        factor(self.divisor, self.valid)
    }

    /// The loss of which this is the sum.
    pub(super) fn report(&self, sum: f64, floor: f64) -> Loss {
        Loss::new(sum, floor, self.denominator, self.divisor, self.valid)
    }
}

/// Refuses what only losses of labels have.
fn settings<R: Real>(options: &LossOptions<'_, R>) -> Result<(), LossError> {
    let kind = "the beta-binomial likelihood";
    for (given, option) in [
        (!options.class_weights.is_empty(), "class weight"),
        (!options.positive_weights.is_empty(), "positive weight"),
        (!options.balance.is_empty(), "balance"),
        (options.label_smoothing != 0.0, "label smoothing"),
        (options.ignore_value.is_some(), "ignore value"),
    ] {
        if given {
            let advice = "it takes counts of opinions as they are; weigh pixels, or mask them";
            return Err(LossError::NotFor { option, kind, advice });
        }
    }
    Ok(())
}
