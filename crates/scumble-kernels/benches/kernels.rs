//! GFLOP/s of the convolution kernels beside the peak of the same run: `cargo bench -p scumble-kernels`.
//!
//! One thread. A number is that of the fastest of many repeats, as other programs can only slow it down.
#![allow(clippy::print_stdout, reason = "a benchmark reports on stdout")]

use std::hint::black_box;
use std::time::Instant;

use scumble_kernels::{Begin, GatherRow, Isa, OuterRows, Panels, Tap, gather_row, outer_rows, panel_width};

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let repeats = if std::env::args().any(|argument| argument == "--bench") { 200 } else { 1 };
    for isa in Isa::available() {
        println!("{isa}: peak {:.0} GFLOP/s", peak(isa, repeats));
        for (inputs, outputs, side) in [
            (3, 16, 128),
            (16, 16, 128),
            (32, 32, 64),
            (64, 64, 32),
            (128, 128, 16),
            (32, 16, 128),
            (16, 32, 64),
        ] {
            let layer = Layer::new(inputs, outputs, side);
            let (forward, gradient) = (layer.forward(isa, repeats), layer.weight_gradient(isa, repeats));
            println!(
                "  3 x 3, {inputs:3} -> {outputs:3} at {side:3}: rows {forward:4.0}, weight gradient {gradient:4.0} GFLOP/s"
            );
        }
    }
}

/// The best rate of some floating-point operations, in GFLOP/s.
fn rate(operations: usize, repeats: usize, mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..repeats {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed().as_secs_f64());
    }
    operations as f64 / best / 1e9
}

/// Multiply-adds on registers alone: many outputs of few pixels whose values and weights stay in the first cache.
fn peak(isa: Isa, repeats: usize) -> f64 {
    #[cfg(target_arch = "x86_64")]
    if isa != Isa::portable() {
        return x86::peak(isa.name() != "avx2", repeats);
    }
    let _ = isa;
    let mut sums = [1.0f32; 64];
    rate(64 * 2 * 10_000, repeats, || {
        for _ in 0..10_000 {
            sums.iter_mut().for_each(|sum| *sum = *sum * 0.999 + 0.001);
        }
        black_box(&mut sums);
    })
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_set1_ps, _mm512_fmadd_ps, _mm512_set1_ps};
    use std::hint::black_box;

    const ROUNDS: usize = 10_000;

    /// Twelve independent chains of fused multiply-adds keep both units busy.
    pub(super) fn peak(wide: bool, repeats: usize) -> f64 {
        let lanes = if wide { 16 } else { 8 };
        super::rate(ROUNDS * 12 * lanes * 2, repeats, || {
            // SAFETY: `Isa::available` has found the set.
            unsafe { if wide { chains512() } else { chains256() } }
        })
    }

    #[target_feature(enable = "avx512f")]
    fn chains512() {
        let (a, b) = (_mm512_set1_ps(black_box(0.999)), _mm512_set1_ps(black_box(0.001)));
        let mut sums = [a; 12];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm512_fmadd_ps(*sum, a, b);
            }
        }
        black_box(sums);
    }

    #[target_feature(enable = "avx2,fma")]
    fn chains256() {
        let (a, b) = (_mm256_set1_ps(black_box(0.999)), _mm256_set1_ps(black_box(0.001)));
        let mut sums = [a; 12];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(*sum, a, b);
            }
        }
        black_box(sums);
    }
}

/// A 3 x 3 convolution of one image.
struct Layer {
    inputs: usize,
    outputs: usize,
    side: usize,
    input: Vec<f32>,
    output: Vec<f32>,
    weights: Vec<f32>,
}

impl Layer {
    fn new(inputs: usize, outputs: usize, side: usize) -> Self {
        let area = (side + 2) * (side + 2);
        Self {
            inputs,
            outputs,
            side,
            input: vec![0.5; area * inputs],
            output: vec![0.25; area * outputs],
            weights: vec![0.125; 9 * inputs * outputs],
        }
    }

    fn operations(&self) -> usize {
        2 * self.side * self.side * 9 * self.inputs * self.outputs
    }

    fn forward(&self, isa: Isa, repeats: usize) -> f64 {
        let (inputs, outputs, pitch) = (self.inputs, self.outputs, self.side + 2);
        let mut output = self.output.clone();
        rate(self.operations(), repeats, || {
            for y in 0..self.side {
                let taps = [0, 1, 2].map(|kh| Tap {
                    source: 0,
                    start: (y + kh) * pitch * inputs,
                    step: inputs,
                    columns: 3,
                    length: inputs,
                    row: kh * 3 * inputs,
                });
                let row = GatherRow {
                    sources: &[&self.input],
                    taps: &taps,
                    panels: Panels { values: &self.weights, rows: 9 * inputs, width: panel_width(outputs) },
                    begin: Begin::Zero,
                    relu: false,
                    pixels: self.side,
                    start: ((y + 1) * pitch + 1) * outputs,
                    step: outputs,
                };
                gather_row(isa, &row, &mut output);
            }
            black_box(&mut output);
        })
    }

    fn weight_gradient(&self, isa: Isa, repeats: usize) -> f64 {
        let (inputs, outputs, pitch) = (self.inputs, self.outputs, self.side + 2);
        let mut result = vec![0.0; 9 * inputs * outputs];
        let rows = (128 / self.side).max(1);
        rate(self.operations(), repeats, || {
            for y in (0..self.side).step_by(rows) {
                for kh in 0..3 {
                    let maps = OuterRows {
                        rows,
                        pixels: self.side,
                        input: &self.input,
                        input_start: ((y + kh) * pitch + 1) * inputs,
                        input_step: inputs,
                        input_row: pitch * inputs,
                        inputs,
                        output: &self.output,
                        output_starts: &[2, 1, 0].map(|column| ((y + 1) * pitch + column) * outputs),
                        output_step: outputs,
                        output_row: pitch * outputs,
                        outputs,
                        result_rows: &[0, 1, 2].map(|kw| (kh * 3 + kw) * inputs),
                        panel_rows: 9 * inputs,
                        panel_width: panel_width(outputs),
                    };
                    outer_rows(isa, &maps, &mut result);
                }
            }
            black_box(&mut result);
        })
    }
}
