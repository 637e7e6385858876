//! Why an executor could not do what it was asked.

use std::error::Error as StdError;

use thiserror::Error;

use super::device::Device;
use super::precision::Precision;
use crate::network::error::NetworkError;
use crate::ranks::ReduceError;

/// Why an executor could not do what it was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExecutorError {
    /// The images' rows or columns are not multiples of the network's stride.
    #[error(transparent)]
    Size(#[from] NetworkError),
    /// There is no image in the batch.
    #[error("the batch has no image")]
    EmptyBatch,
    /// There are not as many images as the rank's share of the batch has.
    #[error("the rank's share of the batch has {expected} images, but {found} were given")]
    Share {
        /// Images of the share.
        expected: usize,
        /// Images given.
        found: usize,
    },
    /// The device's batches cannot be shared out.
    #[error(
        "batches are shared out among ranks on the processor alone; the device {device} trains with one rank"
    )]
    Alone {
        /// The device asked for.
        device: Device,
    },
    /// Ranks that did not come together.
    #[error(transparent)]
    Ranks(#[from] ReduceError),
    /// The images have another number of channels than the network.
    #[error("the images have {found} channel{}, but the network takes {expected}", if *found == 1 { "" } else { "s" })]
    Channels {
        /// Channels that the network takes.
        expected: usize,
        /// Channels of the images.
        found: usize,
    },
    /// The gradient does not have the shape of the logits.
    #[error("the gradient has the shape {found:?}, but the logits of the last forward have {expected:?}")]
    Gradient {
        /// Shape of the logits, `[N, K, H, W]`.
        expected: [usize; 4],
        /// Shape of the gradient.
        found: [usize; 4],
    },
    /// `backward` without a `forward` before it, or a second time after the same one.
    #[error("backward needs a forward first: one forward, one backward")]
    NoForward,
    /// `update` or `gradients` without a `backward` before it.
    #[error("there are no gradients yet: call forward and backward first")]
    NoBackward,
    /// A batch normalisation was given a single value per channel, of which there is no variance.
    #[error(
        "layer {layer:?}: training needs more than one value per channel; use more images or larger ones"
    )]
    SingleValue {
        /// The layer at fault.
        layer: String,
    },
    /// The state lacks a tensor of the network.
    #[error("the state's {part} lack the tensor {name:?}")]
    Missing {
        /// The part of the state: weights, average, first or second moments.
        part: &'static str,
        /// The tensor's name.
        name: String,
    },
    /// The state has a tensor that the network has not.
    #[error("the state's {part} have a tensor {name:?} that the network has not")]
    Unknown {
        /// The part of the state.
        part: &'static str,
        /// The tensor's name.
        name: String,
    },
    /// A tensor of the state has another shape than the network's.
    #[error("the state's {part}: {name:?} has the shape {found:?}, but the network needs {expected:?}")]
    Shape {
        /// The part of the state.
        part: &'static str,
        /// The tensor's name.
        name: String,
        /// The network's shape.
        expected: Vec<usize>,
        /// The state's shape.
        found: Vec<usize>,
    },
    /// A setting of the update is out of range.
    #[error("{setting} is {value}, but must be {allowed}")]
    Update {
        /// The setting at fault.
        setting: &'static str,
        /// Its value.
        value: f32,
        /// What it may be, in words.
        allowed: &'static str,
    },
    /// This build cannot use the device.
    #[error("this build cannot use the device {device}: build with the cargo feature `{feature}`")]
    Feature {
        /// The device asked for.
        device: Device,
        /// The cargo feature that brings it.
        feature: &'static str,
    },
    /// The device runs in another precision.
    #[error("the device {device} does not run in {precision}, but in f32 alone")]
    Precision {
        /// The device asked for.
        device: Device,
        /// The precision asked for.
        precision: Precision,
    },
    /// The machine has no such device, or its driver is not installed.
    #[error("there is no device {device} on this machine ({found} found); is its driver installed?")]
    NoDevice {
        /// The device asked for.
        device: Device,
        /// How many devices of its kind there are.
        found: usize,
    },
    /// The device failed: out of memory, a fault, a lost driver.
    #[error("the device failed")]
    Failed(#[source] Box<dyn StdError + Send + Sync>),
}
