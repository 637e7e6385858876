//! Which heads there are, and who answers for each.

use super::beta_binomial::BetaBinomial;
use super::classes::Classes;
use super::distribution::Distribution;
use scumble::joint::JointFamily;
use serde::{Deserialize, Serialize};

/// What the logits of a pixel are parameters of.
///
/// | head | logits of K classes | learns from | minimises |
/// |---|---|---|---|
/// | classes | K: one a class | soft labels | softmax or sigmoid cross entropy, or other losses with class weights |
/// | joint | P: the family's parameters | distributions over the 2^K label sets | cross entropy of the label sets |
/// | beta-binomial | 2 K: a mean for each class, then a correlation for each | counts, k of n raters | their likelihood |
///
/// A head that does not go with a kind of label is refused by [`Task::with_head`](crate::Task::with_head).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Head {
    /// A distribution over exclusive classes, or one of yes and no for each class by itself.
    #[default]
    Classes,
    /// A distribution over the sets of overlapping labels.
    Joint(JointFamily),
    /// Of yes and no for each class, the raters' opinions going together, the same correlation between any two:
    /// [`scumble::loss::beta_binomial_loss`].
    BetaBinomial,
}

/// How the votes of a pixel's raters are taken to come about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Likelihood {
    /// Each judges alone: the cross entropy, weighted by their number.
    #[default]
    Binomial,
    /// Their opinions go together, which takes a [head of its own](Head::BetaBinomial).
    BetaBinomial,
}

impl Likelihood {
    pub(crate) fn is_binomial(&self) -> bool {
        *self == Self::Binomial
    }

    /// The name used in settings and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Binomial => "binomial",
            Self::BetaBinomial => "beta-binomial",
        }
    }
}

impl Head {
    /// The family of the label sets, if it is a distribution over them.
    pub fn joint(self) -> Option<JointFamily> {
        match self {
            Self::Joint(family) => Some(family),
            Self::Classes | Self::BetaBinomial => None,
        }
    }

    /// How it takes the votes to come about.
    pub fn likelihood(self) -> Likelihood {
        match self {
            Self::Classes | Self::Joint(_) => Likelihood::Binomial,
            Self::BetaBinomial => Likelihood::BetaBinomial,
        }
    }

    /// Who answers for it.
    pub(crate) fn distribution(&self) -> &dyn Distribution {
        match self {
            Self::Classes => &Classes,
            Self::Joint(family) => family,
            Self::BetaBinomial => &BetaBinomial,
        }
    }
}
