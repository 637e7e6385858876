//! The roofline of a training step: what each pass computes and moves, and how fast this processor could do it at best.
//!
//! A U-Net 16-32-64-128 without normalisation on `[8, 3, 128, 128]`, as everywhere where engines are compared. A pass reads
//! and writes each of its maps once, in the precision; upsampled and joined maps are read where they lie, and an output
//! pixel meets 2 x 2 pixels of an upsampled one, not 3 x 3. Weights, their gradients, logits and the optimiser are f32. The
//! floor of a pass is the longer of its arithmetic and its traffic.

use std::hint::black_box;
use std::thread::{available_parallelism, scope};

use scumble_kernels::Isa;

use super::{peak, rate};

const IMAGES: usize = 8;
const SIDE: usize = 128;
const CHANNELS: usize = 3;
const WIDTHS: [usize; 4] = [16, 32, 64, 128];

/// A pass over maps.
struct Pass {
    name: String,
    /// Multiplications and additions.
    operations: usize,
    /// Values of maps that are read or written.
    values: usize,
    /// Values that are f32 in either precision.
    wide: usize,
}

/// A map: pixels of the batch at a level, and channels.
#[derive(Clone, Copy)]
struct Map(usize, usize);

impl Map {
    fn new(level: usize, channels: usize) -> Self {
        Self(IMAGES * (SIDE >> level) * (SIDE >> level), channels)
    }

    fn values(self) -> usize {
        self.0 * self.1
    }
}

/// All passes of a step, in their order but for the backward ones, which stand beside their forward ones.
fn passes() -> Vec<Pass> {
    let mut passes = Vec::new();
    let mut parameters = 0;
    let mut pass =
        |name: String, operations, values, wide| passes.push(Pass { name, operations, values, wide });
    let mut convolution = |name: &str, sources: &[Map], output: Map, trained_sources: bool| {
        let inputs: usize = sources.iter().map(|map| map.1).sum();
        let read: usize = sources.iter().map(|map| map.values()).sum();
        let weights = 9 * inputs * output.1;
        parameters += weights + output.1;
        let met: usize = sources.iter().map(|map| map.1 * if map.0 < output.0 { 4 } else { 9 }).sum();
        let operations = 2 * output.0 * met * output.1;
        pass(format!("{name} forward"), operations, read + output.values(), weights);
        if trained_sources {
            // Beside the gradient the sources' signs are read: the gates of their ReLU.
            pass(format!("{name} input gradient"), operations, output.values() + 2 * read, weights);
        }
        pass(format!("{name} weight gradient"), operations, output.values() + read, weights);
    };
    let last = WIDTHS.len() - 1;
    for (level, &width) in WIDTHS.iter().enumerate() {
        let given = if level == 0 { CHANNELS } else { WIDTHS[level - 1] };
        let (given, map) = (Map::new(level, given), Map::new(level, width));
        convolution(&format!("down {level}.1"), &[given], map, level > 0);
        convolution(&format!("down {level}.2"), &[map], map, true);
    }
    for level in (0..last).rev() {
        let (deep, map) = (Map::new(level + 1, WIDTHS[level + 1]), Map::new(level, WIDTHS[level]));
        convolution(&format!("up {level}.1"), &[deep, map], map, true);
        convolution(&format!("up {level}.2"), &[map], map, true);
    }
    for (level, &width) in WIDTHS[..last].iter().enumerate() {
        let (map, pooled) = (Map::new(level, width).values(), Map::new(level + 1, width).values());
        pass(format!("pool {level} forward"), 3 * pooled, map + pooled, 0);
        pass(format!("pool {level} gradient"), 4 * pooled, 2 * map + 2 * pooled, 0);
    }
    let map = Map::new(0, WIDTHS[0]);
    pass("head and loss".into(), 6 * map.values(), 2 * map.values(), 3 * map.0);
    // Gradient, weight, both moments and the average are read, and all but the first written.
    pass("optimiser".into(), 20 * parameters, 0, 9 * parameters);
    passes
}

/// What the processor can do with all threads.
struct Machine {
    /// GFLOP/s in f32 and in bf16.
    peaks: [f64; 2],
    /// GB/s, read and written.
    bandwidth: f64,
}

impl Machine {
    fn measure(isa: Isa, threads: usize, repeats: usize) -> Self {
        let f32 = together(threads, || peak::fma(isa, repeats));
        let bf16 = match peak::tiles(isa, 1) {
            Some(_) => together(threads, || peak::tiles(isa, repeats).unwrap_or(0.0)),
            None => f32,
        };
        Self { peaks: [f32, bf16], bandwidth: together(threads, || copy(repeats.div_ceil(10))) }
    }

    /// Milliseconds of the arithmetic and of the traffic.
    fn floors(&self, pass: &Pass, precision: usize) -> [f64; 2] {
        let bytes = pass.values * [4, 2][precision] + 4 * pass.wide;
        [pass.operations as f64 / self.peaks[precision] / 1e6, bytes as f64 / self.bandwidth / 1e6]
    }
}

/// The sum of a rate that every thread reaches, all at once.
fn together(threads: usize, rate: impl Fn() -> f64 + Sync) -> f64 {
    scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(&rate)).collect();
        workers.into_iter().map(|worker| worker.join().expect("a rate")).sum()
    })
}

/// GB/s that a copy of 16 MiB reads and writes.
fn copy(repeats: usize) -> f64 {
    let (from, mut to) = (vec![1u8; 16 << 20], vec![0u8; 16 << 20]);
    rate(2 * from.len(), repeats, || {
        to.copy_from_slice(black_box(&from));
        black_box(&mut to);
    })
}

/// Prints the table.
pub(crate) fn print(repeats: usize) {
    let (isa, threads) = (Isa::best(), available_parallelism().map_or(1, usize::from));
    let machine = Machine::measure(isa, threads, repeats);
    let Machine { peaks: [f32, bf16], bandwidth } = machine;
    println!(
        "{isa}, {threads} threads: {f32:.0} GFLOP/s in f32, {bf16:.0} in bf16, {bandwidth:.0} GB/s of a copy"
    );
    println!("                            FLOP    f32: moved   floor             bf16: moved   floor");
    let mut sums = [0.0; 2];
    for pass in passes() {
        let cells = [0, 1].map(|precision| {
            let bytes = pass.values * [4, 2][precision] + 4 * pass.wide;
            let [arithmetic, traffic] = machine.floors(&pass, precision);
            sums[precision] += arithmetic.max(traffic);
            let bound = if arithmetic > traffic { "arithmetic" } else { "bandwidth" };
            format!("{:6.1} MB {:6.3} ms {bound:10}", bytes as f64 / 1e6, arithmetic.max(traffic))
        });
        println!("  {:22} {:7.1} M  {}  {}", pass.name, pass.operations as f64 / 1e6, cells[0], cells[1]);
    }
    println!("  in all: {:.2} ms in f32, {:.2} ms in bf16", sums[0], sums[1]);
}
