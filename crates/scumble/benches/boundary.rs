//! Milliseconds of the boundary benchmark on an image of BSDS500's size, and of surface distances between two
//! masks of a megapixel: `cargo bench -p scumble --bench boundary`.
//!
//! A number is that of the fastest of several repeats, as other programs can only slow it down. One thread.
#![allow(clippy::print_stdout, reason = "a benchmark reports on stdout")]

use ndarray::{Array2, ArrayView2};
use scumble::score::boundary::{BoundaryOptions, suppress_non_maxima, thin};
use scumble::score::surface::{Connectivity, SurfaceOptions, outline, surface_distances};
use std::time::Instant;

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let bench = std::env::args().any(|argument| argument == "--bench");
    let (repeats, size, large) = if bench { (5, (321, 481), 1000) } else { (1, (40, 60), 50) };
    let map = field(size, 0.0).mapv(|v| (1.0 - 3.0 * v.abs()).max(0.0) as f32);
    let raters: Vec<Array2<bool>> = (0..5).map(|k| edges(&field(size, 0.4 * f64::from(k)))).collect();
    let raters: Vec<ArrayView2<'_, bool>> = raters.iter().map(|marks| marks.view()).collect();
    let options = BoundaryOptions::default();
    println!("{} x {}, 5 raters, 99 thresholds", size.1, size.0);
    report("judged", repeats, || drop(options.judge(map.view(), &raters).expect("they fit")));
    let options = BoundaryOptions { suppress: true, ..options };
    report("suppressed, judged", repeats, || drop(options.judge(map.view(), &raters).expect("they fit")));
    report("suppressed", repeats, || drop(suppress_non_maxima(map.view())));
    let on = map.mapv(|strength| strength > 0.0);
    report("thinned once", repeats, || drop(thin(on.view())));
    let (first, second) = (field((large, large), 0.0), field((large, large), 0.5));
    let (first, second) = (first.mapv(|v| v > 0.0), second.mapv(|v| v > 0.0));
    println!("{large} x {large}");
    report("surface distances", repeats, || {
        surface_distances(first.view(), second.view(), &SurfaceOptions::default()).expect("they fit");
    });
}

/// A landscape of a few waves, -1 to 1.
fn field((height, width): (usize, usize), shift: f64) -> Array2<f64> {
    Array2::from_shape_fn((height, width), |(y, x)| {
        let (y, x) = (y as f64 / 9.0, x as f64 / 11.0);
        ((y + shift).sin() + (0.7 * x - 0.3 * y).cos() + (0.4 * x + 0.5 * y + shift).sin()) / 3.0
    })
}

fn edges(field: &Array2<f64>) -> Array2<bool> {
    thin(outline(field.mapv(|v| v > 0.0).view(), Connectivity::Four).view())
}

fn report(what: &str, repeats: usize, mut work: impl FnMut()) {
    let times = (0..repeats).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64() * 1e3
    });
    println!("  {what:20} {:8.1}", times.fold(f64::INFINITY, f64::min));
}
