//! Milliseconds of a training step and of a prediction:
//! `cargo run --release --example step -- [DEVICE] [NORM] [STEPS] [PRECISION]`.
//!
//! One line of JSON: `step` and `prediction` are lists of milliseconds. See `yardstick` for the work.

#[path = "yardstick/mod.rs"]
mod yardstick;

use std::error::Error;
use std::io::Write;

use scumble_nn::{Device, PrecisionChoice};

use yardstick::{Yardstick, norm, times};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let device: Device = next("cpu").parse()?;
    let norm = norm(&next("none"))?;
    let steps: usize = next("20").parse()?;
    let precision = next("f32").parse::<PrecisionChoice>()?.on(device).precision;
    let mut yardstick = Yardstick::new(&device, precision, norm)?;
    let step = times(5, steps, || yardstick.step().map(drop))?;
    let prediction = times(3, steps, || yardstick.prediction().map(drop))?;
    writeln!(std::io::stdout(), r#"{{"step": {step:?}, "prediction": {prediction:?}}}"#)?;
    Ok(())
}
