//! The mean of each class's votes, and the correlation between any two: k of n raters who go together.

use super::classes::Classes;
use super::distribution::{Distribution, TargetError, Validation, judge, log_odds, sigmoid};
use super::{HeadError, Reading, ReadingError};
use ndarray::{Array3, Array4, ArrayView3, ArrayView4, Axis, Slice, Zip, concatenate};
use scumble::labels::{Kind, LabelSpace, NO_RATERS, SoftLabels, Votes};
use scumble::loss::{Denominator, Loss, LossError, LossOptions, beta_binomial_loss_gradient};
use scumble::score::{CrossEntropyScore, Judge, Scores};
use scumble_data::Target;

/// The head of counts: K logits of means, then K of correlations.
pub(super) struct BetaBinomial;

/// The correlation of two raters' opinions that a training starts from.
const CORRELATION: f64 = 0.1;

impl Distribution for BetaBinomial {
    fn fits(&self, space: &LabelSpace, _calibrated: bool) -> Result<(), HeadError> {
        if space.kind() == Kind::Multiclass { Err(HeadError::Counts) } else { Ok(()) }
    }

    fn supports(&self, space: &LabelSpace, reading: Reading) -> Result<(), ReadingError> {
        reading.suits(space)
    }

    fn logits(&self, classes: usize) -> usize {
        2 * classes
    }

    fn names(&self, classes: &[String]) -> Vec<String> {
        let correlations = classes.iter().map(|name| format!("correlation of {name}"));
        classes.iter().cloned().chain(correlations).collect()
    }

    /// Counts are those of the raters' masks, whatever label file lies beside them.
    fn target(&self, asked: Target) -> Target {
        if asked == Target::Auto { Target::Mean } else { asked }
    }

    /// Counts [2 K, H, W], k of each class, then n of each, and what they weigh, [1 or 2 K, H, W].
    fn targets(
        &self,
        labels: &SoftLabels,
        by_raters: bool,
    ) -> Result<(Array3<f32>, Array3<f32>), TargetError> {
        let counted = labels.votes().filter(|votes| is_frequency(labels, votes));
        let votes = counted.ok_or(TargetError::NoCounts)?;
        // k and n interpolate as they are; what a pixel weighs is beside them.
        let counts = concatenate![Axis(0), votes.yes().mapv(f32::from), votes.total().mapv(f32::from)];
        let mut weights = labels.effective_weights(false);
        if !by_raters {
            Zip::from(&mut weights).and(votes.total()).for_each(|w, &n| *w /= f32::from(n.max(1)));
        }
        let weights = if weights.dim().0 == 1 { weights } else { concatenate![Axis(0), weights, weights] };
        Ok((counts, weights))
    }

    fn prior(&self, kind: Kind, frequencies: &[f64], shift: &[f32]) -> Vec<f32> {
        let means = Classes.prior(kind, frequencies, shift);
        let correlations = std::iter::repeat_n(log_odds(CORRELATION), frequencies.len());
        means.into_iter().chain(correlations).collect()
    }

    fn class_logits(&self, logits: &Array4<f32>, classes: usize) -> Array4<f32> {
        logits.slice_axis(Axis(1), Slice::from(..classes)).to_owned()
    }

    fn probabilities(&self, kind: Kind, class_logits: Array4<f32>) -> Array4<f32> {
        Classes.probabilities(kind, class_logits)
    }

    fn correlations(&self, logits: &Array4<f32>, classes: usize) -> Option<Array4<f32>> {
        Some(logits.slice_axis(Axis(1), Slice::from(classes..)).mapv(sigmoid))
    }

    fn validation(&self, space: &LabelSpace, by_raters: bool) -> Box<dyn Validation> {
        let (kind, means) = (space.kind(), judge(space, by_raters));
        Box::new(CountValidation { kind, means, by_raters, value: 0.0, floor: 0.0, opinions: 0.0 })
    }
}

/// In place of the cross entropy stands minus the logarithm of the likelihood, for one opinion; the floor is the same.
/// All else is of the means.
struct CountValidation {
    kind: Kind,
    means: Judge,
    by_raters: bool,
    value: f64,
    floor: f64,
    opinions: f64,
}

impl Validation for CountValidation {
    fn reading(&self) -> Reading {
        Reading::Parameters
    }

    fn add_rows(&mut self, labels: &SoftLabels, maps: ArrayView3<'_, f32>) -> Result<(), TargetError> {
        let (counts, weights) = BetaBinomial.targets(labels, self.by_raters)?;
        let classes = counts.dim().0 / 2;
        let [logits, counts, weights] =
            [maps.to_owned(), counts, weights].map(|maps| maps.insert_axis(Axis(0)));
        let loss = gradient(logits.view(), counts.view(), weights.view());
        let (loss, _) = loss.expect("counts and network have one shape");
        self.value += loss.value * loss.divisor;
        self.floor += loss.floor * loss.divisor;
        self.opinions += loss.divisor;
        let means = BetaBinomial.probabilities(self.kind, BetaBinomial.class_logits(&logits, classes));
        Ok(self.means.add_rows(labels, means.index_axis(Axis(0), 0), NO_RATERS)?)
    }

    fn end_image(&mut self) {
        self.means.end_image();
    }

    fn scores(&self) -> Scores {
        let (value, floor) = (self.value / self.opinions, self.floor / self.opinions);
        let score = CrossEntropyScore { value, floor, excess: value - floor };
        Scores { cross_entropy: (self.opinions > 0.0).then_some(score), ..self.means.scores() }
    }

    fn of_classes(&self) -> &Judge {
        &self.means
    }
}

/// As [`Objective::gradient`](super::Objective::gradient).
pub(super) fn gradient(
    logits: ArrayView4<'_, f32>,
    counts: ArrayView4<'_, f32>,
    weights: ArrayView4<'_, f32>,
) -> Result<(Loss, Array4<f32>), LossError> {
    // Weights come once for k and once for n.
    let half = |maps| ArrayView4::split_at(maps, Axis(1), maps.dim().1 / 2);
    let weights = if weights.dim().1 == 1 { weights } else { half(weights).0 };
    let (yes, total) = half(counts);
    let options = LossOptions::default().weights(weights).denominator(Denominator::Weights).unchecked();
    beta_binomial_loss_gradient(logits, yes, total, &options)
}

/// Whether a label is k/n of these votes, but for what 8-bit maps round. Another, such as a majority, may be
/// kept beside its votes, and is then not what they say.
fn is_frequency(labels: &SoftLabels, votes: &Votes) -> bool {
    let share = |k: u16, n: u16| f32::from(k) / f32::from(n.max(1));
    let mut pixels =
        labels.probabilities().into_iter().zip(labels.valid()).zip(votes.yes()).zip(votes.total());
    pixels.all(|(((p, valid), k), n)| !valid || (p - share(*k, *n)).abs() < 1e-2)
}
