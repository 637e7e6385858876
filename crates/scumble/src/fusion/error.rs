//! Why raters cannot be fused.

use crate::labels::{Kind, LabelError, LabelSpace};
use thiserror::Error;

/// Why raters cannot be fused.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum FusionError {
    /// Nothing to fuse.
    #[error("no rater's mask was given")]
    NoRater,
    /// A mask that does not fit the classes or the other masks.
    #[error("rater '{rater}': {source}")]
    Mask {
        /// Whose mask.
        rater: String,
        /// What is wrong with it.
        source: LabelError,
    },
    /// Two masks of one rater for one image.
    #[error("rater '{rater}' has two masks of one image")]
    Twice {
        /// The rater.
        rater: String,
    },
    /// A rater of whom nothing was learnt.
    #[error("rater '{rater}' was not among those whose quality was estimated ({})", .known.join(", "))]
    UnknownRater {
        /// The rater.
        rater: String,
        /// The raters of the fit.
        known: Vec<String>,
    },
    /// Counts of other labels.
    #[error("patterns of {theirs} labels cannot join those of {ours} labels")]
    Mismatch {
        /// What these are counted of.
        ours: LabelSpace,
        /// What the others are counted of.
        theirs: LabelSpace,
    },
    /// A prior that is no distribution over the classes.
    #[error("prior {found:?}: {kind} labels of {classes} class(es) need {needed}")]
    Prior {
        /// The numbers given.
        found: Vec<f64>,
        /// The kind of label.
        kind: Kind,
        /// Its number of classes.
        classes: usize,
        /// What they must be, in words.
        needed: &'static str,
    },
    /// A rater's weight that is negative or not finite, or weights that are all zero.
    #[error("rater '{rater}': weight {value}; weights are finite, not negative, and not all 0")]
    Weight {
        /// The rater.
        rater: String,
        /// The weight.
        value: f64,
    },
}

impl FusionError {
    /// Names the rater whose mask it is.
    pub(super) fn mask(rater: &str) -> impl FnOnce(LabelError) -> Self {
        move |source| Self::Mask { rater: rater.to_owned(), source }
    }
}
