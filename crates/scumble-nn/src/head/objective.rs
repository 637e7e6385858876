//! What a training minimises, for each head.

use super::parts::{Part, together};
use super::{ClassLoss, Head, Raters, beta_binomial, joint, raters};
use crate::ranks::{Alone, ReduceError, Share};
use ndarray::{Array4, ArrayView4, Axis, Slice};
use rayon::prelude::*;
use scumble::joint::{JointError, JointFamily};
use scumble::labels::Kind;
use scumble::loss::{Loss, LossError};
use thiserror::Error;

/// Arrays that an [`Objective`] cannot be taken of.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ObjectiveError {
    /// As a loss of classes says.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// As a loss of label sets says.
    #[error(transparent)]
    Joint(#[from] JointError),
    /// There are not as many images as the rank's share of the batch has, or it has none.
    #[error("the rank's share of the batch has {expected} images, but {found} were given")]
    Share {
        /// Images of the share.
        expected: usize,
        /// Images given.
        found: usize,
    },
    /// An overlap over the whole batch, of which a rank has a share.
    #[error("an overlap over the whole batch is no sum over images, and cannot be shared out among ranks")]
    OfBatch,
    /// Ranks that did not come together.
    #[error(transparent)]
    Ranks(#[from] ReduceError),
}

/// What a training minimises: the cross entropy of a task's head; of classes also other losses and class weights.
///
/// ```
/// use ndarray::array;
/// use scumble::labels::{Kind, LabelSpace};
/// use scumble_nn::Task;
///
/// let task = Task::new(LabelSpace::new(Kind::Binary, ["vessel"])?);
/// let (logits, targets) = (array![[[[0.0f32]]]], array![[[[0.7f32]]]]);
/// let weights = array![[[[3.0f32]]]]; // three raters
/// let (loss, gradient) = task.objective().gradient(logits.view(), targets.view(), weights.view())?;
/// assert!((loss.value - 2f64.ln()).abs() < 1e-6);
/// assert!((gradient[[0, 0, 0, 0]] + 0.2).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub enum Objective {
    /// A sum of losses of classes.
    Classes(ClassLoss),
    /// The cross entropy of label sets.
    Joint(JointFamily),
    /// The likelihood of counts.
    BetaBinomial,
    /// A sum of losses of classes, of what raters say together and of what each says.
    Raters(ClassLoss, Raters),
}

impl Objective {
    /// The cross entropy of a head, over labels of a kind.
    pub fn new(head: Head, kind: Kind) -> Self {
        match head {
            Head::Classes => Self::Classes(ClassLoss::new(kind)),
            Head::Joint(family) => Self::Joint(family),
            Head::BetaBinomial => Self::BetaBinomial,
            Head::Raters(raters) => Self::Raters(ClassLoss::new(kind), raters),
        }
    }

    /// How far class weights move the best logits away from those of the label itself, one a class; empty: not at all.
    pub fn shift(&self) -> Vec<f32> {
        match self {
            Self::Classes(loss) | Self::Raters(loss, _) => loss.shift(),
            Self::Joint(_) | Self::BetaBinomial => Vec::new(),
        }
    }

    /// The loss with its gradient. Logits and targets are [N, K, H, W] (with a joint family [N, P, H, W] and
    /// [N, 2^K, H, W]), weights [N, 1 or K, H, W] with 0 for ignored pixels. The sum is divided by the sum of the
    /// weights: the cross entropy is then the mean negative log likelihood of one opinion.
    ///
    /// The beta-binomial likelihood takes logits [N, 2 K, H, W], counts in place of targets, [N, 2 K, H, W],
    /// k then n of each class, and weights [N, 1 or 2 K, H, W] that n is not part of. The sum is divided by
    /// that of weights times n, and so is of one opinion, too.
    ///
    /// Of R raters as people all three are [N, (1 + R) K, H, W]: of all together, then of each. The loss is that of all
    /// together; the gradient of each rater's logits is that of a mean over all masks.
    ///
    /// # Errors
    /// Arrays that do not fit each other.
    pub fn gradient(
        &self,
        logits: ArrayView4<'_, f32>,
        targets: ArrayView4<'_, f32>,
        weights: ArrayView4<'_, f32>,
    ) -> Result<(Loss, Array4<f32>), ObjectiveError> {
        self.share_gradient(logits, targets, weights, &Share::new(&Alone, logits.dim().0))
    }

    /// [`gradient`](Self::gradient) of a rank's share of a batch: loss and divisors are those of the whole batch, the same
    /// bytes at any number of ranks.
    ///
    /// # Errors
    /// As `gradient`; images that are not as many as the share, or none; an objective [over the whole
    /// batch](Self::is_of_batch) that is shared out; ranks that do not come together.
    pub fn share_gradient(
        &self,
        logits: ArrayView4<'_, f32>,
        targets: ArrayView4<'_, f32>,
        weights: ArrayView4<'_, f32>,
        share: &Share<'_>,
    ) -> Result<(Loss, Array4<f32>), ObjectiveError> {
        let shape = logits.dim().into();
        let images = logits.dim().0;
        // Arrays that do not fit are refused as a whole.
        let fit = [targets.dim().0, weights.dim().0] == [images; 2];
        if !fit || self.is_of_batch() || (images == 0 && share.is_whole()) {
            let all = [self.parts(logits, targets, weights)?];
            if !share.is_whole() {
                return Err(ObjectiveError::OfBatch);
            }
            return Ok(together(&all, shape, &Share::new(&Alone, 1))?);
        }
        let expected = share.images().len();
        if images != expected || images == 0 {
            return Err(ObjectiveError::Share { expected, found: images });
        }
        let image = |image: usize| {
            let [logits, targets, weights] = [&logits, &targets, &weights]
                .map(|maps| maps.slice_axis(Axis(0), Slice::from(image..image + 1)));
            self.parts(logits, targets, weights)
        };
        let parts = (0..images).into_par_iter().map(image).collect::<Result<Vec<_>, _>>()?;
        Ok(together(&parts, shape, share)?)
    }

    /// Whether it is no sum over images: an overlap over the whole batch.
    pub fn is_of_batch(&self) -> bool {
        match self {
            Self::Classes(loss) | Self::Raters(loss, _) => loss.is_of_batch(),
            Self::Joint(_) | Self::BetaBinomial => false,
        }
    }

    /// Its parts over some images.
    fn parts(
        &self,
        logits: ArrayView4<'_, f32>,
        targets: ArrayView4<'_, f32>,
        weights: ArrayView4<'_, f32>,
    ) -> Result<Vec<Part>, ObjectiveError> {
        match self {
            Self::Classes(loss) => Ok(loss.parts(logits, targets, weights)?),
            Self::Joint(family) => Ok(vec![Part::only(joint::gradient(family, logits, targets, weights)?)]),
            Self::BetaBinomial => Ok(vec![Part::only(beta_binomial::gradient(logits, targets, weights)?)]),
            Self::Raters(loss, raters) => Ok(raters::parts(loss, *raters, logits, targets, weights)?),
        }
    }
}
