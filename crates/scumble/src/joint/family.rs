//! A family with its number of labels, checked: what a pixel's parameters mean.

use super::error::JointError;
use super::kind::JointKind;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most labels whose 2^K states are enumerated: 4096 states a pixel.
pub(super) const ENUMERABLE: usize = 12;
/// More components are a mistake.
const MOST_COMPONENTS: usize = 1 << 20;
/// A label set is a `u64`.
const MOST: usize = 64;

/// A family of distributions over the 2^K sets of K labels, checked: what a pixel's parameters mean.
///
/// A state y is a set of labels as a number: bit i is label i, state 0 is no label. A pixel's parameters are, with
/// s = sigmoid and y_i the bit of label i:
///
/// | family | q(y) | parameters, in this order |
/// |---|---|---|
/// | independent | prod_i s(a_i)^y_i s(-a_i)^(1-y_i) | a_0..a_(K-1) |
/// | pairwise | exp(sum_i a_i y_i + sum_(i<j) J_ij y_i y_j) / Z | a_0..a_(K-1), then J_ij for i < j, row by row |
/// | mixture | sum_m softmax(w)_m prod_i s(x_mi)^y_i s(-x_mi)^(1-y_i) | w_0..w_(M-1), then M rows of K logits x_m |
/// | chain | prod_i s(e_i)^y_i s(-e_i)^(1-y_i), e_i = b_i + sum_(j<i) c_ij y_j | b_0..b_(K-1), then c_ij for j < i, row by row |
/// | powerset | softmax(z)_y | z_0..z_(2^K-1) |
///
/// Pairwise and powerset need all 2^K states and take up to 12 labels; the others take up to 64.
///
/// ```
/// use scumble::joint::{JointFamily, JointKind};
///
/// let family = JointFamily::pairwise(3)?;
/// assert_eq!((family.kind(), family.labels(), family.parameters()), (JointKind::Pairwise, 3, 6));
/// let many = JointFamily::pairwise(13).unwrap_err();
/// assert!(many.to_string().contains("use a chain"));
/// # Ok::<(), scumble::joint::JointError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct JointFamily {
    kind: JointKind,
    labels: usize,
    /// 1 where there is nothing to mix.
    components: usize,
}

/// What is known of a family whose label sets are not enumerated: a product over labels, given what it is mixed of or
/// what came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Factored {
    Independent,
    Mixture,
    Chain,
}

impl JointFamily {
    /// The family of this name; `components` counts for a mixture only.
    ///
    /// # Errors
    /// No label, more labels than the family takes, no component or more than 2^20.
    pub fn new(kind: JointKind, labels: usize, components: usize) -> Result<Self, JointError> {
        let most = match kind {
            JointKind::Pairwise | JointKind::Powerset => ENUMERABLE,
            JointKind::Independent | JointKind::Mixture | JointKind::Chain => MOST,
        };
        if !(1..=most).contains(&labels) {
            return Err(JointError::Labels { kind, labels, most });
        }
        if kind != JointKind::Mixture {
            return Ok(Self { kind, labels, components: 1 });
        }
        if components == 0 || components > MOST_COMPONENTS {
            return Err(JointError::Components { components, most: MOST_COMPONENTS });
        }
        Ok(Self { kind, labels, components })
    }

    /// K labels that know nothing of each other.
    ///
    /// # Errors
    /// K outside 1 to 64.
    pub fn independent(labels: usize) -> Result<Self, JointError> {
        Self::new(JointKind::Independent, labels, 1)
    }

    /// K labels with a coupling for each pair.
    ///
    /// # Errors
    /// K outside 1 to 12.
    pub fn pairwise(labels: usize) -> Result<Self, JointError> {
        Self::new(JointKind::Pairwise, labels, 1)
    }

    /// A mixture of `components` products of K Bernoullis.
    ///
    /// # Errors
    /// K outside 1 to 64, no component or more than 2^20.
    pub fn mixture(labels: usize, components: usize) -> Result<Self, JointError> {
        Self::new(JointKind::Mixture, labels, components)
    }

    /// K labels, each given those before it.
    ///
    /// # Errors
    /// K outside 1 to 64.
    pub fn chain(labels: usize) -> Result<Self, JointError> {
        Self::new(JointKind::Chain, labels, 1)
    }

    /// A logit for each set of K labels.
    ///
    /// # Errors
    /// K outside 1 to 12.
    pub fn powerset(labels: usize) -> Result<Self, JointError> {
        Self::new(JointKind::Powerset, labels, 1)
    }

    /// The family of this name that has so many parameters: how many components a mixture has follows from it.
    ///
    /// # Errors
    /// As [`new`](Self::new), and a number of parameters that the family cannot have.
    pub fn from_parameters(kind: JointKind, labels: usize, parameters: usize) -> Result<Self, JointError> {
        let components =
            if kind == JointKind::Mixture { (parameters / labels.saturating_add(1)).max(1) } else { 1 };
        let family = Self::new(kind, labels, components)?;
        family.check_parameters(parameters)?;
        Ok(family)
    }

    /// Which family.
    pub fn kind(&self) -> JointKind {
        self.kind
    }

    /// K, the number of labels.
    pub fn labels(&self) -> usize {
        self.labels
    }

    /// M, the components of a mixture; 1 for the others.
    pub fn components(&self) -> usize {
        self.components
    }

    /// How many parameters a pixel has.
    pub fn parameters(&self) -> usize {
        let k = self.labels;
        match self.kind {
            JointKind::Independent => k,
            JointKind::Pairwise | JointKind::Chain => k + k * (k - 1) / 2,
            JointKind::Mixture => self.components * (k + 1),
            JointKind::Powerset => 1 << k,
        }
    }

    /// 2^K, or `None` beyond 12 labels: more states than are ever written out.
    pub fn states(&self) -> Option<usize> {
        (self.labels <= ENUMERABLE).then(|| 1 << self.labels)
    }

    /// Whether a set has no label beyond the K of the family.
    pub(super) fn has(&self, set: u64) -> bool {
        self.labels >= 64 || set >> self.labels == 0
    }

    /// The family as one whose label sets are too many to write out, or need not be: `None` if they are enumerated.
    pub(super) fn factored(&self) -> Option<Factored> {
        match self.kind {
            JointKind::Independent => Some(Factored::Independent),
            JointKind::Mixture if self.labels > ENUMERABLE => Some(Factored::Mixture),
            JointKind::Chain if self.labels > ENUMERABLE => Some(Factored::Chain),
            _ => None,
        }
    }

    pub(super) fn check_parameters(&self, found: usize) -> Result<(), JointError> {
        let (kind, expected) = (self.kind, self.parameters());
        if found == expected {
            return Ok(());
        }
        Err(JointError::Parameters { family: self.to_string(), kind, expected, found })
    }
}

impl fmt::Display for JointFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, labels) = (self.kind, self.labels);
        match kind {
            JointKind::Mixture => write!(f, "{kind} of {labels} labels, {} components", self.components),
            _ => write!(f, "{kind} of {labels} labels"),
        }
    }
}

/// A family as files have it, before its check.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: JointKind,
    labels: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    components: Option<usize>,
}

impl TryFrom<Written> for JointFamily {
    type Error = JointError;

    fn try_from(written: Written) -> Result<Self, JointError> {
        Self::new(written.kind, written.labels, written.components.unwrap_or(1))
    }
}

impl From<JointFamily> for Written {
    fn from(family: JointFamily) -> Self {
        let components = (family.kind == JointKind::Mixture).then_some(family.components);
        Self { kind: family.kind, labels: family.labels, components }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_all_label_sets_is_enumerated() {
        for labels in 1..=ENUMERABLE {
            assert_eq!(JointFamily::pairwise(labels).unwrap().factored(), None);
            assert_eq!(JointFamily::powerset(labels).unwrap().factored(), None);
            assert_eq!(JointFamily::chain(labels).unwrap().factored(), None);
        }
        assert_eq!(JointFamily::chain(ENUMERABLE + 1).unwrap().factored(), Some(Factored::Chain));
        assert_eq!(JointFamily::independent(2).unwrap().factored(), Some(Factored::Independent));
    }
}
