//! Milliseconds of a training step and of a prediction: `cargo run --release --example step -- [DEVICE] [NORM] [STEPS]`.
//!
//! One line of JSON: `step` and `prediction` are lists of milliseconds. See `yardstick` for the work.

#[path = "yardstick/mod.rs"]
mod yardstick;

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use scumble_nn::Device;
use scumble_nn::network::Norm;

use yardstick::Yardstick;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let device: Device = arguments.next().unwrap_or_else(|| "cpu".to_owned()).parse()?;
    let norm = match arguments.next().as_deref() {
        None | Some("none") => Norm::None,
        Some("batch") => Norm::Batch,
        Some("group") => Norm::Group,
        Some(other) => return Err(format!("unknown norm {other:?}: use none, batch or group").into()),
    };
    let steps: usize = arguments.next().map_or(Ok(20), |steps| steps.parse())?;
    let mut yardstick = Yardstick::new(&device, norm)?;
    let step = times(5, steps, || yardstick.step().map(drop))?;
    let prediction = times(3, steps, || yardstick.prediction().map(drop))?;
    writeln!(std::io::stdout(), r#"{{"step": {step:?}, "prediction": {prediction:?}}}"#)?;
    Ok(())
}

/// Milliseconds of each call, after some to warm up.
fn times(
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
