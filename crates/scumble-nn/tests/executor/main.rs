//! Laws that every executor keeps, on tiny networks. A new executor is tested by opening it in `start`.

mod adamw;
mod agreement;
#[path = "../common/mod.rs"]
mod common;
mod gradient;
mod halo;
mod muon;
mod norm;
mod precision;
mod ranks;
mod rejection;
mod resume;
mod shapes;

use common::noise;
use ndarray::ArrayView4;
use scumble_nn::executor::{Executor, State, Update, open};
use scumble_nn::network::{Network, Norm, UNet, initial_weights};
use scumble_nn::{Device, Precision};

/// A U-Net of two levels.
fn tiny(norm: Norm) -> Network {
    UNet { channels: 2, outputs: 2, widths: vec![4, 8], norm }.network().unwrap()
}

fn start(network: &Network) -> Box<dyn Executor> {
    open(&Device::Cpu, Precision::F32, network, &State::new(network, initial_weights(network, 5))).unwrap()
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
