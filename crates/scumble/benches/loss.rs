//! The losses' bandwidth beside a plain copy's: `cargo bench -p scumble --bench loss`.
//!
//! Value, gradient and the look at the targets are in what is timed, and the floor where the name says so; the gradient is
//! written over the caller's.
//! A loss counts the bytes it must move, logits, targets and gradient (12 an element for f32 targets, 9 for u8, 10 for
//! u16), an overlap 20, as its gradient needs all sums before, a copy 8. Both use every thread of rayon's pool. The shares come from rounds in
//! which copy and losses take turns, as on a busy machine only neighbours compare. `scripts/bench_loss_pytorch.py` runs the same work beside PyTorch.
#![allow(clippy::print_stdout, reason = "a benchmark reports on stdout")]

use std::hint::black_box;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput};
use ndarray::{Array3, Axis};
use rayon::prelude::*;
use scumble::loss::{
    Classes, Extent, Loss, LossKind, LossOptions, TargetElement, loss_gradient_into,
    sigmoid_cross_entropy_gradient_into, softmax_cross_entropy_gradient_into,
};

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    let pixels = if measured { 1 << 24 } else { 1 << 12 };
    bench(&mut criterion, Work::new("sigmoid 2^24", (1, 1, pixels)), measured);
    let pixels = if measured { 256 * 256 } else { 256 };
    bench(&mut criterion, Work::new("softmax [16, 21, 256, 256]", (16, 21, pixels)), measured);
    criterion.final_summary();
}

fn bench(criterion: &mut Criterion, mut work: Work, measured: bool) {
    let elements = work.logits.len() as u64;
    let mut group = criterion.benchmark_group(work.name);
    for (kind, bytes) in KINDS {
        group.throughput(Throughput::BytesDecimal(elements * bytes));
        group.bench_function(BenchmarkId::from_parameter(kind), |b| b.iter(|| work.run(kind)));
    }
    group.finish();
    let rounds = if measured { 21 } else { 1 };
    let mut shares = vec![Vec::new(); KINDS.len()];
    for _ in 0..rounds {
        let rates = KINDS.map(|(kind, bytes)| {
            let start = Instant::now();
            work.run(kind);
            (elements * bytes) as f64 / start.elapsed().as_secs_f64() / 1e9
        });
        shares.iter_mut().zip(rates).for_each(|(share, rate)| share.push((rate / rates[0], rate)));
    }
    let threads = rayon::current_num_threads();
    println!("{}, {threads} threads, {rounds} rounds in turn: GB/s and share of the copy's", work.name);
    for ((kind, _), mut shares) in KINDS.into_iter().zip(shares) {
        shares.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (share, rate) = shares[rounds / 2];
        let (low, high) = (shares[rounds / 10].0, shares[rounds - 1 - rounds / 10].0);
        println!("  {kind:15} {rate:5.1} GB/s  share {share:.2} ({low:.2} to {high:.2})");
    }
}

/// What is timed, and the bytes an element that it must move.
const KINDS: [(&str, u64); 10] = [
    ("copy", 8),
    ("f32", 12),
    ("u16", 10),
    ("u8", 9),
    ("f32 with floor", 12),
    ("sure with floor", 12),
    ("brier", 12),
    ("focal", 12),
    ("dice", 20),
    ("jaccard", 20),
];

/// Logits and soft targets [N, K, pixels], the same labels three times, and sure ones; one class is a sigmoid's.
struct Work {
    name: &'static str,
    logits: Array3<f32>,
    floats: Array3<f32>,
    words: Array3<u16>,
    bytes: Array3<u8>,
    sure: Array3<f32>,
    gradient: Array3<f32>,
}

impl Work {
    fn new(name: &'static str, shape: (usize, usize, usize)) -> Self {
        let mut state = 12_345u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 24) as f32
        };
        let logits = Array3::from_shape_simple_fn(shape, || 8.0 * noise() - 4.0);
        let mut floats = Array3::from_shape_simple_fn(shape, &mut noise);
        if shape.1 > 1 {
            let sums = floats.sum_axis(Axis(1)).insert_axis(Axis(1));
            floats /= &sums;
        }
        let words = floats.mapv(|t| (t * 65535.0).round() as u16);
        let bytes = floats.mapv(|t| (t * 255.0).round() as u8);
        let mut sure = floats.mapv(f32::round);
        if shape.1 > 1 {
            for (pixel, mut label) in sure.lanes_mut(Axis(1)).into_iter().enumerate() {
                label.fill(0.0);
                label[pixel / 500 % shape.1] = 1.0;
            }
        }
        Self { name, logits, floats, words, bytes, sure, gradient: Array3::from_elem(shape, 1.0) }
    }

    fn run(&mut self, kind: &str) {
        let (logits, gradient) = (&self.logits, &mut self.gradient);
        match kind {
            "copy" => copy(logits, gradient),
            "f32" => _ = black_box(loss(logits, &self.floats, gradient, false)),
            "u16" => _ = black_box(loss(logits, &self.words, gradient, false)),
            "u8" => _ = black_box(loss(logits, &self.bytes, gradient, false)),
            "f32 with floor" => _ = black_box(loss(logits, &self.floats, gradient, true)),
            "sure with floor" => _ = black_box(loss(logits, &self.sure, gradient, true)),
            _ => self.run_kind(match kind {
                "brier" => LossKind::Brier,
                "focal" => LossKind::Focal { gamma: 2.0 },
                "dice" => LossKind::Dice { smooth: 1.0, over: Extent::Image },
                _ => LossKind::Jaccard { smooth: 1.0, over: Extent::Image },
            }),
        }
    }

    fn run_kind(&mut self, kind: LossKind) {
        let exclusive = self.logits.dim().1 > 1;
        let classes = if exclusive { Classes::Exclusive } else { Classes::Independent };
        let options = LossOptions::default().classes(classes).without_floor();
        let (logits, targets) = (self.logits.view(), self.floats.view());
        _ = black_box(loss_gradient_into(kind, logits, targets, &options, self.gradient.view_mut()).unwrap());
    }
}

fn loss<T: TargetElement<f32>>(
    logits: &Array3<f32>,
    targets: &Array3<T>,
    gradient: &mut Array3<f32>,
    floor: bool,
) -> Loss {
    let options = LossOptions::default();
    let options = if floor { options } else { options.without_floor() };
    let (logits, targets) = (logits.view(), targets.view());
    if logits.dim().1 == 1 {
        sigmoid_cross_entropy_gradient_into(logits, targets, &options, gradient.view_mut()).unwrap()
    } else {
        softmax_cross_entropy_gradient_into(logits, targets, &options, gradient.view_mut()).unwrap()
    }
}

fn copy(from: &Array3<f32>, to: &mut Array3<f32>) {
    const CHUNK: usize = 1 << 16;
    let (from, to) = (from.as_slice().unwrap(), to.as_slice_mut().unwrap());
    to.par_chunks_mut(CHUNK).zip(from.par_chunks(CHUNK)).for_each(|(to, from)| to.copy_from_slice(from));
}
