//! How far a pixel is seen.

use ndarray::{Array4, s};
use scumble_nn::executor::{Executor, State, open};
use scumble_nn::network::{Network, Norm, UNet, initial_weights};
use scumble_nn::{Device, Precision};

use crate::common::noise;

/// With positive weights and images nothing cancels and no ReLU closes: what can be seen is seen.
fn positive(widths: &[usize]) -> (Network, Box<dyn Executor>) {
    let unet = UNet { channels: 1, outputs: 1, widths: widths.to_vec(), norm: Norm::None };
    let network = unet.network().unwrap();
    let mut weights = initial_weights(&network, 0);
    weights.iter_mut().filter(|(name, _)| name.ends_with("weight")).for_each(|(_, w)| w.fill(0.25));
    let executor = open(&Device::Cpu, Precision::F32, &network, &State::new(&network, weights)).unwrap();
    (network, executor)
}

#[test]
fn is_how_far_a_pixel_is_seen() {
    for widths in [&[1][..], &[1, 1], &[1, 1, 1]] {
        let (network, mut executor) = positive(widths);
        let (stride, halo) = (network.stride(), network.halo());
        let centre = halo.next_multiple_of(stride);
        let side = 2 * centre + 2 * stride;
        let mut furthest = 0;
        for phase in 0..stride {
            let mut images = Array4::zeros((1, 1, side, side));
            let (row, column) = (centre + phase, centre + stride - 1 - phase);
            images[[0, 0, row, column]] = 1.0;
            let logits = executor.infer(images.view()).unwrap();
            for ((_, _, y, x), _) in logits.indexed_iter().filter(|(_, logit)| **logit != 0.0) {
                furthest = furthest.max(y.abs_diff(row)).max(x.abs_diff(column));
            }
        }
        assert_eq!(furthest, halo, "{widths:?}");
    }
}

#[test]
fn makes_tiles_agree_with_the_whole_image() {
    let unet = UNet { channels: 1, outputs: 1, widths: vec![4, 4], norm: Norm::Batch };
    let network = unet.network().unwrap();
    let (halo, stride) = (network.halo(), network.stride());
    let mut executor = crate::start(&network);
    let image = noise((1, 1, 64, 64), 1);
    let whole = executor.infer(image.view()).unwrap();
    let (from, to) = (8, 64);
    assert_eq!(from % stride, 0);
    let tile = executor.infer(image.slice(s![.., .., from..to, from..to])).unwrap();
    let inner = tile.slice(s![.., .., halo.., halo..]);
    let difference = &inner - &whole.slice(s![.., .., from + halo.., from + halo..]);
    assert!(difference.iter().all(|d| d.abs() < 1e-5));
}
