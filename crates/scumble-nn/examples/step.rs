//! Milliseconds of a training step and of a prediction: `cargo run --release --example step -- [DEVICE] [STEPS]`.
//!
//! The network and the batch are those with which engines are compared: U-Net 16-32-64-128, [8, 3, 128, 128].

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use ndarray::Array4;
use scumble_nn::{Device, Norm, State, UNet, Update, initial_weights, open};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let device: Device = arguments.next().unwrap_or_else(|| "cpu".to_owned()).parse()?;
    let steps: usize = arguments.next().map_or(Ok(10), |steps| steps.parse())?;
    let mut out = std::io::stdout();
    for norm in [Norm::None, Norm::Batch, Norm::Group] {
        let network = UNet { norm, ..UNet::default() }.network()?;
        let state = State::new(&network, initial_weights(&network, 0));
        let mut executor = open(&device, &network, &state)?;
        let images = made_up(8, 128);
        let mut times = [const { Vec::new() }; 4];
        for step in 0..steps + 2 {
            let start = Instant::now();
            let logits = executor.forward(images.view())?;
            let forward = start.elapsed();
            let gradient = (&logits - &images.slice(ndarray::s![.., ..1, .., ..])) / logits.len() as f32;
            executor.backward(gradient.view())?;
            let backward = start.elapsed();
            executor.update(&Update::default())?;
            if step >= 2 {
                let total = start.elapsed();
                for (times, time) in
                    times.iter_mut().zip([total, forward, backward - forward, total - backward])
                {
                    times.push(time.as_secs_f64() * 1e3);
                }
            }
        }
        let large = made_up(1, 512);
        let mut predictions = Vec::new();
        for _ in 0..steps {
            let start = Instant::now();
            executor.infer(large.view())?;
            predictions.push(start.elapsed().as_secs_f64() * 1e3);
        }
        let [total, forward, backward, update] = times.map(median);
        let predict = median(predictions);
        writeln!(
            out,
            "{device} {norm:?}: step {total:.1} ms (forward {forward:.1}, backward {backward:.1}, update {update:.1}), \
             prediction of 512 x 512 {predict:.1} ms"
        )?;
    }
    Ok(())
}

fn made_up(count: usize, side: usize) -> Array4<f32> {
    Array4::from_shape_fn((count, 3, side, side), |(n, c, y, x)| ((7 * n + 3 * c + y * x) % 17) as f32 / 17.0)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
