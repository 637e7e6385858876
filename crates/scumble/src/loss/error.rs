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
    #[error("{found} class weights for {classes} classes")]
    ClassWeights {
        /// Weights given.
        found: usize,
        /// Classes of the logits.
        classes: usize,
    },
}
