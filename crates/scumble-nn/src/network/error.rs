//! Why a list of layers is not a network, or why images do not fit one.

use thiserror::Error;

/// Why a list of layers is not a network, or why images do not fit one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// There is no layer, or nothing but the input.
    #[error("a network needs an input layer and at least one more; this one has {layers}")]
    TooFewLayers {
        /// How many layers there are.
        layers: usize,
    },
    /// The first layer is not the input, or a later one is.
    #[error("layer {index} ({name:?}): the first layer, and only the first, must be the input")]
    Input {
        /// Position of the layer at fault.
        index: usize,
        /// Its name.
        name: String,
    },
    /// Two layers share a name, or a name is empty: parameters could not be told apart.
    #[error("layer {index}: the name {name:?} is empty or taken by an earlier layer")]
    Name {
        /// Position of the layer at fault.
        index: usize,
        /// Its name.
        name: String,
    },
    /// A layer reads a layer that does not come before it.
    #[error("layer {name:?} reads layer {input}, which does not come before it")]
    Forward {
        /// The layer at fault.
        name: String,
        /// The index that it reads.
        input: usize,
    },
    /// A layer reads too few or too many layers.
    #[error("layer {name:?} reads {found} of the layers, but its operation takes {expected}")]
    Arity {
        /// The layer at fault.
        name: String,
        /// What its operation takes, in words.
        expected: &'static str,
        /// How many it reads.
        found: usize,
    },
    /// A layer expects another number of channels than it is given.
    #[error("layer {name:?} expects {expected} channels but is given {found}")]
    Channels {
        /// The layer at fault.
        name: String,
        /// The channels that it declares.
        expected: usize,
        /// The channels that it is given.
        found: usize,
    },
    /// A setting of an operation is out of range.
    #[error("layer {name:?}: {setting} is {value}, but must be {allowed}")]
    Setting {
        /// The layer at fault.
        name: String,
        /// The setting at fault.
        setting: &'static str,
        /// Its value.
        value: usize,
        /// What it may be, in words.
        allowed: &'static str,
    },
    /// A layer joins maps of different resolutions, upsamples above the input's, pools too often,
    /// or the logits do not have the input's resolution.
    #[error("layer {name:?}: {problem}")]
    Resolution {
        /// The layer at fault.
        name: String,
        /// What does not fit, in words.
        problem: &'static str,
    },
    /// No later layer reads this one: its parameters would never learn anything.
    #[error("layer {name:?} is read by no later layer")]
    Unused {
        /// The layer at fault.
        name: String,
    },
    /// A U-Net without a level.
    #[error("a U-Net needs at least one width")]
    NoWidths,
    /// An image's size does not divide as the network needs.
    #[error("{height} x {width} pixels: both must be positive multiples of {stride}; pad or crop the image")]
    Size {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// The multiple that both must be.
        stride: usize,
    },
}
