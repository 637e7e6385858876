//! Muon against its published algorithm.

use ndarray::{Array2, ArrayD};
use scumble_nn::executor::{Optimiser, Update};
use scumble_nn::network::{Network, Norm, Tensors, UNet};

use crate::common::noise;
use crate::{start, tiny};

/// Newton-Schulz as Jordan et al. 2024 have it, on the matrix itself, in f64.
fn orthogonal(matrix: &Array2<f64>) -> Array2<f64> {
    let mut x = matrix / matrix.mapv(|x| x * x).sum().sqrt();
    for _ in 0..5 {
        let gram = x.dot(&x.t());
        let step = gram.mapv(|g| -4.7750 * g) + gram.dot(&gram).mapv(|g| 2.0315 * g);
        x = x.mapv(|x| 3.4445 * x) + step.dot(&x);
    }
    x
}

fn wide(tensor: &ArrayD<f32>) -> Array2<f64> {
    let outputs = tensor.shape()[0];
    let values = tensor.iter().map(|&x| f64::from(x)).collect();
    Array2::from_shape_vec((outputs, tensor.len() / outputs), values).unwrap()
}

/// Weights lie in the order in which the kernels read them, by panels of outputs and by source: it must not show.
#[test]
fn follows_the_published_algorithm() {
    for widths in [vec![4, 8], vec![24, 48], vec![16, 5, 33]] {
        let unet = UNet { channels: 2, outputs: 2, widths: widths.clone(), norm: Norm::Batch };
        follows(&unet.network().unwrap(), &format!("{widths:?}"));
    }
}

fn follows(network: &Network, what: &str) {
    let images = noise((2, 2, 8, 8), 1);
    let mut executor = start(network);
    let update = Update { learning_rate: 0.02, weight_decay: 0.3, momentum: 0.9, ..Update::default() };
    assert_eq!(update.optimiser, Optimiser::Muon);
    let (rate, decay, momentum) = (f64::from(0.02f32), f64::from(0.3f32), f64::from(0.9f32));
    let start = executor.state().unwrap().weights;
    let parameters = network.parameters();
    let around = parameters.iter().filter(|parameter| parameter.looks_around());
    let mut held: Vec<(&str, Array2<f64>, Array2<f64>)> = around
        .map(|p| (p.name.as_str(), wide(&start[&p.name]), Array2::zeros(wide(&start[&p.name]).raw_dim())))
        .collect();
    assert_eq!(held.len(), parameters.iter().filter(|p| p.name.contains(".conv")).count());
    for step in 1..=4 {
        let logits = executor.forward(images.view()).unwrap();
        executor.backward(logits.view()).unwrap();
        let gradients = executor.gradients().unwrap();
        executor.update(&update).unwrap();
        let found = executor.state().unwrap();
        for (name, weight, first) in &mut held {
            let gradient = wide(&gradients[*name]);
            *first = &*first * momentum + &gradient * (1.0 - momentum);
            let ahead = &*first * momentum + &gradient * (1.0 - momentum);
            let (rows, columns) = weight.dim();
            let scale = rate * 0.2 * (rows.max(columns) as f64).sqrt();
            *weight = &*weight * (1.0 - rate * decay) - orthogonal(&ahead) * scale;
            let far =
                (&wide(&found.weights[*name]) - &*weight).mapv(f64::abs).into_iter().fold(0.0, f64::max);
            assert!(far < 1e-4, "{what}, step {step}, {name}: {far:e}");
            let second = &found.second_moment[*name];
            assert!(second.iter().all(|x| *x == 0.0), "{name} needs no second moment");
        }
    }
}

/// Everything but the weights of 3 x 3 convolutions is AdamW's.
#[test]
fn the_rest_is_changed_by_adamw() {
    let network = tiny(Norm::Batch);
    let images = noise((2, 2, 8, 8), 1);
    let after = |optimiser| -> Tensors {
        let mut executor = start(&network);
        let logits = executor.forward(images.view()).unwrap();
        executor.backward(logits.view()).unwrap();
        executor.update(&Update { optimiser, ..Update::default() }).unwrap();
        executor.state().unwrap().weights
    };
    let [muon, adamw] = [Optimiser::Muon, Optimiser::AdamW].map(after);
    for parameter in network.parameters() {
        let same = muon[&parameter.name] == adamw[&parameter.name];
        assert_eq!(same, !parameter.looks_around(), "{}", parameter.name);
    }
}
