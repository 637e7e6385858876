//! Fusion of seven raters' masks of 2048 x 2048 pixels, in memory: `cargo bench -p scumble --bench fusion`.
//!
//! scripts/bench_staple.py runs SimpleITK's STAPLE on the same masks, in the same session.

use criterion::{Criterion, criterion_group, criterion_main};
use ndarray::Array3;
use scumble::fusion::{DawidSkeneOptions, Patterns, StapleOptions, dawid_skene, staple, weighted_mean};
use scumble::labels::{Kind, LabelSpace, RaterMask};

fn space() -> LabelSpace {
    LabelSpace::unnamed(Kind::Binary, 1).expect("one class")
}

/// Seven raters of different skill around a disc, by a fixed sequence.
fn masks(side: usize) -> Vec<(String, RaterMask)> {
    let mut state = 1u32;
    let mut uniform = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let rater = |rater: usize| {
        let (miss, invent) = (0.05 + 0.03 * rater as f32, 0.01 + 0.01 * rater as f32);
        let marks = Array3::from_shape_fn((1, side, side), |(_, row, column)| {
            let (y, x) = (row as f32 / side as f32 - 0.5, column as f32 / side as f32 - 0.5);
            let inside = y * y + x * x < 0.1;
            u16::from(if inside { uniform() >= miss } else { uniform() < invent })
        });
        (rater.to_string(), RaterMask::new(&space(), marks).expect("zeros and ones"))
    };
    (0..7).map(rater).collect()
}

fn count(masks: &[(String, RaterMask)]) -> Patterns {
    let mut patterns = Patterns::new(&space());
    patterns.add(masks).expect("masks of one size");
    patterns
}

fn fusion(criterion: &mut Criterion) {
    let masks = masks(2048);
    let mut group = criterion.benchmark_group("fusion of 7 x 2048 x 2048");
    group.sample_size(20);
    group.bench_function("patterns", |bench| bench.iter(|| count(&masks)));
    group.bench_function("staple", |bench| {
        bench.iter(|| staple(&count(&masks), &StapleOptions::default()).and_then(|fit| fit.map(&masks)));
    });
    group.bench_function("dawid_skene", |bench| {
        bench.iter(|| {
            dawid_skene(&count(&masks), &DawidSkeneOptions::default()).and_then(|fit| fit.map(&masks))
        });
    });
    group.bench_function("mean", |bench| {
        bench.iter(|| weighted_mean(&space(), &masks, |_| 1.0));
    });
    group.finish();
}

criterion_group!(benches, fusion);
criterion_main!(benches);
