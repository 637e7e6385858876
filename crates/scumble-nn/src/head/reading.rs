//! What can be read of a network's answer.

use scumble::joint::JointFamily;
use scumble::labels::{Kind, LabelSpace};
use thiserror::Error;

/// Maps of label sets are made for up to so many labels: 2^8 of them already are 1 KiB a pixel.
pub(super) const MOST_SET_LABELS: usize = 8;

/// What is made of a pixel's logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reading {
    /// The probability of each class [K, H, W].
    Classes,
    /// The probability of each label set [2^K, H, W], bit i of a set being class i. The labels of a model without a
    /// joint family are taken as independent.
    Sets,
    /// What a calibration is fitted to: the logit of each class [K, H, W] without what class weights in training and a
    /// calibration put there.
    Logits,
    /// The correlation of two raters' opinions on each class [K, H, W].
    Correlations,
    /// The logits as they leave the network [P, H, W].
    Parameters,
    /// How far several models differ on the classes [1, H, W], in nats: the mean over the models of KL(model || mean), the
    /// mean being that of their probabilities. It is the mutual information of which model is asked and what it says; at
    /// most ln of the number of models, for each of overlapping classes, which add up.
    Disagreement,
}

impl Reading {
    /// Whether it can be made of these labels, whatever their head.
    pub(super) fn suits(self, space: &LabelSpace) -> Result<(), ReadingError> {
        if self == Self::Disagreement {
            return Err(ReadingError::Alone);
        }
        let (kind, labels) = (space.kind(), space.count());
        if self == Self::Sets && (kind != Kind::Multilabel || labels > MOST_SET_LABELS) {
            return Err(ReadingError::NoSets { kind, labels });
        }
        Ok(())
    }
}

/// What a model has no answer to.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ReadingError {
    /// Label sets of a task that has none, or too many.
    #[error("label sets are of overlapping labels, up to 8 of them; this model's are {kind}, {labels}")]
    NoSets {
        /// The model's kind.
        kind: Kind,
        /// Its labels.
        labels: usize,
    },
    /// Logits of single labels where there are none.
    #[error(
        "a model of label sets ({family}) has no logits of single labels; only without a joint family can it be \
         calibrated"
    )]
    Joint {
        /// The family of its label sets.
        family: JointFamily,
    },
    /// Disagreement of one model.
    #[error("one model does not disagree with itself; take several")]
    Alone,
    /// Correlations that were not learnt.
    #[error("only a model of the beta-binomial likelihood knows how raters' opinions go together")]
    NoCorrelations,
    /// Logits of another task.
    #[error("{found} logits a pixel where the task has {expected}")]
    Logits {
        /// The task's.
        expected: usize,
        /// Those given.
        found: usize,
    },
}
