//! Milliseconds of the joint losses with their gradient on [8, P, 256, 256]: `cargo bench -p scumble [-- NAME]`.
//!
//! A number is that of the fastest of several repeats, as other programs can only slow it down.
#![allow(clippy::print_stdout, reason = "a benchmark reports on stdout")]

use ndarray::{Array, Array4};
use scumble::joint::{
    JointFamily, JointKind, JointTargets, joint_cross_entropy_gradient, joint_label_sets, joint_marginals,
};
use scumble::loss::LossOptions;
use std::time::Instant;

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let bench = std::env::args().any(|argument| argument == "--bench");
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--")).unwrap_or_default();
    let (repeats, side, most) = if bench { (7, 256, 4) } else { (1, 16, 2) };
    println!(
        "f32 [8, P, {side}, {side}], {} threads; ms for loss and gradient, and for marginals",
        rayon::current_num_threads()
    );
    many_labels(repeats);
    for labels in 2..=most {
        let p = Array4::from_elem((8, 1 << labels, side, side), 1.0 / (1 << labels) as f32);
        for kind in JointKind::ALL {
            let family = JointFamily::new(kind, labels, 4).expect("a few labels");
            if !family.to_string().contains(&wanted) {
                continue;
            }
            let x = noise(&family, side);
            let loss = least(repeats, || {
                let target = JointTargets::Distribution(p.view());
                let options = LossOptions::default().unchecked();
                joint_cross_entropy_gradient(&family, x.view(), target, &options).expect("they fit");
            });
            let marginals = least(repeats, || {
                joint_marginals(&family, x.view(), 1).expect("they fit");
            });
            println!("  {:36} {loss:7.1} {marginals:7.1}", family.to_string());
        }
    }
}

/// Where states are not enumerated: what one pixel of a chain takes.
fn many_labels(repeats: usize) {
    let family = JointFamily::chain(20).expect("up to 64");
    let x = noise(&family, 8);
    let pixel = |ms: f64| ms * 1e3 / (8.0 * 64.0);
    let marginals = least(repeats, || {
        joint_marginals(&family, x.view(), 1).expect("they fit");
    });
    let sets = least(repeats, || {
        joint_label_sets(&family, x.view(), 1).expect("they fit");
    });
    println!(
        "  {family}, microseconds a pixel: marginals {:.0}, label set {:.0}",
        pixel(marginals),
        pixel(sets)
    );
}

fn noise(family: &JointFamily, side: usize) -> Array4<f32> {
    let mut state = 1u32;
    Array::from_shape_simple_fn((8, family.parameters(), side, side), || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 22) as f32 - 2.0
    })
}

fn least(repeats: usize, mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..repeats {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
    }
    best
}
