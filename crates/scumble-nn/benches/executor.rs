//! A training step and a prediction of the yardstick by which engines are compared, in f32 and in bf16, as one table:
//! `cargo bench -p scumble-nn`.
//!
//! U-Net 16-32-64-128. The step: a batch `[8, 3, 128, 128]` forwards, the soft sigmoid cross entropy with its gradient,
//! backwards, one AdamW step. The prediction: one image `[1, 3, 512, 512]`. A figure is the fastest of many calls, and
//! their median. Every line comes from processes of its own, which take turns, so that a noisy machine disturbs all alike;
//! memory is the largest resident set of one. `scripts/bench_pytorch.py` runs the same work beside PyTorch.
#![allow(clippy::print_stdout, reason = "a benchmark reports on stdout")]

#[path = "../examples/yardstick/mod.rs"]
mod yardstick;

use std::error::Error;
use std::fmt::Write;
use std::process::Command;

use scumble_nn::{Device, Isa, Precision, PrecisionChoice};

use yardstick::{Yardstick, norm, times};

/// The flag of a process that measures one line.
const LINE: &str = "--line";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, norm, precision, calls, ..] = &arguments[..]
        && first == LINE
    {
        print!("{}", measure(norm, precision.parse()?, calls.parse()?)?);
        return Ok(());
    }
    // `cargo test --benches` only asks whether it runs.
    match arguments.iter().any(|argument| argument == "--bench") {
        true => table(4, 15),
        false => table(1, 1),
    }
}

/// Milliseconds of steps and of predictions, and the memory in MiB, each in a line.
fn measure(name: &str, precision: PrecisionChoice, calls: usize) -> Result<String, Box<dyn Error>> {
    let mut yardstick = Yardstick::new(&Device::Cpu, precision.on(Device::Cpu).precision, norm(name)?)?;
    let step = times(3, calls, || yardstick.step().map(drop))?;
    let prediction = times(2, calls, || yardstick.prediction().map(drop))?;
    let mut text = String::new();
    for times in [step, prediction, vec![peak_memory().unwrap_or(f64::NAN)]] {
        writeln!(text, "{}", times.iter().map(f64::to_string).collect::<Vec<_>>().join(" "))?;
    }
    Ok(text)
}

/// The largest resident set of this process so far, in MiB; known on Linux.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}

fn table(rounds: usize, calls: usize) -> Result<(), Box<dyn Error>> {
    println!(
        "{}, {} threads; the best and the median of {} calls, in ms",
        Isa::best(),
        rayon::current_num_threads(),
        rounds * calls
    );
    println!("norm   precision  step [8, 3, 128, 128]  prediction [1, 3, 512, 512]  memory");
    for norm in ["none", "batch", "group"] {
        let mut found =
            [Precision::F32, Precision::Bf16].map(|precision| (precision, [const { Vec::new() }; 3]));
        for _ in 0..rounds {
            for (precision, columns) in &mut found {
                let lines = run(norm, *precision, calls)?;
                for (column, line) in columns.iter_mut().zip(lines.lines()) {
                    for number in line.split(' ') {
                        column.push(number.parse::<f64>()?);
                    }
                }
            }
        }
        for (precision, columns) in &mut found {
            columns.iter_mut().for_each(|column| column.sort_by(f64::total_cmp));
            let [step, prediction, memory] = columns;
            let spread = |times: &[f64]| format!("{:.1} {:7.1}", times[0], times[times.len() / 2]);
            let (step, prediction) = (spread(step), spread(prediction));
            let memory = memory[memory.len() - 1];
            println!("{norm:5}  {:9}  {step:>21}  {prediction:>27}  {memory:.0} MiB", precision.name());
        }
    }
    Ok(())
}

/// What a process of its own measures.
fn run(norm: &str, precision: Precision, calls: usize) -> Result<String, Box<dyn Error>> {
    let mut program = Command::new(std::env::current_exe()?);
    let output = program.args([LINE, norm, precision.name(), &calls.to_string()]).output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}
