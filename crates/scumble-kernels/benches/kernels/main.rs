//! GFLOP/s of the convolution kernels beside the peaks of their units in the same run: `cargo bench -p scumble-kernels`.
//!
//! One thread, every instruction set of the processor, in f32 and in bf16. A peak is that of the unit's instruction on
//! registers alone: fused multiply-add in f32, products of tiles where the processor has them. Other sets multiply bf16 in
//! f32's unit. A number is that of the fastest of many repeats, as other programs can only slow it down.
//!
//! `cargo bench -p scumble-kernels --bench kernels -- roofline`: what each pass of a training step could take at best.
#![allow(clippy::print_stdout, reason = "a benchmark reports on stdout")]

mod layer;
mod peak;
mod roofline;
mod tiles;

use std::time::Instant;

use scumble_kernels::Isa;

use layer::Layer;
use tiles::TileLayer;

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let told = |word: &str| std::env::args().any(|argument| argument == word);
    let repeats = if told("--bench") { 200 } else { 1 };
    if told("roofline") {
        return roofline::print(repeats);
    }
    for isa in Isa::available() {
        let tiles =
            peak::tiles(isa, repeats).map_or(String::new(), |peak| format!(", {peak:.0} of tiles in bf16"));
        println!("{isa}: peak {:.0} GFLOP/s in f32{tiles}", peak::fma(isa, repeats));
        println!("  3 x 3 convolution      f32: rows, weight gradient   bf16: rows, weight gradient");
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
            let rounded = TileLayer::new(inputs, outputs, side).map_or("- -".into(), |layer| {
                let (forward, gradient) = (layer.forward(isa, repeats), layer.weight_gradient(isa, repeats));
                format!("{forward:10.0} {gradient:16.0}")
            });
            println!("  {inputs:3} -> {outputs:3} at {side:3} {forward:14.0} {gradient:16.0} {rounded:>29}");
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
