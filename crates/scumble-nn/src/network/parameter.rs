//! Named tensors of a network, and what each is for.

use std::collections::BTreeMap;

use ndarray::ArrayD;

use super::graph::Network;
use super::layer::{Layer, Op};

/// Named tensors: weights, gradients, moments. Ordered by name, so that files and sums do not depend on hashing.
pub type Tensors = BTreeMap<String, ArrayD<f32>>;

/// One named tensor of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The layer's name and PyTorch's name of the parameter: `"enc1.conv1.weight"`, `"enc1.norm1.running_mean"`.
    pub name: String,
    /// `[outputs, inputs, kernel, kernel]` for a convolution's weight, `[channels]` for all others.
    pub shape: Vec<usize>,
    /// What it is for.
    pub role: Role,
}

/// What a parameter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Weight of a convolution.
    Weight,
    /// Bias of a convolution.
    Bias,
    /// Factor of a normalisation, per channel.
    Scale,
    /// Summand of a normalisation, per channel.
    Shift,
    /// Running mean of a batch normalisation; follows the data, not a gradient.
    RunningMean,
    /// Running (unbiased) variance of a batch normalisation; follows the data, not a gradient.
    RunningVariance,
}

impl Parameter {
    /// Whether the optimiser changes it: all but running statistics.
    pub fn trainable(&self) -> bool {
        !matches!(self.role, Role::RunningMean | Role::RunningVariance)
    }

    /// Whether weight decay pulls it towards zero: convolution weights alone. A bias, a scale or a shift has no
    /// direction in which to overfit, and decaying a scale only changes the learning rate of its convolution.
    pub fn decays(&self) -> bool {
        self.role == Role::Weight
    }

    /// Whether it is a matrix that mixes channels as they lie around a pixel, which Muon changes: the weight of a convolution of
    /// more than one pixel.
    pub fn looks_around(&self) -> bool {
        self.role == Role::Weight && self.shape[2] > 1
    }

    /// How many numbers it has.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Never true for a parameter of a [`Network`].
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Network {
    /// All named tensors, in the order of the layers.
    ///
    /// ```
    /// # use scumble_nn::network::{UNet, Norm};
    /// let network = UNet { norm: Norm::None, ..UNet::default() }.network()?;
    /// let parameters = network.parameters();
    /// assert_eq!(parameters[0].name, "enc1.conv1.weight");
    /// assert_eq!(parameters[0].shape, [16, 3, 3, 3]);
    /// # Ok::<(), scumble_nn::network::NetworkError>(())
    /// ```
    pub fn parameters(&self) -> Vec<Parameter> {
        self.layers().iter().flat_map(of_layer).collect()
    }

    /// How many numbers training changes.
    pub fn parameter_count(&self) -> usize {
        self.parameters().iter().filter(|p| p.trainable()).map(Parameter::len).sum()
    }
}

fn of_layer(layer: &Layer) -> Vec<Parameter> {
    let one = |suffix, shape, role| Parameter { name: format!("{}.{suffix}", layer.name), shape, role };
    match layer.op {
        Op::Conv { inputs, outputs, kernel, bias } => {
            let mut parameters = vec![one("weight", vec![outputs, inputs, kernel, kernel], Role::Weight)];
            if bias {
                parameters.push(one("bias", vec![outputs], Role::Bias));
            }
            parameters
        }
        Op::GroupNorm { channels, .. } => {
            vec![one("weight", vec![channels], Role::Scale), one("bias", vec![channels], Role::Shift)]
        }
        Op::BatchNorm { channels } => vec![
            one("weight", vec![channels], Role::Scale),
            one("bias", vec![channels], Role::Shift),
            one("running_mean", vec![channels], Role::RunningMean),
            one("running_var", vec![channels], Role::RunningVariance),
        ],
        Op::Input { .. } | Op::Relu | Op::MaxPool | Op::Upsample | Op::Concat => Vec::new(),
    }
}
