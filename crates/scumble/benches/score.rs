//! Judging a map of 2^24 pixels: `cargo bench -p scumble --bench score`.
//!
//! `all` is every score of `eval` for one class: log loss, Brier, spherical score, calibration, overlap,
//! decisions, ten levels, curves. `training` is what validation looks at. `scripts/bench_scores.py` times the
//! program beside others.

use criterion::{Criterion, Throughput};
use ndarray::{Array2, Array3};
use scumble::labels::{Kind, LabelSpace, RaterMask, SoftLabels, Votes};
use scumble::score::{Groups, Judge, JudgeOptions, ScoreSet, Tally, intervals};
use std::hint::black_box;

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let side = if measured { 1 << 12 } else { 1 << 6 };
    let (labels, prediction) = (map(side, 1), map(side, 2));
    let labels = SoftLabels::new(Kind::Binary, labels).expect("probabilities");
    let mask = RaterMask::from_mask(Array2::from_shape_fn((side, side), |(y, x)| (y ^ x) & 1 == 0).view());
    let raters = [("rater".to_string(), mask)];
    let space = LabelSpace::new(Kind::Binary, ["a"]).expect("one class");
    let judge_labels = |labels: &SoftLabels, scores: ScoreSet, raters: &[(String, RaterMask)]| {
        let options = JudgeOptions { scores, ..JudgeOptions::default() };
        let mut judge = Judge::new(&space, options);
        judge.add(labels, prediction.view(), raters).expect("one size");
        black_box(judge)
    };
    let judge = |scores: ScoreSet, raters: &[(String, RaterMask)]| judge_labels(&labels, scores, raters);
    let yes = labels.probabilities().mapv(|p| (5.0 * p).round() as u16);
    let votes = Votes::from_counts(Kind::Binary, yes, Array3::from_elem((1, side, side), 5));
    let voted = votes.expect("k of n").into_labels();

    let mut group = criterion.benchmark_group("judge");
    group.throughput(Throughput::Elements((side * side) as u64));
    group.bench_function("all", |b| b.iter(|| judge(ScoreSet::All, &[]).scores()));
    group.bench_function("all and a rater", |b| b.iter(|| judge(ScoreSet::All, &raters).scores()));
    group.bench_function("all of counted votes", |b| {
        b.iter(|| judge_labels(&voted, ScoreSet::All, &[]).scores())
    });
    group.bench_function("training", |b| b.iter(|| judge(ScoreSet::Training, &[]).scores()));
    group.finish();

    let tallies: Vec<Tally> = vec![judge(ScoreSet::All, &[]).tally().clone(); 200];
    let groups = Groups::each(200);
    criterion.bench_function("intervals of 200 images", |b| {
        b.iter(|| intervals(black_box(&tallies), &groups));
    });
    criterion.final_summary();
}

/// Most pixels near 0 or 1, as in a trained network's map.
fn map(side: usize, seed: u64) -> Array3<f32> {
    let mut state = seed;
    Array3::from_shape_simple_fn((1, side, side), || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let x = 12.0 * (state >> 40) as f32 / (1u64 << 24) as f32 - 6.0;
        1.0 / (1.0 + x.exp())
    })
}
