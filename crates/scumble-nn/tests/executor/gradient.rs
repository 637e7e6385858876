//! Gradients against finite differences of the loss.

use ndarray::Array4;
use scumble_nn::executor::{State, open};
use scumble_nn::network::{Network, Norm, Op, UNet, initial_weights};
use scumble_nn::{Device, Precision};

use crate::common::{NORMS, layer, noise};
use crate::{start, tiny};

/// Half the squared distance of the logits from made-up ones, and its gradient.
fn loss(logits: &Array4<f32>) -> (f64, Array4<f32>) {
    let gradient = logits - &noise(logits.dim(), 9);
    (gradient.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>() / 2.0, gradient)
}

/// The derivative along a random direction of each tensor, against the central finite difference of the loss.
///
/// A step of 1e-3 moves few pixels across a kink of ReLU or pooling; rounding of the f32 logits adds about 1e-4.
fn check(network: &Network, images: &Array4<f32>) {
    const STEP: f64 = 1e-3;
    let weights = initial_weights(network, 11);
    let mut executor =
        open(&Device::Cpu, Precision::F32, network, &State::new(network, weights.clone())).unwrap();
    let logits = executor.forward(images.view()).unwrap();
    executor.backward(loss(&logits).1.view()).unwrap();
    let gradients = executor.gradients().unwrap();
    let trainable: Vec<_> = network.parameters().into_iter().filter(|p| p.trainable()).collect();
    assert_eq!(gradients.len(), trainable.len());
    for (seed, parameter) in (100..).zip(trainable) {
        let gradient = &gradients[&parameter.name];
        assert_eq!(gradient.shape(), parameter.shape);
        // Half of the direction is the gradient's own, so that the derivative is never small by chance.
        let length = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
        let direction =
            noise((1, 1, 1, parameter.len()), seed).into_shape_with_order(gradient.raw_dim()).unwrap();
        let direction = &direction / (parameter.len() as f32).sqrt() + gradient / length.max(1e-6);
        let mut at = |distance: f64| {
            let mut moved = weights.clone();
            moved.get_mut(&parameter.name).unwrap().scaled_add(distance as f32, &direction);
            executor.restore(&State::new(network, moved)).unwrap();
            loss(&executor.forward(images.view()).unwrap()).0
        };
        let numeric = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        let analytic: f64 = gradient.iter().zip(&direction).map(|(&g, &d)| f64::from(g * d)).sum();
        let tolerance = 0.01 * analytic.abs() + 0.02;
        assert!((numeric - analytic).abs() < tolerance, "{}: {numeric} {analytic}", parameter.name);
    }
}

#[test]
fn of_a_unet_agrees_with_finite_differences() {
    for norm in NORMS {
        check(&tiny(norm), &noise((2, 2, 8, 12), 1));
    }
}

#[test]
fn of_each_operation_alone_agrees_with_finite_differences() {
    let conv = |kernel, bias| Op::Conv { inputs: 4, outputs: 4, kernel, bias };
    for op in [
        conv(1, true),
        conv(3, false),
        conv(3, true),
        Op::BatchNorm { channels: 4 },
        Op::GroupNorm { channels: 4, groups: 2 },
    ] {
        let network = Network::new(vec![
            layer("input", Op::Input { channels: 2 }, &[]),
            layer("first", Op::Conv { inputs: 2, outputs: 4, kernel: 3, bias: true }, &[0]),
            layer("middle", op, &[1]),
            layer("join", Op::Concat, &[2, 1]),
            layer("last", Op::Conv { inputs: 8, outputs: 2, kernel: 3, bias: true }, &[3]),
        ])
        .unwrap();
        check(&network, &noise((2, 2, 5, 7), 2));
    }
}

#[test]
fn is_linear_in_that_of_the_logits() {
    let network = tiny(Norm::Batch);
    let images = noise((1, 2, 8, 8), 3);
    let mut executor = start(&network);
    let mut gradients = |factor: f32| {
        let shape = executor.forward(images.view()).unwrap().dim();
        executor.backward((noise(shape, 4) * factor).view()).unwrap();
        executor.gradients().unwrap()
    };
    // Powers of two are exact.
    let (once, twice) = (gradients(1.0), gradients(2.0));
    for (name, gradient) in &once {
        assert_eq!(gradient * 2.0, twice[name], "{name}");
    }
}

#[test]
fn of_nothing_is_nothing() {
    let network = UNet { widths: vec![2, 2], ..UNet::default() }.network().unwrap();
    let mut executor = start(&network);
    let logits = executor.forward(noise((1, 3, 8, 8), 3).view()).unwrap();
    executor.backward(Array4::zeros(logits.dim()).view()).unwrap();
    assert!(executor.gradients().unwrap().values().flatten().all(|&g| g == 0.0));
}
