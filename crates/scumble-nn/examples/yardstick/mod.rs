//! The work by which engines are compared, shared by the example and the benchmark.

use std::error::Error;
use std::time::Instant;

use ndarray::{Array4, ArrayView4};
use scumble::loss::{LossOptions, sigmoid_cross_entropy_gradient};
use scumble_nn::executor::{Executor, State, Update, open};
use scumble_nn::network::{Norm, UNet, initial_weights};
use scumble_nn::{Device, Precision};

/// An executor with its images.
pub(crate) struct Yardstick {
    executor: Box<dyn Executor>,
    images: Array4<f32>,
    targets: Array4<f32>,
    large: Array4<f32>,
}

impl Yardstick {
    /// U-Net 16-32-64-128 on a device, in a precision.
    pub(crate) fn new(device: &Device, precision: Precision, norm: Norm) -> Result<Self, Box<dyn Error>> {
        let network = UNet { norm, ..UNet::default() }.network()?;
        let state = State::new(&network, initial_weights(&network, 0));
        Ok(Self {
            executor: open(device, precision, &network, &state)?,
            images: made_up(8, 3, 128),
            targets: made_up(8, 1, 128),
            large: made_up(1, 3, 512),
        })
    }

    /// One training step; the loss before it.
    pub(crate) fn step(&mut self) -> Result<f64, Box<dyn Error>> {
        let logits = self.executor.forward(self.images.view())?;
        let options = LossOptions::default();
        let (loss, gradient) = sigmoid_cross_entropy_gradient(logits.view(), self.targets.view(), &options)?;
        self.executor.backward(gradient.view())?;
        self.executor.update(&Update::default())?;
        Ok(loss.value)
    }

    /// Logits of the large image.
    pub(crate) fn prediction(&mut self) -> Result<Array4<f32>, Box<dyn Error>> {
        let images: ArrayView4<f32> = self.large.view();
        Ok(self.executor.infer(images)?)
    }
}

/// A normalisation by its name.
pub(crate) fn norm(name: &str) -> Result<Norm, Box<dyn Error>> {
    match name {
        "none" => Ok(Norm::None),
        "batch" => Ok(Norm::Batch),
        "group" => Ok(Norm::Group),
        other => Err(format!("unknown norm {other:?}: use none, batch or group").into()),
    }
}

/// Milliseconds of each call, after some to warm up.
pub(crate) fn times(
    warm: usize,
    count: usize,
    mut work: impl FnMut() -> Result<(), Box<dyn Error>>,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut times = Vec::new();
    for call in 0..warm + count {
        let start = Instant::now();
        work()?;
        if call >= warm {
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(times)
}

/// Reproducible numbers in 0..1.
fn made_up(images: usize, channels: usize, side: usize) -> Array4<f32> {
    let mut state = 1u32;
    Array4::from_shape_simple_fn((images, channels, side, side), || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 16_777_216.0
    })
}
