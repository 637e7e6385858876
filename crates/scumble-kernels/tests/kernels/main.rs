//! Every kernel against a plain f64 reference, under each instruction set of this machine.
//!
//! A new kernel is tested in the file of its kind; `sizes` has the awkward ones.

mod gather;
mod kinds;
mod loss;
mod optimiser;
mod outer;
mod rows;
mod tile_edges;
mod tiles;

/// Reproducible numbers in -1..1 without structure.
fn noise(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// Inputs and outputs of a convolution, and pixels of a row: one of each, odd ones, and those of real networks.
fn sizes() -> Vec<(usize, usize, usize)> {
    let mut sizes = Vec::new();
    for channels in [1, 3, 16, 24, 48, 156, 192] {
        for outputs in [1, 16, 24, 32, 48, 96] {
            let pixels = [1, 2, 5, 16, 23, 97][(channels + outputs) % 6];
            sizes.push((channels, outputs, pixels));
        }
    }
    sizes.extend((1..50).map(|pixels| (3, 32, pixels)));
    sizes.extend((1..50).map(|pixels| (5, 16, pixels)));
    sizes
}

/// Asserts that two vectors agree to `tolerance`, relative to the size of the numbers that were summed.
fn assert_close(found: &[f32], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let distance = (f64::from(found) - expected).abs();
        assert!(distance <= tolerance, "{what}, element {at}: {found} {expected}");
    }
}
