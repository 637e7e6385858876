//! Which heads labels cannot have.

use scumble::joint::{JointError, JointFamily, JointKind};
use scumble::labels::Kind;
use thiserror::Error;

/// A head that does not go with labels, or with a calibration.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum HeadError {
    /// Label sets of labels that do not overlap.
    #[error("label sets ({family}) of labels that do not overlap: these are {kind}")]
    Joint {
        /// The family.
        family: JointFamily,
        /// The labels' kind.
        kind: Kind,
    },
    /// Counts of yes of exclusive classes, or of label sets.
    #[error("a likelihood of counts for what is no yes and no")]
    Counts,
    /// A calibration of classes where logits are of label sets.
    #[error("a calibration of single labels, of which {0} has none")]
    CalibratedSets(JointFamily),
}

/// Settings that no head of these labels answers to.
#[derive(Debug, Clone, PartialEq, Error)]
pub(crate) enum ChoiceError {
    #[error("{joint} is for overlapping labels, these are {kind}")]
    Joint { joint: JointKind, kind: Kind },
    #[error("{joint} is trained on all sets of up to 8 labels, these are {labels}")]
    Labels { joint: JointKind, labels: usize },
    #[error("a likelihood of counts is of yes and no, these labels are {kind}")]
    Counts { kind: Kind },
    #[error(transparent)]
    Family(#[from] JointError),
}
