//! One layer, and what it computes.

use serde::{Deserialize, Serialize};

/// One layer: an operation on the outputs of earlier layers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// The layer's unique name, the first part of its parameters' names: `"enc1.conv1"`.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// The layers that it reads, as positions in the network's list, all before its own.
    pub inputs: Vec<usize>,
}

/// What a layer computes. Maps are `[N, C, H, W]`: images, channels, rows, columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Op {
    /// The images, already normalised.
    Input {
        /// Channels of an image.
        channels: usize,
    },
    /// Convolution (cross-correlation, as in every framework) with stride 1, padded with zeros so that
    /// the map keeps its size. Weight `[outputs, inputs, kernel, kernel]`, bias `[outputs]`.
    Conv {
        /// Channels in.
        inputs: usize,
        /// Channels out.
        outputs: usize,
        /// Side of the square kernel: 1 or 3.
        kernel: usize,
        /// Whether a bias is added.
        bias: bool,
    },
    /// Batch normalisation (Ioffe & Szegedy 2015): statistics of each channel over the batch in
    /// training, their running means in inference; then a scale and a shift per channel.
    BatchNorm {
        /// Channels in and out.
        channels: usize,
    },
    /// Group normalisation (Wu & He 2018): statistics over the pixels of one image and of
    /// `channels / groups` channels, in training and inference alike; then a scale and a shift per channel.
    GroupNorm {
        /// Channels in and out.
        channels: usize,
        /// Groups that the channels are divided into; divides `channels`.
        groups: usize,
    },
    /// `max(x, 0)`.
    Relu,
    /// The largest of every 2 x 2 pixels; halves rows and columns.
    MaxPool,
    /// Every pixel repeated 2 x 2 times; doubles rows and columns.
    Upsample,
    /// The channels of all inputs, in the order listed.
    Concat,
}

/// Added to a variance before its square root, by both normalisations, as PyTorch does.
pub const NORM_EPSILON: f64 = 1e-5;

/// The share of a new batch in the running statistics of [`Op::BatchNorm`], as PyTorch's `momentum`.
pub const NORM_MOMENTUM: f64 = 0.1;
