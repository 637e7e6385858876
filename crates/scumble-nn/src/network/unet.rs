//! The U-Net as a list of layers.

use serde::{Deserialize, Serialize};

use super::error::NetworkError;
use super::graph::Network;
use super::layer::{Layer, Op};

/// A U-Net (Ronneberger, Fischer & Brox 2015) with padded convolutions, so that the logits have the image's size.
///
/// Every level has two 3 x 3 convolutions, each followed by a normalisation (if any) and ReLU. Going down,
/// levels are joined by 2 x 2 max pooling; going up, the deeper map is repeated 2 x 2 times and joined with
/// the skip of its level as `[upsampled, skip]`. A 1 x 1 convolution gives the logits.
///
/// ```
/// use scumble_nn::{Norm, UNet};
///
/// let network = UNet { norm: Norm::None, ..UNet::default() }.network()?;
/// assert_eq!(network.parameter_count(), 487_297);
/// assert_eq!((network.stride(), network.halo()), (8, 51));
/// # Ok::<(), scumble_nn::NetworkError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UNet {
    /// Channels of an image.
    pub channels: usize,
    /// Logits per pixel.
    pub outputs: usize,
    /// Channels of each level, from the full resolution down.
    pub widths: Vec<usize>,
    /// The normalisation after each 3 x 3 convolution.
    pub norm: Norm,
}

/// The normalisation after a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// None: the convolution has a bias instead.
    None,
    /// [`Op::BatchNorm`]. Costs nothing in inference, where it is folded into the convolution.
    #[default]
    Batch,
    /// [`Op::GroupNorm`] with 8 groups, or as many of fewer as divide the channels. For batches of very few images.
    Group,
}

impl Default for UNet {
    /// Colour images, one logit, four levels of 16, 32, 64 and 128 channels, batch normalisation.
    fn default() -> Self {
        Self { channels: 3, outputs: 1, widths: vec![16, 32, 64, 128], norm: Norm::Batch }
    }
}

impl UNet {
    /// The list of layers.
    ///
    /// # Errors
    /// When a size is zero or beyond all reason.
    pub fn network(&self) -> Result<Network, NetworkError> {
        let Some((&top, deeper)) = self.widths.split_first() else { return Err(NetworkError::NoWidths) };
        let mut build = Builder { norm: self.norm, layers: Vec::new(), channels: Vec::new() };
        let input = build.push("input", Op::Input { channels: self.channels }, &[], self.channels);
        let mut map = build.double("enc1", input, top);
        let mut skips = Vec::new();
        for (level, &width) in (2..).zip(deeper) {
            skips.push(map);
            map = build.keep(&format!("enc{level}.pool"), Op::MaxPool, map);
            map = build.double(&format!("enc{level}"), map, width);
        }
        for (level, skip) in (1..).zip(skips).collect::<Vec<_>>().into_iter().rev() {
            let width = self.widths[level - 1];
            let up = build.keep(&format!("dec{level}.up"), Op::Upsample, map);
            let joined = build.channels[up].saturating_add(build.channels[skip]);
            map = build.push(&format!("dec{level}.concat"), Op::Concat, &[up, skip], joined);
            map = build.double(&format!("dec{level}"), map, width);
        }
        build.conv("head", map, self.outputs, 1, true);
        Network::new(build.layers)
    }
}

/// The list as it grows, with the channels of every layer so far.
struct Builder {
    norm: Norm,
    layers: Vec<Layer>,
    channels: Vec<usize>,
}

impl Builder {
    fn push(&mut self, name: &str, op: Op, inputs: &[usize], channels: usize) -> usize {
        self.layers.push(Layer { name: name.to_owned(), op, inputs: inputs.to_vec() });
        self.channels.push(channels);
        self.layers.len() - 1
    }

    /// A layer that keeps the number of channels.
    fn keep(&mut self, name: &str, op: Op, input: usize) -> usize {
        self.push(name, op, &[input], self.channels[input])
    }

    fn conv(&mut self, name: &str, input: usize, outputs: usize, kernel: usize, bias: bool) -> usize {
        let op = Op::Conv { inputs: self.channels[input], outputs, kernel, bias };
        self.push(name, op, &[input], outputs)
    }

    /// Convolution, normalisation and ReLU, twice.
    fn double(&mut self, level: &str, input: usize, channels: usize) -> usize {
        (1..=2).fold(input, |map, i| {
            // A batch normalisation takes any bias out again and adds its own shift.
            let bias = self.norm != Norm::Batch;
            let map = self.conv(&format!("{level}.conv{i}"), map, channels, 3, bias);
            let name = format!("{level}.norm{i}");
            let map = match self.norm {
                Norm::None => map,
                Norm::Batch => self.keep(&name, Op::BatchNorm { channels }, map),
                Norm::Group => self.keep(&name, Op::GroupNorm { channels, groups: groups(channels) }, map),
            };
            self.keep(&format!("{level}.relu{i}"), Op::Relu, map)
        })
    }
}

/// The largest divisor of the channels that is at most 8.
fn groups(channels: usize) -> usize {
    (1..=8).rev().find(|groups| channels.is_multiple_of(*groups)).unwrap_or(1)
}
