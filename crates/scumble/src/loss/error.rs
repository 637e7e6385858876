//! Why a loss cannot be taken.

use super::frame::Fault;
use thiserror::Error;

/// Why a loss cannot be taken of these arrays.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LossError {
    /// Two arrays that should have one shape.
    #[error("{what} has shape {found:?}, but the logits have {logits:?}{hint}")]
    Shape {
        /// Which array.
        what: &'static str,
        /// Its shape.
        found: Vec<usize>,
        /// The logits' shape.
        logits: Vec<usize>,
        /// What would do, in words.
        hint: &'static str,
    },
    /// No such axis.
    #[error("the class axis is {axis}, but the logits have {rank} axes (0 to {})", .rank.saturating_sub(1))]
    ClassAxis {
        /// The axis asked for.
        axis: usize,
        /// The logits' rank.
        rank: usize,
    },
    /// A softmax over a single class is always 1.
    #[error("a softmax needs at least two classes, the class axis has {0}; for one map use the sigmoid")]
    OneClass(usize),
    /// A target that is no probability.
    #[error("target {index:?} is {value}, no probability (0 to 1)")]
    Target {
        /// Its place in the array.
        index: Vec<usize>,
        /// The value.
        value: f64,
    },
    /// Exclusive classes that do not sum to 1.
    #[error("the targets of pixel {pixel:?} sum to {sum} over the classes, not 1")]
    Sum {
        /// The pixel: the index without the class axis.
        pixel: Vec<usize>,
        /// The sum.
        sum: f64,
    },
    /// Counts of opinions that cannot be.
    #[error("{yes} of {total} opinions at {index:?}; both are numbers, 0 <= yes <= total")]
    Votes {
        /// The place in the array.
        index: Vec<usize>,
        /// Opinions that said yes.
        yes: f64,
        /// Opinions in all.
        total: f64,
    },
    /// A weight that is negative or not finite.
    #[error("{what} {value} at {index:?}; weights are finite and not negative")]
    Weight {
        /// Pixel or class weight.
        what: &'static str,
        /// Its place.
        index: Vec<usize>,
        /// The weight.
        value: f64,
    },
    /// As many class weights as classes.
    #[error("{found} {what} for {classes} classes")]
    ClassWeights {
        /// Class weights, positive weights or balances.
        what: &'static str,
        /// Weights given.
        found: usize,
        /// Classes of the logits.
        classes: usize,
    },
    /// A label as the value that stands for "ignore".
    #[error(
        "the ignore value {value} is within 0..1, where it is a label: Caffe's layer, whose test truncates soft \
         targets to integers, silently drops every target below 1 when its ignore_label is 0; use a value outside, \
         such as -1 or 255, or a mask"
    )]
    IgnoreValue {
        /// The value.
        value: f64,
    },
    /// A setting out of range.
    #[error("{name} is {value}; it must be {allowed}")]
    Setting {
        /// Its name.
        name: &'static str,
        /// The value.
        value: f64,
        /// What is allowed, in words.
        allowed: &'static str,
    },
    /// An option that means nothing for this loss.
    #[error("{option} is nothing that {kind} has; {advice}")]
    NotFor {
        /// The option.
        option: &'static str,
        /// The loss.
        kind: &'static str,
        /// What to do instead.
        advice: &'static str,
    },
    /// A loss that no pixel has by itself.
    #[error("{0} is one number for all pixels of a class, no sum over pixels: it has no map")]
    NoMap(&'static str),
    /// No loss of this name.
    #[error("unknown loss '{name}'; known are {}", .known.join(", "))]
    UnknownKind {
        /// The name.
        name: String,
        /// The names that there are.
        known: &'static [&'static str],
    },
    /// A sum of no losses.
    #[error("a weighted sum needs at least one loss")]
    NoTerm,
    /// A class index that no class has.
    #[error("class index {value} at {index:?}; the logits have {classes} classes, so indices are 0 to {}", .classes - 1)]
    ClassIndex {
        /// Its place in the array of indices.
        index: Vec<usize>,
        /// The index.
        value: i64,
        /// Classes of the logits.
        classes: usize,
    },
    /// An index of a class as the value that stands for "ignore".
    #[error("the ignore value {value} is the index of a class; use one that no class has, such as -1 or 255")]
    IgnoreIndex {
        /// The value.
        value: i64,
    },
}

impl From<Fault> for LossError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::ClassAxis { axis, rank } => Self::ClassAxis { axis, rank },
            Fault::Shape { what, found, shape: logits, hint, .. } => {
                Self::Shape { what, found, logits, hint }
            }
            Fault::Target { place, value } => Self::Target { index: place.index(), value },
            Fault::Sum { place, sum } => Self::Sum { pixel: place.pixel, sum },
            Fault::Weight { place, value } => {
                Self::Weight { what: "pixel weight", index: place.index(), value }
            }
        }
    }
}
