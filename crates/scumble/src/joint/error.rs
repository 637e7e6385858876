//! Why a joint family cannot be had or applied.

use super::kind::JointKind;
use crate::loss::Fault;
use thiserror::Error;

/// Why a joint family cannot be had, or not be applied to these arrays.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum JointError {
    /// More labels than the family takes, or none.
    #[error("a {kind} family takes 1 to {most} labels, not {labels}{}", many(*.kind, *.labels))]
    Labels {
        /// Which family.
        kind: JointKind,
        /// Labels asked for.
        labels: usize,
        /// The most that it takes.
        most: usize,
    },
    /// A mixture of nothing, or of more than a mistake can be.
    #[error("a mixture has 1 to {most} components, not {components}")]
    Components {
        /// Components asked for.
        components: usize,
        /// The most that are taken.
        most: usize,
    },
    /// Another number of parameters than the family has.
    #[error("{found} parameters a pixel, but the family ({family}) has {expected}: {}", layout(*.kind))]
    Parameters {
        /// The family in words.
        family: String,
        /// Which family.
        kind: JointKind,
        /// The parameters that it has.
        expected: usize,
        /// The parameters found.
        found: usize,
    },
    /// No such axis.
    #[error("the class axis is {axis}, but the array has {rank} axes (0 to {})", .rank.saturating_sub(1))]
    ClassAxis {
        /// The axis asked for.
        axis: usize,
        /// The array's rank.
        rank: usize,
    },
    /// An array of another shape than the parameters ask for.
    #[error("{what} has shape {found:?}, expected {expected:?}{hint}")]
    Shape {
        /// Which array.
        what: &'static str,
        /// Its shape.
        found: Vec<usize>,
        /// The shape it should have.
        expected: Vec<usize>,
        /// What else would do, in words.
        hint: &'static str,
    },
    /// Marginals where the loss depends on how the labels go together.
    #[error(
        "marginals are not enough for the {kind} family: its loss depends on which of the {labels} labels occur \
         together; give a distribution over the label sets or the raters' label sets, or take the independent family"
    )]
    Marginals {
        /// Which family.
        kind: JointKind,
        /// K.
        labels: usize,
    },
    /// More states than are written out.
    #[error("{what} of {labels} labels would need 2^{labels} states, at most 2^12 are taken; {advice}")]
    States {
        /// What would need them.
        what: &'static str,
        /// K.
        labels: usize,
        /// What to do instead.
        advice: &'static str,
    },
    /// No rater at all.
    #[error("no rater's label sets were given")]
    NoRater,
    /// A set with a label beyond the K of the family.
    #[error("the set {set:#b} has a label beyond the {labels} labels (bits 0 to {})", .labels - 1)]
    Beyond {
        /// The label set.
        set: u64,
        /// K.
        labels: usize,
    },
    /// A rater's set with a label beyond the K of the family.
    #[error("rater {rater}, pixel {pixel:?}: the set {set:#b} has a label beyond the {labels} labels (bits 0 to {})", .labels - 1)]
    Set {
        /// Which rater, counted from 0.
        rater: usize,
        /// The pixel: the index without the class axis.
        pixel: Vec<usize>,
        /// The label set.
        set: u64,
        /// K.
        labels: usize,
    },
    /// A target that is no probability.
    #[error("target {index:?} is {value}, no probability (0 to 1)")]
    Target {
        /// Its place in the array.
        index: Vec<usize>,
        /// The value.
        value: f64,
    },
    /// A distribution that does not sum to 1.
    #[error("the targets of pixel {pixel:?} sum to {sum} over the label sets, not 1")]
    Sum {
        /// The pixel: the index without the class axis.
        pixel: Vec<usize>,
        /// The sum.
        sum: f64,
    },
    /// A weight that is negative or not finite.
    #[error("pixel weight {value} at {pixel:?}; weights are finite and not negative")]
    Weight {
        /// The pixel: the index without the class axis.
        pixel: Vec<usize>,
        /// The weight.
        value: f64,
    },
    /// An option that means nothing for a loss of label sets.
    #[error("{option} is nothing that joint families have: {advice}")]
    NotFor {
        /// The option.
        option: &'static str,
        /// Why, and what to do instead.
        advice: &'static str,
    },
    /// A label as the value that stands for "ignore".
    #[error(
        "the ignore value {value} is within 0..1, where it is a target; use a value outside, such as -1 or 255, or a mask"
    )]
    IgnoreValue {
        /// The value.
        value: f64,
    },
}

fn many(kind: JointKind, labels: usize) -> &'static str {
    match kind {
        _ if labels == 0 => "",
        JointKind::Pairwise | JointKind::Powerset => {
            ": it sums over all 2^K label sets; use a chain, which takes any number of labels at the cost of one order"
        }
        _ => ": a label set is a 64-bit number",
    }
}

fn layout(kind: JointKind) -> &'static str {
    match kind {
        JointKind::Independent => "a logit a label",
        JointKind::Pairwise => "K fields, then K(K-1)/2 couplings",
        JointKind::Mixture => "M mixing logits, then M rows of K logits; M (K + 1) in all",
        JointKind::Chain => "K biases, then K(K-1)/2 weights",
        JointKind::Powerset => "a logit a label set, 2^K in all",
    }
}

impl From<Fault> for JointError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::ClassAxis { axis, rank } => Self::ClassAxis { axis, rank },
            Fault::Shape { what, found, pixels: expected, hint, .. } => {
                Self::Shape { what, found, expected, hint }
            }
            Fault::Target { place, value } => Self::Target { index: place.index(), value },
            Fault::Sum { place, sum } => Self::Sum { pixel: place.pixel, sum },
            Fault::Weight { place, value } => Self::Weight { pixel: place.pixel, value },
        }
    }
}
