//! How a label is made of several raters' masks.

use scumble::{dawid_skene, staple};

use scumble::fusion::{DawidSkeneOptions, Fit, FusionError, Patterns, StapleOptions, Ties};
use scumble_data::Dataset;
use std::collections::BTreeMap;
use thiserror::Error;

/// How raters are fused: by counting what they say, or by learning how far each can be believed.
#[derive(Debug, Clone, PartialEq)]
pub enum FuseMethod {
    /// The frequency of opinion.
    Mean {
        /// What raters count who do not count 1: finite and not negative.
        weights: BTreeMap<String, f64>,
    },
    /// What most say.
    Majority {
        /// What becomes of a tie.
        ties: Ties,
    },
    /// The one hidden truth.
    Truth {
        /// What raters see of it.
        model: RaterModel,
        /// Learn from all images at once, not from each alone.
        pooled: bool,
    },
}

/// A model of raters, fitted by expectation maximisation.
#[derive(Debug, Clone, PartialEq)]
pub enum RaterModel {
    /// With a fixed prior (Warfield, Zou and Wells 2004).
    Staple(StapleOptions),
    /// With a prior that is learnt (Dawid and Skene 1979).
    DawidSkene(DawidSkeneOptions),
}

/// Why a method does not fit a data set.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum MethodError {
    /// A weight of a rater who is not in the data set.
    #[error("there is no rater '{rater}'; the raters are {}", known.join(", "))]
    NoRater {
        /// The name.
        rater: String,
        /// The raters there are.
        known: Vec<String>,
    },
    /// A prior that is none of such labels.
    #[error(transparent)]
    Prior(FusionError),
}

impl FuseMethod {
    /// The method's name: mean, majority, staple or dawid-skene.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Mean { .. } => "mean",
            Self::Majority { .. } => "majority",
            Self::Truth { model: RaterModel::Staple(_), .. } => "staple",
            Self::Truth { model: RaterModel::DawidSkene(_), .. } => "dawid-skene",
        }
    }

    /// Whether opinions are counted, and nothing is learnt of the raters.
    pub fn counts(&self) -> bool {
        !matches!(self, Self::Truth { .. })
    }

    /// Whether one fit is made over all images.
    pub fn is_pooled(&self) -> bool {
        matches!(self, Self::Truth { pooled: true, .. })
    }

    /// Whether the method fits the raters, the kind and the classes of a data set.
    ///
    /// # Errors
    /// A rater who is not there, a prior that does not fit.
    pub(super) fn check(&self, dataset: &Dataset) -> Result<(), MethodError> {
        match self {
            Self::Mean { weights } => {
                let Some(rater) = weights.keys().find(|rater| !dataset.raters().contains(rater)) else {
                    return Ok(());
                };
                let (rater, known) = (rater.clone(), dataset.raters().to_vec());
                Err(MethodError::NoRater { rater, known })
            }
            Self::Truth { model: RaterModel::Staple(options), .. } => {
                options.check(dataset.space()).map_err(MethodError::Prior)
            }
            Self::Majority { .. } | Self::Truth { .. } => Ok(()),
        }
    }
}

impl RaterModel {
    /// What the counted marks say of the raters.
    pub(super) fn fit(&self, patterns: &Patterns) -> Result<Fit, FusionError> {
        match self {
            Self::Staple(options) => staple(patterns, options),
            Self::DawidSkene(options) => dawid_skene(patterns, options),
        }
    }
}
