//! Images of changing and of odd sizes.

use ndarray::s;
use scumble_nn::{Network, Norm, Op, UNet};

use crate::common::{NORMS, layer, noise};
use crate::{start, tiny};

#[test]
fn a_new_shape_forgets_the_old_one() {
    for norm in NORMS {
        let network = tiny(norm);
        let mut executor = start(&network);
        let shapes = [(1, 2, 8, 12), (3, 2, 6, 4), (1, 2, 8, 12)];
        for shape in shapes {
            let images = noise(shape, 1);
            let mut fresh = start(&network);
            assert_eq!(executor.infer(images.view()).unwrap(), fresh.infer(images.view()).unwrap());
            let logits = executor.forward(images.view()).unwrap();
            assert_eq!(logits, fresh.forward(images.view()).unwrap());
            executor.backward(logits.view()).unwrap();
            fresh.backward(logits.view()).unwrap();
            assert_eq!(executor.gradients().unwrap(), fresh.gradients().unwrap());
        }
    }
}

/// A width of 97, one channel, one pixel: a network without pooling takes any.
#[test]
fn odd_sizes() {
    for norm in [Norm::None, Norm::Group] {
        let unet = UNet { channels: 1, outputs: 1, widths: vec![5], norm };
        let mut executor = start(&unet.network().unwrap());
        for (height, width) in [(1, 1), (1, 97), (97, 1), (3, 97)] {
            let images = noise((2, 1, height, width), 2);
            let logits = executor.forward(images.view()).unwrap();
            executor.backward(logits.view()).unwrap();
            assert!(executor.gradients().unwrap().values().flatten().all(|g| g.is_finite()));
            assert_eq!(executor.infer(images.view()).unwrap(), logits);
            let second = executor.infer(images.slice(s![1.., .., .., ..])).unwrap();
            assert_eq!(second, logits.slice(s![1.., .., .., ..]));
        }
    }
}

#[test]
fn a_network_without_weights() {
    let network = Network::new(vec![
        layer("input", Op::Input { channels: 2 }, &[]),
        layer("pool", Op::MaxPool, &[0]),
        layer("up", Op::Upsample, &[1]),
    ])
    .unwrap();
    let images = noise((2, 2, 4, 6), 1);
    let mut executor = start(&network);
    let logits = executor.forward(images.view()).unwrap();
    for ((n, c, y, x), &logit) in logits.indexed_iter() {
        let pixels = images.slice(s![n, c, y / 2 * 2..y / 2 * 2 + 2, x / 2 * 2..x / 2 * 2 + 2]);
        assert_eq!(logit, pixels.fold(f32::NEG_INFINITY, |a, &b| a.max(b)));
    }
    executor.backward(logits.view()).unwrap();
    assert!(executor.gradients().unwrap().is_empty());
}
