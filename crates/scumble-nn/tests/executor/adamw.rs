//! The optimiser against its published algorithm, and the average that predicts.

use std::collections::BTreeMap;

use scumble_nn::executor::{Optimiser, Update};
use scumble_nn::network::Norm;

use crate::common::noise;
use crate::{start, tiny};

/// Loshchilov & Hutter 2019, algorithm 2, written out in f64 and fed the executor's gradients.
#[test]
fn follows_the_published_algorithm() {
    let network = tiny(Norm::Batch);
    let images = noise((2, 2, 8, 8), 1);
    let mut executor = start(&network);
    let update = Update {
        optimiser: Optimiser::AdamW,
        momentum: 0.5,
        learning_rate: 0.01,
        weight_decay: 0.3,
        beta1: 0.8,
        beta2: 0.95,
        epsilon: 1e-6,
        average: 0.3,
    };
    let [rate, decay, beta1, beta2, epsilon] = [0.01f32, 0.3, 0.8, 0.95, 1e-6].map(f64::from);
    let wide = |values: &ndarray::ArrayD<f32>| values.iter().map(|&v| f64::from(v)).collect::<Vec<_>>();
    let state = executor.state().unwrap();
    let mut weights: BTreeMap<_, _> = state.weights.iter().map(|(name, w)| (name.clone(), wide(w))).collect();
    let mut averages = weights.clone();
    let mut moments: BTreeMap<String, Vec<[f64; 2]>> =
        weights.iter().map(|(name, w)| (name.clone(), vec![[0.0; 2]; w.len()])).collect();
    for t in 1..=5 {
        let logits = executor.forward(images.view()).unwrap();
        executor.backward(logits.view()).unwrap();
        let gradients = executor.gradients().unwrap();
        executor.update(&update).unwrap();
        let found = executor.state().unwrap();
        assert_eq!(found.steps, t as u64);
        let mean_decay = f64::from(0.3f32).min(f64::from(1 + t) / f64::from(10 + t));
        for parameter in network.parameters() {
            let name = &parameter.name;
            let w = weights.get_mut(name).unwrap();
            if parameter.trainable() {
                let decay = if parameter.decays() { decay } else { 0.0 };
                for ((w, g), [m, v]) in
                    w.iter_mut().zip(wide(&gradients[name])).zip(moments.get_mut(name).unwrap())
                {
                    *m = beta1 * *m + (1.0 - beta1) * g;
                    *v = beta2 * *v + (1.0 - beta2) * g * g;
                    let (m, v) = (*m / (1.0 - beta1.powi(t)), *v / (1.0 - beta2.powi(t)));
                    *w -= rate * (m / (v.sqrt() + epsilon) + decay * *w);
                }
            } else {
                // Running statistics are tested elsewhere; here, what the average makes of them.
                *w = wide(&found.weights[name]);
            }
            let average = averages.get_mut(name).unwrap();
            for (a, w) in average.iter_mut().zip(&*w) {
                *a = mean_decay * *a + (1.0 - mean_decay) * w;
            }
            for (part, tensor, expected) in
                [("weight", &found.weights[name], &*w), ("average", &found.average[name], &*average)]
            {
                for (found, expected) in wide(tensor).into_iter().zip(expected) {
                    let close = (found - expected).abs() < 2e-6 * expected.abs().max(1.0);
                    assert!(close, "step {t}, {part} of {name}: {found} {expected}");
                }
            }
        }
    }
}

#[test]
fn without_an_average_predicts_with_the_weights_themselves() {
    let network = tiny(Norm::Batch);
    let mut executor = start(&network);
    crate::train(
        &mut *executor,
        noise((2, 2, 8, 8), 1).view(),
        3,
        &Update { average: 0.0, ..Update::default() },
    );
    let state = executor.state().unwrap();
    assert_eq!(state.weights, state.average);
}

#[test]
fn the_average_lags_behind_the_weights() {
    let network = tiny(Norm::None);
    let mut executor = start(&network);
    let first = executor.state().unwrap();
    let update = Update { average: 0.999, ..Update::default() };
    crate::train(&mut *executor, noise((2, 2, 8, 8), 1).view(), 10, &update);
    let state = executor.state().unwrap();
    let distance = |a: &scumble_nn::network::Tensors| {
        a.iter().map(|(name, a)| (a - &first.weights[name]).mapv(|d| d * d).sum()).sum::<f32>().sqrt()
    };
    let share = distance(&state.average) / distance(&state.weights);
    assert!((0.5..1.0).contains(&share), "{share}");
}
