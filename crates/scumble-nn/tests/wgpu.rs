//! The executor on a graphics card through WebGPU's API, held to the processor's: `cargo test -p scumble-nn --features wgpu`.
//!
//! Any Vulkan driver will do, Mesa's software one too (Debian: `mesa-vulkan-drivers`). Without one the test says so and
//! passes, unless `SCUMBLE_REQUIRE_WGPU` is set.
#![cfg(feature = "wgpu")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod common;

use common::{NORMS, noise};
use ndarray::ArrayView4;
use scumble_nn::executor::{Executor, ExecutorError, State, Update, open};
use scumble_nn::network::{Network, Tensors, UNet, initial_weights};
use scumble_nn::{Device, Precision};

/// The processor and the card, in one state; `None` where there is no card.
fn both(network: &Network) -> Option<[Box<dyn Executor>; 2]> {
    let state = State::new(network, initial_weights(network, 5));
    let card = match open(&Device::Wgpu, Precision::F32, network, &state) {
        Err(ExecutorError::NoDevice { .. }) if std::env::var_os("SCUMBLE_REQUIRE_WGPU").is_none() => {
            eprintln!("skipped: no Vulkan driver (Debian: mesa-vulkan-drivers)");
            return None;
        }
        card => card.unwrap(),
    };
    Some([open(&Device::Cpu, Precision::F32, network, &state).unwrap(), card])
}

/// Distances beside the largest number of all tensors.
fn assert_near(a: &Tensors, b: &Tensors, tolerance: f32, what: &str) {
    let size = a.values().flatten().fold(0.0f32, |size, v| size.max(v.abs()));
    for (name, tensor) in a {
        let distance = tensor.iter().zip(&b[name]).fold(0.0f32, |d, (a, b)| d.max((a - b).abs()));
        assert!(distance <= tolerance * size, "{what}, {name}: {distance:e} of {size:e}");
    }
}

fn step(executor: &mut dyn Executor, images: ArrayView4<f32>) -> Tensors {
    let logits = executor.forward(images).unwrap();
    let gradient = (&logits - &noise(logits.dim(), 77)) / logits.len() as f32;
    executor.backward(gradient.view()).unwrap();
    executor.update(&Update::default()).unwrap();
    executor.gradients().unwrap()
}

/// One test: devices are slow to set up, and Burn sets them up once a process.
#[test]
fn a_card_trains_and_predicts_as_the_processor_does() {
    for norm in NORMS {
        let network = UNet { channels: 2, outputs: 2, widths: vec![8, 16], norm }.network().unwrap();
        let Some([mut cpu, mut card]) = both(&network) else { return };
        let images = noise((2, 2, 16, 24), 3);
        let gradients = [&mut cpu, &mut card].map(|executor| step(&mut **executor, images.view()));
        assert_near(&gradients[0], &gradients[1], 1e-4, &format!("{norm:?}: gradient"));
        for _ in 0..2 {
            let _ = [&mut cpu, &mut card].map(|executor| step(&mut **executor, images.view()));
        }
        // Adam divides a gradient by its own size: one of nothing but rounding may move a weight either way.
        let states = [cpu.state().unwrap(), card.state().unwrap()];
        assert_near(&states[0].weights, &states[1].weights, 1e-2, &format!("{norm:?}: weights"));
        // A model that the card has trained predicts the same on the processor.
        cpu.restore(&states[1]).unwrap();
        let predictions = [&mut cpu, &mut card].map(|executor| executor.infer(images.view()).unwrap());
        let distance = (&predictions[0] - &predictions[1]).iter().fold(0.0f32, |d, v| d.max(v.abs()));
        assert!(distance < 1e-4, "{norm:?}: prediction {distance:e}");
    }
}
