//! The executor of the processor and Burn's: two implementations of one definition.

use ndarray::{Array4, ArrayView4};
use scumble_nn::executor::{Executor, Optimiser, State, Update, open, open_burn};
use scumble_nn::network::{Network, Norm, Tensors, UNet, initial_weights};
use scumble_nn::{Device, Precision};

use crate::common::{NORMS, awkward_networks, noise};
use crate::train;

/// Both executors, from the same state with made-up biases, scales and statistics.
fn both(network: &Network) -> [Box<dyn Executor>; 2] {
    let mut weights = initial_weights(network, 5);
    for (seed, (name, tensor)) in (50..).zip(&mut weights) {
        if tensor.ndim() == 1 {
            let made_up = noise((1, 1, 1, tensor.len()), seed);
            // Variances and scales around 1, the others around 0.
            let middle = if name.ends_with("var") || name.contains("norm") && name.ends_with("weight") {
                1.0
            } else {
                0.0
            };
            tensor.iter_mut().zip(made_up).for_each(|(to, value)| *to = middle + value / 4.0);
        }
    }
    let state = State::new(network, weights);
    [
        open(&Device::Cpu, Precision::F32, network, &state).unwrap(),
        open_burn(&Device::Cpu, network, &state).unwrap(),
    ]
}

/// The largest distance of two arrays, over the largest number in either or `least`.
fn distance<'a>(a: impl Iterator<Item = &'a f32>, b: impl Iterator<Item = &'a f32>, least: f32) -> f32 {
    let (mut distance, mut size) = (0.0f32, least);
    for (a, b) in a.zip(b) {
        distance = distance.max((a - b).abs());
        size = size.max(a.abs()).max(b.abs());
    }
    distance / size
}

fn assert_agree(a: &Tensors, b: &Tensors, tolerance: f32, what: &str) {
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    // A tensor may be nothing but rounding, as the gradient of a bias before a normalisation: its numbers count
    // beside those of all others.
    let all = a.values().flatten().fold(0.0f32, |size, v| size.max(v.abs()));
    for (name, tensor) in a {
        let found = distance(tensor.iter(), b[name].iter(), 0.02 * all);
        assert!(found < tolerance, "{what}, {name}: {found:e}");
    }
}

/// Logits, predictions and gradients of one step.
///
/// Sums of some thousand f32 products in another order differ by some 1e-6 of their size. Normalisation divides by a
/// deviation, and ReLU or pooling may choose another side at a tie of that precision; hence 2e-5, and 2e-4 backwards.
fn check(network: &Network, images: ArrayView4<f32>, what: &str) {
    let [mut cpu, mut burn] = both(network);
    let predictions = [cpu.infer(images).unwrap(), burn.infer(images).unwrap()];
    assert!(distance(predictions[0].iter(), predictions[1].iter(), 1e-3) < 2e-5, "{what}: prediction");
    let logits = [cpu.forward(images).unwrap(), burn.forward(images).unwrap()];
    let found = distance(logits[0].iter(), logits[1].iter(), 1e-3);
    assert!(found < 2e-5, "{what}: logits {found:e}");
    let gradient = (&logits[1] - &noise(logits[1].dim(), 77)) / logits[1].len() as f32;
    cpu.backward(gradient.view()).unwrap();
    burn.backward(gradient.view()).unwrap();
    assert_agree(&cpu.gradients().unwrap(), &burn.gradients().unwrap(), 2e-4, what);
    let states = [cpu.state().unwrap(), burn.state().unwrap()];
    assert_agree(&states[0].weights, &states[1].weights, 2e-5, what);
}

#[test]
fn one_step_of_unets_of_all_sizes() {
    for norm in NORMS {
        for (channels, widths, batch, height, width) in [
            (1, vec![16, 32], 1, 8, 8),
            (3, vec![4, 8, 12], 3, 8, 20),
            (3, vec![16, 32, 64], 1, 40, 24),
            (156, vec![24, 16], 1, 12, 10),
            (156, vec![3, 5], 3, 8, 14),
            (3, vec![48], 1, 9, 13),
        ] {
            let what = format!("{norm:?} {channels} {widths:?} [{batch}, {height}, {width}]");
            let network = UNet { channels, outputs: 2, widths, norm }.network().unwrap();
            check(&network, noise((batch, channels, height, width), 3).view(), &what);
        }
    }
}

#[test]
fn one_step_of_awkward_networks() {
    for (index, layers) in awkward_networks().into_iter().enumerate() {
        let network = Network::new(layers).unwrap();
        for (batch, height, width) in [(1, 8, 8), (3, 12, 4)] {
            let images = noise((batch, 2, height, width), 3);
            check(&network, images.view(), &format!("network {index}, [{batch}, {height}, {width}]"));
        }
    }
}

/// Adam divides by the size of the gradient: where that is nothing but rounding, a step has either sign, of the size of
/// the learning rate. Ten steps of 1e-3 part such weights by at most 2e-2; all others stay together.
#[test]
fn ten_steps() {
    let optimisers = [Optimiser::Muon, Optimiser::AdamW];
    for (norm, optimiser) in NORMS.into_iter().flat_map(|norm| optimisers.map(|optimiser| (norm, optimiser)))
    {
        let network = UNet { channels: 3, outputs: 2, widths: vec![8, 16], norm }.network().unwrap();
        let [mut cpu, mut burn] = both(&network);
        let images: Array4<f32> = noise((3, 3, 16, 24), 8);
        let update = Update { optimiser, weight_decay: 0.1, ..Update::default() };
        train(&mut *cpu, images.view(), 10, &update);
        train(&mut *burn, images.view(), 10, &update);
        let (a, b) = (cpu.state().unwrap(), burn.state().unwrap());
        assert_eq!((a.steps, b.steps), (10, 10));
        for (part, a, b) in [
            ("weights", &a.weights, &b.weights),
            ("average", &a.average, &b.average),
            ("first moments", &a.first_moment, &b.first_moment),
            ("second moments", &a.second_moment, &b.second_moment),
        ] {
            for (name, tensor) in a {
                let parted =
                    |limit: f32| tensor.iter().zip(&b[name]).filter(|(a, b)| (*a - *b).abs() > limit).count();
                // A bias before group normalisation has no gradient but rounding; one before another norm has some.
                let loose = norm != Norm::None && name.contains("conv") && name.ends_with("bias");
                assert_eq!(parted(2e-2), 0, "{norm:?} {part} of {name}");
                let few = if loose { tensor.len() } else { tensor.len() / 50 };
                let found = parted(2e-4);
                assert!(found <= few, "{norm:?} {part} of {name}: {found} of {}", tensor.len());
            }
        }
        let predictions = [cpu.infer(images.view()).unwrap(), burn.infer(images.view()).unwrap()];
        assert!(distance(predictions[0].iter(), predictions[1].iter(), 1e-3) < 2e-3, "{norm:?}");
        // A model of one predicts the same with the other.
        cpu.restore(&b).unwrap();
        let found = distance(cpu.infer(images.view()).unwrap().iter(), predictions[1].iter(), 1e-3);
        assert!(found < 2e-5, "{norm:?}: {found:e}");
    }
}
