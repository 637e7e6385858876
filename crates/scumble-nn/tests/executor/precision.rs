//! The executor in bf16 against that in f32.

use ndarray::{Array4, ArrayView4};
use scumble_nn::executor::{Executor, State, Update, open};
use scumble_nn::network::{Layer, Network, Norm, Op, Tensors, UNet, initial_weights};
use scumble_nn::{Device, Precision};

use crate::common::{NORMS, awkward_networks, layer, noise};
use crate::train;

/// Both precisions, f32 first, from the same state.
fn both(network: &Network, weights: &Tensors) -> [Box<dyn Executor>; 2] {
    [Precision::F32, Precision::Bf16].map(|precision| {
        open(&Device::Cpu, precision, network, &State::new(network, weights.clone())).unwrap()
    })
}

/// -1, 0 or 1: about `share` of them are not 0.
fn whole(shape: (usize, usize, usize, usize), seed: u32, share: f32) -> Array4<f32> {
    noise(shape, seed).mapv(|value| if value.abs() < share { value.signum() } else { 0.0 })
}

/// Weights of -1, 0 and 1 of which an output has few, so that all maps hold small whole numbers.
fn whole_weights(network: &Network) -> Tensors {
    let mut weights = initial_weights(network, 5);
    for (seed, tensor) in (60..).zip(weights.values_mut()) {
        let inputs: usize = tensor.shape()[1..].iter().product();
        let share = (1.5 / inputs.max(3) as f32).max(4.0 / tensor.len() as f32).min(0.5);
        let values = whole((1, 1, 1, tensor.len()), seed, share);
        tensor.iter_mut().zip(values).for_each(|(to, value)| *to = value);
    }
    weights
}

/// Where all numbers are whole and below 256, no sum is rounded in either precision: every logit and every gradient is the
/// same. What is read, and what it meets, is then right everywhere.
fn check_exact(network: &Network, images: ArrayView4<f32>, what: &str) {
    let [mut f32, mut bf16] = both(network, &whole_weights(network));
    assert_eq!(f32.infer(images).unwrap(), bf16.infer(images).unwrap(), "{what}: prediction");
    let logits = f32.forward(images).unwrap();
    assert!(logits.iter().any(|&logit| logit != 0.0), "{what}: nothing to see");
    assert_eq!(logits, bf16.forward(images).unwrap(), "{what}: logits");
    let gradient = whole(logits.dim(), 77, 0.3);
    f32.backward(gradient.view()).unwrap();
    bf16.backward(gradient.view()).unwrap();
    let (expected, found) = (f32.gradients().unwrap(), bf16.gradients().unwrap());
    for (name, expected) in &expected {
        assert_eq!(&found[name], expected, "{what}: {name}");
    }
}

#[test]
fn whole_numbers_are_the_same_in_unets_of_all_sizes() {
    for (channels, widths, batch, height, width) in [
        (1, vec![16, 32], 1, 8, 8),
        (3, vec![4, 8, 12], 3, 8, 20),
        (3, vec![16, 32, 64], 1, 40, 24),
        (3, vec![16, 32], 2, 36, 70),
        (156, vec![24, 16], 1, 12, 10),
        (5, vec![40, 64], 1, 16, 96),
        (156, vec![3, 5], 3, 8, 14),
        (3, vec![48], 1, 9, 13),
        (4, vec![5], 2, 1, 97),
        (2, vec![16], 1, 1, 1),
    ] {
        let what = format!("{channels} {widths:?} [{batch}, {height}, {width}]");
        let network = UNet { channels, outputs: 2, widths, norm: Norm::None }.network().unwrap();
        check_exact(&network, whole((batch, channels, height, width), 3, 0.4).view(), &what);
    }
}

#[test]
fn whole_numbers_are_the_same_in_awkward_networks() {
    for (index, layers) in awkward_networks().into_iter().enumerate() {
        // A normalisation leaves no whole numbers.
        let plain = |layer: Layer| match layer.op {
            Op::BatchNorm { .. } | Op::GroupNorm { .. } => Layer { op: Op::Relu, ..layer },
            _ => layer,
        };
        let network = Network::new(layers.into_iter().map(plain).collect()).unwrap();
        for (batch, height, width) in [(1, 8, 8), (3, 12, 4), (1, 4, 68)] {
            let images = whole((batch, 2, height, width), 3, 0.4);
            check_exact(&network, images.view(), &format!("network {index}, [{batch}, {height}, {width}]"));
        }
    }
}

/// Root of the mean square of the distance, over the deviation of `b`.
fn rms(a: &Array4<f32>, b: &Array4<f32>) -> f64 {
    let mean = b.iter().map(|&v| f64::from(v)).sum::<f64>() / b.len() as f64;
    let sum =
        |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(&a, &b)| f(a.into(), b.into())).sum::<f64>();
    (sum(&|a, b| (a - b).powi(2)) / sum(&|_, b| (b - mean).powi(2))).sqrt()
}

/// Root of the mean square of the distance, over that of `b`.
fn relative<'a>(a: impl Iterator<Item = &'a f32>, b: impl Iterator<Item = &'a f32>) -> f64 {
    let (distance, size) = a.zip(b).fold((0.0, 0.0), |(distance, size), (&a, &b)| {
        (distance + f64::from(a - b).powi(2), size + f64::from(b).powi(2))
    });
    (distance / size).sqrt()
}

/// Rounding to 8 bits at every layer moves logits by about a fiftieth of their deviation; with a normalisation, which is
/// rounded as well, by some more.
#[test]
fn rounding_moves_logits_a_little() {
    for norm in NORMS {
        let network = UNet { channels: 3, outputs: 2, widths: vec![16, 32, 64], norm }.network().unwrap();
        let [mut f32, mut bf16] = both(&network, &initial_weights(&network, 5));
        let images = noise((4, 3, 32, 40), 4);
        let logits = [f32.forward(images.view()).unwrap(), bf16.forward(images.view()).unwrap()];
        let found = rms(&logits[1], &logits[0]);
        assert!(found > 1e-4 && found < 4e-2, "{norm:?}: {found:e}");
        let predictions = [f32.infer(images.view()).unwrap(), bf16.infer(images.view()).unwrap()];
        let found = rms(&predictions[1], &predictions[0]);
        assert!(found > 1e-4 && found < 4e-2, "{norm:?}, prediction: {found:e}");
    }
}

/// Without ReLU and pooling, whose choices rounding may turn, gradients differ by their own rounding alone.
#[test]
fn gradients_of_a_linear_network_are_those_of_f32() {
    let conv = |inputs, outputs, kernel| Op::Conv { inputs, outputs, kernel, bias: true };
    let network = Network::new(vec![
        layer("input", Op::Input { channels: 3 }, &[]),
        layer("first", conv(3, 16, 3), &[0]),
        layer("wide", conv(16, 32, 3), &[1]),
        layer("pool", Op::MaxPool, &[0]),
        layer("small", conv(3, 24, 3), &[3]),
        layer("up", Op::Upsample, &[4]),
        layer("join", Op::Concat, &[2, 5]),
        layer("last", conv(56, 16, 3), &[6]),
        layer("head", conv(16, 2, 1), &[7]),
    ])
    .unwrap();
    let [mut f32, mut bf16] = both(&network, &initial_weights(&network, 5));
    let images = noise((2, 3, 32, 40), 4);
    let logits = f32.forward(images.view()).unwrap();
    bf16.forward(images.view()).unwrap();
    let gradient = noise(logits.dim(), 77) / logits.len() as f32;
    f32.backward(gradient.view()).unwrap();
    bf16.backward(gradient.view()).unwrap();
    let (expected, found) = (f32.gradients().unwrap(), bf16.gradients().unwrap());
    for (name, expected) in &expected {
        let found = relative(found[name].iter(), expected.iter());
        assert!(found < 1.2e-2, "{name}: {found:e}");
    }
}

#[test]
fn training_in_bf16_stays_near_to_f32() {
    for norm in NORMS {
        let network = UNet { channels: 3, outputs: 1, widths: vec![8, 16], norm }.network().unwrap();
        let images = noise((2, 3, 16, 24), 8);
        let predictions = both(&network, &initial_weights(&network, 5)).map(|mut executor| {
            train(&mut *executor, images.view(), 30, &Update::default());
            executor.infer(images.view()).unwrap()
        });
        let found = rms(&predictions[1], &predictions[0]);
        assert!(found > 0.0 && found < 0.1, "{norm:?}: {found:e}");
    }
}
