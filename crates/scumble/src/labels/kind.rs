//! Binary, multiclass or multilabel.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What the K maps of a soft label mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Two classes, one map: the probability of class 1.
    Binary,
    /// K exclusive classes, K maps that sum to 1 at each pixel.
    Multiclass,
    /// K overlapping classes, K maps, each a probability of its own.
    Multilabel,
}

impl Kind {
    /// How many separate questions a pixel answers: one for binary and multiclass labels, K for multilabel.
    ///
    /// Validity, weights and rater counts have this many maps.
    pub fn groups(self, classes: usize) -> usize {
        match self {
            Kind::Binary | Kind::Multiclass => 1,
            Kind::Multilabel => classes,
        }
    }

    /// How many answers each of these questions has: K exclusive classes, else no and yes.
    pub fn states(self, classes: usize) -> usize {
        match self {
            Kind::Binary | Kind::Multilabel => 2,
            Kind::Multiclass => classes,
        }
    }

    /// The name used in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Binary => "binary",
            Kind::Multiclass => "multiclass",
            Kind::Multilabel => "multilabel",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
