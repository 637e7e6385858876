//! Laws that every executor keeps, on tiny networks. A new executor is tested by opening it in `start`.

mod adamw;
mod agreement;
mod gradient;
mod halo;
mod norm;
mod rejection;
mod resume;
mod shapes;
mod threads;

use ndarray::{Array4, ArrayView4};
use scumble_nn::Device;
use scumble_nn::executor::{Executor, State, Update, open};
use scumble_nn::network::{Network, Norm, UNet, initial_weights};

const NORMS: [Norm; 3] = [Norm::None, Norm::Batch, Norm::Group];

/// A U-Net of two levels.
fn tiny(norm: Norm) -> Network {
    UNet { channels: 2, outputs: 2, widths: vec![4, 8], norm }.network().unwrap()
}

fn start(network: &Network) -> Box<dyn Executor> {
    open(&Device::Cpu, network, &State::new(network, initial_weights(network, 5))).unwrap()
}

/// Reproducible numbers in -1..1 without structure.
fn noise(shape: (usize, usize, usize, usize), seed: u32) -> Array4<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    Array4::from_shape_simple_fn(shape, || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    })
}

/// Training steps on made-up images towards made-up logits.
fn train(executor: &mut dyn Executor, images: ArrayView4<f32>, steps: u32, update: &Update) {
    for _ in 0..steps {
        let logits = executor.forward(images).unwrap();
        let gradient = (&logits - &noise(logits.dim(), 77)) / logits.len() as f32;
        executor.backward(gradient.view()).unwrap();
        executor.update(update).unwrap();
    }
}
