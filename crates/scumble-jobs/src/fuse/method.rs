//! How a label is made of several raters' masks.

use scumble::fusion::{DawidSkeneOptions, Fit, FusionError, Patterns, StapleOptions, Ties};
use scumble::{dawid_skene, staple};
use scumble_data::Dataset;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

/// How raters are fused: by counting what they say, or by learning how far each can be believed.
///
/// In JSON a method has its name and its settings, all of which have defaults: `{"name": "staple", "pooled": true}`.
///
/// ```
/// use scumble_jobs::fuse::FuseMethod;
///
/// let mean = serde_json::from_str::<FuseMethod>(r#"{"name": "mean"}"#)?;
/// assert_eq!(mean, FuseMethod::default());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
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

impl Default for FuseMethod {
    /// The mean, in which all raters count the same.
    fn default() -> Self {
        Self::Mean { weights: BTreeMap::new() }
    }
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
    /// A weight that no rater can have.
    #[error("the weight {weight} of '{rater}': finite, 0 or more")]
    Weight {
        /// The rater.
        rater: String,
        /// The weight.
        weight: f64,
    },
    /// A fit of no iteration.
    #[error("iterations = 0: there must be at least 1")]
    NoIteration,
    /// A prior that no labels can have.
    #[error("prior = {0:?}: probabilities between 0 and 1, both excluded")]
    NoPrior(Vec<f64>),
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

    /// Refuses what is wrong whatever the data.
    pub(super) fn check(&self) -> Result<(), MethodError> {
        match self {
            Self::Mean { weights } => match weights.iter().find(|(_, w)| !(w.is_finite() && **w >= 0.0)) {
                Some((rater, &weight)) => Err(MethodError::Weight { rater: rater.clone(), weight }),
                None => Ok(()),
            },
            Self::Majority { .. } => Ok(()),
            Self::Truth { model, .. } => model.check(),
        }
    }

    /// Whether the method fits the raters, the kind and the classes of a data set.
    ///
    /// # Errors
    /// A rater who is not there, a prior that does not fit.
    pub(super) fn check_for(&self, dataset: &Dataset) -> Result<(), MethodError> {
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
    fn check(&self) -> Result<(), MethodError> {
        let (iterations, prior) = match self {
            Self::Staple(options) => (options.iterations, options.prior.as_ref()),
            Self::DawidSkene(options) => (options.iterations, None),
        };
        if iterations == 0 {
            return Err(MethodError::NoIteration);
        }
        match prior {
            Some(prior) if prior.is_empty() || !prior.iter().all(|p| *p > 0.0 && *p < 1.0) => {
                Err(MethodError::NoPrior(prior.clone()))
            }
            _ => Ok(()),
        }
    }

    /// What the counted marks say of the raters.
    pub(super) fn fit(&self, patterns: &Patterns) -> Result<Fit, FusionError> {
        match self {
            Self::Staple(options) => staple(patterns, options),
            Self::DawidSkene(options) => dawid_skene(patterns, options),
        }
    }
}

/// A method as JSON has it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
enum Written {
    Mean {
        #[serde(default)]
        weights: BTreeMap<String, f64>,
    },
    Majority {
        #[serde(default)]
        ties: Ties,
    },
    Staple {
        #[serde(default)]
        prior: Option<Vec<f64>>,
        #[serde(default = "iterations")]
        iterations: u32,
        #[serde(default)]
        disputed_only: bool,
        #[serde(default)]
        pooled: bool,
    },
    DawidSkene {
        #[serde(default = "iterations")]
        iterations: u32,
        #[serde(default)]
        disputed_only: bool,
        #[serde(default = "yes")]
        pooled: bool,
    },
}

/// Of both models.
fn iterations() -> u32 {
    DawidSkeneOptions::default().iterations
}

fn yes() -> bool {
    true
}

impl TryFrom<Written> for FuseMethod {
    type Error = MethodError;

    fn try_from(written: Written) -> Result<Self, MethodError> {
        let method = match written {
            Written::Mean { weights } => Self::Mean { weights },
            Written::Majority { ties } => Self::Majority { ties },
            Written::Staple { prior, iterations, disputed_only, pooled } => {
                let model = RaterModel::Staple(StapleOptions { prior, iterations, disputed_only });
                Self::Truth { model, pooled }
            }
            Written::DawidSkene { iterations, disputed_only, pooled } => {
                let model = RaterModel::DawidSkene(DawidSkeneOptions { iterations, disputed_only });
                Self::Truth { model, pooled }
            }
        };
        method.check()?;
        Ok(method)
    }
}

impl From<FuseMethod> for Written {
    fn from(method: FuseMethod) -> Self {
        match method {
            FuseMethod::Mean { weights } => Self::Mean { weights },
            FuseMethod::Majority { ties } => Self::Majority { ties },
            FuseMethod::Truth { model: RaterModel::Staple(options), pooled } => {
                let StapleOptions { prior, iterations, disputed_only } = options;
                Self::Staple { prior, iterations, disputed_only, pooled }
            }
            FuseMethod::Truth { model: RaterModel::DawidSkene(options), pooled } => {
                let DawidSkeneOptions { iterations, disputed_only } = options;
                Self::DawidSkene { iterations, disputed_only, pooled }
            }
        }
    }
}
