//! Which heads there are, and who answers for each.

use super::ChoiceError;
use super::beta_binomial::BetaBinomial;
use super::classes::Classes;
use super::distribution::Distribution;
use super::raters::Raters;
use super::reading::MOST_SET_LABELS;
use scumble::joint::{JointFamily, JointKind};
use scumble::labels::{Kind, LabelSpace};
use serde::{Deserialize, Serialize};

/// What the logits of a pixel are parameters of.
///
/// | head | logits of K classes | learns from | minimises |
/// |---|---|---|---|
/// | classes | K: one a class | soft labels | softmax or sigmoid cross entropy, or other losses with class weights |
/// | joint | P: the family's parameters | distributions over the 2^K label sets | cross entropy of the label sets |
/// | beta-binomial | 2 K: a mean for each class, then a correlation for each | counts, k of n raters | their likelihood |
/// | raters | (1 + R) K: one a class, of all together, then of each of R raters | soft labels, and each rater's mask | as of classes, of all together and of each |
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
    /// As [`Classes`](Self::Classes), and beside them what each rater would say.
    Raters(Raters),
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
    /// The head of labels under settings: a family of label sets, of `components` if it is a mixture, or by themselves
    /// under a likelihood. A family has its own likelihood.
    ///
    /// # Errors
    /// A family of labels that do not overlap or are too many; counts of exclusive classes.
    pub(crate) fn of(
        space: &LabelSpace,
        joint: JointKind,
        likelihood: Likelihood,
        components: usize,
    ) -> Result<Self, ChoiceError> {
        let (kind, labels) = (space.kind(), space.count());
        match (joint, likelihood) {
            (JointKind::Independent, Likelihood::Binomial) => Ok(Self::Classes),
            (JointKind::Independent, Likelihood::BetaBinomial) if kind == Kind::Multiclass => {
                Err(ChoiceError::Counts { kind })
            }
            (JointKind::Independent, Likelihood::BetaBinomial) => Ok(Self::BetaBinomial),
            _ if kind != Kind::Multilabel => Err(ChoiceError::Joint { joint, kind }),
            _ => {
                let family = JointFamily::new(joint, labels, components)?;
                if labels > MOST_SET_LABELS {
                    return Err(ChoiceError::Labels { joint, labels });
                }
                Ok(Self::Joint(family))
            }
        }
    }

    /// The family of the label sets, if it is a distribution over them.
    pub fn joint(self) -> Option<JointFamily> {
        match self {
            Self::Joint(family) => Some(family),
            Self::Classes | Self::BetaBinomial | Self::Raters(_) => None,
        }
    }

    /// The raters who each have their say, if it has any.
    pub fn raters(self) -> Option<Raters> {
        match self {
            Self::Raters(raters) => Some(raters),
            Self::Classes | Self::Joint(_) | Self::BetaBinomial => None,
        }
    }

    /// How it takes the votes to come about.
    pub fn likelihood(self) -> Likelihood {
        match self {
            Self::Classes | Self::Joint(_) | Self::Raters(_) => Likelihood::Binomial,
            Self::BetaBinomial => Likelihood::BetaBinomial,
        }
    }

    /// Who answers for it.
    pub(crate) fn distribution(&self) -> &dyn Distribution {
        match self {
            Self::Classes => &Classes,
            Self::Joint(family) => family,
            Self::BetaBinomial => &BetaBinomial,
            Self::Raters(raters) => raters,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_choose_a_head_that_fits_the_labels_or_none() {
        let of = |kind, labels, joint, likelihood| {
            let space = LabelSpace::unnamed(kind, labels).unwrap();
            let head = Head::of(&space, joint, likelihood, 2)?;
            assert_eq!(head.distribution().fits(&space, false), Ok(()), "{head:?}");
            Ok(head)
        };
        let (alone, together) = (Likelihood::Binomial, Likelihood::BetaBinomial);
        for joint in JointKind::ALL {
            let head: Result<_, ChoiceError> = of(Kind::Multilabel, 3, joint, alone);
            let kind = head.unwrap().joint().map_or(JointKind::Independent, |family| family.kind());
            assert_eq!(kind, joint);
        }
        assert_eq!(of(Kind::Binary, 1, JointKind::Independent, together), Ok(Head::BetaBinomial));
        let (kind, joint, labels) = (Kind::Multiclass, JointKind::Pairwise, MOST_SET_LABELS + 1);
        let counts = of(kind, 2, JointKind::Independent, together);
        assert_eq!(counts, Err(ChoiceError::Counts { kind }));
        assert_eq!(of(kind, 2, joint, alone), Err(ChoiceError::Joint { joint, kind }));
        let many = of(Kind::Multilabel, labels, joint, alone);
        assert_eq!(many, Err(ChoiceError::Labels { joint, labels }));
    }
}
