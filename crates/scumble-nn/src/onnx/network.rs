//! The layers, batch normalisations folded into convolutions.

use super::graph::{Graph, Value};
use super::proto::Attribute::{Float, Int, Ints};
use crate::network::{NORM_EPSILON, Network, Op, Tensors};
use ndarray::ArrayD;

/// The logits of a network whose input, padded to its stride, is this. Every parameter of the network is among the weights.
pub(super) fn logits(graph: &mut Graph, network: &Network, weights: &Tensors, input: Value) -> Value {
    let layers = network.layers();
    let mut maps: Vec<Value> = Vec::with_capacity(layers.len());
    for (index, layer) in layers.iter().enumerate() {
        let inputs: Vec<&Value> = layer.inputs.iter().map(|&input| &maps[input]).collect();
        let name = layer.name.as_str();
        let of = |suffix: &str| &weights[&format!("{name}.{suffix}")];
        let map = match layer.op {
            Op::Input { .. } => input.clone(),
            Op::Conv { kernel, bias, .. } => {
                let own = bias.then(|| of("bias"));
                let (weight, bias) = match norm_behind(network, index) {
                    Some(norm) => folded(of("weight"), own, Affine::of_batch_norm(norm, weights)),
                    None => (of("weight").clone(), own.map(|bias| bias.iter().copied().collect())),
                };
                let weight = graph.floats(weight.shape(), weight.iter().copied());
                let bias = bias.map(|bias| graph.floats(&[bias.len()], bias));
                let inputs: Vec<&Value> = [inputs[0], &weight].into_iter().chain(&bias).collect();
                let (kernel, pad) = (kernel as i64, kernel as i64 / 2);
                let sides = Ints(vec![kernel; 2]);
                let settings =
                    [("kernel_shape", sides), ("strides", Ints(vec![1; 2])), ("pads", Ints(vec![pad; 4]))];
                graph.node_named(name, "Conv", &inputs, &settings)
            }
            // In the convolution before it.
            Op::BatchNorm { .. } if norm_behind(network, layer.inputs[0]) == Some(name) => inputs[0].clone(),
            Op::BatchNorm { .. } => Affine::of_batch_norm(name, weights).applied(graph, name, inputs[0]),
            Op::GroupNorm { groups, .. } => {
                let map = standardised(graph, inputs[0], groups);
                Affine::new(of("weight"), of("bias")).applied(graph, name, &map)
            }
            Op::Relu => graph.node_named(name, "Relu", &inputs, &[]),
            Op::MaxPool => {
                let settings = [("kernel_shape", Ints(vec![2; 2])), ("strides", Ints(vec![2; 2]))];
                graph.node_named(name, "MaxPool", &inputs, &settings)
            }
            Op::Upsample => graph.repeated(name, inputs[0]),
            Op::Concat => graph.node_named(name, "Concat", &inputs, &[("axis", Int(1))]),
        };
        maps.push(map);
    }
    maps.pop().expect("a network has layers")
}

/// The batch normalisation that alone reads a layer, if that is a convolution.
fn norm_behind(network: &Network, index: usize) -> Option<&str> {
    let layers = network.layers();
    let mut readers = layers.iter().filter(|layer| layer.inputs.contains(&index));
    match (layers[index].op, readers.next(), readers.next()) {
        (Op::Conv { .. }, Some(norm), None) if matches!(norm.op, Op::BatchNorm { .. }) => Some(&norm.name),
        _ => None,
    }
}

/// A factor and a summand for each channel.
struct Affine {
    scale: Vec<f64>,
    shift: Vec<f64>,
}

impl Affine {
    fn new(scale: &ArrayD<f32>, shift: &ArrayD<f32>) -> Self {
        let [scale, shift] = [scale, shift].map(|of| of.iter().map(|v| f64::from(*v)).collect());
        Self { scale, shift }
    }

    /// What a batch normalisation does in prediction.
    fn of_batch_norm(name: &str, weights: &Tensors) -> Self {
        let of = |suffix: &str| &weights[&format!("{name}.{suffix}")];
        let Self { mut scale, mut shift } = Self::new(of("weight"), of("bias"));
        for (scale, variance) in scale.iter_mut().zip(of("running_var")) {
            *scale /= (f64::from(*variance) + NORM_EPSILON).sqrt();
        }
        for ((shift, scale), mean) in shift.iter_mut().zip(&scale).zip(of("running_mean")) {
            *shift -= f64::from(*mean) * scale;
        }
        Self { scale, shift }
    }

    fn applied(self, graph: &mut Graph, name: &str, map: &Value) -> Value {
        let (scale, shift) = (graph.by_channel(self.scale), graph.by_channel(self.shift));
        let scaled = graph.node("Mul", &[map, &scale], &[]);
        graph.node_named(name, "Add", &[&scaled, &shift], &[])
    }
}

/// A convolution's weight and bias with what is done to its result.
fn folded(
    weight: &ArrayD<f32>,
    bias: Option<&ArrayD<f32>>,
    affine: Affine,
) -> (ArrayD<f32>, Option<Vec<f32>>) {
    let Affine { scale, shift } = affine;
    let mut weight = weight.clone();
    for (mut of_output, scale) in weight.outer_iter_mut().zip(&scale) {
        of_output.mapv_inplace(|v| (f64::from(v) * scale) as f32);
    }
    let own = |output: usize| bias.map_or(0.0, |bias| f64::from(bias[[output]]));
    let bias = shift.iter().zip(&scale).enumerate();
    let bias = bias.map(|(output, (shift, scale))| (own(output) * scale + shift) as f32).collect();
    (weight, Some(bias))
}

/// Mean 0 and deviation 1 over the pixels of each group of channels of each image.
fn standardised(graph: &mut Graph, map: &Value, groups: usize) -> Value {
    let by_group = graph.ints(&[0, groups as i64, -1]);
    let rows = graph.node("Reshape", &[map, &by_group], &[]);
    let ones = graph.floats(&[groups], vec![1.0; groups]);
    let zeros = graph.floats(&[groups], vec![0.0; groups]);
    let settings = [("epsilon", Float(NORM_EPSILON as f32))];
    let rows = graph.node("InstanceNormalization", &[&rows, &ones, &zeros], &settings);
    let shape = graph.node("Shape", &[map], &[]);
    graph.node("Reshape", &[&rows, &shape], &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Norm, UNet, initial_weights};

    fn nodes(norm: Norm) -> usize {
        let network = UNet { widths: vec![4, 8], norm, ..UNet::default() }.network().unwrap();
        let mut graph = Graph::default();
        logits(&mut graph, &network, &initial_weights(&network, 0), Value::input("input"));
        graph.len()
    }

    #[test]
    fn a_batch_normalisation_behind_a_convolution_costs_nothing() {
        assert_eq!(nodes(Norm::Batch), nodes(Norm::None));
        assert!(nodes(Norm::Group) > nodes(Norm::None));
    }
}
