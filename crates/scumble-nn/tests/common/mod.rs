//! Numbers and networks that the tests share.
#![allow(dead_code, reason = "every test program uses a part of it")]

use ndarray::Array4;
use scumble_data::Normalisation;
use scumble_nn::model::History;
use scumble_nn::network::{Layer, Norm, Op, UNet, initial_weights};
use scumble_nn::{Model, ModelCard, Task};

/// Every normalisation.
pub(crate) const NORMS: [Norm; 3] = [Norm::None, Norm::Batch, Norm::Group];

/// Reproducible numbers in -1..1 without structure.
pub(crate) fn noise(shape: (usize, usize, usize, usize), seed: u32) -> Array4<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    Array4::from_shape_simple_fn(shape, || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    })
}

/// A U-Net of one channel that has learnt nothing.
pub(crate) fn untrained(task: Task, widths: &[usize], normalisation: Normalisation) -> Model {
    let unet = UNet { channels: 1, outputs: task.logits(), widths: widths.to_vec(), norm: Norm::None };
    let network = unet.network().unwrap();
    let weights = initial_weights(&network, 3);
    let card = ModelCard {
        version: 1,
        scumble: String::new(),
        task,
        normalisation,
        context: 0,
        slice_axis: None,
        views: None,
        calibrated_views: None,
        calibrated_scales: None,
        best_f1: Vec::new(),
        history: History { data: String::new(), seed: 0, epochs: 0, steps: 0, validation: None },
        network,
    };
    Model { card, weights }
}

/// A layer of a network written out by hand.
pub(crate) fn layer(name: &str, op: Op, inputs: &[usize]) -> Layer {
    Layer { name: name.to_owned(), op, inputs: inputs.to_vec() }
}

/// Networks of two channels with what U-Nets do not have.
pub(crate) fn awkward_networks() -> Vec<Vec<Layer>> {
    let conv = |inputs, outputs, kernel| Op::Conv { inputs, outputs, kernel, bias: true };
    let input = || layer("input", Op::Input { channels: 2 }, &[]);
    vec![
        // Copies that cannot be avoided: a normalised join, pooling of the input, an upsampled upsampling.
        vec![
            input(),
            layer("pool1", Op::MaxPool, &[0]),
            layer("pool2", Op::MaxPool, &[1]),
            layer("conv", conv(2, 5, 3), &[2]),
            layer("up1", Op::Upsample, &[3]),
            layer("up2", Op::Upsample, &[4]),
            layer("join", Op::Concat, &[5, 0, 5]),
            layer("norm", Op::GroupNorm { channels: 12, groups: 4 }, &[6]),
            layer("relu", Op::Relu, &[7]),
            layer("head", conv(12, 3, 1), &[8]),
        ],
        // Maps with several readers, a source read twice, logits behind a ReLU.
        vec![
            input(),
            layer("first", conv(2, 4, 3), &[0]),
            layer("norm", Op::BatchNorm { channels: 4 }, &[1]),
            layer("relu", Op::Relu, &[2]),
            layer("pool", Op::MaxPool, &[2]),
            layer("deep", conv(4, 6, 1), &[4]),
            layer("up", Op::Upsample, &[5]),
            layer("inner", Op::Concat, &[3, 1]),
            layer("join", Op::Concat, &[6, 7, 6, 2]),
            layer("last", conv(24, 3, 3), &[8]),
            layer("end", Op::Relu, &[9]),
        ],
        // ReLU of the input and of a ReLU, a join of more maps than a convolution reads at once, an upsampled one in
        // front of a 1 x 1 convolution.
        vec![
            input(),
            layer("relu1", Op::Relu, &[0]),
            layer("conv", conv(2, 3, 3), &[1]),
            layer("relu2", Op::Relu, &[2]),
            layer("relu3", Op::Relu, &[3]),
            layer("many", Op::Concat, &[4, 2, 4, 2, 4, 2, 4, 2, 4, 0]),
            layer("wide", conv(29, 17, 3), &[5]),
            layer("pool", Op::MaxPool, &[6]),
            layer("up", Op::Upsample, &[7]),
            layer("join", Op::Concat, &[8, 3]),
            layer("head", conv(20, 1, 1), &[9]),
        ],
        // Weights that no map before them depends on.
        vec![input(), layer("join", Op::Concat, &[0, 0]), layer("norm", Op::BatchNorm { channels: 4 }, &[1])],
    ]
}
