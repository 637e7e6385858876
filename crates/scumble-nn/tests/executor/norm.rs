//! Normalisations against their definition.

use ndarray::{Array4, Axis, arr1};
use scumble_nn::executor::{State, Update, open};
use scumble_nn::network::{Network, Norm, Op, initial_weights};
use scumble_nn::{Device, Precision};

use crate::common::{layer, noise};
use crate::{start, tiny, train};

/// A network of one normalisation, and its state with made-up scales, shifts and running statistics.
fn alone(op: Op, channels: usize) -> (Network, State) {
    let network =
        Network::new(vec![layer("input", Op::Input { channels }, &[]), layer("norm", op, &[0])]).unwrap();
    let mut weights = initial_weights(&network, 0);
    for (seed, (name, tensor)) in (20..).zip(&mut weights) {
        let values =
            noise((1, 1, 1, channels), seed).mapv(|v| if name.ends_with("var") { v + 2.0 } else { v });
        *tensor = values.into_shape_with_order(channels).unwrap().into_dyn();
    }
    let state = State::new(&network, weights);
    (network, state)
}

/// Images with a mean well away from zero, as maps may have.
fn images(channels: usize) -> Array4<f32> {
    let mut images = noise((3, channels, 4, 6), 6);
    for (c, mut channel) in images.axis_iter_mut(Axis(1)).enumerate() {
        channel.mapv_inplace(|v| v * (c + 1) as f32 + 3.0);
    }
    images
}

/// Mean and biased variance in f64.
fn moments<'a>(values: impl Iterator<Item = &'a f32> + Clone) -> (f64, f64) {
    let count = values.clone().count() as f64;
    let mean = values.clone().map(|&v| f64::from(v)).sum::<f64>() / count;
    (mean, values.map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / count)
}

fn parameter(state: &State, name: &str, channel: usize) -> f64 {
    f64::from(state.weights[name][[channel]])
}

fn close(found: f32, expected: f64, what: &str) {
    assert!(
        (f64::from(found) - expected).abs() < 2e-6 * expected.abs().max(1.0),
        "{what}: {found} {expected}"
    );
}

#[test]
fn batch_norm_is_that_of_pytorch() {
    let (network, before) = alone(Op::BatchNorm { channels: 3 }, 3);
    let images = images(3);
    let mut executor = open(&Device::Cpu, Precision::F32, &network, &before).unwrap();
    let logits = executor.forward(images.view()).unwrap();
    let after = executor.state().unwrap();
    for c in 0..3 {
        let values = images.index_axis(Axis(1), c);
        let (mean, variance) = moments(values.iter());
        let factor = parameter(&before, "norm.weight", c) / (variance + 1e-5).sqrt();
        for (&x, &y) in values.iter().zip(logits.index_axis(Axis(1), c)) {
            close(y, (f64::from(x) - mean) * factor + parameter(&before, "norm.bias", c), "normal");
        }
        let unbiased = variance * 72.0 / 71.0;
        for (name, batch) in [("norm.running_mean", mean), ("norm.running_var", unbiased)] {
            close(after.weights[name][[c]], 0.9 * parameter(&before, name, c) + 0.1 * batch, name);
        }
    }
}

#[test]
fn batch_norm_predicts_with_the_averaged_running_statistics() {
    let (network, mut state) = alone(Op::BatchNorm { channels: 3 }, 3);
    std::mem::swap(&mut state.weights, &mut state.average);
    // The weights of training are of no consequence to a prediction.
    state.weights.values_mut().for_each(|tensor| tensor.fill(9.0));
    let images = images(3);
    let mut executor = open(&Device::Cpu, Precision::F32, &network, &state).unwrap();
    let logits = executor.infer(images.view()).unwrap();
    std::mem::swap(&mut state.weights, &mut state.average);
    for ((n, c, y, x), &logit) in logits.indexed_iter() {
        let p = |name: &str| parameter(&state, name, c);
        let normal = (f64::from(images[[n, c, y, x]]) - p("norm.running_mean"))
            / (p("norm.running_var") + 1e-5).sqrt();
        close(logit, normal * p("norm.weight") + p("norm.bias"), "prediction");
    }
}

#[test]
fn batch_norm_folds_into_a_convolution_with_or_without_bias() {
    for bias in [false, true] {
        let conv = layer("conv", Op::Conv { inputs: 2, outputs: 3, kernel: 3, bias }, &[0]);
        let input = layer("input", Op::Input { channels: 2 }, &[]);
        let norm = layer("norm", Op::BatchNorm { channels: 3 }, &[1]);
        let plain = Network::new(vec![input.clone(), conv.clone()]).unwrap();
        let normed = Network::new(vec![input, conv, norm]).unwrap();
        let mut weights = initial_weights(&plain, 1);
        if bias {
            weights.insert("conv.bias".to_owned(), arr1(&[0.5f32, -1.0, 2.0]).into_dyn());
        }
        let images = noise((2, 2, 5, 4), 8);
        let maps = open(&Device::Cpu, Precision::F32, &plain, &State::new(&plain, weights.clone()))
            .unwrap()
            .infer(images.view())
            .unwrap();
        let (_, norms) = alone(Op::BatchNorm { channels: 3 }, 3);
        weights.extend(norms.weights.clone());
        let mut executor =
            open(&Device::Cpu, Precision::F32, &normed, &State::new(&normed, weights)).unwrap();
        for ((n, c, y, x), &logit) in executor.infer(images.view()).unwrap().indexed_iter() {
            let p = |name: &str| parameter(&norms, name, c);
            let normal = (f64::from(maps[[n, c, y, x]]) - p("norm.running_mean"))
                / (p("norm.running_var") + 1e-5).sqrt();
            close(logit, normal * p("norm.weight") + p("norm.bias"), "folded");
        }
    }
}

#[test]
fn group_norm_is_that_of_pytorch_in_training_and_prediction() {
    let (network, state) = alone(Op::GroupNorm { channels: 4, groups: 2 }, 4);
    let images = images(4);
    let mut executor = open(&Device::Cpu, Precision::F32, &network, &state).unwrap();
    let trained = executor.forward(images.view()).unwrap();
    let predicted = executor.infer(images.view()).unwrap();
    assert_eq!(trained, predicted);
    for ((n, c, y, x), &logit) in trained.indexed_iter() {
        let first = c / 2 * 2;
        let (mean, variance) = moments(images.slice(ndarray::s![n, first..first + 2, .., ..]).iter());
        let normal = (f64::from(images[[n, c, y, x]]) - mean) / (variance + 1e-5).sqrt();
        let p = |name: &str| parameter(&state, name, c);
        close(logit, normal * p("norm.weight") + p("norm.bias"), "normal");
    }
}

#[test]
fn prediction_is_the_forward_pass_where_nothing_depends_on_the_batch() {
    for norm in [Norm::None, Norm::Group] {
        let network = tiny(norm);
        let images = noise((2, 2, 16, 16), 4);
        let mut executor = start(&network);
        train(&mut *executor, images.view(), 2, &Update { average: 0.0, ..Update::default() });
        let trained = executor.forward(images.view()).unwrap();
        assert_eq!(executor.infer(images.view()).unwrap(), trained);
        // An image's logits do not depend on its company.
        let alone = images.slice(ndarray::s![1..2, .., .., ..]);
        let difference = executor.infer(alone).unwrap() - trained.slice(ndarray::s![1..2, .., .., ..]);
        assert!(difference.iter().all(|d| d.abs() < 1e-5));
    }
}

#[test]
fn prediction_changes_nothing() {
    let network = tiny(Norm::Batch);
    let images = noise((2, 2, 8, 8), 4);
    let mut executor = start(&network);
    train(&mut *executor, images.view(), 2, &Update::default());
    let before = executor.state().unwrap();
    let first = executor.infer(images.view()).unwrap();
    assert_eq!(executor.infer(images.view()).unwrap(), first);
    assert_eq!(executor.state().unwrap(), before);
}
