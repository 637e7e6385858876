//! The joint families by name.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The names of the joint families, as configuration files and the command line have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JointKind {
    /// Labels that know nothing of each other: K sigmoids.
    #[default]
    Independent,
    /// A coupling for each pair of labels (Ising model, quadratic exponential family; Besag 1974).
    Pairwise,
    /// A mixture of M products of Bernoullis (McLachlan and Peel 2000).
    Mixture,
    /// Each label given those before it (classifier chain; Dembczynski et al. 2010).
    Chain,
    /// A logit for each of the 2^K label sets (label powerset; Tsoumakas and Katakis 2007).
    Powerset,
}

impl JointKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Independent, Self::Pairwise, Self::Mixture, Self::Chain, Self::Powerset];

    /// The name used in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Independent => "independent",
            Self::Pairwise => "pairwise",
            Self::Mixture => "mixture",
            Self::Chain => "chain",
            Self::Powerset => "powerset",
        }
    }
}

impl fmt::Display for JointKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
