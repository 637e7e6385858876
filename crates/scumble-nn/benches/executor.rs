//! A training step and a prediction of the yardstick by which engines are compared.
//!
//! U-Net 16-32-64-128 in f32. The step: a batch `[8, 3, 128, 128]` forwards, the soft sigmoid cross entropy with its
//! gradient, backwards, one AdamW step. The prediction: one image `[1, 3, 512, 512]`. `scripts/bench_pytorch.py` runs the
//! same work beside PyTorch.

#[path = "../examples/yardstick/mod.rs"]
mod yardstick;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use scumble_nn::Device;
use scumble_nn::network::Norm;

use yardstick::Yardstick;

fn executor(criterion: &mut Criterion) {
    for norm in [Norm::None, Norm::Batch, Norm::Group] {
        let mut yardstick = Yardstick::new(&Device::Cpu, norm).unwrap();
        let mut group = criterion.benchmark_group(format!("norm {norm:?}").to_lowercase());
        group.sample_size(20);
        group.bench_function("step [8, 3, 128, 128]", |b| b.iter(|| black_box(yardstick.step().unwrap())));
        group.bench_function("prediction [1, 3, 512, 512]", |b| {
            b.iter(|| black_box(yardstick.prediction().unwrap()));
        });
        group.finish();
    }
}

criterion_group!(benches, executor);
criterion_main!(benches);
