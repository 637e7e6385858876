//! A network: a checked list of layers.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::error::NetworkError;
use super::layer::{Layer, Op};

/// No real network comes near; below it products of sizes cannot overflow.
const LARGEST_WIDTH: usize = 1 << 16;
/// Sixteen poolings reduce the largest image to a pixel.
const LARGEST_STRIDE: usize = 1 << 16;

/// A network as data: layers in the order in which they run. The first is the input, the last gives the logits.
///
/// A `Network` is valid by construction: [`Network::new`] checks it, and reading one with serde goes
/// through the same check.
///
/// ```
/// use scumble_nn::{Network, UNet};
///
/// let network = UNet::default().network()?;
/// let json = serde_json::to_string(&network).unwrap();
/// assert_eq!(serde_json::from_str::<Network>(&json).unwrap(), network);
/// // A connection to a layer that does not exist is refused.
/// assert!(serde_json::from_str::<Network>(&json.replacen("[0]", "[99]", 1)).is_err());
/// # Ok::<(), scumble_nn::NetworkError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Description", into = "Description")]
pub struct Network {
    layers: Vec<Layer>,
    /// Channels that each layer gives.
    channels: Vec<usize>,
    /// Input pixels per pixel of each layer's map, along either axis.
    strides: Vec<usize>,
}

/// What a file holds: the list alone, unchecked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    layers: Vec<Layer>,
}

impl TryFrom<Description> for Network {
    type Error = NetworkError;
    fn try_from(description: Description) -> Result<Self, NetworkError> {
        Self::new(description.layers)
    }
}

impl From<Network> for Description {
    fn from(network: Network) -> Self {
        Self { layers: network.layers }
    }
}

impl Network {
    /// Checks a list of layers.
    ///
    /// # Errors
    /// When a connection points forwards, channels or resolutions do not agree, a setting is out of range,
    /// names repeat, or a layer's result is not used. The logits must have the resolution of the input.
    pub fn new(layers: Vec<Layer>) -> Result<Self, NetworkError> {
        if layers.len() < 2 {
            return Err(NetworkError::TooFewLayers { layers: layers.len() });
        }
        let mut names = HashSet::new();
        let (mut channels, mut strides) = (Vec::new(), Vec::new());
        let mut used = vec![false; layers.len()];
        for (index, layer) in layers.iter().enumerate() {
            let name = || layer.name.clone();
            if layer.name.is_empty() || !names.insert(layer.name.as_str()) {
                return Err(NetworkError::Name { index, name: name() });
            }
            if matches!(layer.op, Op::Input { .. }) != (index == 0) {
                return Err(NetworkError::Input { index, name: name() });
            }
            if let Some(&input) = layer.inputs.iter().find(|&&input| input >= index) {
                return Err(NetworkError::Forward { name: name(), input });
            }
            layer.inputs.iter().for_each(|&input| used[input] = true);
            let given: Vec<_> = layer.inputs.iter().map(|&i| (channels[i], strides[i])).collect();
            let (width, stride) = result(layer, &given)?;
            channels.push(width);
            strides.push(stride);
        }
        used[layers.len() - 1] = true;
        if let Some(index) = used.iter().position(|used| !used) {
            return Err(NetworkError::Unused { name: layers[index].name.clone() });
        }
        if *strides.last().unwrap_or(&0) != 1 {
            let name = layers[layers.len() - 1].name.clone();
            let problem = "the logits must have the resolution of the input";
            return Err(NetworkError::Resolution { name, problem });
        }
        Ok(Self { layers, channels, strides })
    }

    /// The layers, in the order in which they run.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Channels of an input image.
    pub fn channels(&self) -> usize {
        self.channels[0]
    }

    /// Logits per pixel.
    pub fn outputs(&self) -> usize {
        self.channels[self.channels.len() - 1]
    }

    /// The multiple that rows and columns of an image must be: 2 to the number of poolings on a path.
    pub fn stride(&self) -> usize {
        self.strides.iter().copied().max().unwrap_or(1)
    }

    /// Channels of every layer's map.
    pub(crate) fn layer_channels(&self) -> &[usize] {
        &self.channels
    }

    /// Input pixels per pixel of every layer's map.
    pub(crate) fn layer_strides(&self) -> &[usize] {
        &self.strides
    }
}

/// Channels and stride of a layer's result, from those of its inputs.
fn result(layer: &Layer, given: &[(usize, usize)]) -> Result<(usize, usize), NetworkError> {
    let name = || layer.name.clone();
    let arity = |expected| NetworkError::Arity { name: name(), expected, found: given.len() };
    let resolution = |problem| NetworkError::Resolution { name: name(), problem };
    let check = |holds: bool, setting, value, allowed| {
        if holds { Ok(()) } else { Err(NetworkError::Setting { name: name(), setting, value, allowed }) }
    };
    let width = |setting, value| check((1..=LARGEST_WIDTH).contains(&value), setting, value, "1 to 65536");
    match layer.op {
        Op::Input { channels } => {
            width("channels", channels)?;
            return if given.is_empty() { Ok((channels, 1)) } else { Err(arity("none")) };
        }
        Op::Concat => {
            if given.len() < 2 {
                return Err(arity("two or more"));
            }
            if given.iter().any(|&(_, stride)| stride != given[0].1) {
                return Err(resolution("the maps that it joins differ in resolution"));
            }
            let channels = given.iter().map(|&(channels, _)| channels).sum();
            width("channels", channels)?;
            return Ok((channels, given[0].1));
        }
        _ => {}
    }
    let &[(channels, stride)] = given else { return Err(arity("one")) };
    let expect = |expected| {
        width("channels", expected)?;
        if channels == expected {
            Ok(())
        } else {
            Err(NetworkError::Channels { name: name(), expected, found: channels })
        }
    };
    match layer.op {
        Op::Conv { inputs, outputs, kernel, .. } => {
            expect(inputs)?;
            width("outputs", outputs)?;
            check(kernel == 1 || kernel == 3, "kernel", kernel, "1 or 3")?;
            Ok((outputs, stride))
        }
        Op::BatchNorm { channels } => expect(channels).map(|()| (channels, stride)),
        Op::GroupNorm { channels, groups } => {
            expect(channels)?;
            let divides = groups > 0 && channels % groups == 0;
            check(divides, "groups", groups, "a divisor of the channels")?;
            Ok((channels, stride))
        }
        Op::MaxPool if stride == LARGEST_STRIDE => Err(resolution("there are more than 16 poolings")),
        Op::MaxPool => Ok((channels, stride * 2)),
        Op::Upsample if stride == 1 => Err(resolution("upsampling above the input's resolution")),
        Op::Upsample => Ok((channels, stride / 2)),
        Op::Relu | Op::Input { .. } | Op::Concat => Ok((channels, stride)),
    }
}
