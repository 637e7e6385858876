//! The loss of logits against a soft label, which brings its own validity, weights and votes.

use super::compute::{loss, loss_gradient};
use super::error::LossError;
use super::frame::{Fold, Loss, Spread, Weighing};
use super::kind::LossKind;
use super::options::{Classes, LossOptions};
use crate::labels::{Kind, SoftLabels};
use ndarray::{Array3, ArrayRef3, ArrayView3};
use scumble_kernels::Real;

impl SoftLabels {
    /// The cross entropy of logits [K, H, W] against this label, with its floor and excess: sigmoid for binary and
    /// multilabel, softmax for multiclass labels.
    ///
    /// What the label knows of its pixels goes along by itself. Pixels that are not valid add nothing, whatever their
    /// logits are. Each pixel counts with its [weight](SoftLabels::weights) times the number of its raters, as
    /// [`effective_weights(true)`](SoftLabels::effective_weights) has it: with [`Denominator::Weights`] the value is
    /// then the mean negative log likelihood of one opinion.
    ///
    /// `options` may have more: its mask and weights hold beside the label's own, in the shapes of a pixel's or of an
    /// element's. Class axis and reading of the classes follow from the label, and replace those in `options`.
    ///
    /// [`Denominator::Weights`]: super::Denominator::Weights
    ///
    /// # Errors
    /// Logits of another shape than the label, and as [`loss`](super::loss()) for the options.
    ///
    /// ```
    /// use ndarray::array;
    /// use scumble::labels::{Kind, LabelSpace, RaterMask, UNSEEN, Votes};
    /// use scumble::loss::{Denominator, LossOptions};
    ///
    /// // Three raters of two pixels; the second pixel was seen by nobody, and says nothing.
    /// let water = LabelSpace::new(Kind::Binary, ["water"])?;
    /// let mut votes = Votes::new(&water, (1, 2));
    /// for mark in [1, 1, 0] {
    ///     votes.add(&RaterMask::new(&water, array![[[mark, UNSEEN]]])?)?;
    /// }
    /// let labels = votes.into_labels();
    /// let logits = array![[[0.0_f32, 5.0]]];
    /// let options = LossOptions::default().denominator(Denominator::Weights);
    /// let (loss, gradient) = labels.loss_gradient(&logits, &options)?;
    /// assert!((loss.value - 2f64.ln()).abs() < 1e-7 && loss.divisor == 3.0 && loss.valid == 1);
    /// assert!((gradient[[0, 0, 0]] + 1.0 / 6.0).abs() < 1e-7); // 1/2 - 2/3
    /// assert_eq!(gradient[[0, 0, 1]], 0.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn loss<R: Real>(
        &self,
        logits: &ArrayRef3<R>,
        options: &LossOptions<'_, R>,
    ) -> Result<Loss, LossError> {
        self.loss_of(cross_entropy_of(self.kind()), logits, options)
    }

    /// [`loss`](SoftLabels::loss) and its gradient with respect to the logits, [K, H, W]: 0 where the label is not valid.
    ///
    /// # Errors
    /// As [`loss`](SoftLabels::loss).
    pub fn loss_gradient<R: Real>(
        &self,
        logits: &ArrayRef3<R>,
        options: &LossOptions<'_, R>,
    ) -> Result<(Loss, Array3<R>), LossError> {
        self.loss_gradient_of(cross_entropy_of(self.kind()), logits, options)
    }

    /// A loss of any kind against this label, otherwise as [`loss`](SoftLabels::loss).
    ///
    /// # Errors
    /// As [`loss`](SoftLabels::loss); a kind for classes of the other sort.
    ///
    /// ```
    /// use ndarray::array;
    /// use scumble::labels::{Kind, SoftLabels};
    /// use scumble::loss::{LossKind, LossOptions};
    ///
    /// let labels = SoftLabels::new(Kind::Binary, array![[[0.75, 0.25]]])?;
    /// let brier = labels.loss_of(LossKind::Brier, &array![[[0.0, 0.0]]], &LossOptions::<f64>::default())?;
    /// assert_eq!(brier.value, 0.0625);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn loss_of<R: Real>(
        &self,
        kind: LossKind,
        logits: &ArrayRef3<R>,
        options: &LossOptions<'_, R>,
    ) -> Result<Loss, LossError> {
        self.with_own(kind, logits, options, |logits, targets, options| loss(kind, logits, targets, options))
    }

    /// [`loss_of`](SoftLabels::loss_of) and its gradient with respect to the logits, [K, H, W].
    ///
    /// # Errors
    /// As [`loss_of`](SoftLabels::loss_of).
    pub fn loss_gradient_of<R: Real>(
        &self,
        kind: LossKind,
        logits: &ArrayRef3<R>,
        options: &LossOptions<'_, R>,
    ) -> Result<(Loss, Array3<R>), LossError> {
        self.with_own(kind, logits, options, |logits, targets, options| {
            loss_gradient(kind, logits, targets, options)
        })
    }

    /// Hands `take` what the label says: targets, and options with its mask and weights in them.
    fn with_own<R: Real, L>(
        &self,
        kind: LossKind,
        logits: &ArrayRef3<R>,
        options: &LossOptions<'_, R>,
        take: impl FnOnce(ArrayView3<'_, R>, ArrayView3<'_, R>, &LossOptions<'_, R>) -> Result<L, LossError>,
    ) -> Result<L, LossError> {
        let (classes, spread) = match self.kind() {
            Kind::Binary | Kind::Multilabel => (Classes::Independent, Spread::Element),
            Kind::Multiclass => (Classes::Exclusive, Spread::Pixel),
        };
        if kind.classes(classes) != classes {
            let advice = "take sigmoid for separate classes, softmax for exclusive ones";
            return Err(LossError::NotFor { option: kind.name(), kind: self.kind().name(), advice });
        }
        let fold = Fold::new(logits.shape(), 0)?;
        if self.probabilities().shape() != logits.shape() {
            return Err(fold.misfit("the label", self.probabilities().shape(), "").into());
        }
        let mut weighing = Weighing::new(&fold, spread, options)?;
        weighing.keep(fold.planes(self.valid()).into_owned());
        if self.weights().is_some() || self.votes().is_some() {
            let own = self.effective_weights(true).mapv(|w| R::from_f64(w.into()));
            weighing.weigh(fold.planes(own.view()).into_owned());
        }
        let mask = weighing.mask.map(|mask| fold.restore::<_, ndarray::Ix3>(mask));
        let weights = weighing.weights.map(|weights| fold.restore::<_, ndarray::Ix3>(weights));
        let own = LossOptions {
            class_axis: 0,
            classes,
            denominator: options.denominator,
            mask: mask.as_ref().map(|mask| mask.view().into_dyn()),
            ignore_value: options.ignore_value,
            weights: weights.as_ref().map(|weights| weights.view().into_dyn()),
            class_weights: options.class_weights,
            positive_weights: options.positive_weights,
            balance: options.balance,
            label_smoothing: options.label_smoothing,
            // A label was checked when it was made.
            unchecked: true,
            with_floor: options.with_floor,
        };
        let targets = self.probabilities().mapv(|p| R::from_f64(p.into()));
        take(logits.view(), targets.view(), &own)
    }
}

/// The cross entropy that labels of this kind have.
fn cross_entropy_of(kind: Kind) -> LossKind {
    match kind {
        Kind::Binary | Kind::Multilabel => LossKind::Sigmoid,
        Kind::Multiclass => LossKind::Softmax,
    }
}
